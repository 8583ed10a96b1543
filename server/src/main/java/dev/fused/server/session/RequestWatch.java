package dev.fused.server.session;

import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.FuseRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for requests that the file system does not answer. A request that is open for longer than
 * the deadline is logged, once, with the stack of its thread; after a second deadline, if there is
 * one, the connection is aborted, so that its callers go on with ECONNABORTED.
 *
 * <p>It looks from outside, a few times per deadline, and costs the requests nothing; so a request
 * is found late by at most a quarter of the deadline. Locks that are waited for (SETLKW) have no
 * deadline.
 *
 * <p>A thread of its own; {@link #overdue} on any.
 */
public final class RequestWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RequestWatch.class);
  private static final int LOOKS_PER_DEADLINE = 4;

  private final FuseSession session;
  private final long deadlineNanos;
  private final @Nullable Duration abortAfter;
  private final Runnable abort;

  /** When a request was first seen on a loop. Only the watch's thread. */
  private IdentityHashMap<FuseRequest, Long> seen = new IdentityHashMap<>();

  private Set<FuseRequest> reported = newIdentitySet();
  private volatile List<OpenRequest> overdue = List.of();
  private @Nullable Thread thread;
  private boolean aborted;

  /**
   * @param deadline after which a request is reported; more than 0
   * @param abortAfter after which the connection is aborted; null for never
   * @param abort aborts it
   */
  public RequestWatch(
      FuseSession session, Duration deadline, @Nullable Duration abortAfter, Runnable abort) {
    this.session = session;
    this.deadlineNanos = deadline.toNanos();
    this.abortAfter = abortAfter;
    this.abort = abort;
  }

  private static Set<FuseRequest> newIdentitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  /** Begins to look. */
  public synchronized void start(String threadName) {
    thread = Thread.ofPlatform().daemon().name(threadName).start(this::run);
  }

  private void run() {
    Duration shortest =
        abortAfter != null && abortAfter.toNanos() < deadlineNanos
            ? abortAfter
            : Duration.ofNanos(deadlineNanos);
    try {
      while (true) {
        Thread.sleep(shortest.dividedBy(LOOKS_PER_DEADLINE).plusMillis(1));
        look(System.nanoTime());
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  /** Looks once. */
  void look(long now) {
    List<OpenRequest> late = new ArrayList<>();
    for (OpenRequest open : open(now)) {
      if (open.age().toNanos() >= deadlineNanos
          && open.request().header().opcode() != Opcode.SETLKW.number()) {
        late.add(open);
      }
    }
    late.sort(Comparator.comparing(OpenRequest::age).reversed());
    overdue = List.copyOf(late);
    Set<FuseRequest> reportedNow = newIdentitySet();
    for (OpenRequest open : late) {
      if (!reported.contains(open.request())) {
        log.warn(
            "no answer for {} s to {}; {}", open.age().toSeconds(), open.describe(), open.stack());
      }
      reportedNow.add(open.request());
    }
    reported = reportedNow;
    abortIfTooLate(late);
  }

  private void abortIfTooLate(List<OpenRequest> late) {
    Duration limit = abortAfter;
    if (limit == null || aborted || late.isEmpty() || late.getFirst().age().compareTo(limit) < 0) {
      return;
    }
    aborted = true;
    log.error(
        "aborting the connection: no answer for {} s to {}",
        late.getFirst().age().toSeconds(),
        late.getFirst().describe());
    abort.run();
  }

  /** All that is open, with the age as far as it is known. */
  private List<OpenRequest> open(long now) {
    List<OpenRequest> open = new ArrayList<>();
    Set<FuseRequest> inTable = newIdentitySet();
    for (InFlightRequests.Entry entry : session.inFlight().all()) {
      inTable.add(entry.request());
      open.add(
          new OpenRequest(
              entry.request(), Duration.ofNanos(now - entry.sinceNanos()), entry.thread()));
    }
    IdentityHashMap<FuseRequest, Long> seenNow = new IdentityHashMap<>();
    for (LoopCall call : session.loopCalls()) {
      FuseRequest request = call.request();
      if (request != null && !inTable.contains(request)) {
        long since = seen.getOrDefault(request, now);
        seenNow.put(request, since);
        open.add(new OpenRequest(request, Duration.ofNanos(now - since), call.thread()));
      }
    }
    seen = seenNow;
    return open;
  }

  /** The requests that were overdue at the last look, the oldest first. Any thread. */
  public List<OpenRequest> overdue() {
    return overdue;
  }

  @Override
  public synchronized void close() {
    if (thread != null) {
      thread.interrupt();
    }
  }
}
