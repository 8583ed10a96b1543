package dev.fused.fs.memory;

import dev.fused.protocol.reply.Attributes;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A file with bytes. Where they are is in its {@link PageMap}; what can be done with them is in
 * {@link FileData}. Bytes of its pages beyond {@link #size} are zero at all times.
 */
final class RegularFile extends Inode {
  private long size;

  /** Null as long as no byte was written. */
  private @Nullable PageMap pages;

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
    return pages == null ? 0 : pages.count();
  }

  @Nullable PageMap pages() {
    return pages;
  }

  /** Leaves the file without pages; they belong to the caller now. */
  @Nullable PageMap takePages() {
    assert Thread.holdsLock(this);
    PageMap taken = pages;
    pages = null;
    return taken;
  }

  PageMap pagesForWriting() {
    assert Thread.holdsLock(this);
    if (pages == null) {
      pages = new PageMap();
    }
    return pages;
  }

  /** Drops the book-keeping if there is nothing in it. */
  void trim() {
    assert Thread.holdsLock(this);
    if (pages != null && (pages.readers == null || pages.readers.isIdle())) {
      pages.readers = null;
      if (pages.count() == 0) {
        pages = null;
      }
    }
  }
}
