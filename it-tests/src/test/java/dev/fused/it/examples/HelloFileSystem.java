package dev.fused.it.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.fused.filesystem.AttrReply;
import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.DataReply;
import dev.fused.filesystem.DirectoryReply;
import dev.fused.filesystem.EntryReply;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.Readdir;
import dev.fused.server.FuseMount;
import dev.fused.server.FuseServer;
import java.nio.file.Path;

/** One read-only file, /hello. */
final class HelloFileSystem implements FuseFileSystem {
  private static final long HELLO = 2;
  private static final byte[] TEXT = "Hello from Java\n".getBytes(UTF_8);
  private static final Attributes DIRECTORY = Attributes.directory(ROOT).permissions(0755).build();
  private static final Attributes FILE =
      Attributes.file(HELLO).permissions(0444).size(TEXT.length).build();

  @Override
  public void lookup(Lookup request, EntryReply reply) {
    if (request.parent() == ROOT && request.name().is("hello")) {
      reply.entry(FILE, CachePolicy.FOREVER);
    } else {
      reply.noEntry(CachePolicy.FOREVER);
    }
  }

  @Override
  public void getattr(Getattr request, AttrReply reply) {
    reply.attributes(request.nodeid() == ROOT ? DIRECTORY : FILE, CachePolicy.FOREVER);
  }

  @Override
  public void read(Read request, DataReply reply) {
    reply.range(TEXT, request.offset(), request.size());
  }

  @Override
  public void readdir(Readdir request, DirectoryReply reply) {
    if (request.offset() == 0) {
      reply.add(FileName.of("hello"), HELLO, FILE.mode(), 1);
    }
    reply.end();
  }

  public static void main(String[] args) throws Exception {
    try (FuseMount mount =
        FuseServer.serving(new HelloFileSystem()).option("ro").mount(Path.of(args[0]))) {
      mount.awaitUnmount();
    }
  }
}
