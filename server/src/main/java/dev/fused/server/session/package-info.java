/**
 * What belongs to one mount as a whole: the INIT exchange, the requests in flight, the end.
 *
 * <p>Start reading at {@link dev.fused.server.session.FuseSession}.
 */
@NullMarked
package dev.fused.server.session;

import org.jspecify.annotations.NullMarked;
