package dev.fused.protocol.request;

/** OPENDIR: open(2) of a directory. {@code struct fuse_open_in}. */
public record Opendir(RequestHeader header, int flags, int openFlags) implements OpenIn {}
