/**
 * Code that the documentation shows, kept true by running it.
 *
 * <p>Start reading at {@link dev.fused.it.examples.HelloFileSystem}.
 */
@NullMarked
package dev.fused.it.examples;

import org.jspecify.annotations.NullMarked;
