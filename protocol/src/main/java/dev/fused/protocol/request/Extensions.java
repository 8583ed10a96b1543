package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;

/**
 * What may follow the names of MKNOD, MKDIR, SYMLINK, CREATE and TMPFILE: {@code total_extlen} × 8
 * bytes of records, each padded to 8 bytes, which may begin at any byte of the message.
 *
 * <p>A record starts with its size and a second word: 0 to 31 is a number of security contexts
 * ({@code struct fuse_secctx_header}), 32 means supplementary groups ({@code struct
 * fuse_supp_groups}). Other records are skipped. A kernel without a security module sends a record
 * of no contexts, which reads as if it were not there.
 *
 * @param securityContexts labels for the new inode, when {@code SECURITY_CTX} was negotiated; at
 *     most {@link #MAX_SECURITY_CONTEXTS}
 * @param supplementaryGroups groups that count as the caller's, when {@code CREATE_SUPP_GROUP} was
 *     negotiated
 */
public record Extensions(
    List<SecurityContext> securityContexts, List<Integer> supplementaryGroups) {
  public static final Extensions NONE = new Extensions(List.of(), List.of());

  /** FUSE_MAX_NR_SECCTX. */
  public static final int MAX_SECURITY_CONTEXTS = 31;

  /** What {@code total_extlen} counts, and what records are padded to. */
  static final int UNIT = 8;

  private static final int GROUPS = 32;
  private static final int RECORD_HEADER_SIZE = 8;
  private static final int CONTEXT_HEADER_SIZE = 8;
  private static final byte NUL = 0;

  /**
   * A label that a security module gives to a new inode. {@code struct fuse_secctx}, name, value.
   *
   * @param name the extended attribute to store it as, such as {@code security.selinux}
   * @param value any bytes; a copy that needs no release
   */
  public record SecurityContext(FileName name, ByteBuf value) {}

  public Extensions {
    securityContexts = List.copyOf(securityContexts);
    supplementaryGroups = List.copyOf(supplementaryGroups);
    if (securityContexts.size() > MAX_SECURITY_CONTEXTS) {
      throw new IllegalArgumentException(
          securityContexts.size() + " security contexts, at most " + MAX_SECURITY_CONTEXTS);
    }
  }

  /** Reads the rest of {@code in}, which must be as long as the header says. */
  static Extensions decode(RequestHeader header, ByteBuf in) {
    if (header.totalExtlen() * UNIT != in.readableBytes()) {
      throw header.violation(
          "total_extlen",
          header.totalExtlen(),
          "the " + in.readableBytes() + " bytes that are left");
    }
    if (!in.isReadable()) {
      return NONE;
    }
    List<SecurityContext> contexts = new ArrayList<>(1);
    List<Integer> groups = new ArrayList<>(1);
    while (in.isReadable()) {
      int size = in.readIntLE();
      int type = in.readIntLE();
      if (size < RECORD_HEADER_SIZE || size - RECORD_HEADER_SIZE > in.readableBytes()) {
        throw header.violation(
            "extension size",
            Integer.toUnsignedLong(size),
            "8 to " + (RECORD_HEADER_SIZE + in.readableBytes()));
      }
      ByteBuf body = in.readSlice(size - RECORD_HEADER_SIZE);
      in.skipBytes(align(size) - size);
      if (type >= 0 && type <= MAX_SECURITY_CONTEXTS) {
        readContexts(header, body, type, contexts);
      } else if (type == GROUPS) {
        readGroups(header, body, groups);
      }
    }
    return new Extensions(contexts, groups);
  }

  private static void readContexts(
      RequestHeader header, ByteBuf body, int count, List<SecurityContext> contexts) {
    if (contexts.size() + count > MAX_SECURITY_CONTEXTS) {
      throw header.violation("nr_secctx", contexts.size() + count, "at most 31");
    }
    for (int i = 0; i < count; i++) {
      if (body.readableBytes() < CONTEXT_HEADER_SIZE) {
        throw header.violation("length of fuse_secctx", body.readableBytes(), "at least 8");
      }
      int start = body.readerIndex();
      int size = body.readIntLE();
      body.skipBytes(Integer.BYTES);
      FileName name = Payload.readText(header, body, "security context name");
      if (size < 0 || size > body.readableBytes()) {
        throw header.violation(
            "size of fuse_secctx", Integer.toUnsignedLong(size), "at most " + body.readableBytes());
      }
      byte[] value = new byte[size];
      body.readBytes(value);
      contexts.add(new SecurityContext(name, Unpooled.wrappedBuffer(value)));
      int used = body.readerIndex() - start;
      body.skipBytes(Math.min(align(used) - used, body.readableBytes()));
    }
  }

  private static void readGroups(RequestHeader header, ByteBuf body, List<Integer> groups) {
    if (body.readableBytes() < Integer.BYTES) {
      throw header.violation("length of fuse_supp_groups", body.readableBytes(), "at least 4");
    }
    int count = body.readIntLE();
    if (count < 0 || count > body.readableBytes() / Integer.BYTES) {
      throw header.violation(
          "nr_groups",
          Integer.toUnsignedLong(count),
          "at most " + body.readableBytes() / Integer.BYTES);
    }
    for (int i = 0; i < count; i++) {
      groups.add(body.readIntLE());
    }
  }

  /** Appends a record for what there is, nothing for {@link #NONE}. */
  void encode(ByteBuf out) {
    if (!securityContexts.isEmpty()) {
      int start = beginRecord(out, securityContexts.size());
      for (SecurityContext context : securityContexts) {
        int contextStart = out.writerIndex();
        out.writeIntLE(context.value.readableBytes());
        out.writeZero(Integer.BYTES);
        context.name.writeTo(out);
        out.writeByte(NUL);
        Payload.writeData(out, context.value);
        pad(out, contextStart);
      }
      endRecord(out, start);
    }
    if (!supplementaryGroups.isEmpty()) {
      int start = beginRecord(out, GROUPS);
      out.writeIntLE(supplementaryGroups.size());
      for (int group : supplementaryGroups) {
        out.writeIntLE(group);
      }
      pad(out, start);
      endRecord(out, start);
    }
  }

  /** Bytes that {@link #encode} appends, a multiple of {@link #UNIT}. */
  int encodedSize() {
    int size = 0;
    if (!securityContexts.isEmpty()) {
      size += RECORD_HEADER_SIZE;
      for (SecurityContext context : securityContexts) {
        size +=
            align(CONTEXT_HEADER_SIZE + context.name.length() + 1 + context.value.readableBytes());
      }
    }
    if (!supplementaryGroups.isEmpty()) {
      size += align(RECORD_HEADER_SIZE + Integer.BYTES * (1 + supplementaryGroups.size()));
    }
    return size;
  }

  private static int beginRecord(ByteBuf out, int type) {
    int start = out.writerIndex();
    out.writeIntLE(0);
    out.writeIntLE(type);
    return start;
  }

  private static void endRecord(ByteBuf out, int start) {
    out.setIntLE(start, out.writerIndex() - start);
  }

  private static void pad(ByteBuf out, int start) {
    int size = out.writerIndex() - start;
    out.writeZero(align(size) - size);
  }

  private static int align(int size) {
    return size + UNIT - 1 & -UNIT;
  }
}
