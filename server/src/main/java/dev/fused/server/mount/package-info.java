/**
 * Mounting and unmounting: options, the kernel's table of mounts, mount(2) and umount2(2).
 *
 * <p>Nothing here waits without bound on a FUSE server, dead or alive. Start reading at {@link
 * dev.fused.server.mount.MountHelper}.
 */
@NullMarked
package dev.fused.server.mount;

import org.jspecify.annotations.NullMarked;
