package dev.fused.it.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.TwinDirectories;
import dev.fused.it.support.TwinMounts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A C program built by make on the mount: file times decide what is built again. */
@NeedsMount
@NeedsPrograms({"gcc", "make"})
final class MakeIT {
  @RegisterExtension static final TwinMounts MOUNTS = TwinMounts.with("size=256m,nr_inodes=10k");

  private static final int PARTS = 12;

  private static final String MAKEFILE =
      """
      parts := $(wildcard part*.c)
      program: main.o libparts.a
      \tgcc -o $@ $^
      libparts.a: $(parts:.c=.o)
      \tar rcsD $@ $^
      %.o: %.c
      \tgcc -O1 -Wall -Werror -MMD -c -o $@ $<
      -include $(wildcard *.d)
      """;

  @Test
  void aProgramIsBuiltAndBuiltAgainOnlyAsFarAsNeeded() {
    TwinDirectories directories = MOUNTS.directories();
    directories.same(MakeIT::writeSources);

    String first = directories.sameOutput("make -s -j2 && ./program && make -q && echo up to date");
    assertThat(first).isEqualTo("sum 78\nup to date\n");

    String second =
        directories.sameOutput(
            """
            sleep 0.05  # more than a tick of the clock that file times come from
            touch part3.c
            make -n | sort
            make -s
            make -q && echo up to date
            """);
    assertThat(second.lines())
        .containsExactly(
            "ar rcsD libparts.a " + String.join(" ", objects()),
            "gcc -O1 -Wall -Werror -MMD -c -o part3.o part3.c",
            "gcc -o program main.o libparts.a",
            "up to date");

    String third =
        directories.sameOutput(
            """
            sleep 0.05
            echo '#define PLUS 1' > plus.h
            make -s -j2
            ./program
            make -q && echo up to date
            rm part1.o && ! make -q
            make -s && sha256sum *.o program
            """);
    assertThat(third).startsWith("sum 90\nup to date\n");
  }

  private static Integer writeSources(Path directory) {
    try {
      Files.writeString(directory.resolve("Makefile"), MAKEFILE);
      Files.writeString(directory.resolve("plus.h"), "#define PLUS 0\n");
      StringBuilder declarations = new StringBuilder();
      StringBuilder sum = new StringBuilder("0");
      for (int part = 1; part <= PARTS; part++) {
        Files.writeString(
            directory.resolve("part" + part + ".c"),
            "#include \"parts.h\"\n#include \"plus.h\"\nint part%d(void) { return %d + PLUS; }\n"
                .formatted(part, part));
        declarations.append("int part").append(part).append("(void);\n");
        sum.append(" + part").append(part).append("()");
      }
      Files.writeString(directory.resolve("parts.h"), declarations);
      Files.writeString(
          directory.resolve("main.c"),
          """
          #include <stdio.h>
          #include "parts.h"
          int main(void) { printf("sum %%d\\n", %s); return 0; }
          """
              .formatted(sum));
      return PARTS;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The parts in the order of their names. */
  private static List<String> objects() {
    return IntStream.rangeClosed(1, PARTS).mapToObj("part%d.o"::formatted).sorted().toList();
  }
}
