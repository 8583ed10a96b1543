package dev.fused.server.capture;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the messages of a mount to a file, in the order in which it is told of them.
 *
 * <p>A message is there in full, or with all that follows it missing: what is buffered goes out
 * when 64 KiB are full, and each second, so that a server that is killed leaves what it did. If the
 * file cannot be written any more, that is logged once, capturing stops, and the mount goes on. Any
 * thread.
 */
public final class CaptureWriter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CaptureWriter.class);

  /** The channel of notifications, which have a descriptor of their own. */
  public static final int NOTIFICATION_CHANNEL = -1;

  private static final int BUFFER_SIZE = 64 << 10;
  private static final long FLUSH_MILLIS = 1000;
  private static final ByteBuf[] NOTHING = {};

  private final WritableByteChannel out;
  private final String name;
  private final InstantSource clock;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_SIZE).order(ByteOrder.LITTLE_ENDIAN);
  private final AtomicInteger channels = new AtomicInteger();
  private boolean stopped;

  /**
   * A writer that has written the head of the file. What is written then is buffered until 64 KiB
   * are full, or it is closed.
   *
   * @param out owned from now on
   * @param name of the file, for messages
   */
  public CaptureWriter(WritableByteChannel out, String name, InstantSource clock)
      throws IOException {
    this.out = out;
    this.name = name;
    this.clock = clock;
    buffer.putInt(CaptureFormat.MAGIC_NANOS);
    buffer.putShort(CaptureFormat.VERSION_MAJOR);
    buffer.putShort(CaptureFormat.VERSION_MINOR);
    buffer.putInt(0); // times are in UTC
    buffer.putInt(0); // and as exact as they are
    buffer.putInt(CaptureFormat.SNAPSHOT_LENGTH);
    buffer.putInt(CaptureFormat.LINK_TYPE);
    drain();
  }

  /**
   * Begins a file that only its owner may read: it will hold what the users' files hold. A file
   * that is there is replaced, as tcpdump does; a pipe is written to.
   *
   * @throws IOException if it cannot be written; the message is a sentence for the user
   */
  public static CaptureWriter create(Path file) throws IOException {
    try {
      if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        Files.delete(file); // whoever has it open, or may read it, is not to see this one
      }
      FileChannel out =
          FileChannel.open(
              file,
              Set.of(CREATE, WRITE, TRUNCATE_EXISTING),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      CaptureWriter writer = new CaptureWriter(out, file.toString(), Clock.systemUTC());
      Thread.ofPlatform().daemon().name("fused capture").start(writer::flushEachSecond);
      return writer;
    } catch (IOException e) {
      throw new IOException("cannot write the capture file " + file + ": " + reason(e), e);
    }
  }

  private static String reason(IOException e) {
    // The message of these is the file alone.
    return e instanceof FileSystemException
        ? e.getClass().getSimpleName().replace("Exception", "") + " (" + e.getMessage() + ")"
        : String.valueOf(e.getMessage());
  }

  /** A number for one more of the server's channels, from 0. */
  public int newChannel() {
    return channels.getAndIncrement();
  }

  /** A request was read; call it before the request is worked on. Leaves all indices alone. */
  public void request(int channel, ByteBuf header, ByteBuf operation, ByteBuf payload) {
    append(FrameKind.REQUEST, channel, header, operation, payload);
  }

  /** A reply is about to be written. Leaves all indices alone. */
  public void reply(int channel, ByteBuf head, ByteBuf... data) {
    append(FrameKind.REPLY, channel, head, data);
  }

  /** A notification is about to be written. Leaves the indices alone. */
  public void notification(ByteBuf message) {
    append(FrameKind.NOTIFICATION, NOTIFICATION_CHANNEL, message, NOTHING);
  }

  private synchronized void append(FrameKind kind, int channel, ByteBuf first, ByteBuf... others) {
    if (stopped) {
      return;
    }
    try {
      new Frame(kind, channel, clock.instant(), length(first, others)).write(first, others);
    } catch (IOException e) {
      stop(reason(e));
    } catch (RuntimeException e) {
      // A broken buffer: the message is cut short, and nothing may follow it.
      stop(e.toString());
    }
  }

  private static int length(ByteBuf first, ByteBuf... others) {
    int length = first.readableBytes();
    for (ByteBuf other : others) {
      length += other.readableBytes();
    }
    return length;
  }

  /** The packets of one message. */
  private final class Frame {
    private final FrameKind kind;
    private final int channel;
    private final Instant time;
    private int left;
    private int leftInPacket;

    Frame(FrameKind kind, int channel, Instant time, int length) {
      this.kind = kind;
      this.channel = channel;
      this.time = time;
      this.left = length;
    }

    void write(ByteBuf first, ByteBuf... others) throws IOException {
      write(first);
      for (ByteBuf other : others) {
        write(other);
      }
    }

    private void write(ByteBuf piece) throws IOException {
      int index = piece.readerIndex();
      int end = piece.writerIndex();
      while (index < end) {
        if (leftInPacket == 0) {
          beginPacket();
        }
        if (!buffer.hasRemaining()) {
          drain();
        }
        int part = Math.min(Math.min(end - index, leftInPacket), buffer.remaining());
        buffer.limit(buffer.position() + part);
        try {
          piece.getBytes(index, buffer);
        } finally {
          buffer.limit(buffer.capacity());
        }
        index += part;
        leftInPacket -= part;
      }
    }

    private void beginPacket() throws IOException {
      int head = CaptureFormat.RECORD_HEADER_SIZE + CaptureFormat.PSEUDO_HEADER_SIZE;
      if (buffer.remaining() < head) {
        drain();
      }
      leftInPacket = Math.min(left, CaptureFormat.MOST_IN_PACKET);
      left -= leftInPacket;
      int length = CaptureFormat.PSEUDO_HEADER_SIZE + leftInPacket;
      buffer.putInt((int) time.getEpochSecond());
      buffer.putInt(time.getNano());
      buffer.putInt(length);
      buffer.putInt(length);
      buffer.put((byte) CaptureFormat.PSEUDO_VERSION);
      buffer.put((byte) kind.number());
      buffer.putShort((short) (left > 0 ? CaptureFormat.MORE : 0));
      buffer.putInt(channel);
    }
  }

  private void drain() throws IOException {
    buffer.flip();
    try {
      while (buffer.hasRemaining()) {
        out.write(buffer);
      }
    } finally {
      buffer.clear();
    }
  }

  private synchronized void flushEachSecond() {
    while (!stopped) {
      try {
        wait(FLUSH_MILLIS);
        if (!stopped) {
          drain();
        }
      } catch (IOException e) {
        stop(reason(e));
      } catch (InterruptedException e) {
        return; // nobody does that
      }
    }
  }

  private void stop(String reason) {
    log.warn("capturing to {} has stopped, and the mount goes on: {}", name, reason);
    try {
      drain();
    } catch (IOException e) {
      log.debug("the rest of {} is lost", name, e);
    }
    end();
  }

  /** Writes what is buffered and closes the file. The second time, nothing. */
  @Override
  public synchronized void close() {
    if (stopped) {
      return;
    }
    try {
      drain();
    } catch (IOException e) {
      log.warn("the end of the capture {} could not be written: {}", name, reason(e));
    }
    end();
  }

  private void end() {
    stopped = true;
    notifyAll();
    try {
      out.close();
    } catch (IOException e) {
      log.debug("closing {} failed", name, e);
    }
  }
}
