/**
 * The program {@code fused}: commands that mount, unmount and list. Nothing in the library depends
 * on it.
 *
 * <p>Start reading at {@link dev.fused.daemon.Fused}.
 */
@NullMarked
package dev.fused.daemon;

import org.jspecify.annotations.NullMarked;
