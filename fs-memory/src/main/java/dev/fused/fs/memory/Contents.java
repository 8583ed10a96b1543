package dev.fused.fs.memory;

/** Where the bytes of a regular file are. The file's lock guards it. */
sealed interface Contents permits PageMap, KernelFile {
  /** How many pages of data there are. */
  long pageCount();

  /** Brings {@code file} up to date with what was done to the bytes unseen. */
  default void refresh(RegularFile file) {}

  /** The kernel has forgotten {@code file}: nobody uses it any more. */
  default void forgotten() {}
}
