/**
 * Single system calls: what they return and what they fail with, compared with tmpfs.
 *
 * <p>Start reading at {@link dev.fused.it.posix.LawsIT}, then at {@code laws.py}.
 */
@NullMarked
package dev.fused.it.posix;

import org.jspecify.annotations.NullMarked;
