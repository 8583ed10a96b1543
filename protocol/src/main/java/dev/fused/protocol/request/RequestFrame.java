package dev.fused.protocol.request;

import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One received request as three windows: header, fixed structure, and the names, data and
 * extensions.
 *
 * <p>On /dev/fuse the windows lie in one buffer one after the other, in an io_uring entry they are
 * three buffers. Nobody who reads a frame can tell which. A channel owns one frame per receive
 * buffer and uses it for every message in that buffer, so that framing a request allocates nothing.
 * The frame retains nothing: its buffers must outlive it. Only the channel's loop may touch it.
 */
public final class RequestFrame {
  private final ByteBuf header;
  private final ByteBuf operationWindow;
  private final ByteBuf payloadStart;
  private final ByteBuf payload;
  private ByteBuf operation;

  private RequestFrame(ByteBuf header, ByteBuf operation, ByteBuf payload) {
    this.header = header;
    this.operationWindow = operation;
    this.operation = operation;
    this.payloadStart = payload.duplicate();
    this.payload = payload;
  }

  /** Frames messages that are read into {@code buffer} from its index 0 on. */
  public static RequestFrame ofMessage(ByteBuf buffer) {
    return new RequestFrame(buffer.duplicate(), buffer.duplicate(), buffer.duplicate());
  }

  /** Frames requests whose windows are three buffers, each from its index 0 on. */
  public static RequestFrame ofWindows(ByteBuf header, ByteBuf operation, ByteBuf payload) {
    return new RequestFrame(header.duplicate(), operation.duplicate(), payload.duplicate());
  }

  /**
   * Frames the message of {@code length} bytes that now lies in the one buffer, whatever length its
   * header says: {@link RequestDecoder} compares them.
   *
   * @throws ProtocolException if the message is shorter than a header; it has no windows then
   */
  public void frameMessage(int length, WireFormat format) {
    if (length < RequestHeader.SIZE) {
      clear();
      throw WireCheck.violation(
          "fuse_in_header", "length", length, "at least " + RequestHeader.SIZE);
    }
    header.setIndex(0, RequestHeader.SIZE);
    int operationEnd =
        Math.min(length, RequestHeader.SIZE + operationSize(length - RequestHeader.SIZE, format));
    operation.setIndex(RequestHeader.SIZE, operationEnd);
    payload.setIndex(operationEnd, length);
  }

  /**
   * Frames the request that now lies in the three buffers.
   *
   * @param payloadSize bytes in the payload window
   */
  public void frameWindows(int payloadSize, WireFormat format) {
    header.setIndex(0, RequestHeader.SIZE);
    int operationSize = operationSize(0, format);
    // Linux 6.18 puts the structure of a NOTIFY_REPLY, and of no other request, into the payload.
    boolean inPayload =
        operationSize > 0
            && payloadSize >= operationSize
            && header.getIntLE(0) == RequestHeader.SIZE + payloadSize;
    operation = inPayload ? payloadStart : operationWindow;
    operation.setIndex(0, operationSize);
    payload.setIndex(inPayload ? operationSize : 0, payloadSize);
  }

  /** The 40 bytes that {@link RequestHeader} decodes. */
  public ByteBuf header() {
    return header;
  }

  /**
   * The opcode's fixed structure; shorter than that if the message ends before; empty for an
   * unknown opcode.
   */
  public ByteBuf operation() {
    return operation;
  }

  /** Names, data and extensions. */
  public ByteBuf payload() {
    return payload;
  }

  /** What the header says that it is; null if that is unknown. Once the request is framed. */
  public @Nullable Opcode opcode() {
    return Opcode.of(header.getIntLE(RequestHeader.OPCODE_OFFSET));
  }

  private int operationSize(int bytesAfterHeader, WireFormat format) {
    Opcode opcode = opcode();
    if (opcode == null) {
      return 0;
    }
    return opcode.negotiates() ? bytesAfterHeader : opcode.operationSize(format);
  }

  private void clear() {
    header.setIndex(0, 0);
    operation.setIndex(0, 0);
    payload.setIndex(0, 0);
  }
}
