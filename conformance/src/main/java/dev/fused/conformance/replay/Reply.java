package dev.fused.conformance.replay;

import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.AttrOut;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.BmapOut;
import dev.fused.protocol.reply.CopyFileRangeOut;
import dev.fused.protocol.reply.CreateOut;
import dev.fused.protocol.reply.DirectoryBuffer;
import dev.fused.protocol.reply.DirentPlus;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.GetxattrOut;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.reply.IoctlOut;
import dev.fused.protocol.reply.LkOut;
import dev.fused.protocol.reply.LseekOut;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.reply.PollOut;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.reply.StatfsOut;
import dev.fused.protocol.reply.StatxOut;
import dev.fused.protocol.reply.WriteOut;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Listxattr;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A reply, decoded as its request says.
 *
 * @param error 0, or the positive number of an error
 * @param body what follows the header
 * @param decoded a structure of the protocol, {@link Entries}, {@link WithData}, or the bytes
 * @param malformed why it cannot be decoded, null if it can
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Reply(int error, byte[] body, Object decoded, @Nullable String malformed) {
  private static final int SHOWN_ENTRIES = 20;
  private static final int SHOWN_BYTES = 64;
  private static final Attributes NO_ATTRIBUTES = Attributes.builder(0, 0).build();

  /** A listing; READDIR has entries without attributes and with nodeid 0. */
  record Entries(List<DirentPlus> entries) {}

  /** A structure and data behind it. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record WithData(Object body, byte[] data) {}

  static Reply decode(Asked asked, byte[] message, WireFormat format) {
    ByteBuf in = Unpooled.wrappedBuffer(message);
    ReplyHeader header = ReplyHeader.decode(in);
    byte[] body = ByteBufUtil.getBytes(in);
    if (header.error() > 0 || header.error() <= -512) {
      String reason = "the error is " + header.error() + ", expected 0 to -511";
      return new Reply(0, body, body, reason);
    }
    if (header.error() != 0) {
      String reason = body.length == 0 ? null : body.length + " bytes follow an error";
      return new Reply(-header.error(), body, body, reason);
    }
    try {
      return new Reply(0, body, decodeBody(asked, in, format), null);
    } catch (ProtocolException e) {
      return new Reply(0, body, body, String.valueOf(e.getMessage()));
    }
  }

  private static Object decodeBody(Asked asked, ByteBuf in, WireFormat format) {
    Opcode opcode = asked.opcode();
    return switch (opcode) {
      case LOOKUP, SYMLINK, MKNOD, MKDIR, LINK -> EntryOut.decode(in, format);
      case GETATTR, SETATTR -> AttrOut.decode(in, format);
      case STATX -> StatxOut.decode(in, format);
      case OPEN, OPENDIR -> OpenOut.decode(in, format);
      case CREATE, TMPFILE -> CreateOut.decode(in, format);
      case WRITE, COPY_FILE_RANGE -> WriteOut.decode(in, format);
      case COPY_FILE_RANGE_64 -> CopyFileRangeOut.decode(in, format);
      case STATFS -> StatfsOut.decode(in, format);
      case GETXATTR, LISTXATTR ->
          asksForSize(asked) ? GetxattrOut.decode(in, format) : ByteBufUtil.getBytes(in);
      case READDIR ->
          new Entries(
              DirectoryBuffer.decode(in, format).stream()
                  .map(
                      entry -> new DirentPlus(new EntryOut(0, 0, 0, 0, 0, 0, NO_ATTRIBUTES), entry))
                  .toList());
      case READDIRPLUS -> new Entries(DirectoryBuffer.decodePlus(in, format));
      case GETLK -> LkOut.decode(in, format);
      case BMAP -> BmapOut.decode(in, format);
      case IOCTL -> new WithData(IoctlOut.decode(in, format), ByteBufUtil.getBytes(in));
      case POLL -> PollOut.decode(in, format);
      case LSEEK -> LseekOut.decode(in, format);
      case INIT -> InitOut.decode(in, format);
      case null, default -> ByteBufUtil.getBytes(in);
    };
  }

  private static boolean asksForSize(Asked asked) {
    return switch (asked.request()) {
      case Getxattr request -> request.size() == 0;
      case Listxattr request -> request.size() == 0;
      case null, default -> false;
    };
  }

  /** For people, on one line. */
  String describe() {
    if (malformed != null) {
      return "malformed: " + malformed;
    }
    if (error != 0) {
      return ReplyComparison.error(error);
    }
    return switch (decoded) {
      case Entries(List<DirentPlus> entries) -> describe(entries);
      case WithData(Object structure, byte[] data) -> structure + " and " + describe(data);
      case byte[] data -> data.length == 0 ? "ok" : describe(data);
      default -> decoded.toString();
    };
  }

  private static String describe(List<DirentPlus> entries) {
    return entries.size()
        + " entries: "
        + entries.stream()
            .limit(SHOWN_ENTRIES)
            .map(entry -> entry.dirent().name().toString())
            .collect(Collectors.joining(", "))
        + (entries.size() > SHOWN_ENTRIES ? ", …" : "");
  }

  private static String describe(byte[] data) {
    StringBuilder text = new StringBuilder().append(data.length).append(" bytes");
    if (data.length == 0) {
      return text.toString();
    }
    int shown = Math.min(data.length, SHOWN_BYTES);
    String start = new String(data, 0, shown, StandardCharsets.ISO_8859_1);
    text.append(": \"");
    start.chars().forEach(c -> text.append(c < 0x20 || c >= 0x7f ? '.' : (char) c));
    return text.append(data.length > shown ? "…\"" : "\"").toString();
  }
}
