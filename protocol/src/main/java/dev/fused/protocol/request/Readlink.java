package dev.fused.protocol.request;

/** READLINK: readlink(2) and following a link. The header alone. */
public record Readlink(RequestHeader header) implements FuseRequest {}
