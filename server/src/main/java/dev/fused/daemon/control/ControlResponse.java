package dev.fused.daemon.control;

import com.google.gson.Gson;
import com.google.gson.JsonSyntaxException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What a server answers.
 *
 * @param error a sentence, if it did not do what it was asked for
 * @param status what was asked for with {@code status}
 * @param done for people, what the server has done
 */
public record ControlResponse(
    @Nullable String error, @Nullable StatusReport status, @Nullable String done) {
  private static final Gson GSON = new Gson();

  static ControlResponse failed(String error) {
    return new ControlResponse(error, null, null);
  }

  static ControlResponse of(StatusReport status) {
    return new ControlResponse(null, status, null);
  }

  static ControlResponse done(String what) {
    return new ControlResponse(null, null, what);
  }

  String toJson() {
    return GSON.toJson(this);
  }

  static ControlResponse parse(String line) throws IOException {
    try {
      ControlResponse response = GSON.fromJson(line, ControlResponse.class);
      if (response != null) {
        return response;
      }
    } catch (JsonSyntaxException e) {
      throw new IOException("the server's answer is no JSON: " + e.getMessage(), e);
    }
    throw new IOException("the server's answer is empty");
  }

  /** The status that was asked for. */
  public StatusReport requireStatus() throws IOException {
    if (status == null) {
      throw new IOException("the server's answer has no status");
    }
    return status;
  }
}
