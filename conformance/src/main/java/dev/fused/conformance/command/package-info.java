/**
 * {@code fused conformance}, which the daemon's command line finds with ServiceLoader.
 *
 * <p>Start reading at {@link dev.fused.conformance.command.ConformanceCommand}.
 */
@NullMarked
package dev.fused.conformance.command;

import org.jspecify.annotations.NullMarked;
