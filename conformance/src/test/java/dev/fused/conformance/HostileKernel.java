package dev.fused.conformance;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.fused.conformance.FuzzFailure.Kind;
import dev.fused.fs.memory.MemoryFileSystem;
import dev.fused.protocol.Errno;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.CreateOut;
import dev.fused.protocol.reply.DirectoryBuffer;
import dev.fused.protocol.reply.DirentPlus;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.request.BatchForget;
import dev.fused.protocol.request.CuseInit;
import dev.fused.protocol.request.Forget;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Init;
import dev.fused.protocol.request.Listxattr;
import dev.fused.protocol.request.LockIn;
import dev.fused.protocol.request.Mknod;
import dev.fused.protocol.request.ReadIn;
import dev.fused.protocol.request.ReleaseIn;
import dev.fused.protocol.request.Releasedir;
import dev.fused.protocol.request.RequestDecoder;
import dev.fused.protocol.request.RequestEncoder;
import dev.fused.protocol.request.RequestFrame;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Setlkw;
import dev.fused.protocol.request.Unsupported;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.linux.Libc;
import dev.fused.server.pipeline.WireLog;
import dev.fused.server.session.FuseSession;
import dev.fused.server.session.SessionOptions;
import dev.fused.server.transport.epoll.RefusingServer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The other end of our server's socket: writes frames of any kind, knows of each whether it is to
 * be answered and how, and throws {@link FuzzFailure} if it is not.
 *
 * <p>Frames go out in batches. What a batch taught is entered into the books when all of it is
 * answered, in the order of its frames: so the next frames depend on the seed, and not on how fast
 * the server was. One thread.
 */
final class HostileKernel implements AutoCloseable {
  /** What a READ may ask for, so that the answer fits into the socket. */
  static final int MOST_READ = 64 << 10;

  /** A READ of more is refused, as no kernel asks for so much. */
  static final int REFUSED_READ = 16 << 20;

  /** SETLKWs that may wait at once. */
  static final int MOST_LOCK_WAITS = 12;

  private static final int FRAME_SPACE = 256 << 10;
  private static final int ANSWER_SPACE = 2 << 20;

  /** Answers under way: beyond this the socket would be full, and an answer lost. */
  private static final int WINDOW = 150_000;

  private static final int SMALL_ANSWER = 1024;
  private static final int REFUSED_EVERY = 32;
  private static final int UNIQUE_OFFSET = 8;

  /** A request that waits. */
  private static final class Pending {
    final FuseRequest request;
    final long frame;
    final int cost;

    /** The only error that is right; 0 if the answer is up to the file system. */
    final int error;

    /** May stay without an answer: it was sent again under another unique. */
    boolean isOptional;

    @Nullable ReplyHeader reply;
    byte[] body = {};

    Pending(FuseRequest request, long frame, int cost, int error) {
      this.request = request;
      this.frame = frame;
      this.cost = cost;
      this.error = error;
    }

    boolean mayWait() {
      return request instanceof Setlkw && error == 0;
    }
  }

  final FuzzBooks books = new FuzzBooks();
  final MemoryFileSystem fileSystem;
  private final FuseSession session;
  private final RefusingServer server;
  private final boolean refusing;
  private final int patienceMillis;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment answerMemory = arena.allocate(ANSWER_SPACE, 8);
  private final ByteBuf frame = Unpooled.directBuffer(FRAME_SPACE, FRAME_SPACE);
  private final MemorySegment frameMemory =
      MemorySegment.ofBuffer(frame.internalNioBuffer(0, FRAME_SPACE));
  private final RequestFrame windows = RequestFrame.ofMessage(frame.setIndex(0, FRAME_SPACE));
  private final ReplyRules rules;
  private final Map<Long, Pending> waiting = new HashMap<>();
  private final FuzzLog log;
  private final FuzzStatistics statistics;
  private final int fd;
  private WireFormat format = WireFormat.INITIAL;
  private List<Pending> batch = new ArrayList<>();
  private List<Pending> batchBefore = new ArrayList<>();
  private int outstanding;
  private int lockWaits;
  private long lastUnique;
  private long frames;
  private boolean open = true;

