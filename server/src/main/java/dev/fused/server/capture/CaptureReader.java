package dev.fused.server.capture;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a capture, compressed with gzip or not, from its beginning. Also what tools made of it: the
 * other byte order, and times in microseconds. One thread at a time.
 */
public final class CaptureReader implements AutoCloseable {
  private static final int GZIP_MAGIC = 0x1f8b;
  private static final int BUFFER_SIZE = 64 << 10;
  private static final int NANOS_PER_MICRO = 1000;
  private static final int NANOS_PER_SECOND = 1_000_000_000;

  /** No message is longer: max_write and some. */
  private static final int MOST_IN_FRAME = (256 << 20) + (1 << 20);

  private static final int FRAME_HEADER_SIZE = 16;

  private final InputStream in;
  private final String name;
  private final byte[] head =
      new byte[CaptureFormat.RECORD_HEADER_SIZE + CaptureFormat.PSEUDO_HEADER_SIZE];
  private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
  private int nanosPerUnit = 1;
  private long offset;
  private long packets;
  private boolean cutShort;

  /**
   * Reads the head of the file.
   *
   * @param in owned from now on
   * @param name of the file, for messages
   * @throws CaptureException if it is no capture
   */
  public CaptureReader(InputStream in, String name) throws IOException {
    this.name = name;
    InputStream buffered = new BufferedInputStream(in, BUFFER_SIZE);
    try {
      this.in = isGzip(buffered) ? unzipped(buffered) : buffered;
      readFileHeader();
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  /**
   * Opens a file.
   *
   * @throws IOException if it cannot be read, or is no capture; the message is a sentence
   */
  public static CaptureReader open(Path file) throws IOException {
    InputStream in;
    try {
      in = Files.newInputStream(file);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + file, e);
    } catch (IOException e) {
      throw new IOException("cannot read " + file + ": " + e, e);
    }
    return new CaptureReader(in, file.toString());
  }

  private static boolean isGzip(InputStream in) throws IOException {
    in.mark(Short.BYTES);
    int first = in.read();
    int second = in.read();
    in.reset();
    return first >= 0 && second >= 0 && (first << Byte.SIZE | second) == GZIP_MAGIC;
  }

  private InputStream unzipped(InputStream zipped) throws IOException {
    try {
      return new GZIPInputStream(zipped, BUFFER_SIZE);
    } catch (EOFException e) {
      throw damaged(0, "the compressed data is damaged: it ends within its head");
    } catch (ZipException e) {
      throw damaged(0, "the compressed data is damaged: " + e.getMessage());
    }
  }

  private void readFileHeader() throws IOException {
    byte[] bytes = new byte[CaptureFormat.FILE_HEADER_SIZE];
    int length = read(bytes, 0, bytes.length);
    if (length < bytes.length) {
      throw damaged(
          0,
          "the file has %d bytes, less than the %d of the head of a pcap file"
              .formatted(length, bytes.length));
    }
    ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int magic = header.getInt(0);
    if (!isMagic(magic)) {
      order = ByteOrder.BIG_ENDIAN;
      magic = header.order(order).getInt(0);
    }
    if (!isMagic(magic)) {
      throw damaged(0, notPcap(magic, bytes));
    }
    nanosPerUnit = magic == CaptureFormat.MAGIC_NANOS ? 1 : NANOS_PER_MICRO;
    short major = header.getShort(Integer.BYTES);
    if (major != CaptureFormat.VERSION_MAJOR) {
      throw damaged(4, "the version of the pcap format is %d, expected 2".formatted(major));
    }
    int linkType = header.getInt(20) & 0xffff; // above are flags, which no other link type needs
    if (linkType != CaptureFormat.LINK_TYPE) {
      throw damaged(
          20,
          "the link type is %d, expected %d (USER0): these are not the messages of a FUSE mount"
              .formatted(linkType, CaptureFormat.LINK_TYPE));
    }
    offset = bytes.length;
  }

  private static boolean isMagic(int magic) {
    return magic == CaptureFormat.MAGIC_NANOS || magic == CaptureFormat.MAGIC_MICROS;
  }

  private String notPcap(int magic, byte[] bytes) {
    if (magic == CaptureFormat.MAGIC_PCAPNG) {
      return "this is a pcapng file; convert it: editcap -F nsecpcap "
          + name
          + " OUTPUT (from Wireshark)";
    }
    return "this is no pcap file: it begins with the bytes "
        + HexFormat.ofDelimiter(" ").formatHex(bytes, 0, Integer.BYTES);
  }

  /**
   * The next message.
   *
   * @return null at the end; then {@link #isCutShort} says whether there was more
   * @throws CaptureException if the file is damaged; the message names the byte
   */
  public @Nullable CapturedFrame next() throws IOException {
    long start = offset;
    Packet first = packet();
    if (first == null) {
      return null;
    }
    long number = packets;
    byte[] bytes = first.bytes;
    Packet last = first;
    while (last.more) {
      long at = offset;
      last = packet();
      if (last == null) {
        cutShort = true;
        return null;
      }
      if (last.kind != first.kind || last.channel != first.channel) {
        throw damaged(
            at,
            "packet %d goes on with a message, but is of another kind or channel"
                .formatted(packets));
      }
      if (bytes.length + last.bytes.length > MOST_IN_FRAME) {
        throw damaged(
            start, "the message of packet %d is longer than any can be".formatted(number));
      }
      int end = bytes.length;
      bytes = Arrays.copyOf(bytes, end + last.bytes.length);
      System.arraycopy(last.bytes, 0, bytes, end, last.bytes.length);
    }
    requireMessage(bytes, start, number);
    return new CapturedFrame(number, start, first.time, first.kind, first.channel, bytes);
  }

  /** Every message begins with its length. */
  private void requireMessage(byte[] bytes, long start, long number) throws CaptureException {
    if (bytes.length < FRAME_HEADER_SIZE) {
      throw damaged(
          start,
          "the message of packet %d has %d bytes, less than the header of any"
              .formatted(number, bytes.length));
    }
    long says = Integer.toUnsignedLong(little(bytes).getInt(0));
    if (says != bytes.length) {
      throw damaged(
          start,
          "the message of packet %d has %d bytes, but says that it has %d"
              .formatted(number, bytes.length, says));
    }
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** True if the file ended within a message: whoever wrote it was killed. */
  public boolean isCutShort() {
    return cutShort;
  }

  /** Bytes of the file, decompressed, that were read as whole packets. */
  public long offset() {
    return offset;
  }

  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Packet(Instant time, FrameKind kind, int channel, boolean more, byte[] bytes) {}

  private @Nullable Packet packet() throws IOException {
    long start = offset;
    int length = read(head, 0, CaptureFormat.RECORD_HEADER_SIZE);
    if (length < CaptureFormat.RECORD_HEADER_SIZE) {
      cutShort |= length > 0;
      return null;
    }
    packets++;
    ByteBuffer record = ByteBuffer.wrap(head).order(order);
    long seconds = Integer.toUnsignedLong(record.getInt());
    long fraction = Integer.toUnsignedLong(record.getInt()) * nanosPerUnit;
    long captured = Integer.toUnsignedLong(record.getInt());
    long original = Integer.toUnsignedLong(record.getInt());
    if (fraction >= NANOS_PER_SECOND) {
      throw damaged(start + 4, "the time of packet %d has %d ns".formatted(packets, fraction));
    }
    if (captured > CaptureFormat.SNAPSHOT_LENGTH) {
      throw damaged(
          start + 8,
          "packet %d says that it has %d bytes, more than the %d that any may have"
              .formatted(packets, captured, CaptureFormat.SNAPSHOT_LENGTH));
    }
    if (captured != original) {
      throw damaged(
          start + 8,
          "%d of the %d bytes of packet %d were kept; messages that were cut cannot be read"
              .formatted(captured, original, packets));
    }
    if (captured <= CaptureFormat.PSEUDO_HEADER_SIZE) {
      throw damaged(
          start + 8,
          "packet %d says that it has %d bytes, expected more than the %d of its head"
              .formatted(packets, captured, CaptureFormat.PSEUDO_HEADER_SIZE));
    }
    int body = (int) captured - CaptureFormat.PSEUDO_HEADER_SIZE;
    byte[] bytes = new byte[body];
    if (read(head, CaptureFormat.RECORD_HEADER_SIZE, CaptureFormat.PSEUDO_HEADER_SIZE)
            < CaptureFormat.PSEUDO_HEADER_SIZE
        || read(bytes, 0, body) < body) {
      cutShort = true;
      return null;
    }
    Instant time = Instant.ofEpochSecond(seconds, fraction);
    Packet packet = packet(start + CaptureFormat.RECORD_HEADER_SIZE, time, bytes);
    offset = start + CaptureFormat.RECORD_HEADER_SIZE + captured;
    return packet;
  }

  private Packet packet(long at, Instant time, byte[] bytes) throws CaptureException {
    ByteBuffer pseudo = little(head).position(CaptureFormat.RECORD_HEADER_SIZE);
    int version = Byte.toUnsignedInt(pseudo.get());
    int number = Byte.toUnsignedInt(pseudo.get());
    int flags = Short.toUnsignedInt(pseudo.getShort());
    int channel = pseudo.getInt();
    if (version != CaptureFormat.PSEUDO_VERSION) {
      throw damaged(
          at,
          "the head of packet %d has version %d, but only %d is known"
              .formatted(packets, version, CaptureFormat.PSEUDO_VERSION));
    }
    FrameKind kind = FrameKind.of(number);
    if (kind == null) {
      throw damaged(at + 1, "packet %d is of the unknown kind %d".formatted(packets, number));
    }
    if ((flags & ~CaptureFormat.MORE) != 0) {
      throw damaged(at + 2, "packet %d has the unknown flags 0x%x".formatted(packets, flags));
    }
    return new Packet(time, kind, channel, (flags & CaptureFormat.MORE) != 0, bytes);
  }

  /** As many of the bytes as there are. */
  private int read(byte[] bytes, int start, int length) throws IOException {
    try {
      return in.readNBytes(bytes, start, length);
    } catch (EOFException e) {
      cutShort = true; // a compressed file that ends too early
      return 0;
    } catch (ZipException e) {
      throw damaged(offset, "the compressed data is damaged: " + e.getMessage());
    }
  }

  /** For who reads a message and finds that it cannot be. */
  public CaptureException damaged(CapturedFrame frame, String what) {
    return damaged(frame.offset(), "packet %d: %s".formatted(frame.number(), what));
  }

  private CaptureException damaged(long at, String what) {
    return new CaptureException("%s: byte %d: %s".formatted(name, at, what));
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
