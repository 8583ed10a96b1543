package dev.fused.it.lifecycle;

import dev.fused.filesystem.AttrReply;
import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.DataReply;
import dev.fused.filesystem.EntryReply;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.OpenFlags;
import dev.fused.filesystem.OpenReply;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Open;
import dev.fused.protocol.request.Read;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** One file, /file, whose every read(2) is a request, answered as a test likes. */
final class OneFile implements FuseFileSystem {
  static final String TEXT = "what is in the file\n";

  /** Answers a read. */
  interface Reader {
    void read(Read request, DataReply reply) throws InterruptedException;
  }

  private static final long FILE = 2;
  private static final byte[] BYTES = TEXT.getBytes(StandardCharsets.US_ASCII);

  private final boolean blocking;
  private final Reader reader;
  private final AtomicInteger destroyed = new AtomicInteger();

  /**
   * @param blocking what {@link FuseFileSystem#blocking} says
   */
  OneFile(boolean blocking, Reader reader) {
    this.blocking = blocking;
    this.reader = reader;
  }

  /** The answer that a read should get. */
  static void answer(Read request, DataReply reply) {
    reply.range(BYTES, request.offset(), request.size());
  }

  int destroyed() {
    return destroyed.get();
  }

  @Override
  public boolean blocking() {
    return blocking;
  }

  @Override
  public void destroy() {
    destroyed.incrementAndGet();
  }

  @Override
  public void lookup(Lookup request, EntryReply reply) {
    if (request.name().is("file")) {
      reply.entry(attributes(FILE), CachePolicy.FOREVER);
    } else {
      reply.noEntry(CachePolicy.NONE);
    }
  }

  @Override
  public void getattr(Getattr request, AttrReply reply) {
    reply.attributes(attributes(request.nodeid()), CachePolicy.FOREVER);
  }

  private static Attributes attributes(long nodeid) {
    return nodeid == ROOT
        ? Attributes.directory(ROOT).permissions(0755).build()
        : Attributes.file(FILE).permissions(0644).size(BYTES.length).build();
  }

  @Override
  public void open(Open request, OpenReply reply) {
    reply.opened(0, OpenFlags.DIRECT_IO);
  }

  @Override
  public void read(Read request, DataReply reply) {
    try {
      reader.read(request, reply);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
