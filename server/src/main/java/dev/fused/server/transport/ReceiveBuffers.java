package dev.fused.server.transport;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The buffers of a mount into which requests are read: a fixed number of a fixed size, so that the
 * bytes in flight have a bound.
 *
 * <p>A channel reads into one buffer again and again. Only where the data of a request is still
 * needed after the call that delivered it does the channel leave the buffer behind and take
 * another; with its last reference the buffer comes back by itself. Any thread.
 */
public final class ReceiveBuffers implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ReceiveBuffers.class);

  private final int size;
  private final int count;
  private final Queue<Buffer> free = new ArrayDeque<>();
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private int left;
  private boolean closed;

  /**
   * @param size bytes of each buffer
   * @param count most buffers; each is allocated when it is first needed
   */
  public ReceiveBuffers(int size, int count) {
    this.size = size;
    this.count = count;
    this.left = count;
  }

  /**
   * A buffer with one reference, empty.
   *
   * @param whenFree if there is none now: runs once as soon as there may be one, on the thread that
   *     gives it back
   * @return null if all buffers are in use, or there is no memory for another one
   * @throws OutOfMemoryError if there is no memory for the first one
   */
  public synchronized @Nullable Buffer take(Runnable whenFree) {
    Buffer buffer = free.poll();
    if (buffer != null) {
      buffer.revive();
      return buffer;
    }
    if (left > 0) {
      buffer = allocate();
    }
    if (buffer == null) {
      waiting.add(whenFree);
    }
    return buffer;
  }

  private @Nullable Buffer allocate() {
    try {
      Buffer buffer = new Buffer();
      left--;
      return buffer;
    } catch (OutOfMemoryError e) {
      if (left == count) {
        throw e;
      }
      log.warn("no memory for another receive buffer of {} bytes: {}", size, e.getMessage());
      return null;
    }
  }

  /**
   * How many buffers are not free, before {@link #close}: each channel that reads has one, the
   * others are lent.
   */
  public synchronized int inUse() {
    return count - left - free.size();
  }

  /** For who was woken and needs no buffer any more: wakes the next who waits. */
  public void passOn() {
    Runnable waiter;
    synchronized (this) {
      waiter = free.isEmpty() ? null : waiting.poll();
    }
    if (waiter != null) {
      waiter.run();
    }
  }

  /** Frees the memory, of a buffer that is in use when it comes back. Nobody may take one then. */
  @Override
  public synchronized void close() {
    closed = true;
    left = 0;
    free.forEach(Buffer::free);
    free.clear();
  }

  private void giveBack(Buffer buffer) {
    synchronized (this) {
      if (closed) {
        buffer.free();
        return;
      }
      free.add(buffer);
    }
    passOn();
  }

  /** One receive buffer; its memory stays where it is for ever. */
  public final class Buffer extends UnpooledDirectByteBuf {
    private final long address;

    private Buffer() {
      super(UnpooledByteBufAllocator.DEFAULT, size, size);
      address = MemorySegment.ofBuffer(internalNioBuffer(0, size)).address();
    }

    /** Where the memory lies, for system calls. */
    public long address() {
      return address;
    }

    /** True while somebody besides the channel still needs the data. */
    public boolean isLent() {
      return refCnt() > 1;
    }

    private void revive() {
      resetRefCnt();
      clear();
    }

    private void free() {
      super.deallocate();
    }

    @Override
    protected void deallocate() {
      giveBack(this);
    }
  }
}
