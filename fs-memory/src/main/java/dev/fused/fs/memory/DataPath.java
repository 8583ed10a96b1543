package dev.fused.fs.memory;

import java.util.Locale;

/** On which way the data of files comes to the programs that use them. */
public enum DataPath {
  /** The file system chooses: the page cache asks for what it lacks, and knows each open file. */
  AUTO,
  /** As that, but the kernel opens and closes files by itself, which costs no requests. */
  CACHED,
  /** Each read(2) and write(2) is a request, and the page cache has none of it. */
  DIRECT,
  /** In no request at all: the kernel reads and writes files of its own, in a tmpfs. */
  PASSTHROUGH;

  /** As it stands after {@code data=}. */
  String option() {
    return name().toLowerCase(Locale.ROOT);
  }
}
