/**
 * The program {@code fused} as its users meet it: what it answers, when it returns, how it ends.
 *
 * <p>Start reading at {@link dev.fused.it.daemon.MountCommandIT}.
 */
@NullMarked
package dev.fused.it.daemon;

import org.jspecify.annotations.NullMarked;
