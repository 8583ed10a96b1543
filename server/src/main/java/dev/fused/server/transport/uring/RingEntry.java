package dev.fused.server.transport.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.fused.protocol.Errno;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.request.RequestFrame;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.server.linux.Libc;
import dev.fused.server.linux.Mapping;
import dev.fused.server.reply.ReplyMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory through which one request at a time, and its reply, go between kernel and server:
 * {@code struct fuse_uring_req_header}, and the payload. On the queue's loop.
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

  private static final int IOVECS = 320;
  private static final int IOVEC_COUNT = 2;

  /** Bytes for the header of each entry, and what the kernel is told of it. */
  static final int HEAD_SIZE = 512;

  private final int index;
  private final MemorySegment head;
  private final MemorySegment payloadMemory;
  private final ByteBuf payload;
  private final RequestFrame frame;
  private boolean registered;
  private boolean held;
  private int touched;

  /**
   * @param index names the entry within its queue, from 0
   * @param head {@link #HEAD_SIZE} bytes, aligned to 8
   * @param payload as large as the largest payload; pages of its own
   */
  RingEntry(int index, MemorySegment head, MemorySegment payload) {
    this.index = index;
    this.head = head;
    this.payloadMemory = payload;
    this.payload = Unpooled.wrappedBuffer(payload.asByteBuffer());
    this.frame =
        RequestFrame.ofWindows(
            window(0, RequestHeader.SIZE), window(OPERATION, OPERATION_SIZE), this.payload);
    iovec(0, head.address(), HEADER_SIZE);
    iovec(1, payload.address(), payload.byteSize());
  }

  /**
   * Memory for entries whose payload has {@code payloadSize} bytes: their headers, then payloads.
   *
   * @param firstIndex of the first one
   * @throws IOException if there is none
   */
  static List<RingEntry> entries(Arena arena, int firstIndex, int count, int payloadSize)
      throws IOException {
    int pageSize = Libc.getpagesize();
    long heads = Math.ceilDiv(count * (long) HEAD_SIZE, pageSize) * pageSize;
    long stride = Math.ceilDiv((long) payloadSize, pageSize) * pageSize;
    MemorySegment memory = Mapping.anonymous(arena, heads + count * stride);
    List<RingEntry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      MemorySegment head = memory.asSlice(i * (long) HEAD_SIZE, HEAD_SIZE);
      MemorySegment payload = memory.asSlice(heads + i * stride, payloadSize);
      entries.add(new RingEntry(firstIndex + i, head, payload));
    }
    return entries;
  }

  private ByteBuf window(int offset, int size) {
    return Unpooled.wrappedBuffer(head.asSlice(offset, size).asByteBuffer());
  }

  private void iovec(int number, long address, long size) {
    long at = IOVECS + number * 16L;
    head.set(JAVA_LONG, at, address);
    head.set(JAVA_LONG, at + 8, size);
  }

  /** The request that the kernel has put here. */
  RequestFrame request(WireFormat format) {
    registered = true;
    held = true;
    int size = payloadSize();
    touched = Math.max(touched, size);
    frame.frameWindows(size, format);
    return frame;
  }

  /** True while the entry belongs to the server: from {@link #request} to {@link #commit}. */
  boolean isHeld() {
    return held;
  }

  /** Bytes of the payload of the request, then of the answer. */
  int payloadSize() {
    return head.get(JAVA_INT, PAYLOAD_SIZE);
  }

  /** Gives the memory of the payload back. Only while nobody has anything there. */
  void giveBack() {
    if (touched > 0) {
      touched = 0;
      Mapping.giveBack(payloadMemory);
    }
  }

  /** The unique of that request; void once {@link #answer} was called. */
  long unique() {
    return head.get(JAVA_LONG, OUT_UNIQUE); // fuse_in_header has it in the same place
  }

  /**
   * Puts the reply where the request was. This is the copy that io_uring costs: header in front,
   * all the rest in the payload.
   *
   * @return bytes of the reply, or −EINVAL if it does not fit in: then it is EIO that was put there
   */
  int answer(ReplyMessage reply) {
    ByteBuf encoded = reply.head();
    int bodyStart = encoded.readerIndex() + ReplyHeader.SIZE;
    int bodySize = encoded.writerIndex() - bodyStart;
    int size = bodySize + reply.dataLength();
    if (size > payload.capacity()) {
      answer(-Errno.EIO.number(), reply.request().unique(), 0);
      return -Errno.EINVAL.number();
    }
    ByteBuf[] data = reply.data();
    if (data.length > 0 && payloadSize() > 0) {
      // The answer may be made of the request's own bytes, which lie where it is to go.
      putData(bodySize, Unpooled.copiedBuffer(data));
    } else {
      putData(bodySize, data);
    }
    payload.setBytes(0, encoded, bodyStart, bodySize);
    answer(encoded.getIntLE(encoded.readerIndex() + 4), reply.request().unique(), size);
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
    touched = Math.max(touched, payloadSize);
    head.set(JAVA_INT, 0, ReplyHeader.SIZE + payloadSize);
    head.set(JAVA_INT, OUT_ERROR, error);
    head.set(JAVA_LONG, OUT_UNIQUE, unique);
    head.set(JAVA_INT, PAYLOAD_SIZE, payloadSize);
  }

  /** Gives the entry to the kernel for the first time. */
  void register(SubmissionRing ring, int device, int queue) {
    long iovecs = head.address() + IOVECS;
    ring.pushCommand(device, REGISTER, queue, 0, iovecs, IOVEC_COUNT, userData());
  }

  /** Gives the answer to the kernel, and with it the entry for the next request. */
  void commit(SubmissionRing ring, int device, int queue) {
    held = false;
    long commitId = head.get(JAVA_LONG, COMMIT_ID);
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
