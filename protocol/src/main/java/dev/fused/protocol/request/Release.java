package dev.fused.protocol.request;

/**
 * RELEASE: the last descriptor of an open file is gone; once for each successful OPEN, CREATE and
 * TMPFILE, maybe long after close(2). {@code struct fuse_release_in}.
 */
public record Release(RequestHeader header, long fh, int flags, int releaseFlags, long lockOwner)
    implements ReleaseIn {}
