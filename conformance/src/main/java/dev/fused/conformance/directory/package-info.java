/**
 * Checks what system calls do in any directory, by the laws of Python scripts that lie in this
 * package's resources: POSIX and Linux, through a mount or without.
 *
 * <p>Start reading at {@link dev.fused.conformance.directory.DirectoryCheck}, which runs {@code
 * run.py}; a law is a function with {@code @law} in one of the scripts.
 */
@NullMarked
package dev.fused.conformance.directory;

import org.jspecify.annotations.NullMarked;
