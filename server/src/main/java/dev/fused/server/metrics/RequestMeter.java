package dev.fused.server.metrics;

/** Is told of all requests of a mount, channel by channel. */
@FunctionalInterface
public interface RequestMeter {
  /**
   * A channel begins to serve; before its first request, on any thread.
   *
   * @param clock how busy the channel's loop is
   */
  ChannelMeter newChannel(LoopClock clock);
}
