package dev.fused.conformance;

/** What a report is about, and with which words. */
public enum Subject {
  /** A server, frame by frame, with one or several kernels. */
  SERVER(
      "FUSE conformance of",
      "Opcodes and kernels",
      "all kernels",
      "left out",
      "by this server, as it may",
      "What this server leaves out"),

  /** A directory, system call by system call: the only column. */
  DIRECTORY(
      "Conformance of the directory",
      "Topics",
      "",
      "skipped",
      "since what they need is missing here, as it may be",
      "What is skipped, and why");

  private final String title;
  private final String matrix;
  private final String allColumns;
  private final String skipped;
  private final String skippedMeans;
  private final String skippedTitle;

  Subject(
      String title,
      String matrix,
      String allColumns,
      String skipped,
      String skippedMeans,
      String skippedTitle) {
    this.title = title;
    this.matrix = matrix;
    this.allColumns = allColumns;
    this.skipped = skipped;
    this.skippedMeans = skippedMeans;
    this.skippedTitle = skippedTitle;
  }

  /** Comes before the name of what was checked. */
  String title() {
    return title;
  }

  /** What the matrix shows. */
  String matrix() {
    return matrix;
  }

  /** All columns, if there are several. */
  String allColumns() {
    return allColumns;
  }

  /** Of laws that are {@link Result.Outcome#SKIPPED}. */
  String skipped() {
    return skipped;
  }

  /** What {@link #skipped} means. */
  String skippedMeans() {
    return skippedMeans;
  }

  /** Above the reasons. */
  String skippedTitle() {
    return skippedTitle;
  }
}
