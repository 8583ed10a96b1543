package dev.fused.protocol.request;

/**
 * COPY_FILE_RANGE: copy_file_range(2), answered with a count of 32 bits. {@code struct
 * fuse_copy_file_range_in}.
 */
public record CopyFileRange(
    RequestHeader header,
    long fhIn,
    long offIn,
    long nodeidOut,
    long fhOut,
    long offOut,
    long len,
    long flags)
    implements CopyRangeIn {}
