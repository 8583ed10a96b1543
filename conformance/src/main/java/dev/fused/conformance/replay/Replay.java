package dev.fused.conformance.replay;

import dev.fused.conformance.DeviceSocket;
import dev.fused.conformance.ServerGone;
import dev.fused.conformance.ServerUnderTest;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.reply.Notification;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.request.BatchForget;
import dev.fused.protocol.request.Forget;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Init;
import dev.fused.protocol.request.Ioctl;
import dev.fused.protocol.request.Listxattr;
import dev.fused.protocol.request.ReadIn;
import dev.fused.protocol.request.ReleaseIn;
import dev.fused.protocol.request.RequestDecoder;
import dev.fused.protocol.request.RequestFrame;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Setattr;
import dev.fused.server.capture.CaptureException;
import dev.fused.server.capture.CaptureReader;
import dev.fused.server.capture.CapturedFrame;
import dev.fused.server.capture.FrameKind;
import dev.fused.server.pipeline.RequestText;
import dev.fused.server.session.SessionOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends the requests of a capture to a server and compares its replies with the captured ones.
 *
 * <p>The order is that of the capture: a captured request is sent, at a captured reply the reply to
 * the same request is waited for. So requests that overlapped overlap again, and one that blocks
 * does not stop those after it. Numbers that servers give out (nodeids, handles, positions in
 * directories) are replaced by those of the server under replay. Used once, by one thread.
 */
public final class Replay implements AutoCloseable {
  /** Who wants to know. On the thread that replays. */
  public interface Listener {
    /** A reply differs. */
    void differs(Finding finding);

    /** Something that is no difference, in one sentence. */
    void note(String note);
  }

  /** Room for the messages of some requests at once; the kernel may ask for so much readahead. */
  private static final int SOCKET_SPACE = 64 << 20;

  private static final int MESSAGE_SPACE = 1 << 18;

  /** Bytes of a reply besides its data, generously, and what the socket counts for it. */
  private static final int REPLY_OVERHEAD = 2048;

  private final CaptureReader capture;
  private final DeviceSocket device;
  private final Duration patience;
  private final Listener listener;
  private final Consumer<Instant> clock;
  private final KnownInodes inodes = new KnownInodes();
  private final KnownHandles handles = new KnownHandles();
  private final RequestRewriter rewriter = new RequestRewriter(inodes, handles);
  private final ReplyComparison comparison = new ReplyComparison(inodes, handles);
  private final Map<Long, Asked> waiting = new HashMap<>();
  private final Map<Long, byte[]> answers = new HashMap<>();
  private final Map<Long, Integer> owed = new HashMap<>();
  private final Set<Long> skippedUniques = new HashSet<>();
  private final int socketSpace;
  private @Nullable Instant start;
  private long owedBytes;
  private WireFormat capturedFormat = WireFormat.INITIAL;
  private WireFormat actualFormat = WireFormat.INITIAL;
  private long requests;
  private long compared;
  private long differing;
  private long skipped;
  private long capturedNotifications;
  private long notifications;

  private Replay(
      CaptureReader capture,
      DeviceSocket device,
      Duration patience,
      Listener listener,
      Consumer<Instant> clock) {
    this.capture = capture;
    this.device = device;
    this.patience = patience;
    this.listener = listener;
    this.clock = clock;
    this.socketSpace = device.bufferSpace();
  }

  /**
   * What the captured server asked for in INIT, so that one of ours can ask for the same.
   *
   * @param capture at its beginning, which is read
   * @throws CaptureException if it does not begin with an INIT that succeeded
   */
  public static SessionOptions askedFor(CaptureReader capture) throws IOException {
    for (CapturedFrame frame = capture.next(); frame != null; frame = capture.next()) {
      ByteBuf message = Unpooled.wrappedBuffer(frame.bytes());
      if (frame.kind() == FrameKind.REQUEST && !isInit(message)) {
        throw capture.damaged(frame, "the capture does not begin with INIT");
      }
      if (frame.kind() == FrameKind.REPLY && ReplyHeader.decode(message).error() == 0) {
        try {
          return askedFor(InitOut.decode(message, WireFormat.LATEST));
        } catch (ProtocolException | IllegalArgumentException e) {
          throw capture.damaged(frame, "the reply to INIT is malformed: " + e.getMessage());
        }
      }
    }
    throw new CaptureException("the capture ends before INIT is answered; nothing can be replayed");
  }

