/**
 * The vocabulary of the FUSE kernel protocol 7.45: opcodes, error numbers, INIT flags, versions and
 * file names.
 *
 * <p>Everything here is pure: no file descriptor, thread, clock or logger. Start reading at {@link
 * dev.fused.protocol.Opcode}.
 */
@NullMarked
package dev.fused.protocol;

import org.jspecify.annotations.NullMarked;
