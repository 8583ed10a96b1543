package dev.fused.server.transport;

import io.netty.channel.ChannelId;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Numbers the channels of this process. Netty's own ids look for the machine's network interfaces,
 * which takes a tenth of a second at each start.
 */
record FuseChannelId(int number) implements ChannelId {
  private static final long serialVersionUID = 1;
  private static final AtomicInteger LAST = new AtomicInteger();

  static FuseChannelId next() {
    return new FuseChannelId(LAST.incrementAndGet());
  }

  @Override
  public String asShortText() {
    return Integer.toString(number);
  }

  @Override
  public String asLongText() {
    return "fuse-" + number;
  }

  @Override
  public int compareTo(ChannelId other) {
    return other instanceof FuseChannelId id
        ? Integer.compare(number, id.number)
        : asLongText().compareTo(other.asLongText());
  }
}
