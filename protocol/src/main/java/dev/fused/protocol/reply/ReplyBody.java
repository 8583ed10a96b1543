package dev.fused.protocol.reply;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * The structure that follows the header of a successful reply. Each implementation also has a
 * static {@code decode}, which throws {@link dev.fused.protocol.ProtocolException} if the structure
 * is cut short. Immutable.
 */
public interface ReplyBody {
  /** Appends the structure, as long as {@code format} has it. */
  void encode(ByteBuf out, WireFormat format);
}
