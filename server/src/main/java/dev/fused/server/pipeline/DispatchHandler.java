package dev.fused.server.pipeline;

import dev.fused.filesystem.ErrnoException;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.Errno;
import dev.fused.protocol.request.Access;
import dev.fused.protocol.request.BatchForget;
import dev.fused.protocol.request.Bmap;
import dev.fused.protocol.request.CopyFileRange;
import dev.fused.protocol.request.CopyFileRange64;
import dev.fused.protocol.request.Create;
import dev.fused.protocol.request.CuseInit;
import dev.fused.protocol.request.Destroy;
import dev.fused.protocol.request.Fallocate;
import dev.fused.protocol.request.Flush;
import dev.fused.protocol.request.Forget;
import dev.fused.protocol.request.Fsync;
import dev.fused.protocol.request.Fsyncdir;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Getlk;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Init;
import dev.fused.protocol.request.Interrupt;
import dev.fused.protocol.request.Ioctl;
import dev.fused.protocol.request.Link;
import dev.fused.protocol.request.Listxattr;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Lseek;
import dev.fused.protocol.request.Mkdir;
import dev.fused.protocol.request.Mknod;
import dev.fused.protocol.request.NotifyReply;
import dev.fused.protocol.request.Open;
import dev.fused.protocol.request.Opendir;
import dev.fused.protocol.request.Poll;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.ReadIn;
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.Readdirplus;
import dev.fused.protocol.request.Readlink;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.Releasedir;
import dev.fused.protocol.request.Removemapping;
import dev.fused.protocol.request.Removexattr;
import dev.fused.protocol.request.Rename;
import dev.fused.protocol.request.Rename2;
import dev.fused.protocol.request.Rmdir;
import dev.fused.protocol.request.Setattr;
import dev.fused.protocol.request.Setlk;
import dev.fused.protocol.request.Setlkw;
import dev.fused.protocol.request.Setupmapping;
import dev.fused.protocol.request.Setxattr;
import dev.fused.protocol.request.Statfs;
import dev.fused.protocol.request.Statx;
import dev.fused.protocol.request.Symlink;
import dev.fused.protocol.request.Syncfs;
import dev.fused.protocol.request.Tmpfile;
import dev.fused.protocol.request.Unlink;
import dev.fused.protocol.request.Unsupported;
import dev.fused.protocol.request.Write;
import dev.fused.server.reply.PendingReply;
import dev.fused.server.reply.ReplyMessage;
import dev.fused.server.reply.ReplySink;
import dev.fused.server.reply.TypedReplies;
import dev.fused.server.session.FuseSession;
import dev.fused.server.session.LoopCall;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives each request to the method of the file system that its opcode has, with a reply of the type
 * that the operation has. On the channel's loop; methods of a file system that blocks run on
 * virtual threads.
 */
final class DispatchHandler extends ChannelInboundHandlerAdapter implements ReplySink {
  private static final Logger log = LoggerFactory.getLogger(DispatchHandler.class);

  /** A method of the file system that answers. */
  private interface Operation<Q extends FuseRequest, P extends PendingReply> {
    void call(FuseFileSystem fileSystem, Q request, P reply);
  }

  private final FuseSession session;
  private final FuseFileSystem fileSystem;
  private final boolean blocking;
  private final LoopCall loopCall;
  private @Nullable ChannelHandlerContext context;

