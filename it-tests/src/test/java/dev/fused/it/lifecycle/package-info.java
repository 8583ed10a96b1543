/**
 * The library in the test's own JVM: what becomes of requests that are answered late, twice, never
 * or by an exception, and what is left of a mount after its end.
 *
 * <p>Start reading at {@link dev.fused.it.lifecycle.RepliesIT}.
 */
@NullMarked
package dev.fused.it.lifecycle;

import org.jspecify.annotations.NullMarked;
