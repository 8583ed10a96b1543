package dev.fused.conformance;

/** With what laws were checked, a column of a report: a kernel, or a directory. */
public interface ReportColumn {
  /** What it is called: {@code "Linux 6.12"}. */
  String name();

  /** What there is to add: {@code "7.41"}. */
  String detail();
}
