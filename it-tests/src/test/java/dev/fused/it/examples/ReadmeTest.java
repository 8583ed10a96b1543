package dev.fused.it.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The README shows code that is compiled and run: it must be that code. */
final class ReadmeTest {
  /** From the module's directory, in which Maven runs tests. */
  private static final Path README = Path.of("../README.md");

  private static final Path EXAMPLE =
      Path.of("src/test/java/dev/fused/it/examples/HelloFileSystem.java");

  private static final Pattern BLOCK =
      Pattern.compile(
          "HelloFileSystem.*?^```java\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

  @Test
  void theExampleOfTheReadmeIsTheOneThatIsTested() throws IOException {
    Matcher block = BLOCK.matcher(Files.readString(README));

    assertThat(block.find())
        .as("a Java block after the name HelloFileSystem in the README")
        .isTrue();
    assertThat(withoutPackage(block.group(1))).isEqualTo(withoutPackage(Files.readString(EXAMPLE)));
  }

  private static String withoutPackage(String code) {
    return code.replaceFirst("^package .*;\\n+", "").strip();
  }
}
