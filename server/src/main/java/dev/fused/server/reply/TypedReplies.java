package dev.fused.server.reply;

import dev.fused.filesystem.AttrReply;
import dev.fused.filesystem.BmapReply;
import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.CopyReply;
import dev.fused.filesystem.CreateReply;
import dev.fused.filesystem.DataReply;
import dev.fused.filesystem.DirectoryPlusReply;
import dev.fused.filesystem.EntryReply;
import dev.fused.filesystem.IoctlReply;
import dev.fused.filesystem.LinkTargetReply;
import dev.fused.filesystem.LockReply;
import dev.fused.filesystem.LseekReply;
import dev.fused.filesystem.OpenFlags;
import dev.fused.filesystem.OpenReply;
import dev.fused.filesystem.PollReply;
import dev.fused.filesystem.StatfsReply;
import dev.fused.filesystem.StatusReply;
import dev.fused.filesystem.StatxReply;
import dev.fused.filesystem.WriteReply;
import dev.fused.filesystem.XattrReply;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileLock;
import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.AttrOut;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.BmapOut;
import dev.fused.protocol.reply.CopyFileRangeOut;
import dev.fused.protocol.reply.CreateOut;
import dev.fused.protocol.reply.DirectoryBuffer;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.GetxattrOut;
import dev.fused.protocol.reply.IoctlIovec;
import dev.fused.protocol.reply.IoctlOut;
import dev.fused.protocol.reply.LkOut;
import dev.fused.protocol.reply.LseekOut;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.reply.PollOut;
import dev.fused.protocol.reply.ReplyBody;
import dev.fused.protocol.reply.StatfsOut;
import dev.fused.protocol.reply.Statx;
import dev.fused.protocol.reply.StatxOut;
import dev.fused.protocol.reply.WriteOut;
import dev.fused.protocol.request.CopyFileRange;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Ioctl;
import dev.fused.protocol.request.Listxattr;
import dev.fused.protocol.request.ReadIn;
import dev.fused.protocol.request.Readdirplus;
import dev.fused.protocol.request.Write;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One {@link PendingReply} per reply type of the contract: typed values in, wire structures out.
 */
public final class TypedReplies {
  private static final long MAX_U32 = 0xffff_ffffL;
  private static final int MAX_TARGET = 4095;
  private static final int MAX_IOVECS = 256;
  private static final Attributes NOTHING = attributes(0, 0);

  private TypedReplies() {}

  private static EntryOut entryOut(
      long nodeid, long generation, Attributes attributes, CachePolicy cache) {
    if (nodeid == 0) {
      throw new IllegalArgumentException("an entry needs a nodeid other than 0");
    }
    return new EntryOut(
        nodeid,
        generation,
        cache.entry().toSeconds(),
        cache.attributes().toSeconds(),
        cache.entry().toNanosPart(),
        cache.attributes().toNanosPart(),
        attributes);
  }

  /** An entry that adds no lookup: a missing name, or one that READDIRPLUS only lists. */
  private static EntryOut unlooked(CachePolicy cache, Attributes attributes) {
    return new EntryOut(
        0, 0, cache.entry().toSeconds(), 0, cache.entry().toNanosPart(), 0, attributes);
  }

  private static Attributes attributes(long ino, int mode) {
    return Attributes.builder(ino, mode).build();
  }

  private static OpenOut openOut(long fh, OpenFlags flags) {
    return new OpenOut(fh, flags.bits(), flags.backingId());
  }

  private static void requireAtMost(String what, long value, long most) {
    if (value < 0 || value > most) {
      throw new IllegalArgumentException(
          what + " must be between 0 and " + most + ", but is " + value);
    }
  }

  /** Of operations that only succeed or fail. */
  public static final class Status extends PendingReply implements StatusReply {
    public Status(ReplySink sink, FuseRequest request) {
      super(sink, request);
    }

    @Override
    public void ok() {
      complete(null);
    }
  }

  /** Of LOOKUP, MKNOD, MKDIR, SYMLINK, LINK. */
  public static final class Entry extends PendingReply implements EntryReply {
    public Entry(ReplySink sink, FuseRequest request) {
      super(sink, request);
    }

    @Override
    public void entry(long nodeid, long generation, Attributes attributes, CachePolicy cache) {
      complete(entryOut(nodeid, generation, attributes, cache));
    }

    @Override
    public void noEntry(CachePolicy cache) {
      complete(unlooked(cache, NOTHING));
    }
  }

  /** Of GETATTR and SETATTR. */
  public static final class Attr extends PendingReply implements AttrReply {
    public Attr(ReplySink sink, FuseRequest request) {
      super(sink, request);
    }