  /**
   * Starts a server and exchanges INIT.
   *
   * @param patienceMillis how long an answer may take
   */
  HostileKernel(FuzzSettings settings, FuzzLog log, FuzzStatistics statistics, int patienceMillis)
      throws IOException {
    this.patienceMillis = patienceMillis;
    this.log = log;
    this.statistics = statistics;
    rules = new ReplyRules(new LookupCounts(), settings.preset());
    fileSystem = new MemoryFileSystem(settings.memory());
    SessionOptions options = SessionOptions.DEFAULT;
    session = new FuseSession(fileSystem, options);
    WireLog wireLog = settings.wireLog() ? line -> {} : null;
    MemorySegment ends = arena.allocate(JAVA_INT, 2);
    int type = Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC;
    int result = Libc.socketpair(Libc.AF_UNIX, type, ends.address());
    if (result < 0) {
      throw new IOException("cannot make a socket pair: " + Errno.describe(result));
    }
    fd = ends.getAtIndex(JAVA_INT, 0);
    Libc.fcntl(fd, Libc.F_SETFL, Libc.fcntl(fd, Libc.F_GETFL, 0) | Libc.O_NONBLOCK);
    refusing = settings.refusing();
    FuseDevice device = FuseDevice.ofSocket(ends.getAtIndex(JAVA_INT, 1));
    server = new RefusingServer(session, device, wireLog, this::isRefused);
    negotiate(settings.preset());
  }

  private void negotiate(KernelPreset preset) {
    Init init =
        new Init(
            RequestHeader.of(Opcode.INIT, nextReliableUnique(), 0, 0, 0, 0),
            7,
            preset.minor(),
            128 << 10,
            InitFlag.mask(preset.offers()));
    RequestEncoder.encode(init, frame.clear(), format);
    Pending pending = expect(init, SMALL_ANSWER, 0);
    write(frame.readableBytes());
    awaitAnswer(pending);
    InitOut reply = InitOut.decode(Unpooled.wrappedBuffer(pending.body), format);
    long flags = reply.flags();
    if ((flags & InitFlag.INIT_EXT.bit()) == 0) {
      flags &= 0xffff_ffffL;
    }
    long agreed = flags & InitFlag.mask(preset.offers());
    format = WireFormat.of(Math.min(preset.minor(), reply.minor()), agreed);
    batch.clear();
  }

  WireFormat format() {
    return format;
  }

  FuseSession session() {
    return session;
  }

  RefusingServer server() {
    return server;
  }

  /** Frames sent, those of the kernel itself included. */
  long frames() {
    return frames;
  }

  /** What this side sends from now on has other uniques than recorded frames. */
  void countFrom(long unique) {
    lastUnique = unique;
  }

  /** Even, as the kernel counts. */
  long nextUnique() {
    lastUnique += 2;
    return lastUnique;
  }

  /** One whose answer is taken, and that no bad frame has taken before. */
  long nextReliableUnique() {
    do {
      nextUnique();
    } while (isRefused(lastUnique) || waiting.containsKey(lastUnique));
    return lastUnique;
  }

  /** True for requests that count as aborted when they are answered. */
  private boolean isRefused(long unique) {
    return refusing && (unique >>> 1) % REFUSED_EVERY == 0;
  }

  boolean mayWaitForLocks() {
    return lockWaits < MOST_LOCK_WAITS;
  }

  /** Requests of a lock that wait now, in the order in which they came. */
  List<Setlkw> lockWaits() {
    return waiting.values().stream()
        .filter(pending -> pending.mayWait() && !pending.isOptional)
        .sorted((a, b) -> Long.compare(a.frame, b.frame))
        .map(pending -> (Setlkw) pending.request)
        .toList();
  }

  /** The same, with those that were sent again under another unique. */
  List<Setlkw> allLockWaits() {
    return waiting.values().stream()
        .filter(Pending::mayWait)
        .sorted((a, b) -> Long.compare(a.frame, b.frame))
        .map(pending -> (Setlkw) pending.request)
        .toList();
  }

  /** The frame to fill and to give to {@link #send()}. */
  ByteBuf frame() {
    return frame.clear();
  }

  /** Puts a request into the frame, which {@link #send()} sends. */
  ByteBuf encode(FuseRequest request) {
    RequestEncoder.encode(request, frame(), format);
    return frame;
  }

  /** Sends a request as it is. */
  void send(FuseRequest request) {
    encode(request);
    send();
  }

