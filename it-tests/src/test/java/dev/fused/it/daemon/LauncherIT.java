package dev.fused.it.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.Launcher;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An installation, away from the source tree, and the JVM's cache in it. */
final class LauncherIT {
  private static final String SESSION = "dev.fused.server.session.FuseSession source: ";

  @TempDir private Path directory;
  private Path installation = Path.of("");
  private Path cache = Path.of("");

  @BeforeEach
  void install() {
    installation = directory.resolve("fused");
    cache = installation.resolve("fused.aot");
    Path distribution = Launcher.home().resolve("dist/target/dist");
    Command.of("cp", "--archive", distribution, installation).output();
    Command.of("cp", Launcher.script(), installation).output();
  }

  @Test
  void classesOfServingComeFromTheCacheOfTheBuild() throws IOException {
    assertThat(sourceOfSession()).isEqualTo("shared objects file");
  }

  /** The name of a file in the working directory has no slash; a link may lie anywhere. */
  @Test
  void itIsFoundByEachOfItsNames() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), installation.resolve("fused"));

    for (String name : List.of("bash fused", "./fused", "../fused/fused", link.toString())) {
      assertThat(Command.shell(name + " --version").in(installation).output()).startsWith("fused ");
    }
  }

  @Test
  void withoutACacheClassesComeFromTheJars() throws IOException {
    Files.delete(cache);

    assertThat(sourceOfSession()).startsWith("file:");
  }

  @Test
  void aDamagedCacheIsNotUsed() throws IOException {
    try (var file = Files.newByteChannel(cache, StandardOpenOption.WRITE)) {
      file.truncate(Files.size(cache) / 2);
    }

    assertThat(sourceOfSession()).startsWith("file:");
  }

  @Test
  void aJarThatWasReplacedIsUsed() throws IOException {
    FileTime later = FileTime.from(Files.getLastModifiedTime(cache).toInstant().plusSeconds(1));
    try (DirectoryStream<Path> jars =
        Files.newDirectoryStream(installation.resolve("lib"), "fused-server-*.jar")) {
      Files.setLastModifiedTime(jars.iterator().next(), later);
    }

    assertThat(sourceOfSession()).startsWith("file:");
  }

  /**
   * Where the JVM took a class of serving from, in a check of the conformance suite that must say
   * the same whatever the cache is.
   */
  private String sourceOfSession() throws IOException {
    Path log = directory.resolve("classes.log");
    Result result =
        Command.of(
                installation.resolve("fused"), "conformance", "--kernel", "6.18", "--law", "INIT")
            .with("FUSED_JAVA_HOME", System.getProperty("java.home"))
            .with("JDK_JAVA_OPTIONS", "-Xlog:class+load:file=" + log)
            .run();
    assertThat(result.status()).isZero();
    assertThat(result.out()).startsWith("checking fused, file system memory\n");
    assertThat(result.err().lines())
        .allMatch(line -> line.startsWith("NOTE: Picked up JDK_JAVA_OPTIONS"));
    String loaded =
        Files.readAllLines(log).stream()
            .filter(line -> line.contains(SESSION))
            .findFirst()
            .orElseThrow();
    return loaded.substring(loaded.indexOf(SESSION) + SESSION.length());
  }
}
