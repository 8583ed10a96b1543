package dev.fused.protocol.request;

import dev.fused.protocol.FileLock;

/**
 * SETLKW: F_SETLKW of fcntl(2), and flock(2); waits, and may be interrupted. {@code struct
 * fuse_lk_in}.
 */
public record Setlkw(RequestHeader header, long fh, long owner, FileLock lk, int lkFlags)
    implements LockIn {}
