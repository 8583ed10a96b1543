/**
 * The transport over reads and writes of /dev/fuse on Netty's epoll loops, each loop with a clone
 * of the device.
 *
 * <p>Start reading at {@link dev.fused.server.transport.epoll.EpollTransport}.
 */
@NullMarked
package dev.fused.server.transport.epoll;

import org.jspecify.annotations.NullMarked;