    @Override
    public void attributes(Attributes attributes, CachePolicy cache) {
      complete(
          new AttrOut(
              cache.attributes().toSeconds(), cache.attributes().toNanosPart(), attributes));
    }
  }

  /** Of STATX. */
  public static final class StatxBody extends PendingReply implements StatxReply {
    public StatxBody(ReplySink sink, FuseRequest request) {
      super(sink, request);
    }

    @Override
    public void statx(Statx statx, CachePolicy cache) {
      complete(
          new StatxOut(cache.attributes().toSeconds(), cache.attributes().toNanosPart(), 0, statx));
    }
  }

  /** Of READLINK. */
  public static final class LinkTarget extends PendingReply implements LinkTargetReply {
    public LinkTarget(ReplySink sink, FuseRequest request) {
      super(sink, request);
    }

    @Override
    public void target(FileName target) {
      requireAtMost("length of the target", target.length(), MAX_TARGET);
      complete(null, Unpooled.wrappedBuffer(target.toBytes()));
    }
  }

  /** Of OPEN and OPENDIR. */
  public static final class Open extends PendingReply implements OpenReply {
    public Open(ReplySink sink, FuseRequest request) {
      super(sink, request);
    }

    @Override
    public void opened(long fh, OpenFlags flags) {
      complete(openOut(fh, flags));
    }
  }

  /** Of CREATE and TMPFILE. */
  public static final class Create extends PendingReply implements CreateReply {
    public Create(ReplySink sink, FuseRequest request) {
      super(sink, request);
    }

    @Override
    public void created(
        long nodeid,
        long generation,
        Attributes attributes,
        CachePolicy cache,
        long fh,
        OpenFlags flags) {
      EntryOut entry = entryOut(nodeid, generation, attributes, cache);
      complete(new CreateOut(entry, openOut(fh, flags)));
    }
  }

  /** Of READ. */
  public static final class Data extends PendingReply implements DataReply {
    private final int size;

    public Data(ReplySink sink, ReadIn request) {
      super(sink, request);
      this.size = request.size();
    }

    @Override
    public void data(ByteBuf... pieces) {
      long length = 0;
      for (ByteBuf piece : pieces) {
        length += piece.readableBytes();
      }
      if (length > size) {
        for (ByteBuf piece : pieces) {
          piece.release();
        }
        requireAtMost("length of the data", length, size);
      }
      complete(null, pieces);
    }

    @Override
    public void fill(int length, Consumer<ByteBuf> filler) {
      requireAtMost("length of the data", length, size);
      if (length == 0) {
        complete(null);
        return;
      }
      ByteBuf buffer = ByteBufAllocator.DEFAULT.directBuffer(length, length);
      try {
        filler.accept(buffer);
        if (buffer.readableBytes() != length) {
          throw new IllegalArgumentException(
              "the filler wrote " + buffer.readableBytes() + " bytes instead of " + length);
        }
      } catch (RuntimeException | Error e) {
        buffer.release();
        throw e;
      }
      complete(null, buffer);
    }
  }

  /** Of WRITE. */
  public static final class Written extends PendingReply implements WriteReply {
    private final int size;

    public Written(ReplySink sink, Write request) {
      super(sink, request);
      this.size = request.size();
    }

    @Override
    public void written(int count) {
      requireAtMost("count of bytes written", count, size);
      complete(new WriteOut(count));
    }
  }

  /** Of STATFS. */
  public static final class StatfsBody extends PendingReply implements StatfsReply {
    public StatfsBody(ReplySink sink, FuseRequest request) {
      super(sink, request);
    }

    @Override
    public void statfs(StatfsOut statfs) {
      complete(statfs);
    }
  }

  /** Of GETXATTR and LISTXATTR. */
  public static final class Xattr extends PendingReply implements XattrReply {
    private final int size;

    public Xattr(ReplySink sink, Getxattr request) {
      super(sink, request);
      this.size = request.size();
    }

    public Xattr(ReplySink sink, Listxattr request) {
      super(sink, request);
      this.size = request.size();
    }

    @Override
    public void value(byte[] value) {
      if (size == 0) {
        complete(new GetxattrOut(value.length));
      } else if (Integer.compareUnsigned(value.length, size) > 0) {
        error(Errno.ERANGE);
      } else {
        complete(null, Unpooled.copiedBuffer(value));
      }
    }

    @Override
    public void names(Collection<FileName> names) {
      int length = names.stream().mapToInt(name -> name.length() + 1).sum();
      ByteBuf list = Unpooled.buffer(length);
      for (FileName name : names) {
        name.writeTo(list);
        list.writeByte(0);
      }
      value(list.array());
    }
  }