  private static boolean isInit(ByteBuf message) {
    return message.readableBytes() >= RequestHeader.SIZE
        && RequestHeader.decode(message.duplicate()).opcode() == Opcode.INIT.number();
  }

  private static SessionOptions askedFor(InitOut reply) {
    SessionOptions defaults = SessionOptions.DEFAULT;
    int maxBackground =
        reply.maxBackground() == 0 ? defaults.maxBackground() : reply.maxBackground();
    return new SessionOptions(
        reply.maxWrite(),
        reply.maxReadahead(),
        maxBackground,
        Math.clamp(reply.congestionThreshold(), 1, maxBackground),
        reply.requestTimeout(),
        (reply.flags() & InitFlag.ALLOW_IDMAP.bit()) != 0);
  }

  /**
   * Starts the server.
   *
   * @param capture at its beginning; it stays the caller's
   * @param patience how long a reply may take
   * @param clock is told what time it was in the capture before each message
   * @throws IOException if the server cannot be started; the message is a sentence
   */
  public static Replay start(
      CaptureReader capture,
      ServerUnderTest server,
      Duration patience,
      Listener listener,
      Consumer<Instant> clock)
      throws IOException {
    DeviceSocket device = DeviceSocket.connect(server, patience, MESSAGE_SPACE, SOCKET_SPACE);
    return new Replay(capture, device, patience, listener, clock);
  }

  /**
   * Replays up to the end of the capture, or to the first reply that differs.
   *
   * @param all whether to go on after a difference
   * @throws CaptureException if the capture is damaged; what comes before was replayed
   */
  public Outcome run(boolean all) throws IOException {
    boolean complete = true;
    for (CapturedFrame frame = capture.next(); frame != null; frame = capture.next()) {
      start = start == null ? frame.time() : start;
      clock.accept(frame.time());
      boolean goOn =
          switch (frame.kind()) {
            case REQUEST -> request(frame);
            case REPLY -> reply(frame) || all;
            case NOTIFICATION -> {
              capturedNotifications++;
              yield true;
            }
          };
      if (!goOn) {
        complete = false;
        break;
      }
    }
    return new Outcome(
        requests,
        compared,
        differing,
        skipped,
        waiting.size(),
        capturedNotifications,
        notifications,
        complete,
        capture.isCutShort());
  }

  /** Sends a request; false if nothing can be sent any more. */
  private boolean request(CapturedFrame frame) throws IOException {
    Asked asked = asked(frame);
    long unique = asked.header().unique();
    byte[] message;
    try {
      message = rewriter.rewrite(asked.opcode(), frame.bytes());
    } catch (RequestRewriter.UnknownInode e) {
      skip(asked, e.nodeid());
      return true;
    }
    requireRoom(frame, message.length);
    if (asked.expectsReply()) {
      if (waiting.putIfAbsent(unique, asked) != null) {
        throw damaged(
            frame, "unique %s is that of another request that waits".formatted(unsigned(unique)));
      }
      expect(asked);
    }
    try {
      device.send(message, this::received);
    } catch (ServerGone e) {
      waiting.remove(unique);
      tell(
          asked,
          frame,
          "the server reads the request",
          String.valueOf(e.getMessage()),
          List.of(Difference.of("server", "one that goes on", "none")));
      return false;
    }
    requests++;
    sent(asked);
    return true;
  }