  DispatchHandler(FuseSession session) {
    this.session = session;
    this.fileSystem = session.fileSystem();
    this.blocking = fileSystem.blocking();
    this.loopCall = session.newLoopCall();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof FuseRequest request) {
      // What was sent again stays with whoever works on it: a second mkdir(2) would say EEXIST.
      if (!request.header().isResent() || !PendingReply.moveToResent(this, request)) {
        dispatch(request);
      }
    } else {
      ctx.fireChannelRead(message);
    }
  }

  /**
   * Refuses a size that no kernel asks for. A smaller one is asked for in good faith: less than
   * that would be taken for the end of the file.
   */
  private boolean isBounded(ReadIn request) {
    if (Integer.compareUnsigned(request.size(), session.mostRead()) <= 0) {
      return true;
    }
    log.warn(
        "refused {}: size is {}, expected at most {}",
        request.header().opcodeName(),
        Integer.toUnsignedLong(request.size()),
        session.mostRead());
    send(ReplyMessage.error(request, Errno.EINVAL));
    return false;
  }

  /** The last handler: what comes here is a fault of ours, which the channel survives. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof ClosedChannelException) {
      log.debug("replies are left when {} closes", ctx.channel());
    } else {
      log.error("a fault between channel and file system", cause);
    }
  }

  /** The sealed type makes the compiler prove that no opcode is forgotten. */
  private void dispatch(FuseRequest request) {
    switch (request) {
      case Lookup r -> call(r, new TypedReplies.Entry(this, r), FuseFileSystem::lookup);
      case Getattr r -> call(r, new TypedReplies.Attr(this, r), FuseFileSystem::getattr);
      case Statx r -> call(r, new TypedReplies.StatxBody(this, r), FuseFileSystem::statx);
      case Setattr r -> call(r, new TypedReplies.Attr(this, r), FuseFileSystem::setattr);
      case Readlink r -> call(r, new TypedReplies.LinkTarget(this, r), FuseFileSystem::readlink);
      case Symlink r -> call(r, new TypedReplies.Entry(this, r), FuseFileSystem::symlink);
      case Mknod r -> call(r, new TypedReplies.Entry(this, r), FuseFileSystem::mknod);
      case Mkdir r -> call(r, new TypedReplies.Entry(this, r), FuseFileSystem::mkdir);
      case Unlink r -> call(r, new TypedReplies.Status(this, r), FuseFileSystem::unlink);
      case Rmdir r -> call(r, new TypedReplies.Status(this, r), FuseFileSystem::rmdir);
      case Rename r -> call(r, new TypedReplies.Status(this, r), FuseFileSystem::rename);
      case Rename2 r -> call(r, new TypedReplies.Status(this, r), FuseFileSystem::rename2);
      case Link r -> call(r, new TypedReplies.Entry(this, r), FuseFileSystem::link);
      case Open r -> call(r, new TypedReplies.Open(this, r), FuseFileSystem::open);
      case Read r -> {
        if (isBounded(r)) {
          call(r, new TypedReplies.Data(this, r), FuseFileSystem::read);
        }
      }
      case Write r ->
          call(r, lending(new TypedReplies.Written(this, r), r.data()), FuseFileSystem::write);
      case Statfs r -> call(r, new TypedReplies.StatfsBody(this, r), FuseFileSystem::statfs);
      case Release r -> call(r, new TypedReplies.Status(this, r), FuseFileSystem::release);
      case Fsync r -> call(r, new TypedReplies.Status(this, r), FuseFileSystem::fsync);
      case Flush r -> call(r, new TypedReplies.Status(this, r), FuseFileSystem::flush);
      case Setxattr r ->
          call(r, lending(new TypedReplies.Status(this, r), r.value()), FuseFileSystem::setxattr);
      case Getxattr r -> call(r, new TypedReplies.Xattr(this, r), FuseFileSystem::getxattr);
      case Listxattr r -> call(r, new TypedReplies.Xattr(this, r), FuseFileSystem::listxattr);
      case Removexattr r -> call(r, new TypedReplies.Status(this, r), FuseFileSystem::removexattr);
      case Opendir r -> call(r, new TypedReplies.Open(this, r), FuseFileSystem::opendir);
      case Readdir r -> {
        if (isBounded(r)) {
          call(r, new TypedReplies.Directory(this, r), FuseFileSystem::readdir);
        }
      }
      case Readdirplus r -> {
        if (isBounded(r)) {
          call(r, new TypedReplies.Directory(this, r), FuseFileSystem::readdirplus);
        }
      }
      case Releasedir r -> call(r, new TypedReplies.Status(this, r), FuseFileSystem::releasedir);
      case Fsyncdir r -> call(r, new TypedReplies.Status(this, r), FuseFileSystem::fsyncdir);
      case Access r -> call(r, new TypedReplies.Status(this, r), FuseFileSystem::access);
      case Create r -> call(r, new TypedReplies.Create(this, r), FuseFileSystem::create);
      case Tmpfile r -> call(r, new TypedReplies.Create(this, r), FuseFileSystem::tmpfile);
      case Getlk r -> call(r, new TypedReplies.Lock(this, r), FuseFileSystem::getlk);
      case Setlk r -> call(r, new TypedReplies.Status(this, r), FuseFileSystem::setlk);
      case Setlkw r -> call(r, new TypedReplies.Status(this, r), FuseFileSystem::setlkw);
      case Bmap r -> call(r, new TypedReplies.Block(this, r), FuseFileSystem::bmap);
      case Ioctl r ->
          call(r, lending(new TypedReplies.IoctlResult(this, r), r.data()), FuseFileSystem::ioctl);
      case Poll r -> call(r, new TypedReplies.Ready(this, r), FuseFileSystem::poll);
      case Fallocate r -> call(r, new TypedReplies.Status(this, r), FuseFileSystem::fallocate);
      case Lseek r -> call(r, new TypedReplies.Offset(this, r), FuseFileSystem::lseek);
      case CopyFileRange r ->
          call(r, new TypedReplies.Copied(this, r), FuseFileSystem::copyFileRange);
      case CopyFileRange64 r ->
          call(r, new TypedReplies.Copied(this, r), FuseFileSystem::copyFileRange64);
      case Setupmapping r ->
          call(r, new TypedReplies.Status(this, r), FuseFileSystem::setupmapping);
      case Removemapping r ->
          call(r, new TypedReplies.Status(this, r), FuseFileSystem::removemapping);
      case Syncfs r -> call(r, new TypedReplies.Status(this, r), FuseFileSystem::syncfs);
      case Forget r -> withoutAnswer(() -> forget(r, r.nodeid(), r.nlookup()));
      case BatchForget r -> withoutAnswer(() -> forgetAll(r));
      case NotifyReply r -> session.notifier().retrieved(r);
      case Unsupported r -> send(ReplyMessage.error(r, Errno.ENOSYS));
      case Init r -> throw notDispatched(r);
      case CuseInit r -> throw notDispatched(r);
      case Destroy r -> throw notDispatched(r);
      case Interrupt r -> throw notDispatched(r);
    }
  }

  private static IllegalStateException notDispatched(FuseRequest request) {
    return new IllegalStateException("the session answers " + request);
  }

  /** The request's data stays in its receive buffer until the reply is complete. */
  private static <P extends PendingReply> P lending(P reply, ByteBuf data) {
    reply.lend(data);
    return reply;
  }

  private <Q extends FuseRequest, P extends PendingReply> void call(
      Q request, P reply, Operation<Q, P> operation) {
    if (blocking) {
      Thread thread = Thread.ofVirtual().unstarted(() -> run(request, reply, operation));
      reply.trackInFlight(thread);
      thread.start();
    } else {
      loopCall.begin(request);
      run(request, reply, operation);
      loopCall.end();
      reply.trackInFlight(null);
    }
  }

  private <Q extends FuseRequest, P extends PendingReply> void run(
      Q request, P reply, Operation<Q, P> operation) {
    try {
      operation.call(fileSystem, request, reply);
    } catch (ErrnoException e) {
      log.warn("{} answers {}: {}", request.header().opcodeName(), e.errno(), e.getMessage());
      reply.errorIfOpen(e.errno());
    } catch (Throwable e) {
      logFailure(request, e);
      reply.errorIfOpen(e instanceof OutOfMemoryError ? Errno.ENOMEM : Errno.EIO);
    }
  }

  private void withoutAnswer(Runnable forget) {
    if (blocking) {
      Thread.startVirtualThread(forget);
    } else {
      forget.run();
    }
  }

  private void forgetAll(BatchForget batch) {
    for (BatchForget.ForgetOne one : batch.forgets()) {
      forget(batch, one.nodeid(), one.nlookup());
    }
  }

  private void forget(FuseRequest request, long nodeid, long nlookup) {
    try {
      fileSystem.forget(nodeid, nlookup);
    } catch (Throwable e) {
      logFailure(request, e);
    }
  }

  private static void logFailure(FuseRequest request, Throwable e) {
    log.error(
        "the file system failed at {}, unique {}, nodeid {}",
        request.header().opcodeName(),
        Long.toUnsignedString(request.unique()),
        Long.toUnsignedString(request.nodeid()),
        e);
  }

  @Override
  public void send(ReplyMessage message) {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    FusePipeline.send(ctx, message);
  }

  @Override
  public FuseSession session() {
    return session;
  }
}
