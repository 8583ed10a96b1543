package dev.fused.protocol.request;

/** FSYNC: fsync(2), fdatasync(2), O_SYNC. {@code struct fuse_fsync_in}. */
public record Fsync(RequestHeader header, long fh, int fsyncFlags) implements FsyncIn {}
