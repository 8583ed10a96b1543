package dev.fused.protocol;

/**
 * A version of the FUSE kernel protocol. Both sides announce theirs in INIT; the smaller minor is
 * spoken from then on. Both numbers are unsigned, as on the wire.
 *
 * @param major 7 for every kernel since 2.6.14
 * @param minor grows with each extension; decides sizes of structures and which opcodes exist
 */
public record ProtocolVersion(int major, int minor) implements Comparable<ProtocolVersion> {
  /** The newest version that this library speaks. */
  public static final ProtocolVersion LATEST = new ProtocolVersion(7, 45);

  /** The oldest version that this library speaks (Linux 2.6.31). */
  public static final ProtocolVersion OLDEST = new ProtocolVersion(7, 12);

  @Override
  public int compareTo(ProtocolVersion other) {
    int byMajor = Integer.compareUnsigned(major, other.major);
    return byMajor != 0 ? byMajor : Integer.compareUnsigned(minor, other.minor);
  }

  @Override
  public String toString() {
    return Integer.toUnsignedString(major) + "." + Integer.toUnsignedString(minor);
  }
}
