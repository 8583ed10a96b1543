package dev.fused.fs.memory;

import dev.fused.filesystem.BackingFiles;
import dev.fused.filesystem.ErrnoException;
import dev.fused.fs.memory.kernel.FileStatus;
import dev.fused.fs.memory.kernel.OpenFile;
import dev.fused.fs.memory.kernel.PrivateTmpfs;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Objects;

/**
 * The bytes of regular files in a {@link PrivateTmpfs}, each in a file of its own that has the
 * nodeid as its number. While somebody has it open, the kernel reads and writes it without asking:
 * FUSE passthrough.
 *
 * <p>What the kernel has done shows in the size, blocks and times of its file. They are taken over
 * when they are next needed ({@link KernelFile#stale}): a time that differs from the one seen last
 * says when something was done; what is done by request sets the times of the inode itself, and
 * only has to be seen. A file that never had a byte has no kernel file.
 */
final class KernelData implements FileContents, AutoCloseable {
  private static final ByteBuf[] NO_DATA = {};

  private static final int O_ACCMODE = 3;
  private static final int O_RDWR = 2;
  private static final int BLOCKS_PER_PAGE = PageArena.PAGE_SIZE / 512;

  /** Zeros are written in pieces of so many bytes. */
  private static final MemorySegment ZEROS =
      MemorySegment.ofBuffer(ByteBuffer.allocateDirect(64 * 1024).asReadOnlyBuffer());

  /** Is told that the bytes of a file were read, and when. */
  interface Access {
    void accessed(Inode inode, Instant when);
  }

  private final PrivateTmpfs tmpfs;
  private final Registrations registrations;
  private final Access access;

  KernelData(PrivateTmpfs tmpfs, BackingFiles backingFiles, Access access) {
    this.tmpfs = tmpfs;
    registrations = new Registrations(backingFiles);
    this.access = access;
  }

  /** How many pages can be written, exactly. */
  long freePages() {
    return tmpfs.freePages();
  }

  @Override
  public int opened(RegularFile file, int openFlags) {
    KernelFile kernel = file.kernelFile();
    Registration registration = kernel == null ? null : kernel.registration;
    if (registration == null || !registration.use()) {
      int id = register(file);
      if (id < 0) {
        return id;
      }
      registration = new Registration(id);
    }
    KernelFile used = Objects.requireNonNull(file.kernelFile());
    used.registration = registration;
    used.stale = true;
    if ((openFlags & O_ACCMODE) == O_RDWR) {
      used.setMayBeMapped();
    }
    return registration.id;
  }

  private int register(RegularFile file) {
    try (OpenFile open = openForWriting(file)) {
      return registrations.open(open.fd());
    }
  }

  @Override
  public void closed(RegularFile file) {
    KernelFile kernel = file.kernelFile();
    if (kernel != null && kernel.registration != null) {
      registrations.release(kernel.registration);
    }
  }

  @Override
  public ByteBuf[] read(RegularFile file, long offset, int size) {
    file.refresh();
    int length = (int) Math.min(size, file.size() - offset);
    if (offset < 0 || length <= 0) {
      return NO_DATA;
    }
    ByteBuffer bytes = ByteBuffer.allocateDirect(length);
    if (file.kernelFile() != null) {
      try (OpenFile open = open(file)) {
        bytes.limit(open.read(bytes, offset));
      }
    }
    return new ByteBuf[] {Unpooled.wrappedBuffer(bytes)};
  }

  @Override
  public int write(RegularFile file, long offset, MemorySegment source) {
    try (OpenFile open = openForWriting(file)) {
      return (int) open.write(source, offset);
    } finally {
      look(file);
    }
  }

  @Override
  public void resize(RegularFile file, long size) {
    if (file.kernelFile() == null) {
      file.setSize(size);
      return;
    }
    try (OpenFile open = open(file)) {
      open.resize(size);
    }
    look(file);
  }

  @Override
  public void discard(RegularFile file, long from, long to) {
    if (file.kernelFile() != null && from < to) {
      try (OpenFile open = open(file)) {
        open.discard(from, to - from);
      }
      look(file);
    }
  }

  @Override
  public boolean allocate(RegularFile file, long from, long to) {
    try (OpenFile open = openForWriting(file)) {
      return open.allocate(from, to - from);
    } finally {
      look(file);
    }
  }

