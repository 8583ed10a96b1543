/**
 * The transport over io_uring (Linux 6.14): for each processor a queue of requests, with a ring and
 * a thread of its own. INIT, FORGET, INTERRUPT and notifications stay on the device, which the
 * epoll transport serves.
 *
 * <p>Start reading at {@link dev.fused.server.transport.uring.UringTransport}.
 */
@NullMarked
package dev.fused.server.transport.uring;

import org.jspecify.annotations.NullMarked;
