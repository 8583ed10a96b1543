package dev.fused.conformance.replay;

/**
 * What is not the same in two replies.
 *
 * @param field which part, as {@code attr.size}
 * @param expected what the capture has there
 * @param actual what the server under replay has there
 */
public record Difference(String field, String expected, String actual) {
  static Difference of(String field, Object expected, Object actual) {
    return new Difference(field, String.valueOf(expected), String.valueOf(actual));
  }

  @Override
  public String toString() {
    return field + ": expected " + expected + ", got " + actual;
  }
}