  /** Beyond the end of the file there is nothing but zeros. */
  @Override
  public void zeroPresent(RegularFile file, long from, long to) {
    if (file.kernelFile() == null) {
      return;
    }
    file.refresh();
    long end = Math.min(to, file.size());
    try (OpenFile open = open(file)) {
      long at = from < end ? open.seekData(from) : -1;
      while (at >= 0 && at < end) {
        long dataEnd = Math.min(end, open.seekHole(at));
        for (long left = dataEnd - at; left > 0; left = dataEnd - at) {
          long written = open.write(ZEROS.asSlice(0, Math.min(left, ZEROS.byteSize())), at);
          at += Math.max(written, 1); // never short: there is memory
        }
        at = open.seekData(dataEnd);
      }
    }
    look(file);
  }

  @Override
  public long seekData(RegularFile file, long offset) {
    return seek(file, offset, false);
  }

  @Override
  public long seekHole(RegularFile file, long offset) {
    return seek(file, offset, true);
  }

  private long seek(RegularFile file, long offset, boolean hole) {
    if (offset < 0) {
      return -1;
    }
    if (file.kernelFile() == null) {
      return hole && offset < file.size() ? offset : -1;
    }
    try (OpenFile open = open(file)) {
      return hole ? open.seekHole(offset) : open.seekData(offset);
    }
  }

  @Override
  public long copy(
      RegularFile source,
      FileContents sourceContents,
      long from,
      long end,
      RegularFile target,
      long offset) {
    if (source.kernelFile() == null) { // one hole
      discard(target, offset, offset + (end - from));
      target.refresh();
      if (target.size() < offset + (end - from)) {
        resize(target, offset + (end - from));
      }
      return end - from;
    }
    try (OpenFile sourceFile = open(source);
        OpenFile targetFile = openForWriting(target)) {
      return sourceFile.copy(from, targetFile, offset, end - from);
    } finally {
      look(target);
    }
  }

  @Override
  public void free(RegularFile file) {
    KernelFile kernel = file.kernelFile();
    if (kernel != null) {
      drop(file, kernel);
    }
    file.setSize(0);
  }

  /** Takes over what the kernel did since it was last looked at. */
  void refresh(RegularFile file, KernelFile kernel) {
    FileStatus now = tmpfs.status(file.nodeid);
    boolean isRead = now.atime() != kernel.atime;
    boolean isReadFirst = isRead && now.atime() < now.mtime();
    if (isReadFirst) {
      access.accessed(file, FileStatus.instant(now.atime()));
    }
    if (now.mtime() != kernel.mtime) {
      Instant time = FileStatus.instant(now.mtime());
      file.setMtime(time.getEpochSecond(), time.getNano());
      file.changedAt(time);
    }
    if (isRead && !isReadFirst) {
      access.accessed(file, FileStatus.instant(now.atime()));
    }
    look(file, kernel, now);
    if (file.openCount() == 0 && !kernel.mayBeMapped()) {
      kernel.stale = false;
      if (now.size() == 0 && now.blocks() == 0) {
        drop(file, kernel);
      }
    }
  }

  @Override
  public void close() {
    tmpfs.close();
  }

  /** Something was done by request, and the caller sets the times: the kernel's mean nothing. */
  private void look(RegularFile file) {
    KernelFile kernel = file.kernelFile();
    if (kernel != null) {
      look(file, kernel, tmpfs.status(file.nodeid));
    }
  }

  private static void look(RegularFile file, KernelFile kernel, FileStatus now) {
    file.setSize(now.size());
    kernel.pages = now.blocks() / BLOCKS_PER_PAGE;
    kernel.atime = now.atime();
    kernel.mtime = now.mtime();
  }

  private void drop(RegularFile file, KernelFile kernel) {
    if (kernel.registration != null) {
      registrations.close(kernel.registration);
    }
    file.setKernelFile(null);
    tmpfs.remove(file.nodeid);
  }

  private OpenFile open(RegularFile file) {
    return opened(tmpfs.open(file.nodeid));
  }

  /** Makes the kernel's file, if there is none. */
  private OpenFile openForWriting(RegularFile file) {
    if (file.kernelFile() != null) {
      return open(file);
    }
    OpenFile made = opened(tmpfs.create(file.nodeid));
    file.setKernelFile(new KernelFile(this));
    if (file.size() > 0) {
      made.resize(file.size());
      look(file);
    }
    return made;
  }

  private static OpenFile opened(int fd) {
    return new OpenFile(ErrnoException.checked("open a file of the private tmpfs", fd));
  }
}
