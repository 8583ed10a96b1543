package dev.fused.protocol.request;

/** STATFS: statfs(2). The header alone. */
public record Statfs(RequestHeader header) implements FuseRequest {}
