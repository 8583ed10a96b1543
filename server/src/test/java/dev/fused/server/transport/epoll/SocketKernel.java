package dev.fused.server.transport.epoll;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.fused.protocol.Errno;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestEncoder;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.linux.Libc;
import dev.fused.server.pipeline.EmbeddedKernel.Answer;
import dev.fused.server.pipeline.Requests;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Plays the kernel at one end of a socket pair; the other end is the server's device. */
public final class SocketKernel implements AutoCloseable {
  private static final int MAX_MESSAGE = 1 << 20;
  private static final int AWAIT_MILLIS = 20_000;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory = arena.allocate(MAX_MESSAGE);
  private final int fd;
  private final FuseDevice device;
  private boolean open = true;

  public SocketKernel() throws IOException {
    MemorySegment ends = arena.allocate(JAVA_INT, 2);
    requireSuccess(Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_SEQPACKET, ends.address()));
    fd = ends.getAtIndex(JAVA_INT, 0);
    device = FuseDevice.ofSocket(ends.getAtIndex(JAVA_INT, 1));
  }

  public FuseDevice device() {
    return device;
  }

  /** Exchanges INIT 7.45, once a channel reads the device. */
  public SocketKernel init() {
    send(Requests.init(2, 7, 45, 0));
    if (receive().error() != null) {
      throw new AssertionError("INIT failed");
    }
    return this;
  }

  /** Sends one message; blocks while the socket is full. */
  public void send(FuseRequest request) {
    ByteBuf message = Unpooled.buffer();
    RequestEncoder.encode(request, message, WireFormat.INITIAL);
    sendBytes(message);
  }

  public void sendBytes(ByteBuf message) {
    byte[] bytes = new byte[message.readableBytes()];
    message.readBytes(bytes).release();
    MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, 0, bytes.length);
    requireSuccess(Libc.write(fd, memory.address(), bytes.length));
  }

  /** The next reply, for which it waits. */
  public Answer receive() {
    if (Libc.poll(fd, Libc.POLLIN, AWAIT_MILLIS) <= 0) {
      throw new AssertionError("no reply within " + AWAIT_MILLIS + " ms");
    }
    int length = Libc.read(fd, memory.address(), MAX_MESSAGE);
    if (length <= 0) {
      throw new AssertionError("no reply: " + (length == 0 ? "closed" : Errno.describe(length)));
    }
    byte[] bytes = memory.asSlice(0, length).toArray(JAVA_BYTE);
    ByteBuf message = Unpooled.wrappedBuffer(bytes);
    ReplyHeader header = ReplyHeader.decode(message);
    if (header.len() != length) {
      throw new AssertionError("a message of " + length + " bytes says " + header);
    }
    return new Answer(header, message);
  }

  /** The reply to {@code request}, which must be the next. */
  public Answer ask(FuseRequest request) {
    send(request);
    Answer answer = receive();
    if (answer.unique() != request.unique()) {
      throw new AssertionError("expected the answer to " + request + ", but got " + answer);
    }
    return answer;
  }

  /** True if a reply is there, or the other end is closed. */
  public boolean isReadable() {
    return Libc.poll(fd, Libc.POLLIN, 0) > 0;
  }

  /** Waits until the server has closed its end. */
  public void awaitHangup() {
    int events = Libc.poll(fd, (short) 0, AWAIT_MILLIS);
    if ((events & Libc.POLLHUP) == 0) {
      throw new AssertionError("the server did not close: events " + events);
    }
  }

  /** The mount ends. */
  @Override
  public void close() {
    if (open) {
      open = false;
      Libc.close(fd);
      arena.close();
    }
  }

  private static void requireSuccess(int result) {
    if (result < 0) {
      throw new AssertionError(Errno.describe(result));
    }
  }
}
