package dev.fused.filesystem;

import dev.fused.protocol.reply.IoctlIovec;
import io.netty.buffer.ByteBuf;
import java.util.List;

/** The reply of IOCTL. */
public interface IoctlReply extends Reply {
  /**
   * Completes with the return value of ioctl(2) and what to copy out to the caller.
   *
   * @param result 0 or more
   * @param output at most {@code outSize} readable bytes; owned and released by the reply
   */
  void result(int result, ByteBuf output);

  /**
   * Asks the kernel to send the request again with these parts of the caller's memory. Only for
   * requests with {@code UNRESTRICTED} among their flags, which character devices (CUSE) get and
   * files do not: for them the command's number says what is copied.
   *
   * @param input parts to read, at most 256 together with {@code output}
   * @param output parts that will be written
   * @throws IllegalStateException if the request is restricted, or the reply is already complete
   */
  void retry(List<IoctlIovec> input, List<IoctlIovec> output);
}
