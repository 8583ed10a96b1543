/**
 * Tests of {@code fused conformance --directory} on real file systems, right ones and wrong ones.
 *
 * <p>Start reading at {@link dev.fused.it.conformance.DirectoryConformanceIT}.
 */
@NullMarked
package dev.fused.it.conformance;

import org.jspecify.annotations.NullMarked;
