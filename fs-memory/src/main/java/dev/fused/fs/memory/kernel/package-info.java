/**
 * What a memory file system asks the kernel for itself: memory for its pages, and files that hold
 * data in their place, in a tmpfs that is in no place. Start at {@link
 * dev.fused.fs.memory.kernel.PrivateTmpfs}.
 */
@NullMarked
package dev.fused.fs.memory.kernel;

import org.jspecify.annotations.NullMarked;
