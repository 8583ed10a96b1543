/**
 * What the kernel asks for: one record per opcode, in wire order, decoded and encoded.
 *
 * <p>A transport puts a message into a {@link dev.fused.protocol.request.RequestFrame}, {@link
 * dev.fused.protocol.request.RequestDecoder} makes a {@link dev.fused.protocol.request.FuseRequest}
 * of it; {@link dev.fused.protocol.request.RequestEncoder} speaks the kernel's side. Start reading
 * at FuseRequest.
 */
@NullMarked
package dev.fused.protocol.request;

import org.jspecify.annotations.NullMarked;
