package dev.fused.it.protocol;

import dev.fused.filesystem.AttrReply;
import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.Connection;
import dev.fused.filesystem.DataReply;
import dev.fused.filesystem.EntryReply;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.Notifier;
import dev.fused.filesystem.OpenFlags;
import dev.fused.filesystem.OpenReply;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Open;
import dev.fused.protocol.request.Read;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Files in one directory that a test changes behind the kernel's back, which may keep all that it
 * was told for ever: only notifications make it ask again. Counts what it asks.
 */
class ChangingFiles implements FuseFileSystem {
  private final Map<String, OneFile> names = new ConcurrentHashMap<>();
  private final Map<Long, OneFile> inodes = new ConcurrentHashMap<>();
  private final AtomicLong lastNodeid = new AtomicLong(ROOT);
  private final List<Long> forgotten = new CopyOnWriteArrayList<>();
  private volatile @Nullable Notifier notifier;

  /** One inode. */
  static final class OneFile {
    final long nodeid;
    final AtomicInteger lookups = new AtomicInteger();
    final AtomicInteger reads = new AtomicInteger();
    volatile String text;
    volatile int permissions = 0644;

    private OneFile(long nodeid, String text) {
      this.nodeid = nodeid;
      this.text = text;
    }

    Attributes attributes() {
      return Attributes.file(nodeid).permissions(permissions).size(text.length()).build();
    }
  }

  /** Puts a new inode in the place of whatever has the name. */
  final OneFile put(String name, String text) {
    OneFile file = new OneFile(lastNodeid.incrementAndGet(), text);
    inodes.put(file.nodeid, file);
    names.put(name, file);
    return file;
  }

  final void remove(String name) {
    names.remove(name);
  }

  final OneFile file(long nodeid) {
    OneFile file = inodes.get(nodeid);
    if (file == null) {
      throw new IllegalStateException("no inode " + nodeid);
    }
    return file;
  }

  /** The nodeids that came with FORGET. */
  final List<Long> forgotten() {
    return forgotten;
  }

  final Notifier notifier() {
    Notifier given = notifier;
    if (given == null) {
      throw new IllegalStateException("not mounted yet");
    }
    return given;
  }

  /** Cached data is stale when a notification says so, not when attributes look new. */
  @Override
  public Set<InitFlag> capabilities() {
    return Set.of(InitFlag.EXPLICIT_INVAL_DATA);
  }

  @Override
  public void init(Connection connection, Notifier notifier) {
    this.notifier = notifier;
  }

  @Override
  public void lookup(Lookup request, EntryReply reply) {
    OneFile file = names.get(request.name().toString());
    if (file == null) {
      reply.noEntry(CachePolicy.FOREVER);
    } else {
      file.lookups.incrementAndGet();
      reply.entry(file.attributes(), CachePolicy.FOREVER);
    }
  }

  @Override
  public void forget(long nodeid, long nlookup) {
    forgotten.add(nodeid);
  }

  @Override
  public void getattr(Getattr request, AttrReply reply) {
    Attributes attributes =
        request.nodeid() == ROOT
            ? Attributes.directory(ROOT).permissions(0755).build()
            : file(request.nodeid()).attributes();
    reply.attributes(attributes, CachePolicy.FOREVER);
  }

  @Override
  public void open(Open request, OpenReply reply) {
    reply.opened(request.nodeid(), OpenFlags.KEEP_CACHE);
  }

  @Override
  public void read(Read request, DataReply reply) {
    OneFile file = file(request.nodeid());
    file.reads.incrementAndGet();
    byte[] bytes = file.text.getBytes(StandardCharsets.US_ASCII);
    reply.range(bytes, request.offset(), request.size());
  }
}
