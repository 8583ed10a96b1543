package dev.fused.protocol.request;

/**
 * OPEN: open(2) of a file that exists, after the kernel's own checks. {@code struct fuse_open_in}.
 */
public record Open(RequestHeader header, int flags, int openFlags) implements OpenIn {}