  private Asked asked(CapturedFrame frame) throws CaptureException {
    byte[] bytes = frame.bytes();
    if (bytes.length < RequestHeader.SIZE) {
      throw damaged(frame, "a request of %d bytes has no header".formatted(bytes.length));
    }
    ByteBuf message = Unpooled.wrappedBuffer(bytes);
    RequestHeader header = RequestHeader.decode(message.duplicate());
    try {
      RequestFrame windows = RequestFrame.ofMessage(message);
      windows.frameMessage(bytes.length, capturedFormat);
      return new Asked(frame, header, RequestDecoder.decode(windows, capturedFormat), null);
    } catch (ProtocolException e) {
      return new Asked(frame, header, null, e.getMessage());
    }
  }

  /** A request about an inode that has no name in this replay cannot be sent. */
  private void skip(Asked asked, long nodeid) throws CaptureException {
    if (differing == 0) {
      throw damaged(
          asked.frame(),
          "%s is about nodeid %s, which no reply before has given"
              .formatted(asked.header().opcodeName(), unsigned(nodeid)));
    }
    skipped++;
    skippedUniques.add(asked.header().unique());
  }

  private void requireRoom(CapturedFrame frame, int length) throws IOException {
    if (length > socketSpace - REPLY_OVERHEAD) {
      throw new IOException(
          ("frame %d has %d bytes, more than the socket in the place of the device takes (%d);"
                  + " replay as root, or raise net.core.wmem_max")
              .formatted(frame.number(), length, socketSpace - REPLY_OVERHEAD));
    }
  }

  /**
   * The device takes any number of replies, the socket only so much, and a server need not expect
   * that it has to wait: before more is asked for than fits, some of it has to be here.
   */
  private void expect(Asked asked) {
    int most = mostBytes(asked.request());
    device.ensureSpace(most);
    long end = System.nanoTime() + patience.toNanos();
    while (owedBytes > 0 && owedBytes + 2L * most > socketSpace) {
      int millis = (int) ((end - System.nanoTime()) / 1_000_000);
      byte[] message = millis <= 0 ? null : receive(millis);
      if (message == null) {
        break; // they wait for something else, as locks do
      }
      received(message);
    }
    owed.put(asked.header().unique(), 2 * most);
    owedBytes += 2L * most;
  }

  private byte @Nullable [] receive(int millis) {
    try {
      return device.receive(millis);
    } catch (ServerGone e) {
      return null; // as the next one to send or to wait for something is told as well
    }
  }

  private static int mostBytes(@Nullable FuseRequest request) {
    int data =
        switch (request) {
          case ReadIn read -> read.size();
          case Getxattr get -> get.size();
          case Listxattr list -> list.size();
          case Ioctl ioctl -> ioctl.outSize();
          case null, default -> 0;
        };
    return Math.clamp(data, 0, 256 << 20) + REPLY_OVERHEAD;
  }

  /** What follows from a request by itself. */
  private void sent(Asked asked) {
    long nodeid = asked.header().nodeid();
    switch (asked.request()) {
      case Forget forget -> inodes.forget(nodeid, forget.nlookup());
      case BatchForget batch ->
          batch.forgets().forEach(one -> inodes.forget(one.nodeid(), one.nlookup()));
      case ReleaseIn release -> handles.released(nodeid, release.fh());
      case Setattr setattr -> {
        KnownInodes.Inode inode = inodes.find(nodeid);
        if (inode != null) {
          inode.timesSet(setattr);
        }
      }
      case null, default -> {}
    }
  }

