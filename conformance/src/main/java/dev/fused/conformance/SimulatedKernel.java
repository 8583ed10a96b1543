package dev.fused.conformance;

import dev.fused.protocol.Errno;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.CreateOut;
import dev.fused.protocol.reply.DirectoryBuffer;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.reply.Notification;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.request.BatchForget;
import dev.fused.protocol.request.Forget;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Init;
import dev.fused.protocol.request.NotifyReply;
import dev.fused.protocol.request.ReleaseIn;
import dev.fused.protocol.request.Releasedir;
import dev.fused.protocol.request.RequestEncoder;
import dev.fused.protocol.request.RequestHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's side of one connection: sends requests as a kernel of some minor does, checks every
 * reply as it does, and keeps its books of lookups and handles.
 *
 * <p>The device is one end of a socket pair, whose other end the server has: a message there is one
 * read and one write too. What a socket cannot do is to refuse a reply: a server that writes what
 * nobody waits for does not see ENOENT here, and a wrong reply is not answered with EINVAL.
 *
 * <p>One thread at a time. Many requests may be sent before their answers are awaited.
 */
public final class SimulatedKernel implements AutoCloseable {
  /**
   * So many small answers fit into the socket, whatever this side does. The device takes any
   * number: a server may count on it that writing never has to wait, and lose an answer if it has
   * to.
   */
  static final int MOST_WAITING = 100;

  /** Longer than any message that this side sends or asks for: 32 pages and the head. */
  private static final int MESSAGE_SPACE = 1 << 18;

  private static final int MAX_READAHEAD = 128 << 10;
  private static final int ERROR_LIMIT = 512;

  private final KernelPreset preset;
  private final Duration patience;
  private final DeviceSocket device;
  private final Map<Long, FuseRequest> waiting = new HashMap<>();
  private final Map<Long, Answer> answers = new HashMap<>();
  private final List<Notification> notifications = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private final LookupCounts lookups = new LookupCounts();
  private final Handles handles = new Handles();
  private final ReplyRules rules;
  private WireFormat format = WireFormat.INITIAL;
  private Set<InitFlag> negotiated = Set.of();
  private @Nullable InitOut initReply;
  private long lastUnique;

  private SimulatedKernel(KernelPreset preset, Duration patience, DeviceSocket device) {
    this.preset = preset;
    this.patience = patience;
    this.device = device;
    this.rules = new ReplyRules(lookups, preset);
  }

  /**
   * Starts a server; INIT is not sent yet.
   *
   * @param patience how long an answer may take
   * @throws IOException if the server cannot be started; the message is a sentence
   */
  public static SimulatedKernel connect(
      ServerUnderTest server, KernelPreset preset, Duration patience) throws IOException {
    return new SimulatedKernel(
        preset, patience, DeviceSocket.connect(server, patience, MESSAGE_SPACE, 0));
  }

  public KernelPreset preset() {
    return preset;
  }

  /** The layout of messages, which INIT decides. */
  public WireFormat format() {
    return format;
  }

  /** The flags that both sides agreed on. */
  public Set<InitFlag> negotiated() {
    return negotiated;
  }

  /** What the server answered to INIT. */
  public InitOut initReply() {
    if (initReply == null) {
      throw new IllegalStateException("INIT was not answered yet");
    }
    return initReply;
  }

  /** Every notification that came so far. */
  public List<Notification> notifications() {
    return List.copyOf(notifications);
  }

  LookupCounts lookups() {
    return lookups;
  }

  Handles handles() {
    return handles;
  }

  ServerUnderTest.Running server() {
    return device.server();
  }

  /** The INIT of this kernel, whose answer {@link #negotiate} takes. */
  public Init initRequest() {
    return new Init(
        RequestHeader.of(Opcode.INIT, nextUnique(), 0, 0, 0, 0),
        preset.version().major(),
        preset.minor(),
        MAX_READAHEAD,
        InitFlag.mask(preset.offers()));
  }

