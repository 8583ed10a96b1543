/**
 * What happens to a request between the channel that read it and the file system that answers it.
 *
 * <p>Start reading at {@link dev.fused.server.pipeline.FusePipeline}.
 */
@NullMarked
package dev.fused.server.pipeline;

import org.jspecify.annotations.NullMarked;
