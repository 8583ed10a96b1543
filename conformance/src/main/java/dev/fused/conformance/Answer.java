package dev.fused.conformance;

import dev.fused.protocol.Errno;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.AttrOut;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.CopyFileRangeOut;
import dev.fused.protocol.reply.CreateOut;
import dev.fused.protocol.reply.DirectoryBuffer;
import dev.fused.protocol.reply.Dirent;
import dev.fused.protocol.reply.DirentPlus;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.GetxattrOut;
import dev.fused.protocol.reply.LkOut;
import dev.fused.protocol.reply.LseekOut;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.reply.StatfsOut;
import dev.fused.protocol.reply.StatxOut;
import dev.fused.protocol.reply.WriteOut;
import dev.fused.protocol.request.CopyFileRange64;
import dev.fused.protocol.request.FuseRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one request, and what laws say about it. Everything that reads the body first
 * requires success.
 *
 * @param error 0, or the positive number of an error
 * @param body what follows the header; not released, as it lies in an array
 * @param brokenRule what the kernel would refuse this answer for, null if it would take it
 */
public record Answer(
    FuseRequest request, int error, ByteBuf body, WireFormat format, @Nullable String brokenRule) {
  /** By these a server says that it has no such operation, or changes nothing at all. */
  private static final Set<Errno> LEFT_OUT =
      EnumSet.of(Errno.ENOSYS, Errno.EOPNOTSUPP, Errno.EROFS);

  /**
   * Requires success.
   *
   * @throws NotImplemented if the server leaves the operation out
   * @throws LawBroken if it answered another error
   */
  public Answer ok() {
    requireAcceptable();
    requireImplemented();
    if (error != 0) {
      throw new LawBroken(what() + " answered " + Errno.describe(error) + ", expected success");
    }
    return this;
  }

  /**
   * Requires one of several errors.
   *
   * @throws NotImplemented if the server leaves the operation out
   * @throws LawBroken if it answered anything else
   */
  public void fails(Errno first, Errno... others) {
    requireAcceptable();
    EnumSet<Errno> expected = EnumSet.of(first, others);
    if (error != 0 && expected.contains(errno())) {
      return;
    }
    requireImplemented();
    throw new LawBroken(what() + " answered " + outcome() + ", expected " + expected);
  }

  /** Requires an answer that the kernel takes, with success or any error. */
  public void isAcceptable() {
    requireAcceptable();
  }

  public boolean isSuccess() {
    requireAcceptable();
    return error == 0;
  }

  public boolean isError(Errno errno) {
    return error == errno.number();
  }

  /** True if the server leaves the operation out. */
  public boolean isLeftOut() {
    Errno errno = errno();
    return errno != null && LEFT_OUT.contains(errno);
  }

  public EntryOut entry() {
    return decode(EntryOut::decode);
  }

  public Attributes attributes() {
    return decode(AttrOut::decode).attr();
  }

  public CreateOut created() {
    return decode(CreateOut::decode);
  }

  public OpenOut opened() {
    return decode(OpenOut::decode);
  }

  public int written() {
    return decode(WriteOut::decode).size();
  }

  public StatfsOut statfs() {
    return decode(StatfsOut::decode);
  }

  public StatxOut statx() {
    return decode(StatxOut::decode);
  }

  public int xattrSize() {
    return decode(GetxattrOut::decode).size();
  }

  public LkOut lock() {
    return decode(LkOut::decode);
  }

  public long seekOffset() {
    return decode(LseekOut::decode).offset();
  }

  public long copied() {
    return request instanceof CopyFileRange64
        ? decode(CopyFileRangeOut::decode).bytesCopied()
        : Integer.toUnsignedLong(decode(WriteOut::decode).size());
  }

  public List<Dirent> entries() {
    return decode(DirectoryBuffer::decode);
  }

  public List<DirentPlus> entriesPlus() {
    return decode(DirectoryBuffer::decodePlus);
  }

  /** The whole body. */
  public byte[] data() {
    ok();
    return ByteBufUtil.getBytes(body);
  }

  private <T> T decode(BiFunction<ByteBuf, WireFormat, T> decoder) {
    ok();
    return decoder.apply(body.duplicate(), format);
  }

  private @Nullable Errno errno() {
    return error == 0 ? null : Errno.ofNumber(error);
  }

  private void requireAcceptable() {
    if (brokenRule != null) {
      throw new LawBroken("the answer to " + what() + " breaks a rule: " + brokenRule);
    }
  }

  private void requireImplemented() {
    if (isLeftOut()) {
      throw new NotImplemented(what() + " answers " + errno());
    }
  }

  private String what() {
    return request.header().opcodeName();
  }

  private String outcome() {
    return error == 0 ? "success" : Errno.describe(error);
  }
}
