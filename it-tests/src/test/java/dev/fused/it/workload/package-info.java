/**
 * Ordinary programs at their ordinary work on a mount, which must end as it does on tmpfs.
 *
 * <p>Start reading at {@link dev.fused.it.workload.TreeIT}.
 */
@NullMarked
package dev.fused.it.workload;

import org.jspecify.annotations.NullMarked;
