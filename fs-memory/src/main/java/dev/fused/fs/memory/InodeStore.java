package dev.fused.fs.memory;

import dev.fused.filesystem.BackingFiles;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.fs.memory.kernel.PrivateTmpfs;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * All inodes, and the limits that they share.
 *
 * <p>The inodes lie in shards, chosen by nodeid, each with a table, numbers and memory of its own;
 * there is no lock that all requests take. A nodeid is the number inside the shard and, in its low
 * bits, that of the shard. It is never used again, and depends on nothing but the order of what was
 * made.
 */
final class InodeStore {
  private static final int MAX_SHARDS = 64;

  private static final int O_ACCMODE = 3;
  private static final int O_NOATIME = 01000000;

  /** Space is tight when less than one part in so many is free. */
  private static final int TIGHT_PART = 16;

  /** Numbers 0 and 1 of each shard stay free: the root's nodeid, 1, is in there. */
  private static final long FIRST_NUMBER = 2;

  final Limits limits;
  final Orphans orphans = new Orphans();
  final Directory root;

  private final Shard[] shards;
  private final int shardBits;
  private final InstantSource clock;
  private final AccessTimes accessTimes;

  /** Null as long as the data of files lies in the shards. */
  private volatile @Nullable KernelData kernelData;

  /** Is told of each inode that is freed, by its number. */
  private LongConsumer whenFreed = nodeid -> {};

  private static final class Shard {
    final InodeTable inodes = new InodeTable(FIRST_NUMBER);
    final PageArena arena = new PageArena();
    final FileData data;

    Shard(Limits limits) {
      data = new FileData(arena, limits);
    }
  }

  InodeStore(MemoryOptions options, InstantSource clock) {
    this(options, clock, Runtime.getRuntime().availableProcessors() * 2);
  }

  /**
   * @param shardCount rounded up to a power of two, at most 64
   */
  InodeStore(MemoryOptions options, InstantSource clock, int shardCount) {
    this.clock = clock;
    accessTimes = options.accessTimes();
    limits = new Limits(options.pages(), options.inodes(), options.metadata());
    int rounded = Math.min(MAX_SHARDS, Integer.highestOneBit(Math.max(1, shardCount * 2 - 1)));
    shardBits = Integer.numberOfTrailingZeros(rounded);
    shards = new Shard[rounded];
    for (int i = 0; i < rounded; i++) {
      shards[i] = new Shard(limits);
    }
    Owner owner = new Owner(options.uid(), options.gid());
    root = new Directory(FuseFileSystem.ROOT, options.mode(), owner, now());
    limits.inodes.force(1);
    publish(root);
  }

  /**
   * Sets who is told of each inode that is freed, with the inode's lock held. Before the store is
   * used.
   */
  void whenFreed(LongConsumer whenFreed) {
    this.whenFreed = whenFreed;
  }

  /** The time of an operation; it reads the clock once. */
  Instant now() {
    return clock.instant();
  }

  /**
   * The contents of an inode, whose lock the caller holds, were read: renews its access time, if
   * the rule says so.
   *
   * @param openFlags those of open(2) that the handle has; 0 if there is none
   */
  void accessed(Inode inode, int openFlags) {
    boolean isKept = inode instanceof Directory && !accessTimes.onDirectories();
    if (isKept || (openFlags & O_NOATIME) != 0) {
      return;
    }
    switch (accessTimes.rule()) {
      case RELATIME -> {
        // Most reads renew nothing, and need not know the time as exactly as what they renew.
        if (inode.isAccessOld(Math.floorDiv(clock.millis(), 1000))) {
          inode.accessed(now());
        }
      }
      case STRICTATIME -> {
        Instant now = now();
        inode.setAtime(now.getEpochSecond(), now.getNano());
      }
      case NOATIME -> {}
    }
  }

  /** The kernel has let somebody read the contents of an inode, a while ago. */
  private void accessed(Inode inode, Instant when) {
    switch (accessTimes.rule()) {
      case RELATIME -> inode.accessed(when);
      case STRICTATIME -> inode.setAtime(when.getEpochSecond(), when.getNano());
      case NOATIME -> {}
    }
  }