  /**
   * Sends what is in {@link #frame()}, with as few changes as make it clear how it is to be
   * answered; afterwards the frame is what was sent.
   */
  void send() {
    int length = frame.readableBytes();
    if (length == 0) {
      frame.writeByte(0); // an empty message would be the end of the socket
      length = 1;
    }
    if (length >= RequestHeader.SIZE) {
      plan(length);
    }
    write(length);
  }

  private void plan(int length) {
    Opcode opcode = Opcode.of(frame.getIntLE(4));
    boolean isAnswered = opcode == null || opcode.expectsReply();
    if (isAnswered) {
      makeUnique(opcode);
      isAnswered = !isRefused(frame.getLongLE(UNIQUE_OFFSET));
    }
    FuseRequest request = decode(length);
    if (request instanceof ReadIn read) {
      request = limit(read, length);
    }
    if (request == null) {
      if (isAnswered) {
        frame.readerIndex(0);
        expect(new Unsupported(header()), SMALL_ANSWER, Errno.EIO.number());
      }
      return;
    }
    note(request);
    if (isAnswered) {
      Pending pending = expect(request, cost(request), onlyError(request));
      if (pending.mayWait()) {
        lockWaits++;
      }
    }
  }

  private RequestHeader header() {
    RequestHeader header = RequestHeader.decode(frame.readerIndex(0));
    frame.readerIndex(0);
    return header;
  }

  /** Null if it is malformed. */
  private @Nullable FuseRequest decode(int length) {
    try {
      windows.frameMessage(length, format);
      return RequestDecoder.decode(windows, format);
    } catch (ProtocolException e) {
      return null;
    }
  }

  /** Gives the frame a unique that nobody waits with, unless it sends a waiting lock again. */
  private void makeUnique(@Nullable Opcode opcode) {
    long unique = frame.getLongLE(UNIQUE_OFFSET);
    Pending same = waiting.get(unique & ~RequestHeader.RESENT);
    boolean isResent = (unique & RequestHeader.RESENT) != 0;
    if (isResent && same != null && same.mayWait() && !waiting.containsKey(unique)) {
      same.isOptional = true;
    } else if (same != null || waiting.containsKey(unique)) {
      frame.setLongLE(UNIQUE_OFFSET, nextReliableUnique());
    } else if (opcode == Opcode.SETLKW && isRefused(unique)) {
      frame.setLongLE(UNIQUE_OFFSET, nextReliableUnique()); // to be interrupted, it must be known
    }
  }

  /** What would not fit into the socket is not asked for. */
  private @Nullable FuseRequest limit(ReadIn read, int length) {
    int size = read.size();
    if (Integer.compareUnsigned(size, MOST_READ) <= 0
        || Integer.compareUnsigned(size, REFUSED_READ) > 0) {
      return read;
    }
    frame.setIntLE(RequestHeader.SIZE + 16, MOST_READ);
    return decode(length);
  }

  private static int cost(FuseRequest request) {
    int size =
        switch (request) {
          case ReadIn read -> read.size();
          case Getxattr get -> get.size();
          case Listxattr list -> list.size();
          default -> 0;
        };
    return SMALL_ANSWER + 2 * (size < 0 || size > MOST_READ ? MOST_READ : size);
  }

  private static int onlyError(FuseRequest request) {
    return switch (request) {
      case Unsupported _, CuseInit _ -> Errno.ENOSYS.number();
      case Init _ -> Errno.EIO.number();
      case ReadIn read when Integer.compareUnsigned(read.size(), REFUSED_READ) > 0 ->
          Errno.EINVAL.number();
      default -> 0;
    };
  }

  /** What a request takes from the books, whatever is answered. */
  private void note(FuseRequest request) {
    switch (request) {
      case Forget forget when forget.nlookup() == -1 -> books.forgotten(forget.nodeid());
      case BatchForget batchForget -> {
        for (BatchForget.ForgetOne one : batchForget.forgets()) {
          if (one.nlookup() == -1) {
            books.forgotten(one.nodeid());
          }
        }
      }
      case ReleaseIn release -> {
        boolean isDirectory = release instanceof Releasedir;
        books.handles.remove(new Handles.Handle(release.nodeid(), release.fh(), isDirectory));
      }
      case LockIn lock -> {
        books.lockOwners.add(new FuzzBooks.LockOwner(lock.nodeid(), lock.owner(), lock.isFlock()));
      }
      default -> {}
    }
  }

