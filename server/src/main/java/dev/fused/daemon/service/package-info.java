/**
 * What a server says to the service manager that started it, as systemd: that it is ready, what it
 * does, that it ends, and that it lives. Loaded only if there is one.
 *
 * <p>Start reading at {@link dev.fused.daemon.service.ServiceManager}.
 */
@NullMarked
package dev.fused.daemon.service;

import org.jspecify.annotations.NullMarked;
