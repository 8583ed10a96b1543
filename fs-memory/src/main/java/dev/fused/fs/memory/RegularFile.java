package dev.fused.fs.memory;

import dev.fused.protocol.reply.Attributes;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A file with bytes. Where they are is in its {@link Contents}; what can be done with them is in
 * {@link FileContents}. Bytes of its pages beyond {@link #size} are zero at all times.
 */
final class RegularFile extends Inode {
  private long size;

  /** Null as long as no byte was written. */
  private @Nullable Contents contents;

  RegularFile(long nodeid, int permissions, Owner owner, Instant now) {
    super(nodeid, Attributes.S_IFREG | permissions, owner, now);
  }

  @Override
  long size() {
    return size;
  }

  void setSize(long size) {
    assert Thread.holdsLock(this);
    this.size = size;
  }

  @Override
  long pageCount() {
    return contents == null ? 0 : contents.pageCount();
  }

  @Override
  void refresh() {
    assert Thread.holdsLock(this);
    if (contents != null) {
      contents.refresh(this);
    }
  }

  @Override
  void forgotten() {
    if (contents != null) {
      contents.forgotten();
    }
  }

  /** Where its bytes are in the kernel; null as long as there are none. */
  @Nullable KernelFile kernelFile() {
    return (KernelFile) contents;
  }

  void setKernelFile(@Nullable KernelFile kernelFile) {
    assert Thread.holdsLock(this);
    contents = kernelFile;
  }

  /** True if the kernel may change its bytes at any time, unseen. */
  boolean mayBeMapped() {
    return contents instanceof KernelFile kernel && kernel.mayBeMapped();
  }

  /** Where its bytes are in {@link FileData}. */
  @Nullable PageMap pages() {
    return (PageMap) contents;
  }

  /** Leaves the file without pages; they belong to the caller now. */
  @Nullable PageMap takePages() {
    assert Thread.holdsLock(this);
    PageMap taken = pages();
    contents = null;
    return taken;
  }

  PageMap pagesForWriting() {
    assert Thread.holdsLock(this);
    PageMap pages = pages();
    if (pages == null) {
      pages = new PageMap();
      contents = pages;
    }
    return pages;
  }

  /** Drops the book-keeping if there is nothing in it. */
  void trim() {
    assert Thread.holdsLock(this);
    PageMap pages = pages();
    if (pages != null && (pages.readers == null || pages.readers.isIdle())) {
      pages.readers = null;
      if (pages.count() == 0) {
        contents = null;
      }
    }
  }
}
