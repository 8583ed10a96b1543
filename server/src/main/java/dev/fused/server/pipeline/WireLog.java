package dev.fused.server.pipeline;

/** Takes one readable line per message of the wire log. Called from all loops. */
@FunctionalInterface
public interface WireLog {
  void line(String line);
}
