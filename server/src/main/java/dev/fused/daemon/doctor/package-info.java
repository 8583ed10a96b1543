/**
 * What stands between this machine and a mount, {@code fused doctor}.
 *
 * <p>Start reading at {@link dev.fused.daemon.doctor.Doctor}.
 */
@NullMarked
package dev.fused.daemon.doctor;

import org.jspecify.annotations.NullMarked;
