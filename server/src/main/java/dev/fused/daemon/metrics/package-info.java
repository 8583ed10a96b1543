/**
 * What a running server counts: requests, errors, latencies, callers.
 *
 * <p>Start reading at {@link dev.fused.daemon.metrics.MountMeter}.
 */
@NullMarked
package dev.fused.daemon.metrics;

import org.jspecify.annotations.NullMarked;
