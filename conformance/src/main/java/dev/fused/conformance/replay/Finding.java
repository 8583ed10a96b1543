package dev.fused.conformance.replay;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A reply that differs.
 *
 * @param requestFrame number of the request's frame in the capture
 * @param request what was asked, for people
 * @param replyFrame number of the captured reply's frame
 * @param time of the captured reply
 * @param sinceStart from the first frame to it
 * @param expected the captured reply, for people
 * @param actual the reply of the server under replay, or what came in its place
 * @param differences what differs, one or more
 */
public record Finding(
    long requestFrame,
    String request,
    long replyFrame,
    Instant time,
    Duration sinceStart,
    String expected,
    String actual,
    List<Difference> differences) {
  public Finding {
    differences = List.copyOf(differences);
  }

  /** Several lines. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(
        "frame %d, %s (%d.%09d s after the first): the reply differs%n"
            .formatted(replyFrame, time, sinceStart.toSeconds(), sinceStart.toNanosPart()));
    text.append("  request   %s (frame %d)%n".formatted(request, requestFrame));
    text.append("  expected  %s%n".formatted(expected));
    text.append("  actual    %s".formatted(actual));
    for (Difference difference : differences) {
      text.append("%n  differs   %s".formatted(difference));
    }
    return text.toString();
  }
}
