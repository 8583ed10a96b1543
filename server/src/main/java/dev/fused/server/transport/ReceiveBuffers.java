package dev.fused.server.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of a mount into which requests are read: a fixed number of a fixed size, so that the
 * bytes in flight have a bound.
 *
 * <p>A channel reads into one buffer again and again. Only where the data of a request is still
 * needed after the call that delivered it does the channel leave the buffer behind and take another;
 * with its last reference the buffer comes back by itself. Any thread.
 */
public final class ReceiveBuffers {
  private final int size;
  private final Queue<Buffer> free = new ArrayDeque<>();
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private int left;

  /**
   * @param size bytes of each buffer
   * @param count most buffers; each is allocated when it is first needed
   */
  public ReceiveBuffers(int size, int count) {
    this.size = size;
    this.left = count;
  }

  /**
   * A buffer with one reference, empty.
   *
   * @param whenFree if there is none now: runs once as soon as there may be one, on the thread that
   *     gives it back
   * @return null if all buffers are in use
   */
  public synchronized @Nullable Buffer take(Runnable whenFree) {
    Buffer buffer = free.poll();
    if (buffer != null) {
      buffer.revive();
      return buffer;
    }
    if (left == 0) {
      waiting.add(whenFree);
      return null;
    }
    left--;
    return new Buffer();
  }

  private void giveBack(Buffer buffer) {
    Runnable waiter;
    synchronized (this) {
      free.add(buffer);
      waiter = waiting.poll();
    }
    if (waiter != null) {
      waiter.run();
    }
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

    @Override
    protected void deallocate() {
      giveBack(this);
    }
  }
}
