/**
 * What the server tells the kernel unasked.
 *
 * <p>Start reading at {@link dev.fused.server.notify.DeviceNotifier}.
 */
@NullMarked
package dev.fused.server.notify;

import org.jspecify.annotations.NullMarked;
