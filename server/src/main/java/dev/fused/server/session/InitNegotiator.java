package dev.fused.server.session;

import dev.fused.filesystem.BackingFiles;
import dev.fused.filesystem.Connection;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.InitFlag.Honoured;
import dev.fused.protocol.ProtocolVersion;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.request.Init;
import java.util.EnumSet;
import java.util.Set;

/**
 * Works out the answer to INIT from what the kernel offers, what the file system asks for and what
 * the library honours by itself. Pure; any thread.
 */
public final class InitNegotiator {
  private static final int PAGE_SIZE = 4096;

  /** Pages per request of a kernel without {@link InitFlag#MAX_PAGES}. */
  private static final int PAGES_WITHOUT_FLAG = 32;

  /**
   * Least size of the payload of a ring's entry: name and value of the largest SETXATTR, which
   * max_write does not bound, have to fit in. Linux stops with a BUG at a request that does not.
   */
  public static final int LEAST_RING_PAYLOAD = (64 << 10) + PAGE_SIZE;

  private static final int MAX_PAGES = 65535;
  private static final int TIME_GRANULARITY_NANOS = 1;

  /** Backing files lie on a file system of its own, so that others can be stacked on the mount. */
  private static final int MAX_STACK_DEPTH = 1;

  private static final Set<InitFlag> LIBRARY_FLAGS =
      EnumSet.of(
          InitFlag.ASYNC_READ,
          InitFlag.BIG_WRITES,
          InitFlag.PARALLEL_DIROPS,
          InitFlag.ASYNC_DIO,
          InitFlag.ABORT_ERROR,
          InitFlag.MAX_PAGES,
          InitFlag.SETXATTR_EXT);

  private final Set<InitFlag> fileSystemFlags;
  private final SessionOptions options;

  /**
   * @param fileSystemFlags what the file system asks for
   * @throws IllegalArgumentException if it asks for a flag that is not a file system's to ask for,
   *     or a mount that may be idmapped is asked of one that needs the callers' ids
   */
  public InitNegotiator(Set<InitFlag> fileSystemFlags, SessionOptions options) {
    for (InitFlag flag : fileSystemFlags) {
      if (flag.honoured() != Honoured.FILE_SYSTEM) {
        throw new IllegalArgumentException(
            "the file system asks for the INIT flag " + flag + ", " + refusal(flag.honoured()));
      }
    }
    if (options.idmap() && !fileSystemFlags.contains(InitFlag.ALLOW_IDMAP)) {
      throw new IllegalArgumentException(
          "the mount cannot be idmapped: the file system needs the ids of callers");
    }
    this.fileSystemFlags = Set.copyOf(fileSystemFlags);
    this.options = options;
  }

  /** Those that both the file system and the kernel want, or none, with the reason. */
  private BackingFiles offered(Init init, BackingFiles backingFiles) {
    if (!fileSystemFlags.contains(InitFlag.PASSTHROUGH)) {
      return BackingFiles.none("the file system does not ask for PASSTHROUGH");
    }
    if ((init.flags() & InitFlag.PASSTHROUGH.bit()) == 0) {
      return BackingFiles.none("the kernel does not offer passthrough, which Linux 6.9 may");
    }
    if (fileSystemFlags.contains(InitFlag.WRITEBACK_CACHE)
        && (init.flags() & InitFlag.WRITEBACK_CACHE.bit()) != 0) {
      return BackingFiles.none("passthrough does not go with WRITEBACK_CACHE");
    }
    return backingFiles;
  }

  private static String refusal(Honoured honoured) {
    return switch (honoured) {
      case KERNEL -> "which only the kernel announces";
      case LIBRARY -> "which the library sets by itself";
      case NOBODY -> "which no code of this version honours";
      case FILE_SYSTEM -> throw new IllegalArgumentException("not refused");
    };
  }

  /** The kernel makes the payloads of a ring's entries as large as max_pages says. */
  private int largestPayload(long flags) {
    boolean rings = (flags & InitFlag.OVER_IO_URING.bit()) != 0;
    return rings ? Math.max(options.maxWrite(), LEAST_RING_PAYLOAD) : options.maxWrite();
  }

  /** What both sides agreed on. */
  public record Agreement(InitOut reply, Connection connection, WireFormat format) {}

  /**
   * The agreement with a kernel of the same major version.
   *
   * @param init of major 7 and minor 12 or later
   * @param backingFiles for {@link InitFlag#PASSTHROUGH}, unless they refuse
   * @param rings true if requests may come through rings of io_uring, which are there already
   */
  public Agreement agree(Init init, BackingFiles backingFiles, boolean rings) {
    int latest = ProtocolVersion.LATEST.minor();
    int minor = Integer.compareUnsigned(init.minor(), latest) < 0 ? init.minor() : latest;
    long offered = init.flags();
    long wanted = InitFlag.mask(LIBRARY_FLAGS) | InitFlag.mask(fileSystemFlags);
    if (options.requestTimeout() > 0) {
      wanted |= InitFlag.REQUEST_TIMEOUT.bit();
    }
    if (rings) {
      wanted |= InitFlag.OVER_IO_URING.bit();
    }
    if (!options.idmap()) {
      wanted &= ~InitFlag.ALLOW_IDMAP.bit(); // ids are worth having
    }
    BackingFiles granting = offered(init, backingFiles);
    if (granting.refusal().isPresent()) {
      wanted &= ~InitFlag.PASSTHROUGH.bit();
    }
    long flags = offered & wanted;
    if (flags >>> Integer.SIZE != 0) {
      flags |= InitFlag.INIT_EXT.bit();
    }
    boolean bigRequests = (flags & InitFlag.MAX_PAGES.bit()) != 0;
    int maxPages =
        bigRequests
            ? Math.min(Math.ceilDiv(largestPayload(flags), PAGE_SIZE), MAX_PAGES)
            : PAGES_WITHOUT_FLAG;
    int maxWrite = Math.min(options.maxWrite(), maxPages * PAGE_SIZE);
    int maxReadahead =
        Integer.compareUnsigned(init.maxReadahead(), options.maxReadahead()) < 0
            ? init.maxReadahead()
            : options.maxReadahead();
    InitOut reply =
        new InitOut(
            ProtocolVersion.LATEST.major(),
            minor,
            maxReadahead,
            flags,
            options.maxBackground(),
            options.congestionThreshold(),
            maxWrite,
            TIME_GRANULARITY_NANOS,
            bigRequests ? maxPages : 0,
            0,
            (flags & InitFlag.PASSTHROUGH.bit()) == 0 ? 0 : MAX_STACK_DEPTH,
            (flags & InitFlag.REQUEST_TIMEOUT.bit()) == 0 ? 0 : options.requestTimeout());
    Set<InitFlag> granted = InitFlag.of(flags);
    for (InitFlag flag : InitFlag.of(offered)) {
      if (flag.honoured() == Honoured.KERNEL) {
        granted.add(flag);
      }
    }
    Connection connection =
        new Connection(
            init.version(),
            new ProtocolVersion(ProtocolVersion.LATEST.major(), minor),
            granted,
            maxWrite,
            maxPages,
            maxReadahead,
            granting);
    return new Agreement(reply, connection, WireFormat.of(minor, flags));
  }
}
