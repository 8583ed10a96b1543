/**
 * How messages get from the kernel to a pipeline and back.
 *
 * <p>Start reading at {@link dev.fused.server.transport.FuseChannel}; {@code epoll} holds the
 * transport over reads and writes of /dev/fuse.
 */
@NullMarked
package dev.fused.server.transport;

import org.jspecify.annotations.NullMarked;
