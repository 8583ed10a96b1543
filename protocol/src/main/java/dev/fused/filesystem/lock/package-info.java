/**
 * Locks on files for file systems that negotiate {@code POSIX_LOCKS} or {@code FLOCK_LOCKS}: the
 * record locks of fcntl(2), locks of open file descriptions, and flock(2), with the rules of Linux.
 * No threads, no clocks: whoever waits for a lock is a reply that is not complete yet.
 *
 * <p>Start reading at {@link dev.fused.filesystem.lock.LockTable}.
 */
@NullMarked
package dev.fused.filesystem.lock;

import org.jspecify.annotations.NullMarked;
