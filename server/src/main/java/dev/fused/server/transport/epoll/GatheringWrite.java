package dev.fused.server.transport.epoll;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.fused.server.linux.Libc;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Writes head and data of a reply with one writev(2), from where they are. Used on one loop.
 *
 * <p>Data in heap buffers, and data in more pieces than writev takes, is copied together first.
 */
final class GatheringWrite implements AutoCloseable {
  /** IOV_MAX. */
  private static final int MAX_IOVECS = 1024;

  private static final int IOVEC_SIZE = 16;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment iovecs = arena.allocate((long) MAX_IOVECS * IOVEC_SIZE, 8);

  /**
   * Writes the readable bytes of all, whose indices stay as they are.
   *
   * @return bytes written, or −errno
   */
  int write(int fd, ByteBuf head, ByteBuf[] data) {
    if (data.length == 0) {
      return Libc.write(fd, addressOf(head), head.readableBytes());
    }
    int count = 1;
    for (ByteBuf piece : data) {
      if (!piece.isDirect()) {
        return writeCopy(fd, head, data);
      }
      count += piece.nioBufferCount();
    }
    if (count > MAX_IOVECS) {
      return writeCopy(fd, head, data);
    }
    int index = 0;
    set(index++, addressOf(head), head.readableBytes());
    for (ByteBuf piece : data) {
      if (piece.nioBufferCount() == 1) {
        set(index++, addressOf(piece), piece.readableBytes());
      } else {
        for (ByteBuffer part : piece.nioBuffers()) {
          set(index++, MemorySegment.ofBuffer(part).address(), part.remaining());
        }
      }
    }
    return Libc.writev(fd, iovecs.address(), index);
  }

  private static int writeCopy(int fd, ByteBuf head, ByteBuf[] data) {
    int length = head.readableBytes();
    for (ByteBuf piece : data) {
      length += piece.readableBytes();
    }
    ByteBuf whole = Unpooled.directBuffer(length, length);
    try {
      whole.writeBytes(head, head.readerIndex(), head.readableBytes());
      for (ByteBuf piece : data) {
        whole.writeBytes(piece, piece.readerIndex(), piece.readableBytes());
      }
      return Libc.write(fd, addressOf(whole), length);
    } finally {
      whole.release();
    }
  }

  private void set(int index, long address, long length) {
    iovecs.setAtIndex(JAVA_LONG, 2L * index, address);
    iovecs.setAtIndex(JAVA_LONG, 2L * index + 1, length);
  }

  private static long addressOf(ByteBuf buffer) {
    ByteBuffer view = buffer.internalNioBuffer(buffer.readerIndex(), buffer.readableBytes());
    return MemorySegment.ofBuffer(view).address();
  }

  @Override
  public void close() {
    arena.close();
  }
}
