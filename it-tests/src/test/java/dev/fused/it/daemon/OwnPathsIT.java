package dev.fused.it.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.RunningCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server and its JVM never use the mount that they serve. */
@NeedsMount
final class OwnPathsIT {
  @TempDir Path scratch;

  @Test
  void flagsThatNameFilesUnderTheMountPointAreRefused() {
    try (MountDirectory place = MountDirectory.create()) {
      for (String flag :
          new String[] {
            "-XX:HeapDumpPath=" + place.path(),
            "-XX:ErrorFile=" + place.path().resolve("crash"),
            "-Xlog:gc:file=" + place.path().resolve("gc.log"),
            "-XX:StartFlightRecording:filename=" + place.path().resolve("x.jfr"),
          }) {
        Result refused =
            Launcher.command("mount", "-f", place.path()).with("JDK_JAVA_OPTIONS", flag).run();

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err())
            .contains("fused: the flag " + flag + " of the JVM names a file under the mount point");
        assertThat(place.mounted()).isEmpty();
        // Some of these files the JVM makes before it runs anything of ours.
        Command.of("find", place.path(), "-mindepth", "1", "-delete").output();
      }
    }
  }

  /** So it is with /opt or /usr, say: classes would be read through the mount that they serve. */
  @Test
  void aMountPointOverTheProgramIsRefused() throws IOException {
    Path installed = Files.createDirectories(scratch.resolve("installed"));
    Command.of("cp", "-r", Launcher.home().resolve("dist/target/dist") + "/.", installed).output();
    Command.of("cp", Launcher.script(), installed).output();

    Result refused =
        Command.of(installed.resolve("fused"), "mount", "-f", installed)
            .with("FUSED_JAVA_HOME", System.getProperty("java.home"))
            .run();

    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err())
        .contains("fused: the program's file " + installed + "/lib/")
        .contains("must not lie under the mount point; choose another mount point");
  }

  @Test
  void theWorkingDirectoryIsLeft() throws IOException {
    try (MountDirectory place = MountDirectory.create();
        RunningCommand server =
            Launcher.command("mount", "-f", place.path()).in(place.path()).start()) {
      server.awaitText("mounted " + place.path());

      assertThat(Files.readSymbolicLink(Path.of("/proc/" + server.pid() + "/cwd")))
          .isEqualTo(Path.of("/"));

      server.signal("TERM");
      assertThat(server.await().status()).isZero();
    }
  }
}
