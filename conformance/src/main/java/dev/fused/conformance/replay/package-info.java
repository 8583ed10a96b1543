/**
 * Runs a capture against a server and finds the replies that differ.
 *
 * <p>Start reading at {@link dev.fused.conformance.replay.Replay}.
 */
@NullMarked
package dev.fused.conformance.replay;

import org.jspecify.annotations.NullMarked;
