/**
 * What tests on real mounts share: mounts that always come off again, a tmpfs beside them to
 * compare with, programs with a time limit, and the reasons for which a test cannot run here.
 *
 * <p>Start reading at {@link dev.fused.it.support.TwinMounts}.
 */
@NullMarked
package dev.fused.it.support;

import org.jspecify.annotations.NullMarked;
