package dev.fused.server.capture;

/**
 * The numbers of the format, which {@code docs/capture-format.md} describes: a pcap file whose
 * packets are a head of ours and a message, or a part of one.
 */
final class CaptureFormat {
  /** Of a file whose times have nanoseconds. */
  static final int MAGIC_NANOS = 0xa1b2_3c4d;

  /** Of a file whose times have microseconds, as some tools write it. */
  static final int MAGIC_MICROS = 0xa1b2_c3d4;

  /** What a pcapng file begins with. */
  static final int MAGIC_PCAPNG = 0x0a0d_0d0a;

  static final short VERSION_MAJOR = 2;
  static final short VERSION_MINOR = 4;

  /** LINKTYPE_USER0: for private use. */
  static final int LINK_TYPE = 147;

  /** The largest packet that libpcap and Wireshark read; a longer message takes several. */
  static final int SNAPSHOT_LENGTH = 262_144;

  static final int FILE_HEADER_SIZE = 24;
  static final int RECORD_HEADER_SIZE = 16;

  /** Our own head of each packet. */
  static final int PSEUDO_HEADER_SIZE = 8;

  /** Bytes of a message in one packet, at most. */
  static final int MOST_IN_PACKET = SNAPSHOT_LENGTH - PSEUDO_HEADER_SIZE;

  /** Of the pseudo-header. */
  static final int PSEUDO_VERSION = 1;

  /** In the flags of the pseudo-header: the message goes on in the next packet. */
  static final int MORE = 1;

  private CaptureFormat() {}
}
