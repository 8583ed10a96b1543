package dev.fused.it.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.DaemonMount;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code fused} says about itself, without mounting; and {@code fused list}. */
final class CommandLineIT {
  @Test
  void helpNamesTheCommands() {
    String help = Launcher.command("--help").output();

    assertThat(help).contains("mount", "unmount", "list", "Exit status");
  }

  @Test
  void helpOfMountNamesTheOptions() {
    String help = Launcher.command("mount", "--help").output();

    assertThat(help)
        .contains("--size", "--inodes", "--file-system", "-f", "--allow-other", "--noatime");
  }

  @Test
  void theVersionNamesProgramProtocolAndJava() {
    String version = Launcher.command("--version").output();

    assertThat(version).containsPattern("fused .*\n.*7\\.12 to 7\\.45\nJava 25");
  }

  @Test
  void conformanceChecksTheFileSystemOfTheProgram() {
    Result result =
        Launcher.command("conformance", "--kernel", "6.18", "--law", "LOOKUP,INIT").run();

    assertThat(result.out()).contains("checking fused, file system memory", " 0 failed");
    assertThat(result.status()).isZero();
  }

  @Test
  @NeedsPrograms({"squashfuse", "mksquashfs"})
  void conformanceChecksAServerOfLibfuse(@TempDir Path directory) throws IOException {
    Path image = directory.resolve("image");
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Files.writeString(tree.resolve("file"), "text");
    Command.of("mksquashfs", tree, image, "-quiet").output();

    Result result =
        Launcher.command(
                "conformance",
                "--server",
                "squashfuse -f " + image + " {fd}",
                "--law",
                "GETATTR,READDIR,readGivesAsMuchAsTheSizeSays")
            .run();

    assertThat(result.out()).contains("Linux 3.10 (7.22)", "Linux 6.18 (7.45)");
    assertThat(result.out()).endsWith(" not applicable\n").doesNotContain("FAILED");
    assertThat(result.status()).isZero();
  }

  @Test
  void anUnknownCommandIsWrongUsage() {
    Result result = Launcher.command("frobnicate").run();

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).startsWith("fused: ").contains("frobnicate", "Try: fused --help");
    assertThat(result.out()).isEmpty();
  }

  @Test
  void aMountWithoutMountPointIsWrongUsage() {
    Result result = Launcher.command("mount").run();

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("MOUNTPOINT", "Try: fused mount --help");
  }

  @Test
  @NeedsMount
  void listShowsMountsWithTheirServers() {
    try (DaemonMount mount = DaemonMount.start()) {
      String list = Launcher.command("list").output();

      assertThat(list)
          .startsWith("PID ")
          .containsPattern(
              mount.server().pid() + " +\\d{4}-\\d\\d-\\d\\d .* " + mount.path() + "\n");
    }
  }
}
