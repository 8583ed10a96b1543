package dev.fused.fs.memory;

import dev.fused.filesystem.AttrReply;
import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.CopyReply;
import dev.fused.filesystem.CreateReply;
import dev.fused.filesystem.DataReply;
import dev.fused.filesystem.DirectoryPlusReply;
import dev.fused.filesystem.EntryReply;
import dev.fused.filesystem.LinkTargetReply;
import dev.fused.filesystem.LseekReply;
import dev.fused.filesystem.OpenFlags;
import dev.fused.filesystem.OpenReply;
import dev.fused.filesystem.StatfsReply;
import dev.fused.filesystem.StatusReply;
import dev.fused.filesystem.StatxReply;
import dev.fused.filesystem.WriteReply;
import dev.fused.filesystem.XattrReply;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.StatfsOut;
import dev.fused.protocol.reply.Statx;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * A reply of any type that keeps what it was completed with, and insists on being completed once.
 */
final class RecordingReply
    implements AttrReply,
        CopyReply,
        CreateReply,
        DataReply,
        DirectoryPlusReply,
        EntryReply,
        LinkTargetReply,
        LseekReply,
        OpenReply,
        StatfsReply,
        StatusReply,
        StatxReply,
        WriteReply,
        XattrReply {
  /** One name of a listing; {@code attributes} is null if only the name was listed. */
  record Listed(FileName name, long ino, int mode, long nextOffset, Attributes attributes) {}

  Errno errno;
  boolean isNoEntry;
  Attributes attributes;
  CachePolicy cache;
  OpenFlags openFlags;
  StatfsOut statfs;
  Statx statx;
  FileName target;
  byte[] bytes;
  Collection<FileName> names;
  long nodeid;
  long fh;
  long number = -1;
  final List<Listed> listed = new ArrayList<>();

  private final int room;

  /** Written last, so that who sees it sees the rest. */
  private volatile boolean done;

  RecordingReply() {
    this(Integer.MAX_VALUE);
  }

  /**
   * @param room how many entries of a directory fit
   */
  RecordingReply(int room) {
    this.room = room;
  }

  private void complete() {
    if (done) {
      throw new IllegalStateException("completed twice");
    }
    done = true;
  }

  @Override
  public void error(Errno errno) {
    this.errno = errno;
    complete();
  }

  @Override
  public boolean isDone() {
    return done;
  }

  @Override
  public boolean isInterrupted() {
    return false;
  }

  @Override
  public void onInterrupt(Runnable action) {}

  @Override
  public void attributes(Attributes attributes, CachePolicy cache) {
    this.attributes = attributes;
    this.cache = cache;
    complete();
  }

  @Override
  public void entry(long nodeid, long generation, Attributes attributes, CachePolicy cache) {
    this.nodeid = nodeid;
    attributes(attributes, cache);
  }

  @Override
  public void noEntry(CachePolicy cache) {
    isNoEntry = true;
    this.cache = cache;
    complete();
  }

  @Override
  public void created(
      long nodeid,
      long generation,
      Attributes attributes,
      CachePolicy cache,
      long fh,
      OpenFlags flags) {
    this.fh = fh;
    openFlags = flags;
    entry(nodeid, generation, attributes, cache);
  }

  @Override
  public void opened(long fh, OpenFlags flags) {
    this.fh = fh;
    openFlags = flags;
    complete();
  }

  @Override
  public void data(ByteBuf... pieces) {
    ByteBuf all = Unpooled.wrappedBuffer(pieces);
    bytes = new byte[all.readableBytes()];
    all.readBytes(bytes);
    all.release();
    complete();
  }

  @Override
  public void fill(int length, Consumer<ByteBuf> filler) {
    ByteBuf buffer = Unpooled.buffer(length, length);
    filler.accept(buffer);
    data(buffer);
  }

  @Override
  public boolean add(FileName name, long ino, int mode, long nextOffset) {
    return add(new Listed(name, ino, mode, nextOffset, null));
  }

  @Override
  public boolean add(
      FileName name,
      long nodeid,
      long generation,
      Attributes attributes,
      CachePolicy cache,
      long nextOffset) {
    return add(new Listed(name, nodeid, attributes.mode(), nextOffset, attributes));
  }

  private boolean add(Listed entry) {
    return listed.size() < room && listed.add(entry);
  }

  @Override
  public void end() {
    complete();
  }

  @Override
  public void target(FileName target) {
    this.target = target;
    complete();
  }

  @Override
  public void offset(long offset) {
    number = offset;
    complete();
  }

  @Override
  public void copied(long count) {
    number = count;
    complete();
  }

  @Override
  public void written(int count) {
    number = count;
    complete();
  }

  @Override
  public void statfs(StatfsOut statfs) {
    this.statfs = statfs;
    complete();
  }

  @Override
  public void statx(Statx statx, CachePolicy cache) {
    this.statx = statx;
    this.cache = cache;
    complete();
  }

  @Override
  public void ok() {
    complete();
  }

  @Override
  public void value(byte[] value) {
    bytes = value;
    complete();
  }

  @Override
  public void names(Collection<FileName> names) {
    this.names = names;
    complete();
  }
}