  /**
   * Exchanges INIT.
   *
   * @throws LawBroken if the server refuses
   */
  public SimulatedKernel negotiate() {
    InitOut reply = InitOut.decode(call(initRequest()).ok().body().duplicate(), format);
    initReply = reply;
    long flags = reply.flags();
    if ((flags & InitFlag.INIT_EXT.bit()) == 0) {
      flags &= 0xffff_ffffL;
    }
    long agreed = flags & InitFlag.mask(preset.offers());
    negotiated = InitFlag.of(agreed);
    format = WireFormat.of(Math.min(preset.minor(), reply.minor()), agreed);
    return this;
  }

  /** A unique that no request had: even, as the kernel counts. */
  public long nextUnique() {
    lastUnique += 2;
    return lastUnique;
  }

  /**
   * Sends one request, and does not wait.
   *
   * @throws IllegalStateException if {@link #MOST_WAITING} have no answer yet
   */
  public void send(FuseRequest request) {
    Opcode opcode = Opcode.of(request.header().opcode());
    if (opcode == null || opcode.expectsReply()) {
      if (waiting.size() >= MOST_WAITING) {
        throw new IllegalStateException("at most " + MOST_WAITING + " requests can wait at once");
      }
      waiting.put(request.unique(), request);
    }
    switch (request) {
      case Forget forget -> lookups.take(forget.nodeid(), forget.nlookup());
      case BatchForget batch ->
          batch.forgets().forEach(one -> lookups.take(one.nodeid(), one.nlookup()));
      case ReleaseIn release ->
          handles.released(
              new Handles.Handle(release.nodeid(), release.fh(), release instanceof Releasedir));
      default -> {}
    }
    ByteBuf message = Unpooled.buffer();
    RequestEncoder.encode(request, message, format);
    byte[] bytes = new byte[message.readableBytes()];
    message.readBytes(bytes).release();
    device.send(bytes, this::received);
  }

  /** Sends one request and waits for its answer. */
  public Answer call(FuseRequest request) {
    send(request);
    return await(request.unique());
  }

