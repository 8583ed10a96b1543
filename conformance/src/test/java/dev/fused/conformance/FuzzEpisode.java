package dev.fused.conformance;

import dev.fused.conformance.FuzzFailure.Kind;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.fs.memory.MemoryFootprint;
import dev.fused.protocol.FileLock;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.DirectoryBuffer;
import dev.fused.protocol.reply.Dirent;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.request.Forget;
import dev.fused.protocol.request.Interrupt;
import dev.fused.protocol.request.Listxattr;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Opendir;
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.Releasedir;
import dev.fused.protocol.request.Removexattr;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Rmdir;
import dev.fused.protocol.request.Setlk;
import dev.fused.protocol.request.Setlkw;
import dev.fused.protocol.request.Unlink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One connection from INIT to its end: sends frames, gives everything back that was given out, and
 * requires that the server then holds no more than at the start.
 */
final class FuzzEpisode {
  private static final int BATCH = 64;
  private static final int LISTING = 60_000;
  private static final int PATIENCE_MILLIS = 30_000;

  /** While a failure is shrunk, a good deal of which is waiting for what does not come. */
  private static final int IMPATIENCE_MILLIS = 1500;

  private static final long NOT_RECORDED = 1L << 40;

  /** Of the frames, one in so many is bad. */
  private static final int BAD = 4;

  private final FuzzSettings settings;
  private final FuzzLog log;

  /** Puts the next frame into a buffer, or returns false. */
  private interface Source {
    boolean fill(HostileKernel kernel);
  }

  FuzzEpisode(FuzzSettings settings, FuzzLog log) {
    this.settings = settings;
    this.log = log;
  }

  /**
   * Sends frames that the seed draws.
   *
   * @param recorded gets a copy of each; null for none
   * @return how many frames were sent, those that clean up included
   */
  long run(int count, List<byte[]> recorded, FuzzStatistics statistics) throws IOException {
    SplittableRandom random = new SplittableRandom(settings.seed());
    FrameMutator mutator = new FrameMutator(random.split());
    int[] left = {count};
    FrameGenerator[] generator = {null};
    return run(
        kernel -> {
          if (left[0]-- == 0) {
            return false;
          }
          if (generator[0] == null) {
            generator[0] = new FrameGenerator(random, kernel);
          }
          ByteBuf frame = kernel.encode(generator[0].next());
          if (random.nextInt(BAD) == 0) {
            mutator.mutate(frame);
          }
          if (recorded != null) {
            byte[] copy = new byte[frame.readableBytes()];
            frame.getBytes(0, copy);
            recorded.add(copy);
          }
          return true;
        },
        statistics,
        PATIENCE_MILLIS);
  }

  /** Sends frames as they are. */
  long replay(List<byte[]> frames) throws IOException {
    int[] next = {0};
    return run(
        kernel -> {
          if (next[0] == frames.size()) {
            return false;
          }
          kernel.countFrom(NOT_RECORDED + next[0] * 4L);
          kernel.frame().writeBytes(frames.get(next[0]++));
          return true;
        },
        new FuzzStatistics(),
        IMPATIENCE_MILLIS);
  }

  private long run(Source source, FuzzStatistics statistics, int patienceMillis)
      throws IOException {
    try (HostileKernel kernel = new HostileKernel(settings, log, statistics, patienceMillis)) {
      MemoryFootprint before = MemoryFootprint.of(kernel.fileSystem);
      int inBatch = 0;
      while (source.fill(kernel)) {
        kernel.send();
        if (++inBatch == BATCH) {
          inBatch = 0;
          kernel.endBatch(settings.tight());
        }
      }
      if (!settings.abrupt()) {
        kernel.endBatch(true);
        giveBack(kernel);
        requireNothingLeft(kernel, before, patienceMillis);
      }
      return kernel.frames();
    }
  }

  private static void giveBack(HostileKernel kernel) {
    for (Setlkw wait : kernel.allLockWaits()) {
      kernel.send(new Interrupt(header(Opcode.INTERRUPT, kernel, 0), wait.unique()));
    }
    kernel.endBatch(true);
    kernel.awaitLockWaits();
    for (FuzzBooks.LockOwner owner : List.copyOf(kernel.books.lockOwners)) {
      FileLock all = new FileLock(0, FileLock.TO_END_OF_FILE, FileLock.UNLOCK, 0);
      RequestHeader header = header(Opcode.SETLK, kernel, owner.nodeid());
      kernel.ask(new Setlk(header, 0, owner.owner(), all, owner.flock() ? 1 : 0));
    }
    for (Handles.Handle handle : List.copyOf(kernel.books.handles)) {
      if (handle.directory()) {
        releasedir(kernel, handle.nodeid(), handle.fh());
      } else {
        RequestHeader header = header(Opcode.RELEASE, kernel, handle.nodeid());
        kernel.ask(new Release(header, handle.fh(), 0, 0, 0));
      }
    }
    empty(kernel, FuseFileSystem.ROOT);
    kernel.endBatch(true);
    for (long nodeid : List.copyOf(kernel.books.given.keySet())) {
      kernel.send(new Forget(header(Opcode.FORGET, kernel, nodeid), -1));
    }
    removeXattrsOfRoot(kernel);
    kernel.endBatch(true);
  }

