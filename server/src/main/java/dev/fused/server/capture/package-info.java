/**
 * Files that hold every message between kernel and server: pcap files, described in {@code
 * docs/capture-format.md}.
 *
 * <p>Start reading at {@link dev.fused.server.capture.CaptureWriter}; {@link
 * dev.fused.server.capture.CaptureReader} is the other side.
 */
@NullMarked
package dev.fused.server.capture;

import org.jspecify.annotations.NullMarked;
