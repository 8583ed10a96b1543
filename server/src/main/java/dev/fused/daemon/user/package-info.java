/**
 * A server that gives its privileges up once its mount answers: {@code --user}. Loaded only then.
 *
 * <p>Start reading at {@link dev.fused.daemon.user.ServerUser}.
 */
@NullMarked
package dev.fused.daemon.user;

import org.jspecify.annotations.NullMarked;
