package dev.fused.protocol.reply;

import dev.fused.protocol.FileName;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.WireCheck;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * What the server tells the kernel unasked: a message whose unique is 0 and whose error is a code.
 * Immutable.
 *
 * <p>The kernel takes locks of the inode or directory while it reads a notification: never write
 * one on a thread that must still answer a request.
 */
public sealed interface Notification {
  /** The number that stands in the header's error field: {@code enum fuse_notify_code}. */
  int code();

  /** The minor of protocol 7 that introduced it. */
  int since();

  /** Appends what follows the header. */
  void encodeBody(ByteBuf out);

  /** Appends the whole message. */
  default void encode(ByteBuf out) {
    int start = out.writerIndex();
    new ReplyHeader(0, code(), 0).encode(out);
    encodeBody(out);
    out.setIntLE(start, out.writerIndex() - start);
  }

  /**
   * Decodes what follows the header and consumes it.
   *
   * @param code the header's error field
   * @throws ProtocolException if the code is unknown or the body is not exactly as long as it says
   */
  static Notification decode(int code, ByteBuf body) {
    Notification notification =
        switch (code) {
          case PollWakeup.CODE -> PollWakeup.decode(body);
          case InvalInode.CODE -> InvalInode.decode(body);
          case InvalEntry.CODE -> InvalEntry.decode(body);
          case Store.CODE -> Store.decode(body);
          case Retrieve.CODE -> Retrieve.decode(body);
          case Delete.CODE -> Delete.decode(body);
          case Resend.CODE -> new Resend();
          case IncEpoch.CODE -> new IncEpoch();
          case Prune.CODE -> Prune.decode(body);
          default -> throw WireCheck.violation("fuse_out_header", "code", code, "1 to 9");
        };
    if (body.isReadable()) {
      throw WireCheck.violation(
          notification.getClass().getSimpleName(), "trailing bytes", body.readableBytes(), "none");
    }
    return notification;
  }

  /**
   * POLL: something happened that a poll waits for. {@code struct fuse_notify_poll_wakeup_out}.
   *
   * @param kh from the POLL request
   */
  record PollWakeup(long kh) implements Notification {
    static final int CODE = 1;
    private static final int SIZE = 8;

    private static PollWakeup decode(ByteBuf in) {
      WireCheck.requireBytes(in, SIZE, "fuse_notify_poll_wakeup_out");
      return new PollWakeup(in.readLongLE());
    }

    @Override
    public int code() {
      return CODE;
    }

    @Override
    public int since() {
      return 11;
    }

    @Override
    public void encodeBody(ByteBuf out) {
      out.writeLongLE(kh);
    }
  }

  /**
   * INVAL_INODE: the kernel's copy of an inode is stale. {@code struct
   * fuse_notify_inval_inode_out}.
   *
   * @param ino the nodeid
   * @param off first byte of data that is stale; negative if only the attributes are
   * @param len bytes of data that are stale; 0 or less for all up to the end
   */
  record InvalInode(long ino, long off, long len) implements Notification {
    static final int CODE = 2;
    private static final int SIZE = 24;

    private static InvalInode decode(ByteBuf in) {
      WireCheck.requireBytes(in, SIZE, "fuse_notify_inval_inode_out");
      return new InvalInode(in.readLongLE(), in.readLongLE(), in.readLongLE());
    }

    @Override
    public int code() {
      return CODE;
    }

    @Override
    public int since() {
      return 12;
    }

    @Override
    public void encodeBody(ByteBuf out) {
      out.writeLongLE(ino);
      out.writeLongLE(off);
      out.writeLongLE(len);
    }
  }

  /**
   * INVAL_ENTRY: what the kernel knows of a name is stale. {@code struct
   * fuse_notify_inval_entry_out} and the name.
   *
   * @param parent the directory's nodeid
   * @param flags {@link #EXPIRE_ONLY}
   */
  record InvalEntry(long parent, int flags, FileName name) implements Notification {
    /**
     * Look the name up again before its next use, but unmount nothing below; only with {@code
     * HAS_EXPIRE_ONLY}.
     */
    public static final int EXPIRE_ONLY = 1;

    static final int CODE = 3;
    private static final int SIZE = 16;

    private static InvalEntry decode(ByteBuf in) {
      WireCheck.requireBytes(in, SIZE, "fuse_notify_inval_entry_out");
      long parent = in.readLongLE();
      int namelen = in.readIntLE();
      int flags = in.readIntLE();
      return new InvalEntry(parent, flags, readName(in, namelen));
    }

    @Override
    public int code() {
      return CODE;
    }

    @Override
    public int since() {
      return 12;
    }

    @Override
    public void encodeBody(ByteBuf out) {
      out.writeLongLE(parent);
      out.writeIntLE(name.length());
      out.writeIntLE(flags);
      writeName(out, name);
    }
  }

  /**
   * STORE: data for the kernel's cache. {@code struct fuse_notify_store_out} and the data.
   *
   * @param offset in the file
   * @param data after decoding it lies in the buffer of the message
   */
  record Store(long nodeid, long offset, ByteBuf data) implements Notification {
    static final int CODE = 4;
    private static final int SIZE = 24;

    private static Store decode(ByteBuf in) {
      WireCheck.requireBytes(in, SIZE, "fuse_notify_store_out");
      long nodeid = in.readLongLE();
      long offset = in.readLongLE();
      int size = in.readIntLE();
      in.skipBytes(Integer.BYTES);
      if (size != in.readableBytes()) {
        throw WireCheck.violation(
            "fuse_notify_store_out",
            "size",
            Integer.toUnsignedLong(size),
            in.readableBytes() + ", the length of the data");
      }
      return new Store(nodeid, offset, in.readSlice(size));
    }

