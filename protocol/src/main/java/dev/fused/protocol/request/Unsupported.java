package dev.fused.protocol.request;

/**
 * A request whose opcode protocol 7.45 does not know: answer it with ENOSYS. What follows the
 * header is left out.
 */
public record Unsupported(RequestHeader header) implements FuseRequest {}
