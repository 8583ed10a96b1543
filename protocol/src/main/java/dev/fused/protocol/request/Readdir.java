package dev.fused.protocol.request;

/** READDIR: getdents(2). {@code struct fuse_read_in}. */
public record Readdir(
    RequestHeader header, long fh, long offset, int size, int readFlags, long lockOwner, int flags)
    implements ReadIn {}
