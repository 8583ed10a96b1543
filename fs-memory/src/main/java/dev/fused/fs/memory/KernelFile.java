package dev.fused.fs.memory;

import dev.fused.fs.memory.kernel.PrivateTmpfs;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a file lie in a file of the kernel, and what is known of that. The file's lock
 * guards it, but for {@link #mayBeMapped}.
 */
final class KernelFile implements Contents {
  private final KernelData data;

  /** What the kernel reads and writes it by; null if nobody has opened it yet. */
  @Nullable Registration registration;

  /** True if the kernel may have changed it since it was last looked at. */
  boolean stale;

  long pages;

  /** The times of the kernel's file when it was last looked at. */
  long atime = PrivateTmpfs.UNUSED;

  long mtime = PrivateTmpfs.UNUSED;

  private volatile boolean mayBeMapped;

  KernelFile(KernelData data) {
    this.data = data;
  }

  /**
   * True if it may be mapped for writing. Nobody says when a mapping ends, or that bytes were
   * stored through it: only that the kernel forgot the inode.
   */
  boolean mayBeMapped() {
    return mayBeMapped;
  }

  void setMayBeMapped() {
    mayBeMapped = true;
  }

  @Override
  public long pageCount() {
    return pages;
  }

  @Override
  public void refresh(RegularFile file) {
    if (stale) {
      data.refresh(file, this);
    }
  }

  @Override
  public void forgotten() {
    mayBeMapped = false;
  }
}
