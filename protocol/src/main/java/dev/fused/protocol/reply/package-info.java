/**
 * What the server answers and tells the kernel: the body of each reply, in wire order, encoded and
 * decoded; and the notifications.
 *
 * <p>Start reading at {@link dev.fused.protocol.reply.EntryOut} and {@link
 * dev.fused.protocol.reply.Attributes}.
 */
@NullMarked
package dev.fused.protocol.reply;

import org.jspecify.annotations.NullMarked;
