package dev.fused.server.transport;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.StatusReply;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.CreateOut;
import dev.fused.protocol.reply.DirectoryBuffer;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.reply.ReplyBody;
import dev.fused.protocol.request.CreateIn;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.OpenIn;
import dev.fused.protocol.request.Opendir;
import dev.fused.protocol.request.Readdirplus;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.Releasedir;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.server.reply.ReplyMessage;
import dev.fused.server.reply.ReplySink;
import dev.fused.server.reply.TypedReplies;
import dev.fused.server.session.FuseSession;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Undoes what a reply granted that the kernel did not take: it will neither forget the lookups nor
 * release the handle, since it never learned of them. Any thread.
 */
final class LostReplies implements ReplySink {
  private static final Logger log = LoggerFactory.getLogger(LostReplies.class);

  private final FuseSession session;
  private final FuseFileSystem fileSystem;

  LostReplies(FuseSession session) {
    this.session = session;
    this.fileSystem = session.fileSystem();
  }

  /**
   * Takes back, but not within this call: the channel is still writing, and the file system may
   * answer other requests meanwhile.
   */
  void takeBack(ReplyMessage reply, Executor loop) {
    reply.retain();
    Runnable task =
        () -> {
          takeBackNow(reply);
          reply.release();
        };
    if (fileSystem.blocking()) {
      Thread.startVirtualThread(task);
    } else {
      loop.execute(task);
    }
  }

  private void takeBackNow(ReplyMessage reply) {
    try {
      ReplyBody body = reply.body();
      switch (body) {
        case EntryOut entry -> forget(entry.nodeid());
        case OpenOut open -> release(reply.request(), reply.request().nodeid(), open);
        case CreateOut create -> {
          release(reply.request(), create.entry().nodeid(), create.open());
          forget(create.entry().nodeid());
        }
        case null, default -> {}
      }
      if (reply.request() instanceof Readdirplus) {
        for (ByteBuf entries : reply.data()) {
          DirectoryBuffer.forEachEntryNodeid(entries, wireFormat(), this::forget);
        }
      }
    } catch (RuntimeException | Error e) {
      log.error("could not take back {}", reply, e);
    }
  }

  private void forget(long nodeid) {
    if (nodeid != 0) {
      fileSystem.forget(nodeid, 1);
    }
  }

  private void release(FuseRequest request, long nodeid, OpenOut open) {
    StatusReply ignored = new TypedReplies.Status(this, request);
    if (request instanceof Opendir opendir) {
      RequestHeader header = header(Opcode.RELEASEDIR, request, nodeid);
      fileSystem.releasedir(new Releasedir(header, open.fh(), opendir.flags(), 0, 0), ignored);
    } else {
      RequestHeader header = header(Opcode.RELEASE, request, nodeid);
      int flags = request instanceof OpenIn in ? in.flags() : ((CreateIn) request).flags();
      fileSystem.release(new Release(header, open.fh(), flags, 0, 0), ignored);
    }
  }

  private static RequestHeader header(Opcode opcode, FuseRequest request, long nodeid) {
    return RequestHeader.of(
        opcode, request.unique(), nodeid, request.uid(), request.gid(), request.pid());
  }

  /** The answers to what was undone go nowhere. */
  @Override
  public void send(ReplyMessage message) {
    message.release();
  }

  @Override
  public FuseSession session() {
    return session;
  }
}
