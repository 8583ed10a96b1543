package dev.fused.protocol.request;

import dev.fused.protocol.FileLock;

/** GETLK: F_GETLK of fcntl(2). {@code struct fuse_lk_in}. */
public record Getlk(RequestHeader header, long fh, long owner, FileLock lk, int lkFlags)
    implements LockIn {}
