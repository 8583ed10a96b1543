package dev.fused.server.transport.uring;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.reply.Notification;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.linux.Libc;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Makes the kernel put a request of no meaning into the queue of this thread's processor: the
 * answer to a RETRIEVE of no bytes of the root, which never waits for anything. When its entry is
 * given back, the kernel puts the oldest request that waits there, which nothing else makes it do
 * while all other requests stay open.
 */
final class Nudge {
  /** Even, and neither one of the kernel's own nor one of the notifier's. */
  static final long UNIQUE = 1L << 61;

  private final MemorySegment message;

  /**
   * @param arena has the memory of the message
   */
  Nudge(Arena arena) {
    ByteBuf encoded = Unpooled.buffer();
    new Notification.Retrieve(UNIQUE, FuseFileSystem.ROOT, 0, 0).encode(encoded);
    message = arena.allocate(encoded.readableBytes(), Long.BYTES);
    message.asByteBuffer().put(encoded.nioBuffer());
  }

  /**
   * The request is there when the ring was submitted next.
   *
   * @return ≥ 0, or −errno, once the mount has ended
   */
  int send(FuseDevice device) {
    return Libc.write(device.fd(), message.address(), (int) message.byteSize());
  }
}
