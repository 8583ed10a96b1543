/**
 * Files of the kernel that hold the data of a memory file system: a tmpfs that is in no place.
 * Start at {@link dev.fused.fs.memory.kernel.PrivateTmpfs}.
 */
@NullMarked
package dev.fused.fs.memory.kernel;

import org.jspecify.annotations.NullMarked;
