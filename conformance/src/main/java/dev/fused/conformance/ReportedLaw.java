package dev.fused.conformance;

/** What a report says of a law. Equal laws are the same. */
public interface ReportedLaw {
  /** What it is about: laws of one topic follow each other. */
  String topic();

  /** Its name in code, of which there is one in a topic. */
  String name();

  /** The name as a sentence: {@code "a read past the end answers nothing"}. */
  String sentence();
}
