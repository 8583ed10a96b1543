package dev.fused.protocol.request;

/**
 * DESTROY: unmount of a fuseblk or virtiofs mount; a plain fuse mount just ends. The header alone.
 */
public record Destroy(RequestHeader header) implements FuseRequest {}
