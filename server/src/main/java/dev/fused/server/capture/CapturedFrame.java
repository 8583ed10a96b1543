package dev.fused.server.capture;

import java.time.Instant;

/**
 * One message as it crossed the device.
 *
 * @param number of the packet in which it begins, from 1, as Wireshark numbers them
 * @param offset of that packet's record in the file, in bytes (after decompression)
 * @param time when it was read, or was about to be written
 * @param channel which of the server's descriptors it crossed; {@link
 *     CaptureWriter#NOTIFICATION_CHANNEL} for notifications
 * @param bytes the whole message, not copied
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record CapturedFrame(
    long number, long offset, Instant time, FrameKind kind, int channel, byte[] bytes) {}