  /**
   * The answer to a request that was sent.
   *
   * @throws LawBroken if none comes in time
   * @throws ServerGone if the server has closed
   */
  public Answer await(long unique) {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      Answer answer = answers.remove(unique);
      if (answer != null) {
        return answer;
      }
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0 || !receive((int) left)) {
        FuseRequest request = waiting.remove(unique);
        throw new LawBroken(
            "%s was not answered within %d ms"
                .formatted(
                    request == null ? "request " + unique : request.header().opcodeName(),
                    patience.toMillis()));
      }
    }
  }

  /** True if the answer to a request is here already, or in the socket. */
  public boolean isAnswered(long unique) {
    while (!answers.containsKey(unique) && receive(0)) {
      // All that is there is taken, until the one that is looked for.
    }
    return answers.containsKey(unique);
  }

  /** What the server did wrong apart from any answer, since the last time; each is a sentence. */
  public List<String> takeViolations() {
    List<String> taken = List.copyOf(violations);
    violations.clear();
    return taken;
  }

  /** Closes the device, as an abort or the end of the mount does; whatever waits is lost. */
  public void abort() {
    device.abort();
  }

  /** Closes the device and ends the server. */
  @Override
  public void close() {
    device.close();
  }

  /** Takes one message; false if none came in time. */
  private boolean receive(int timeoutMillis) {
    byte[] message = device.receive(timeoutMillis);
    if (message == null) {
      return false;
    }
    received(message);
    return true;
  }

  private void received(byte[] bytes) {
    ByteBuf message = Unpooled.wrappedBuffer(bytes);
    if (bytes.length < ReplyHeader.SIZE) {
      violations.add("a message has " + bytes.length + " bytes, less than a header");
      return;
    }
    ReplyHeader header = ReplyHeader.decode(message);
    byte[] body = new byte[message.readableBytes()];
    message.readBytes(body);
    if (header.len() != bytes.length) {
      violations.add(
          "a message of %d bytes says in its header that it has %d"
              .formatted(bytes.length, Integer.toUnsignedLong(header.len())));
    } else if (header.unique() == 0) {
      notified(header, body);
    } else if (header.error() > 0 || header.error() <= -ERROR_LIMIT) {
      // The kernel goes on to wait for a valid answer.
      violations.add("the error of a reply is " + header.error() + ", expected 0 to -511");
    } else if ((header.unique() & 1) != 0) {
      interruptAnswered(header, body);
    } else {
      answered(header, body);
    }
  }

  private void answered(ReplyHeader header, byte[] body) {
    FuseRequest request = waiting.remove(header.unique());
    if (request == null) {
      violations.add(
          "a reply with unique %s and error %d answers no request that waits"
              .formatted(Long.toUnsignedString(header.unique()), header.error()));
      return;
    }
    String broken;
    if (header.error() != 0) {
      broken = body.length == 0 ? null : body.length + " bytes follow an error, expected none";
    } else {
      broken = rules.broken(request, body, format);
    }
    Answer answer =
        new Answer(request, -header.error(), Unpooled.wrappedBuffer(body), format, broken);
    answers.put(header.unique(), answer);
    if (header.error() == 0 && broken == null) {
      enterInBooks(request, Unpooled.wrappedBuffer(body));
    }
  }

  private void enterInBooks(FuseRequest request, ByteBuf body) {
    switch (Opcode.of(request.header().opcode())) {
      case LOOKUP, SYMLINK, MKNOD, MKDIR, LINK -> lookups.add(EntryOut.decode(body, format));
      case CREATE, TMPFILE -> {
        CreateOut created = CreateOut.decode(body, format);
        lookups.add(created.entry());
        handles.opened(new Handles.Handle(created.entry().nodeid(), created.open().fh(), false));
      }
      case READDIRPLUS ->
          DirectoryBuffer.decodePlus(body, format).stream()
              .filter(plus -> plus.countsAsLookup())
              .forEach(plus -> lookups.add(plus.entry()));
      case OPEN, OPENDIR -> {
        OpenOut opened = OpenOut.decode(body, format);
        handles.opened(
            new Handles.Handle(request.nodeid(), opened.fh(), request.opcode() == Opcode.OPENDIR));
      }
      case null, default -> {}
    }
  }

  /** Nothing at all, EAGAIN (again, please) and ENOSYS (never again) are what a server may say. */
  private void interruptAnswered(ReplyHeader header, byte[] body) {
    int error = -header.error();
    if (body.length > 0 || (error != Errno.EAGAIN.number() && error != Errno.ENOSYS.number())) {
      violations.add(
          "an INTERRUPT was answered with error %d and %d bytes, expected EAGAIN or ENOSYS alone"
              .formatted(error, body.length));
    }
  }

  private void notified(ReplyHeader header, byte[] body) {
    Notification notification;
    try {
      notification = Notification.decode(header.error(), Unpooled.wrappedBuffer(body));
    } catch (ProtocolException e) {
      violations.add("a notification is malformed: " + e.getMessage());
      return;
    }
    if (notification.since() > preset.minor()) {
      violations.add(
          "%s needs FUSE 7.%d, but this kernel speaks %s"
              .formatted(
                  notification.getClass().getSimpleName(), notification.since(), preset.version()));
      return;
    }
    notifications.add(notification);
    if (notification instanceof Notification.Retrieve retrieve) {
      // The page cache of this kernel is empty.
      send(
          new NotifyReply(
              RequestHeader.of(
                  Opcode.NOTIFY_REPLY, retrieve.notifyUnique(), retrieve.nodeid(), 0, 0, 0),
              retrieve.offset(),
              0,
              Unpooled.EMPTY_BUFFER));
    }
  }
}