  /** The inode with this nodeid, or null if there is none or it was freed. */
  @Nullable Inode get(long nodeid) {
    return shard(nodeid).inodes.get(nodeid >>> shardBits);
  }

  /** What reads and writes the bytes of a file. */
  FileContents data(RegularFile file) {
    KernelData kernel = kernelData;
    return kernel == null ? shard(file.nodeid).data : kernel;
  }

  /** Puts the bytes of all files into files of the kernel. Before there is any. */
  void keepDataIn(PrivateTmpfs tmpfs, BackingFiles backingFiles) {
    kernelData = new KernelData(tmpfs, backingFiles, this::accessed);
  }

  /** How many more pages of data there is room for. */
  long freePages() {
    KernelData kernel = kernelData;
    return kernel == null ? limits.pages.available() : kernel.freePages();
  }

  /**
   * True if who opens a file now to write may find no room that {@link Orphans} still take. Never
   * where writing is by request, which can wait itself.
   *
   * @param openFlags those of open(2)
   */
  boolean isTight(int openFlags) {
    KernelData kernel = kernelData;
    return kernel != null
        && (openFlags & O_ACCMODE) != 0
        && orphans.count() > 0
        && kernel.freePages() < limits.pages.max() / TIGHT_PART;
  }

  /** True if the attributes of an inode may change without a request. */
  boolean changesUnseen(long nodeid) {
    return kernelData != null && get(nodeid) instanceof RegularFile file && file.mayBeMapped();
  }

  /** The number for an inode that is made in {@code parent}, whose lock the caller holds. */
  long newNodeid(Directory parent) {
    int shard = (int) (parent.nodeid + parent.nextCookie()) & shards.length - 1;
    return shards[shard].inodes.newNumber() << shardBits | shard;
  }

  /** Makes a new inode known by its number. */
  void publish(Inode inode) {
    shard(inode.nodeid).inodes.put(inode.nodeid >>> shardBits, inode);
  }

  /** Takes back lookups; unknown inodes, and more lookups than were given, are ignored. */
  void forget(long nodeid, long nlookup) {
    Inode inode = get(nodeid);
    if (inode != null) {
      synchronized (inode) {
        inode.removeLookups(nlookup);
        if (inode.lookupCount() == 0) {
          inode.forgotten();
        }
        settle(inode);
      }
    }
  }

  /**
   * Acts on a change of an inode's link, lookup or open count: frees it once nobody needs it. The
   * caller holds the inode's lock.
   */
  void settle(Inode inode) {
    if (inode.isFreed()) {
      return;
    }
    boolean isNeeded = inode.lookupCount() > 0 || inode.openCount() > 0;
    if (inode.nlink() == 0 && !isNeeded) {
      free(inode);
    }
    // Not before its space is free: who finds no room looks for orphans that may still give some.
    count(inode, inode.nlink() == 0 && isNeeded);
  }

  private void count(Inode inode, boolean isOrphan) {
    if (isOrphan != inode.isOrphan()) {
      inode.setOrphan(isOrphan);
      if (isOrphan) {
        orphans.add();
      } else {
        orphans.remove();
      }
    }
  }

  /** Gives all memory back. Nothing may be in use any more. */
  void close() {
    for (Shard shard : shards) {
      shard.arena.close();
    }
    KernelData kernel = kernelData;
    if (kernel != null) {
      kernel.close();
    }
  }

  /** How many slabs of memory are in use. */
  int openSlabs() {
    int slabs = 0;
    for (Shard shard : shards) {
      slabs += shard.arena.openSlabs();
    }
    return slabs;
  }

  private void free(Inode inode) {
    inode.setFreed();
    shard(inode.nodeid).inodes.remove(inode.nodeid >>> shardBits);
    if (inode instanceof RegularFile file) {
      data(file).free(file);
    }
    if (inode instanceof Symlink symlink) {
      limits.metadata.release(Symlink.metadata(symlink.target));
    }
    ExtendedAttributes xattrs = inode.xattrs();
    if (xattrs != null) {
      limits.metadata.release(xattrs.metadata());
      inode.setXattrs(null);
    }
    limits.inodes.release(1);
    whenFreed.accept(inode.nodeid);
  }

  private Shard shard(long nodeid) {
    return shards[(int) nodeid & shards.length - 1];
  }
}