    @Override
    public int code() {
      return CODE;
    }

    @Override
    public int since() {
      return 15;
    }

    @Override
    public void encodeBody(ByteBuf out) {
      out.writeLongLE(nodeid);
      out.writeLongLE(offset);
      out.writeIntLE(data.readableBytes());
      out.writeZero(Integer.BYTES);
      out.writeBytes(data, data.readerIndex(), data.readableBytes());
    }
  }

  /**
   * RETRIEVE: asks for data in the kernel's cache, which comes as a NOTIFY_REPLY. {@code struct
   * fuse_notify_retrieve_out}.
   *
   * @param notifyUnique any number; the unique of the NOTIFY_REPLY
   * @param offset in the file
   * @param size bytes
   */
  record Retrieve(long notifyUnique, long nodeid, long offset, int size) implements Notification {
    static final int CODE = 5;
    private static final int SIZE = 32;

    private static Retrieve decode(ByteBuf in) {
      WireCheck.requireBytes(in, SIZE, "fuse_notify_retrieve_out");
      long notifyUnique = in.readLongLE();
      long nodeid = in.readLongLE();
      long offset = in.readLongLE();
      int size = in.readIntLE();
      in.skipBytes(Integer.BYTES);
      return new Retrieve(notifyUnique, nodeid, offset, size);
    }

    @Override
    public int code() {
      return CODE;
    }

    @Override
    public int since() {
      return 15;
    }

    @Override
    public void encodeBody(ByteBuf out) {
      out.writeLongLE(notifyUnique);
      out.writeLongLE(nodeid);
      out.writeLongLE(offset);
      out.writeIntLE(size);
      out.writeZero(Integer.BYTES);
    }
  }

  /**
   * DELETE: a name is gone; those who watch it with inotify(7) are told. {@code struct
   * fuse_notify_delete_out} and the name.
   *
   * @param parent the directory's nodeid
   * @param child the nodeid that the name had
   */
  record Delete(long parent, long child, FileName name) implements Notification {
    static final int CODE = 6;
    private static final int SIZE = 24;

    private static Delete decode(ByteBuf in) {
      WireCheck.requireBytes(in, SIZE, "fuse_notify_delete_out");
      long parent = in.readLongLE();
      long child = in.readLongLE();
      int namelen = in.readIntLE();
      in.skipBytes(Integer.BYTES);
      return new Delete(parent, child, readName(in, namelen));
    }

    @Override
    public int code() {
      return CODE;
    }

    @Override
    public int since() {
      return 18;
    }

    @Override
    public void encodeBody(ByteBuf out) {
      out.writeLongLE(parent);
      out.writeLongLE(child);
      out.writeIntLE(name.length());
      out.writeZero(Integer.BYTES);
      writeName(out, name);
    }
  }

  /**
   * RESEND: asks for every request that was read but not answered once more, marked in its unique.
   * No structure.
   */
  record Resend() implements Notification {
    static final int CODE = 7;

    @Override
    public int code() {
      return CODE;
    }

    @Override
    public int since() {
      return 40;
    }

    @Override
    public void encodeBody(ByteBuf out) {}
  }

  /** INC_EPOCH: what the kernel knows of all names is stale. No structure. */
  record IncEpoch() implements Notification {
    static final int CODE = 8;

    @Override
    public int code() {
      return CODE;
    }

    @Override
    public int since() {
      return 44;
    }

    @Override
    public void encodeBody(ByteBuf out) {}
  }

  /**
   * PRUNE: asks the kernel to forget inodes that nobody uses. {@code struct fuse_notify_prune_out}
   * and the nodeids.
   */
  record Prune(List<Long> nodeids) implements Notification {
    static final int CODE = 9;
    private static final int SIZE = 16;

    public Prune {
      nodeids = List.copyOf(nodeids);
    }

    private static Prune decode(ByteBuf in) {
      WireCheck.requireBytes(in, SIZE, "fuse_notify_prune_out");
      int count = in.readIntLE();
      in.skipBytes(Integer.BYTES + Long.BYTES);
      if (Integer.toUnsignedLong(count) * Long.BYTES != in.readableBytes()) {
        throw WireCheck.violation(
            "fuse_notify_prune_out",
            "count",
            Integer.toUnsignedLong(count),
            "as many as fill the " + in.readableBytes() + " bytes that follow");
      }
      Long[] nodeids = new Long[count];
      for (int i = 0; i < count; i++) {
        nodeids[i] = in.readLongLE();
      }
      return new Prune(List.of(nodeids));
    }

    @Override
    public int code() {
      return CODE;
    }

    @Override
    public int since() {
      return 45;
    }

    @Override
    public void encodeBody(ByteBuf out) {
      out.writeIntLE(nodeids.size());
      out.writeZero(Integer.BYTES + Long.BYTES);
      for (long nodeid : nodeids) {
        out.writeLongLE(nodeid);
      }
    }
  }

  private static FileName readName(ByteBuf in, int namelen) {
    if (namelen <= 0 || namelen != in.readableBytes() - 1) {
      throw WireCheck.violation(
          "notification",
          "namelen",
          Integer.toUnsignedLong(namelen),
          "1 less than the " + in.readableBytes() + " bytes that follow");
    }
    FileName name = FileName.read(in, namelen);
    byte end = in.readByte();
    if (end != 0) {
      throw WireCheck.violation("notification", "end of name", end, "NUL");
    }
    return name;
  }

  private static void writeName(ByteBuf out, FileName name) {
    name.writeTo(out);
    out.writeByte(0);
  }
}