  /** Of READDIR and READDIRPLUS. */
  public static final class Directory extends PendingReply implements DirectoryPlusReply {
    private final int size;
    private @Nullable ByteBuf buffer;
    private @Nullable DirectoryBuffer entries;

    public Directory(ReplySink sink, ReadIn request) {
      super(sink, request);
      this.size = request.size();
    }

    @Override
    public boolean add(FileName name, long ino, int mode, long nextOffset) {
      DirectoryBuffer out = entries();
      return request() instanceof Readdirplus
          ? out.addPlus(unlooked(CachePolicy.NONE, attributes(ino, mode)), name, nextOffset)
          : out.add(name, ino, mode >>> 12, nextOffset);
    }

    @Override
    public boolean add(
        FileName name,
        long nodeid,
        long generation,
        Attributes attributes,
        CachePolicy cache,
        long nextOffset) {
      return entries().addPlus(entryOut(nodeid, generation, attributes, cache), name, nextOffset);
    }

    private DirectoryBuffer entries() {
      requireOpen();
      DirectoryBuffer out = entries;
      if (out == null) {
        ByteBuf memory = ByteBufAllocator.DEFAULT.directBuffer(size, size);
        lend(memory);
        memory.release();
        out = new DirectoryBuffer(memory, size, sink().wireFormat());
        buffer = memory;
        entries = out;
      }
      return out;
    }

    private void requireOpen() {
      if (isDone()) {
        throw new IllegalStateException("already answered: " + request());
      }
    }

    @Override
    public void end() {
      requireOpen();
      if (buffer == null) {
        complete(null);
      } else {
        complete(null, buffer.retain());
      }
    }
  }

  /** Of GETLK. */
  public static final class Lock extends PendingReply implements LockReply {
    public Lock(ReplySink sink, FuseRequest request) {
      super(sink, request);
    }

    @Override
    public void lock(FileLock lock) {
      complete(new LkOut(lock));
    }
  }

  /** Of BMAP. */
  public static final class Block extends PendingReply implements BmapReply {
    public Block(ReplySink sink, FuseRequest request) {
      super(sink, request);
    }

    @Override
    public void block(long block) {
      complete(new BmapOut(block));
    }
  }

  /** Of IOCTL. */
  public static final class IoctlResult extends PendingReply implements IoctlReply {
    private final int outSize;
    private final boolean unrestricted;

    public IoctlResult(ReplySink sink, Ioctl request) {
      super(sink, request);
      this.outSize = request.outSize();
      this.unrestricted = (request.flags() & Ioctl.UNRESTRICTED) != 0;
    }

    @Override
    public void result(int result, ByteBuf output) {
      if (Integer.compareUnsigned(output.readableBytes(), outSize) > 0) {
        int length = output.readableBytes();
        output.release();
        requireAtMost("length of the output", length, Integer.toUnsignedLong(outSize));
      }
      complete(new IoctlOut(result, 0, 0, 0), output);
    }

    @Override
    public void retry(List<IoctlIovec> input, List<IoctlIovec> output) {
      if (!unrestricted) {
        throw new IllegalStateException(
            "the kernel takes no retry of a restricted ioctl: " + request());
      }
      requireAtMost("count of iovecs", (long) input.size() + output.size(), MAX_IOVECS);
      ByteBuf iovecs = Unpooled.buffer();
      input.forEach(iovec -> iovec.encode(iovecs, sink().wireFormat()));
      output.forEach(iovec -> iovec.encode(iovecs, sink().wireFormat()));
      complete(new IoctlOut(0, Ioctl.RETRY, input.size(), output.size()), iovecs);
    }
  }

  /** Of POLL. */
  public static final class Ready extends PendingReply implements PollReply {
    public Ready(ReplySink sink, FuseRequest request) {
      super(sink, request);
    }

    @Override
    public void ready(int events) {
      complete(new PollOut(events));
    }
  }

  /** Of LSEEK. */
  public static final class Offset extends PendingReply implements LseekReply {
    public Offset(ReplySink sink, FuseRequest request) {
      super(sink, request);
    }

    @Override
    public void offset(long offset) {
      complete(new LseekOut(offset));
    }
  }

  /** Of COPY_FILE_RANGE, whose answer has 32 bits, and of COPY_FILE_RANGE_64. */
  public static final class Copied extends PendingReply implements CopyReply {
    public Copied(ReplySink sink, FuseRequest request) {
      super(sink, request);
    }

    @Override
    public void copied(long count) {
      boolean narrow = request() instanceof CopyFileRange;
      requireAtMost("count of bytes copied", count, narrow ? MAX_U32 : Long.MAX_VALUE);
      ReplyBody body = narrow ? new WriteOut((int) count) : new CopyFileRangeOut(count);
      complete(body);
    }
  }
}
