/** What the protocol has besides files: notifications, poll, ioctl, timeouts, idmapped mounts. */
@NullMarked
package dev.fused.it.protocol;

import org.jspecify.annotations.NullMarked;
