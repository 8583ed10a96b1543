package dev.fused.daemon.control;

import com.google.gson.Gson;
import com.google.gson.JsonSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * What a server is asked for.
 *
 * @param command {@code status}, {@code log} or {@code abort}
 * @param histograms status: with whole histograms, not only percentiles
 * @param callersForMillis status: count callers for so long, and tell their counts; null for no
 * @param level log: the new level, {@code error} to {@code debug}; null for none
 * @param requests log: whether each message is logged; null for no change
 */
public record ControlRequest(
    String command,
    boolean histograms,
    @Nullable Long callersForMillis,
    @Nullable String level,
    @Nullable Boolean requests) {
  public static final String STATUS = "status";
  public static final String LOG = "log";
  public static final String ABORT = "abort";

  private static final Gson GSON = new Gson();

  /** Asks for the status, as {@code fused status} shows it. */
  public static ControlRequest status() {
    return new ControlRequest(STATUS, false, null, null, null);
  }

  /** Asks for all that {@code fused top} needs. */
  public static ControlRequest watch(long callersForMillis) {
    return new ControlRequest(STATUS, true, callersForMillis, null, null);
  }

  public static ControlRequest log(@Nullable String level, @Nullable Boolean requests) {
    return new ControlRequest(LOG, false, null, level, requests);
  }

  public static ControlRequest abort() {
    return new ControlRequest(ABORT, false, null, null, null);
  }

  String toJson() {
    return GSON.toJson(this);
  }

  /**
   * A line.
   *
   * @throws IllegalArgumentException with a sentence if that is no request
   */
  static ControlRequest parse(String line) {
    ControlRequest request;
    try {
      request = GSON.fromJson(line, ControlRequest.class);
    } catch (JsonSyntaxException e) {
      throw new IllegalArgumentException("not a request in JSON: " + e.getMessage(), e);
    }
    if (request == null || request.command() == null) {
      throw new IllegalArgumentException("a request in JSON needs a \"command\"");
    }
    return request;
  }
}
