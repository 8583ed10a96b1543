/**
 * The metrics of a mount for Prometheus, over HTTP. Loaded only if they are asked for.
 *
 * <p>Start reading at {@link dev.fused.daemon.prometheus.MetricsEndpoint}.
 */
@NullMarked
package dev.fused.daemon.prometheus;

import org.jspecify.annotations.NullMarked;
