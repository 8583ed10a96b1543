/**
 * What a mount tells of its own work: a hook that is called for each request, and the time of each
 * loop. What is counted, and how, is up to who implements it.
 *
 * <p>Start reading at {@link dev.fused.server.metrics.RequestMeter}.
 */
@NullMarked
package dev.fused.server.metrics;

import org.jspecify.annotations.NullMarked;
