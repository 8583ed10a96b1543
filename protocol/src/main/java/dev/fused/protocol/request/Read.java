package dev.fused.protocol.request;

/** READ: pread(2), page faults, readahead. {@code struct fuse_read_in}. */
public record Read(
    RequestHeader header, long fh, long offset, int size, int readFlags, long lockOwner, int flags)
    implements ReadIn {}
