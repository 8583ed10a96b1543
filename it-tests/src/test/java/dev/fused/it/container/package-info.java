/**
 * The container image, run by a Docker engine: what it holds, with which rights it mounts, who sees
 * the mount, and what is left of it after its end.
 *
 * <p>Start reading at {@link dev.fused.it.container.PropagationIT}.
 */
@NullMarked
package dev.fused.it.container;

import org.jspecify.annotations.NullMarked;
