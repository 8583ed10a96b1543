package dev.fused.protocol.request;

/**
 * READDIRPLUS: getdents(2), answered with the attributes of each entry. {@code struct
 * fuse_read_in}.
 */
public record Readdirplus(
    RequestHeader header, long fh, long offset, int size, int readFlags, long lockOwner, int flags)
    implements ReadIn {}
