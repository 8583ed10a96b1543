package dev.fused.protocol;

/**
 * What decides the layout of messages after INIT. Immutable; any thread.
 *
 * @param minor the minor that both sides agreed on, at most {@link ProtocolVersion#LATEST}'s
 * @param setxattrExt whether {@link InitFlag#SETXATTR_EXT} was negotiated: SETXATTR carries its
 *     longer structure
 */
public record WireFormat(int minor, boolean setxattrExt) {
  /** The newest layout of everything. */
  public static final WireFormat LATEST = new WireFormat(ProtocolVersion.LATEST.minor(), true);

  /** Before INIT is answered: the newest sizes, and no flag negotiated. */
  public static final WireFormat INITIAL = new WireFormat(ProtocolVersion.LATEST.minor(), false);

  /**
   * The layout that an INIT exchange agreed on.
   *
   * @param minor the smaller minor of both sides; what is newer than this library is treated as the
   *     latest
   * @param flags the flags of the INIT reply, all 64 bits
   */
  public static WireFormat of(int minor, long flags) {
    return new WireFormat(
        Math.min(minor, ProtocolVersion.LATEST.minor()),
        (flags & InitFlag.SETXATTR_EXT.bit()) != 0);
  }

  /** True if the agreed minor is smaller than {@code minor}. */
  public boolean before(int minor) {
    return this.minor < minor;
  }
}