  private Pending expect(FuseRequest request, int cost, int error) {
    Pending pending = new Pending(request, frames, cost, error);
    while (outstanding > WINDOW) {
      receive(patienceMillis);
    }
    waiting.put(request.unique(), pending);
    if (!pending.mayWait()) {
      outstanding += cost;
    }
    batch.add(pending);
    return pending;
  }

  private void write(int length) {
    frames++;
    while (true) {
      int result = Libc.write(fd, frameMemory.address(), length);
      if (result == length) {
        return;
      }
      if (result != -Errno.EAGAIN.number()) {
        log.check();
        throw new FuzzFailure(Kind.ENDED, "a frame cannot be sent: " + Errno.describe(result));
      }
      int events = Libc.poll(fd, (short) (Libc.POLLIN | Libc.POLLOUT), patienceMillis);
      if (events <= 0) {
        throw noAnswer("the server reads no more");
      }
      if ((events & Libc.POLLIN) != 0) {
        receive(0);
      }
    }
  }

  /**
   * Ends a batch: what the one before it taught is now in the books.
   *
   * @param all true to wait for this batch too
   */
  void endBatch(boolean all) {
    log.check();
    long unique = nextReliableUnique();
    send(new Getattr(RequestHeader.of(Opcode.GETATTR, unique, 1, 0, 0, 0), 0, 0));
    settle(batchBefore);
    List<Pending> swap = batchBefore;
    swap.clear();
    batchBefore = batch;
    batch = swap;
    if (all) {
      settle(batchBefore);
      batchBefore.clear();
    }
    log.check();
  }

  private void settle(List<Pending> asked) {
    for (Pending pending : asked) {
      if (!pending.mayWait() && !pending.isOptional) {
        awaitAnswer(pending);
      }
    }
    for (Pending pending : asked) {
      if (pending.reply != null) {
        learn(pending);
      }
    }
  }

  private void awaitAnswer(Pending pending) {
    while (pending.reply == null) {
      receive(patienceMillis);
    }
  }

  /** Takes one answer. */
  private void receive(int timeoutMillis) {
    int length = Libc.read(fd, answerMemory.address(), ANSWER_SPACE);
    if (length == -Errno.EAGAIN.number()) {
      if (timeoutMillis == 0) {
        return;
      }
      if (Libc.poll(fd, Libc.POLLIN, timeoutMillis) <= 0) {
        throw noAnswer("nothing came");
      }
      length = Libc.read(fd, answerMemory.address(), ANSWER_SPACE);
    }
    if (length <= 0) {
      log.check();
      throw new FuzzFailure(Kind.ENDED, "the server closed its end: " + length);
    }
    received(length);
  }

  private FuzzFailure noAnswer(String what) {
    log.check();
    List<String> missing =
        waiting.values().stream()
            .filter(pending -> !pending.mayWait())
            .map(pending -> "frame " + pending.frame + " " + pending.request)
            .limit(3)
            .toList();
    return new FuzzFailure(
        Kind.NO_ANSWER, what + " within " + patienceMillis + " ms; unanswered: " + missing);
  }

  private void received(int length) {
    if (length < ReplyHeader.SIZE) {
      throw wrong("an answer has " + length + " bytes", null);
    }
    ReplyHeader header =
        new ReplyHeader(
            answerMemory.get(JAVA_INT_UNALIGNED, 0),
            answerMemory.get(JAVA_INT_UNALIGNED, 4),
            answerMemory.get(JAVA_LONG_UNALIGNED, 8));
    Pending pending = waiting.remove(header.unique());
    if (pending == null) {
      throw wrong("nobody waits for " + header, null);
    }
    if (pending.mayWait()) {
      lockWaits--;
    } else {
      outstanding -= pending.cost;
    }
    if (header.len() != length) {
      throw wrong(header + " comes with " + length + " bytes", pending);
    }
    pending.reply = header;
    if (length > ReplyHeader.SIZE) {
      pending.body = answerMemory.asSlice(16, length - 16).toArray(JAVA_BYTE);
    }
    check(pending, header);
  }

