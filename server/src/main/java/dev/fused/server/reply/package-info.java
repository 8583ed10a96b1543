/**
 * The replies that a file system completes: each answers once, later if it likes, and is noticed if
 * it never does.
 *
 * <p>Start reading at {@link dev.fused.server.reply.PendingReply}.
 */
@NullMarked
package dev.fused.server.reply;

import org.jspecify.annotations.NullMarked;
