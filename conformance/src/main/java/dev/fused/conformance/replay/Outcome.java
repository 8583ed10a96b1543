package dev.fused.conformance.replay;

/**
 * What a replay came to.
 *
 * @param requests that were sent
 * @param compared replies that were compared
 * @param differing those of them that differ
 * @param skipped requests that were not sent, as they are about inodes that an earlier difference
 *     left without a name
 * @param unanswered requests that have no reply in the capture
 * @param capturedNotifications in the capture
 * @param notifications of the server under replay
 * @param complete false if the replay stopped before the end of the capture
 * @param cutShort true if the capture ends within a message
 */
public record Outcome(
    long requests,
    long compared,
    long differing,
    long skipped,
    long unanswered,
    long capturedNotifications,
    long notifications,
    boolean complete,
    boolean cutShort) {}
