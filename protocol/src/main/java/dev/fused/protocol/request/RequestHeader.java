package dev.fused.protocol.request;

import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.WireCheck;
import io.netty.buffer.ByteBuf;

/**
 * What every request starts with. {@code struct fuse_in_header}.
 *
 * @param len bytes of the whole message; encoders compute it
 * @param opcode number of the {@link Opcode}, which may be unknown
 * @param unique the request's id: even, or odd for INTERRUPT; bit 63 is set when the kernel sends
 *     it again
 * @param nodeid the inode that the request is about; 0 for INIT, BATCH_FORGET and INTERRUPT
 * @param uid the caller's fsuid, {@link #NO_ID} when it cannot be mapped or is withheld
 * @param gid the caller's fsgid, likewise
 * @param pid the caller's thread id, 0 when the kernel itself asks
 * @param totalExtlen length of the extension area in units of 8 bytes, 0 to 65535; encoders compute
 *     it
 */
public record RequestHeader(
    int len, int opcode, long unique, long nodeid, int uid, int gid, int pid, int totalExtlen) {
  public static final int SIZE = 40;

  /** A uid or gid that is not known. */
  public static final int NO_ID = -1;

  /** The bit of {@code unique} that marks a request which was sent before: FUSE_UNIQUE_RESEND. */
  public static final long RESENT = 1L << 63;

  static final int LEN_OFFSET = 0;
  static final int OPCODE_OFFSET = 4;
  static final int UNIQUE_OFFSET = 8;
  static final int TOTAL_EXTLEN_OFFSET = 36;

  /** The header of a request that is to be encoded, which computes the lengths. */
  public static RequestHeader of(
      Opcode opcode, long unique, long nodeid, int uid, int gid, int pid) {
    return new RequestHeader(0, opcode.number(), unique, nodeid, uid, gid, pid, 0);
  }

  public static RequestHeader decode(ByteBuf in) {
    WireCheck.requireBytes(in, SIZE, "fuse_in_header");
    int len = in.readIntLE();
    int opcode = in.readIntLE();
    long unique = in.readLongLE();
    long nodeid = in.readLongLE();
    int uid = in.readIntLE();
    int gid = in.readIntLE();
    int pid = in.readIntLE();
    int totalExtlen = in.readUnsignedShortLE();
    in.skipBytes(Short.BYTES);
    return new RequestHeader(len, opcode, unique, nodeid, uid, gid, pid, totalExtlen);
  }

  public void encode(ByteBuf out) {
    out.writeIntLE(len);
    out.writeIntLE(opcode);
    out.writeLongLE(unique);
    out.writeLongLE(nodeid);
    out.writeIntLE(uid);
    out.writeIntLE(gid);
    out.writeIntLE(pid);
    out.writeShortLE(totalExtlen);
    out.writeZero(Short.BYTES);
  }

  /** True if the kernel sent this request before and sends it again for a RESEND notification. */
  public boolean isResent() {
    return (unique & RESENT) != 0;
  }

  /** The opcode, known or not; for messages. */
  public String opcodeName() {
    return Opcode.describe(opcode);
  }

  /** The exception for a field of this request that is not as it must be. */
  ProtocolException violation(String field, Object value, String expectation) {
    return WireCheck.violation(
        opcodeName() + " " + Long.toUnsignedString(unique), field, value, expectation);
  }
}
