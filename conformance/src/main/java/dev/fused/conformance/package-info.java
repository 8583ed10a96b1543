/**
 * Checks any FUSE server without a mount: a simulated kernel sends it requests over a socket, and
 * laws say how they must be answered.
 *
 * <p>Start reading at {@link dev.fused.conformance.SimulatedKernel}; a law is a method with {@link
 * dev.fused.conformance.Law}, and {@link dev.fused.conformance.Suite} runs them.
 */
@NullMarked
package dev.fused.conformance;

import org.jspecify.annotations.NullMarked;
