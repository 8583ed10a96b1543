package dev.fused.filesystem.lock;

import dev.fused.filesystem.StatusReply;
import dev.fused.protocol.Errno;
import java.util.ArrayList;
import java.util.List;

/**
 * Replies that were decided under the table's lock, to be completed after it: completing one may
 * run any code, and that may come back for another lock.
 */
final class Answers {
  private final List<Runnable> answers = new ArrayList<>();

  void ok(StatusReply reply) {
    answers.add(reply::ok);
  }

  void error(StatusReply reply, Errno errno) {
    answers.add(() -> reply.error(errno));
  }

  /** Completes all, also if one throws; throws the first such exception at the end. */
  void send() {
    RuntimeException first = null;
    for (Runnable answer : answers) {
      try {
        answer.run();
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
