/**
 * What single operations cost, in time and in garbage, without a kernel and without a mount. Each
 * class is about one part of the server, and stands in the package of that part if it needs what
 * only that package sees. Start reading at {@link dev.fused.benchmarks.RequestDecoderBenchmark}.
 */
@NullMarked
package dev.fused.benchmarks;

import org.jspecify.annotations.NullMarked;