  private void check(Pending pending, ReplyHeader header) {
    int error = -header.error();
    if (error != 0) {
      if (error < 0 || Errno.ofNumber(error) == null) {
        throw wrong("error " + error, pending);
      }
      if (pending.body.length > 0) {
        throw wrong("an error with " + pending.body.length + " bytes", pending);
      }
    }
    statistics.count(pending.request.header().opcode(), error);
    if (pending.error != 0 && error != pending.error) {
      throw wrong("error " + error + ", expected " + Errno.describe(pending.error), pending);
    }
    if (error == 0 && !(pending.request instanceof Init)) {
      String broken = rules.broken(typed(pending.request), pending.body, format);
      if (broken != null) {
        throw wrong(broken, pending);
      }
    }
  }

  /** As for mknod(2), no type at all means a regular file. */
  private static FuseRequest typed(FuseRequest request) {
    return request instanceof Mknod mknod && (mknod.mode() & Attributes.S_IFMT) == 0
        ? new Mknod(
            mknod.header(),
            mknod.mode() | Attributes.S_IFREG,
            mknod.rdev(),
            mknod.umask(),
            mknod.name(),
            mknod.extensions())
        : request;
  }

  private FuzzFailure wrong(String what, @Nullable Pending pending) {
    log.check();
    String request = pending == null ? "" : "; frame " + pending.frame + " " + pending.request;
    return new FuzzFailure(Kind.WRONG_ANSWER, what + request);
  }

  private void learn(Pending pending) {
    ReplyHeader reply = pending.reply;
    if (reply == null) {
      return;
    }
    FuseRequest request = pending.request;
    if (reply.error() == -Errno.ESTALE.number()) {
      books.gone(request.nodeid());
    }
    if (reply.error() != 0) {
      return;
    }
    ByteBuf body = Unpooled.wrappedBuffer(pending.body);
    switch (Opcode.of(request.header().opcode())) {
      case LOOKUP, SYMLINK, MKNOD, MKDIR, LINK -> books.entry(EntryOut.decode(body, format));
      case CREATE, TMPFILE -> {
        CreateOut created = CreateOut.decode(body, format);
        books.entry(created.entry());
        books.handles.add(new Handles.Handle(created.entry().nodeid(), created.open().fh(), false));
      }
      case OPEN, OPENDIR -> {
        long fh = OpenOut.decode(body, format).fh();
        boolean isDirectory = request.opcode() == Opcode.OPENDIR;
        books.handles.add(new Handles.Handle(request.nodeid(), fh, isDirectory));
      }
      case READDIRPLUS -> {
        for (DirentPlus plus : DirectoryBuffer.decodePlus(body, format)) {
          if (plus.countsAsLookup()) {
            books.entry(plus.entry());
          }
        }
      }
      case null, default -> {}
    }
  }

  /** Sends one request and waits for its answer: the body, or null for an error. */
  byte @Nullable [] ask(FuseRequest request) {
    encode(request);
    Pending pending = askPending();
    ReplyHeader reply = pending.reply;
    return reply == null || reply.error() != 0 ? null : pending.body;
  }

  /** Sends what is in the frame and waits for its answer: the error, null for success. */
  @Nullable Errno askFrame() {
    ReplyHeader reply = askPending().reply;
    return reply == null ? null : Errno.ofNumber(reply.error());
  }

  private Pending askPending() {
    send();
    Pending pending = waiting.get(frame.getLongLE(UNIQUE_OFFSET));
    if (pending == null) {
      throw new IllegalArgumentException("the frame is not answered");
    }
    awaitAnswer(pending);
    learn(pending);
    return pending;
  }

  /** Sends one request and waits for its answer: the error, null for success. */
  @Nullable Errno error(FuseRequest request) {
    encode(request);
    return askFrame();
  }

  /** Waits until nobody waits for a lock any more. */
  void awaitLockWaits() {
    while (lockWaits > optionalLockWaits()) {
      receive(patienceMillis);
    }
  }

  private long optionalLockWaits() {
    return waiting.values().stream()
        .filter(pending -> pending.mayWait() && pending.isOptional)
        .count();
  }

  /** Closes this end; the server has to notice and to end. */
  void hangUp() {
    if (open) {
      open = false;
      Libc.close(fd);
    }
  }

  @Override
  public void close() {
    hangUp();
    try {
      session.ended().get(patienceMillis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new FuzzFailure(Kind.NO_ANSWER, "the session does not end with its socket");
    } catch (ExecutionException | InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      server.close();
      frame.release();
      arena.close();
    }
    log.check();
  }
}