  private static void empty(HostileKernel kernel, long directory) {
    while (true) {
      List<FileName> names = names(kernel, directory);
      if (names.isEmpty()) {
        return;
      }
      for (FileName name : names) {
        if (kernel.ask(new Unlink(header(Opcode.UNLINK, kernel, directory), name)) != null) {
          continue;
        }
        byte[] entry = kernel.ask(new Lookup(header(Opcode.LOOKUP, kernel, directory), name));
        if (entry != null) {
          ByteBuf body = Unpooled.wrappedBuffer(entry);
          empty(kernel, EntryOut.decode(body, kernel.format()).nodeid());
        }
        kernel.ask(new Rmdir(header(Opcode.RMDIR, kernel, directory), name));
      }
    }
  }

  private static List<FileName> names(HostileKernel kernel, long directory) {
    byte[] opened = kernel.ask(new Opendir(header(Opcode.OPENDIR, kernel, directory), 0, 0));
    if (opened == null) {
      return List.of();
    }
    long fh = OpenOut.decode(Unpooled.wrappedBuffer(opened), kernel.format()).fh();
    RequestHeader header = header(Opcode.READDIR, kernel, directory);
    byte[] listed = kernel.ask(new Readdir(header, fh, 0, LISTING, 0, 0, 0));
    releasedir(kernel, directory, fh);
    if (listed == null) {
      throw new FuzzFailure(Kind.WRONG_ANSWER, "directory " + directory + " cannot be listed");
    }
    return DirectoryBuffer.decode(Unpooled.wrappedBuffer(listed), kernel.format()).stream()
        .map(Dirent::name)
        .filter(name -> !name.isDotOrDotDot())
        .toList();
  }

  private static void releasedir(HostileKernel kernel, long nodeid, long fh) {
    RequestHeader header = header(Opcode.RELEASEDIR, kernel, nodeid);
    kernel.ask(new Releasedir(header, fh, 0, 0, 0));
  }

  private static void removeXattrsOfRoot(HostileKernel kernel) {
    long root = FuseFileSystem.ROOT;
    RequestHeader header = header(Opcode.LISTXATTR, kernel, root);
    byte[] names = kernel.ask(new Listxattr(header, LISTING));
    if (names == null) {
      throw new FuzzFailure(Kind.WRONG_ANSWER, "the attributes of the root cannot be listed");
    }
    int start = 0;
    for (int i = 0; i < names.length; i++) {
      if (names[i] == 0) {
        FileName name = FileName.of(Arrays.copyOfRange(names, start, i));
        kernel.ask(new Removexattr(header(Opcode.REMOVEXATTR, kernel, root), name));
        start = i + 1;
      }
    }
    List<FileName> lists = new ArrayList<>();
    lists.add(FileName.of("system.posix_acl_access"));
    lists.add(FileName.of("system.posix_acl_default"));
    for (FileName name : lists) {
      kernel.ask(new Removexattr(header(Opcode.REMOVEXATTR, kernel, root), name));
    }
  }

  private static RequestHeader header(Opcode opcode, HostileKernel kernel, long nodeid) {
    return RequestHeader.of(opcode, kernel.nextReliableUnique(), nodeid, 0, 0, 0);
  }

  /** What another thread gives back may come a moment later. */
  private static void requireNothingLeft(
      HostileKernel kernel, MemoryFootprint before, int patienceMillis) {
    long end = System.nanoTime() + patienceMillis * 1_000_000L;
    while (true) {
      String left = left(kernel, before);
      if (left == null) {
        return;
      }
      if (System.nanoTime() > end) {
        throw new FuzzFailure(Kind.LEAK, left);
      }
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static String left(HostileKernel kernel, MemoryFootprint before) {
    MemoryFootprint after = MemoryFootprint.of(kernel.fileSystem);
    if (!after.equals(before)) {
      return "at first " + before + ", at the end " + after;
    }
    int inFlight = kernel.session().inFlight().size();
    if (inFlight > 0) {
      return inFlight + " requests in flight: " + kernel.session().inFlight().all();
    }
    int buffers = kernel.server().receiveBuffersInUse();
    if (buffers != 1) {
      return buffers + " receive buffers in use, expected 1";
    }
    long dropped = kernel.session().droppedReplies();
    return dropped == 0 ? null : dropped + " replies were dropped";
  }
}