  /** Compares a reply; false if it differs. */
  private boolean reply(CapturedFrame frame) throws IOException {
    ReplyHeader header = ReplyHeader.decode(Unpooled.wrappedBuffer(frame.bytes()));
    long unique = header.unique();
    if (skippedUniques.remove(unique)) {
      return true;
    }
    Asked asked = waiting.remove(unique);
    if (asked == null) {
      if ((unique & 1) != 0) {
        return true; // what a server may say to an INTERRUPT, which needs no answer
      }
      throw damaged(
          frame,
          "it answers request %s, which is not in the capture before".formatted(unsigned(unique)));
    }
    requireRoom(frame, frame.bytes().length);
    Reply captured = Reply.decode(asked, frame.bytes(), capturedFormat);
    if (captured.malformed() != null) {
      throw damaged(
          frame,
          "the reply to %s is malformed: %s".formatted(describe(asked), captured.malformed()));
    }
    byte[] answer = null;
    String silence = "none within " + patience.toMillis() + " ms";
    try {
      answer = await(unique);
    } catch (ServerGone e) {
      silence = String.valueOf(e.getMessage());
    }
    compared++;
    if (answer == null) {
      List<Difference> missing = List.of(Difference.of("reply", "one", silence));
      tell(asked, frame, captured.describe(), silence, missing);
      return false;
    }
    Reply actual = Reply.decode(asked, answer, actualFormat);
    List<Difference> differences = comparison.compare(asked, captured, actual);
    comparison.takeNotes().forEach(listener::note);
    if (asked.request() instanceof Init init) {
      agree(init, captured, actual);
    }
    if (!differences.isEmpty()) {
      tell(asked, frame, captured.describe(), actual.describe(), differences);
    }
    return differences.isEmpty();
  }

  private void tell(
      Asked asked,
      CapturedFrame frame,
      String expected,
      String actual,
      List<Difference> differences) {
    differing++;
    Instant first = start == null ? frame.time() : start;
    listener.differs(
        new Finding(
            asked.frame().number(),
            describe(asked),
            frame.number(),
            frame.time(),
            Duration.between(first, frame.time()),
            expected,
            actual,
            differences));
  }

  private void agree(Init init, Reply captured, Reply actual) {
    if (captured.decoded() instanceof InitOut) {
      WireFormat then = ReplyComparison.agreed(init.minor(), init.flags(), captured);
      WireFormat now = ReplyComparison.agreed(init.minor(), init.flags(), actual);
      capturedFormat = then == null ? capturedFormat : then;
      actualFormat = now == null ? actualFormat : now;
    }
  }

  private byte @Nullable [] await(long unique) {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      byte[] answer = answers.remove(unique);
      if (answer != null) {
        return answer;
      }
      long left = (end - System.nanoTime()) / 1_000_000;
      byte[] message = left <= 0 ? null : device.receive((int) left);
      if (message == null) {
        return null;
      }
      received(message);
    }
  }

  private void received(byte[] message) {
    if (message.length < ReplyHeader.SIZE) {
      listener.note(
          "the server sent a message of " + message.length + " bytes, less than a header");
      return;
    }
    ReplyHeader header = ReplyHeader.decode(Unpooled.wrappedBuffer(message));
    if (header.unique() == 0) {
      notified(header, message);
      return;
    }
    Integer bytes = owed.remove(header.unique());
    if (bytes != null) {
      owedBytes -= bytes;
      answers.put(header.unique(), message);
    } else if ((header.unique() & 1) == 0) {
      listener.note(
          "the server answered request %s, which does not wait, with %s"
              .formatted(unsigned(header.unique()), ReplyComparison.error(-header.error())));
    }
  }

  private void notified(ReplyHeader header, byte[] message) {
    notifications++;
    ByteBuf body = Unpooled.wrappedBuffer(message).skipBytes(ReplyHeader.SIZE);
    String text;
    try {
      text = Notification.decode(header.error(), body).toString();
    } catch (ProtocolException e) {
      text = "malformed: " + e.getMessage();
    }
    listener.note("the server notified: " + text);
  }

  private static String describe(Asked asked) {
    FuseRequest request = asked.request();
    return request == null
        ? "#%s %s, malformed: %s"
            .formatted(
                unsigned(asked.header().unique()),
                asked.header().opcodeName(),
                String.valueOf(asked.problem()))
        : RequestText.of(request);
  }

  private static String unsigned(long number) {
    return Long.toUnsignedString(number);
  }

  private CaptureException damaged(CapturedFrame frame, String what) {
    return capture.damaged(frame, what);
  }

  /** Closes the device and ends the server. */
  @Override
  public void close() {
    device.close();
  }
}
