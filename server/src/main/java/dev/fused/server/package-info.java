/**
 * Serving file systems: what a program that uses the library calls.
 *
 * <p>Start reading at {@link dev.fused.server.FuseServer}.
 */
@NullMarked
package dev.fused.server;

import org.jspecify.annotations.NullMarked;
