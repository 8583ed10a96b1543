package dev.fused.server.reply;

import dev.fused.protocol.Errno;
import dev.fused.protocol.reply.ReplyBody;
import dev.fused.protocol.request.FuseRequest;
import io.netty.buffer.ByteBuf;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * A complete reply on its way to the kernel: an error, or a fixed structure, or data, or both.
 *
 * <p>Made on any thread, then owned by the channel's loop. Releasing it releases the data.
 */
public final class ReplyMessage extends AbstractReferenceCounted {
  private static final ByteBuf[] NO_DATA = {};

  private final FuseRequest request;
  private final @Nullable Errno error;
  private final @Nullable ReplyBody body;
  private final ByteBuf[] data;
  private @Nullable ByteBuf head;
  private boolean headOwned;

  private ReplyMessage(
      FuseRequest request, @Nullable Errno error, @Nullable ReplyBody body, ByteBuf[] data) {
    this.request = request;
    this.error = error;
    this.body = body;
    this.data = data;
  }

  public static ReplyMessage error(FuseRequest request, Errno error) {
    return new ReplyMessage(request, error, null, NO_DATA);
  }

  /**
   * A success.
   *
   * @param body the fixed structure, null if the operation has none
   * @param data what follows it, in order; released with the message
   */
  public static ReplyMessage success(
      FuseRequest request, @Nullable ReplyBody body, ByteBuf... data) {
    return new ReplyMessage(request, null, body, data);
  }

  /** The request that is answered. */
  public FuseRequest request() {
    return request;
  }

  /** Null for success. */
  public @Nullable Errno error() {
    return error;
  }

  public @Nullable ReplyBody body() {
    return body;
  }

  /** The data; the message keeps owning it. */
  public ByteBuf[] data() {
    return data;
  }

  /** Readable bytes of all data. */
  public int dataLength() {
    int length = 0;
    for (ByteBuf piece : data) {
      length += piece.readableBytes();
    }
    return length;
  }

  /**
   * Header and structure as the kernel reads them, set by the encoder.
   *
   * @param owned released with the message; else borrowed until the message is released
   */
  public void setHead(ByteBuf head, boolean owned) {
    this.head = head;
    this.headOwned = owned;
  }

  public ByteBuf head() {
    if (head == null) {
      throw new IllegalStateException("not encoded yet: " + this);
    }
    return head;
  }

  @Override
  protected void deallocate() {
    for (ByteBuf piece : data) {
      ReferenceCountUtil.safeRelease(piece);
    }
    if (headOwned) {
      ReferenceCountUtil.safeRelease(head);
    }
  }

  @Override
  public ReplyMessage touch(Object hint) {
    return this;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("#").append(Long.toUnsignedString(request.unique()));
    text.append(' ').append(request.header().opcodeName()).append(" -> ");
    if (error != null) {
      return text.append(error).toString();
    }
    if (body == null && data.length == 0) {
      return text.append("ok").toString();
    }
    if (body != null) {
      text.append(body).append(data.length == 0 ? "" : " ");
    }
    return data.length == 0
        ? text.toString()
        : text.append(dataLength()).append(" bytes").toString();
  }
}
