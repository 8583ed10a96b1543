package dev.fused.server.transport.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.fused.protocol.Errno;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.request.RequestFrame;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.server.linux.Mapping;
import dev.fused.server.reply.ReplyMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The memory through which one request at a time, and its reply, go between kernel and server:
 * {@code struct fuse_uring_req_header} on a page of its own, and the payload behind it. On the
 * queue's loop.
 *
 * <p>From {@link #register} or {@link #commit} until the completion it belongs to the kernel, then
 * to the server.
 */
final class RingEntry {
  private static final int REGISTER = 1;
  private static final int COMMIT_AND_FETCH = 2;

  static final int OUT_ERROR = 4;
  static final int OUT_UNIQUE = 8;
  static final int OPERATION = 128;
  static final int OPERATION_SIZE = 128;
  static final int COMMIT_ID = 264;
  static final int PAYLOAD_SIZE = 272;
  static final int HEADER_SIZE = 288;

  private static final int IOVECS = 512;
  private static final int IOVEC_COUNT = 2;
  private static final int PAYLOAD = 4096;

  private final int index;
  private final MemorySegment memory;
  private final ByteBuf payload;
  private final RequestFrame frame;
  private boolean registered;

  /**
   * @param arena has the memory
   * @param index names the entry within its queue, from 0
   * @param payloadSize bytes of the largest payload
   * @throws IOException if there is no memory
   */
  RingEntry(Arena arena, int index, int payloadSize) throws IOException {
    this.index = index;
    this.memory = Mapping.anonymous(arena, (long) PAYLOAD + payloadSize);
    this.payload = window(PAYLOAD, payloadSize);
    this.frame =
        RequestFrame.ofWindows(
            window(0, RequestHeader.SIZE), window(OPERATION, OPERATION_SIZE), payload);
    iovec(0, 0, HEADER_SIZE);
    iovec(1, PAYLOAD, payloadSize);
  }

  private ByteBuf window(int offset, int size) {
    return Unpooled.wrappedBuffer(memory.asSlice(offset, size).asByteBuffer());
  }

  private void iovec(int number, long offset, long size) {
    long at = IOVECS + number * 16L;
    memory.set(JAVA_LONG, at, memory.address() + offset);
    memory.set(JAVA_LONG, at + 8, size);
  }

  /** The memory, for tests. */
  MemorySegment memory() {
    return memory;
  }

  /** The request that the kernel has put here. */
  RequestFrame request(WireFormat format) {
    registered = true;
    frame.frameWindows(memory.get(JAVA_INT, PAYLOAD_SIZE), format);
    return frame;
  }

  /** The unique of that request; void once {@link #answer} was called. */
  long unique() {
    return memory.get(JAVA_LONG, OUT_UNIQUE); // fuse_in_header has it in the same place
  }

  /**
   * Puts the reply where the request was. This is the copy that io_uring costs: header in front,
   * all the rest in the payload.
   *
   * @return bytes of the reply, or −EINVAL if it does not fit in: then it is EIO that was put there
   */
  int answer(ReplyMessage reply) {
    ByteBuf head = reply.head();
    int bodyStart = head.readerIndex() + ReplyHeader.SIZE;
    int bodySize = head.writerIndex() - bodyStart;
    int size = bodySize + reply.dataLength();
    if (size > payload.capacity()) {
      answer(-Errno.EIO.number(), reply.request().unique(), 0);
      return -Errno.EINVAL.number();
    }
    ByteBuf[] data = reply.data();
    if (data.length > 0 && memory.get(JAVA_INT, PAYLOAD_SIZE) > 0) {
      // The answer may be made of the request's own bytes, which lie where it is to go.
      putData(bodySize, Unpooled.copiedBuffer(data));
    } else {
      putData(bodySize, data);
    }
    payload.setBytes(0, head, bodyStart, bodySize);
    answer(head.getIntLE(head.readerIndex() + 4), reply.request().unique(), size);
    return ReplyHeader.SIZE + size;
  }

  private void putData(int offset, ByteBuf... data) {
    int at = offset;
    for (ByteBuf piece : data) {
      payload.setBytes(at, piece, piece.readerIndex(), piece.readableBytes());
      at += piece.readableBytes();
    }
  }

  /** Answers a request that wants none, so that the entry can take the next one. */
  void answerNothing() {
    answer(0, unique(), 0);
  }

  private void answer(int error, long unique, int payloadSize) {
    memory.set(JAVA_INT, 0, ReplyHeader.SIZE + payloadSize);
    memory.set(JAVA_INT, OUT_ERROR, error);
    memory.set(JAVA_LONG, OUT_UNIQUE, unique);
    memory.set(JAVA_INT, PAYLOAD_SIZE, payloadSize);
  }

  /** Gives the entry to the kernel for the first time. */
  void register(SubmissionRing ring, int device, int queue) {
    long iovecs = memory.address() + IOVECS;
    ring.pushCommand(device, REGISTER, queue, 0, iovecs, IOVEC_COUNT, userData());
  }

  /** Gives the answer to the kernel, and with it the entry for the next request. */
  void commit(SubmissionRing ring, int device, int queue) {
    long commitId = memory.get(JAVA_LONG, COMMIT_ID);
    ring.pushCommand(device, COMMIT_AND_FETCH, queue, commitId, 0, 0, userData());
  }

  /** Once more what was submitted last, which the kernel did not begin. */
  void again(SubmissionRing ring, int device, int queue) {
    if (registered) {
      commit(ring, device, queue);
    } else {
      register(ring, device, queue);
    }
  }

  /** False until the kernel has put a request here. */
  boolean hadRequest() {
    return registered;
  }

  /** Names the entry in completions. */
  long userData() {
    return index + 1L;
  }

  static int indexOf(long userData) {
    return (int) userData - 1;
  }

  /** A command that the kernel must refuse, upon which it takes all requests to the device. */
  static void pushRefused(SubmissionRing ring, int device, int queue, long userData) {
    ring.pushCommand(device, REGISTER, queue, 0, 0, 0, userData);
  }
}
