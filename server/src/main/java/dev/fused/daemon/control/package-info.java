/**
 * How a running server is asked and told: a Unix socket per mount, and what goes over it.
 *
 * <p>Start reading at {@link dev.fused.daemon.control.ControlServer}.
 */
@NullMarked
package dev.fused.daemon.control;

import org.jspecify.annotations.NullMarked;
