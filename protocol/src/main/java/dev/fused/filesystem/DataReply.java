package dev.fused.filesystem;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/**
 * The reply of READ. At most as many bytes as were asked for; fewer only at end of file, where the
 * kernel fills the rest of the page with zeros.
 */
public interface DataReply extends Reply {
  /**
   * Completes with the readable bytes of the given buffers, one after the other. Nothing is copied
   * here: the pieces go to the kernel in one gathering write. The reply owns the buffers from now
   * on and releases each once, whatever happens.
   *
   * @param pieces direct buffers; heap buffers work and cost a copy
   */
  void data(ByteBuf... pieces);

  /**
   * Completes with {@code length} bytes that {@code filler} writes into a buffer of the transport.
   * The filler runs at most once, inside this call, and must write exactly {@code length} bytes; an
   * exception from it leaves the reply open and comes out of this call.
   *
   * @param length 0 to the size asked for
   */
  void fill(int length, Consumer<ByteBuf> filler);

  /**
   * Completes with the part of a file held in an array that a READ asks for: {@code
   * reply.range(text, request.offset(), request.size())}.
   *
   * @param offset position in the file, 0 or more; at or past the end means end of file
   * @param size most bytes to answer with
   */
  default void range(byte[] file, long offset, int size) {
    int start = (int) Math.min(Math.max(offset, 0), file.length);
    int length = Math.min(size, file.length - start);
    fill(length, out -> out.writeBytes(file, start, length));
  }
}
