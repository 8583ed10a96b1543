package dev.fused.protocol.request;

import dev.fused.protocol.FileLock;

/**
 * SETLK: F_SETLK of fcntl(2), and flock(2) with LOCK_NB; never waits. {@code struct fuse_lk_in}.
 */
public record Setlk(RequestHeader header, long fh, long owner, FileLock lk, int lkFlags)
    implements LockIn {}
