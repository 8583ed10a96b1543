package dev.fused.daemon.control;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a server says of itself, in the words of its JSON. Counts begin with the mount; times are in
 * nanoseconds where the name says nothing else.
 *
 * @param startedAt ISO 8601
 * @param fileSystem its kind and limits, for people
 * @param negotiated what kernel and server agreed on
 * @param operations by opcode, as {@code GETATTR}; only those that there were
 * @param errors how often each was answered, by name
 * @param queue how long requests waited between the waking of their loop and being decoded
 * @param inFlight requests that the server has read and not answered
 * @param waiting requests that the kernel has made and that are not answered; null if fusectl does
 *     not tell
 * @param droppedReplies replies that the file system forgot
 * @param gauges how full the file system is
 * @param overdue requests past their deadline
 * @param requestLog true if each message is logged
 * @param callers who made requests since this was first asked for; null if it was not
 */
public record StatusReport(
    String mountPoint,
    long pid,
    String version,
    String startedAt,
    String fileSystem,
    Negotiated negotiated,
    Map<String, Operation> operations,
    Map<String, Long> errors,
    Latency queue,
    long inFlight,
    @Nullable Integer waiting,
    long droppedReplies,
    long readBytes,
    long writtenBytes,
    Map<String, Long> gauges,
    List<Loop> loops,
    Memory memory,
    List<Overdue> overdue,
    String logLevel,
    boolean requestLog,
    @Nullable List<Caller> callers,
    long uptime) {
  private static final Gson PRETTY = new GsonBuilder().setPrettyPrinting().create();

  /** What kernel and server agreed on. */
  public record Negotiated(
      String kernel,
      String protocol,
      String transport,
      int maxWrite,
      int maxReadahead,
      List<String> flags,
      List<String> notGranted) {}

  /** One opcode. */
  public record Operation(long count, long errors, Latency service) {}

  /**
   * Latencies.
   *
   * @param histogram in HdrHistogram's compressed form, Base64; only where it was asked for
   */
  public record Latency(
      long p50, long p99, long p999, long max, double mean, @Nullable String histogram) {}

  /** One event loop. */
  public record Loop(long busy) {}

  /**
   * The JVM.
   *
   * @param pauses times that the collector stopped the program; {@code pauseMillis} in all
   */
  public record Memory(long heapUsed, long heapMax, long pauses, long pauseMillis) {}

  /** A request past its deadline. */
  public record Overdue(
      String opcode, String unique, String nodeid, int pid, long seconds, String stack) {}

  /**
   * A process that makes requests.
   *
   * @param pid 0 for the kernel itself
   * @param program its name; empty if it has ended
   */
  public record Caller(long uid, long pid, String program, long count) {}

  /** For {@code --json}. */
  public String toJson() {
    return PRETTY.toJson(this);
  }
}
