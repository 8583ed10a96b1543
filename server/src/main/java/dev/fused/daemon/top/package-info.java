/**
 * The live view of a mount, {@code fused top}.
 *
 * <p>Start reading at {@link dev.fused.daemon.top.TopView}.
 */
@NullMarked
package dev.fused.daemon.top;

import org.jspecify.annotations.NullMarked;
