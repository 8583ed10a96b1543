package dev.fused.fs.memory;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.nio.ByteBuffer;

/** A piece of a file's memory on its way out; its release ends the read. */
final class PageBuffer extends UnpooledDirectByteBuf {
  private final Readers readers;

  /**
   * Takes over one pin of {@code readers}.
   *
   * @param memory the bytes, from position to limit
   */
  PageBuffer(ByteBuffer memory, Readers readers) {
    super(UnpooledByteBufAllocator.DEFAULT, memory, memory.remaining());
    this.readers = readers;
  }

  @Override
  protected void deallocate() {
    super.deallocate();
    readers.unpin();
  }
}
