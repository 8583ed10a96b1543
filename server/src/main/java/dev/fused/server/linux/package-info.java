/**
 * Linux as this server needs it: system calls through the FFM API, {@code /dev/fuse} and fusectl.
 *
 * <p>Error numbers stay numbers here and become exceptions only where an operation has a name that
 * a user knows ("open /dev/fuse"). Start reading at {@link dev.fused.server.linux.Libc}.
 */
@NullMarked
package dev.fused.server.linux;

import org.jspecify.annotations.NullMarked;
