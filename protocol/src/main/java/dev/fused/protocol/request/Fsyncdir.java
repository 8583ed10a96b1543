package dev.fused.protocol.request;

/** FSYNCDIR: fsync(2) of a directory. {@code struct fuse_fsync_in}. */
public record Fsyncdir(RequestHeader header, long fh, int fsyncFlags) implements FsyncIn {}
