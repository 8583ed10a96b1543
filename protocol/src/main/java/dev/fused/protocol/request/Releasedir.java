package dev.fused.protocol.request;

/** RELEASEDIR: the last descriptor of an open directory is gone. {@code struct fuse_release_in}. */
public record Releasedir(RequestHeader header, long fh, int flags, int releaseFlags, long lockOwner)
    implements ReleaseIn {}
