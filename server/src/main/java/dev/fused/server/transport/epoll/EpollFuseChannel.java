package dev.fused.server.transport.epoll;

import static dev.fused.protocol.Errno.EAGAIN;
import static dev.fused.protocol.Errno.ECONNABORTED;
import static dev.fused.protocol.Errno.ECONNRESET;
import static dev.fused.protocol.Errno.EINTR;
import static dev.fused.protocol.Errno.ENODEV;
import static dev.fused.protocol.Errno.ENOENT;

import dev.fused.protocol.Errno;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.request.RequestFrame;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.linux.Libc;
import dev.fused.server.reply.ReplyMessage;
import dev.fused.server.session.FuseSession;
import dev.fused.server.transport.FuseChannel;
import dev.fused.server.transport.ReceiveBuffers;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A descriptor of /dev/fuse on an epoll loop: one read(2) is one request, one writev(2) one reply.
 * All but {@code close} happens on the loop.
 *
 * <p>Not final, so that a test can have a reply refused, which no socket does.
 */
class EpollFuseChannel extends FuseChannel {
  private static final Logger log = LoggerFactory.getLogger(EpollFuseChannel.class);

  /**
   * EPOLLEXCLUSIVE: a request wakes one loop, not all. Only allowed when the descriptor is added.
   */
  private static final EpollIoOps READ = EpollIoOps.EPOLLIN.with(EpollIoOps.valueOf(1 << 28));

  /**
   * Requests read in a row before the loop looks at its tasks; more are reported by epoll again.
   */
  private static final int READ_BUDGET = 64;

  private final FuseDevice device;
  private final FileDescriptor descriptor;
  private final ReceiveBuffers buffers;
  private final BusyPolling polling;
  private final GatheringWrite gatheringWrite = new GatheringWrite();
  private ReceiveBuffers.@Nullable Buffer buffer;
  private @Nullable RequestFrame frame;

  EpollFuseChannel(
      FuseSession session, FuseDevice device, ReceiveBuffers buffers, BusyPolling polling) {
    super(session);
    this.device = device;
    this.descriptor = new FileDescriptor(device.fd());
    this.buffers = buffers;
    this.polling = polling;
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new DeviceHandle();
  }

  @Override
  protected void doBeginRead() {
    subscribe();
  }

  private void subscribe() {
    IoRegistration current = registration();
    if (current != null && frame == null && takeBuffer()) {
      current.submit(READ);
    }
  }

  @Override
  protected void release() {
    device.close();
    ReceiveBuffers.Buffer last = buffer;
    buffer = null;
    frame = null;
    if (last != null) {
      last.release();
    }
    gatheringWrite.close();
  }

  /** Takes a receive buffer; without one, pauses until there is. */
  private boolean takeBuffer() {
    buffer = null;
    frame = null;
    ReceiveBuffers.Buffer taken = buffers.take(this::wake);
    buffer = taken;
    frame = taken == null ? null : RequestFrame.ofMessage(taken.setIndex(0, taken.capacity()));
    return taken != null;
  }

  /** There may be a buffer again; on the thread that gave it back. */
  private void wake() {
    try {
      eventLoop().execute(this::resume);
    } catch (RejectedExecutionException e) {
      buffers.passOn(); // the loop is gone, and this channel with it
    }
  }

  private void resume() {
    if (!isOpen()) {
      buffers.passOn();
      return;
    }
    if (registration() == null) {
      register(added -> subscribe());
    } else {
      subscribe();
    }
  }

  /** Reads requests until there are none, or others on this loop should have their turn. */
  private void readRequests() {
    long awake = System.nanoTime();
    polling.awake(awake);
    clock().work(awake);
    int served = 0; // since there was none
    for (int i = 0; i < READ_BUDGET && isOpen(); i++) {
      ReceiveBuffers.Buffer current = buffer;
      RequestFrame currentFrame = frame;
      if (current == null || currentFrame == null) {
        return;
      }
      int result = Libc.read(device.fd(), current.address(), current.capacity());
      if (result == -EAGAIN.number()) {
        result = poll(current, served);
        served = 0;
      }
      if (result > 0) {
        served++;
        deliver(currentFrame, result);
        leaveLentBuffer(current);
      } else if (!readAgainAfter(result)) {
        return;
      }
    }
  }

  /** Reads again and again for a while, if that promises something, and the loop has no tasks. */
  private int poll(ReceiveBuffers.Buffer current, int served) {
    int result = -EAGAIN.number();
    long now = System.nanoTime();
    long lookedInVain = now;
    clock().rest(now);
    if (polling.begin(now, served)) {
      SingleThreadEventExecutor loop = (SingleThreadEventExecutor) eventLoop();
      while (result == -EAGAIN.number() && polling.goesOn(now) && loop.pendingTasks() == 0) {
        Thread.onSpinWait();
        lookedInVain = now;
        result = Libc.read(device.fd(), current.address(), current.capacity());
        now = System.nanoTime();
      }
      polling.end();
    }
    if (result == -EAGAIN.number()) {
      polling.sleep(now);
    } else {
      clock().work(lookedInVain);
    }
    return result;
  }

  private void deliver(RequestFrame request, int length) {
    try {
      request.frameMessage(length, session().wireFormat());
    } catch (ProtocolException e) {
      log.warn("malformed message of {} bytes: {}", length, e.getMessage());
      return;
    }
    pipeline().fireChannelRead(request);
  }

  /** Leaves the buffer to those who still need its data; without another, stops reading. */
  private void leaveLentBuffer(ReceiveBuffers.Buffer current) {
    if (!current.isLent() || !isOpen()) {
      return;
    }
    boolean next = takeBuffer();
    current.release();
    if (!next) {
      // The descriptor has to leave epoll: an exclusive subscription cannot be changed.
      doDeregister();
      clock().rest(System.nanoTime());
    }
  }

  private boolean readAgainAfter(int result) {
    int errno = -result;
    if (errno == EINTR.number() || errno == ENOENT.number()) {
      return true;
    }
    if (errno == EAGAIN.number()) {
      return false;
    }
    if (errno == ECONNABORTED.number()) {
      session().aborted();
    }
    boolean ended =
        errno == ENODEV.number()
            || errno == ECONNABORTED.number()
            || errno == ECONNRESET.number()
            || errno == 0;
    if (!ended) {
      log.error("cannot read requests any more: {}", Errno.describe(errno));
    }
    // Otherwise the mount has ended, as mounts do; with 0 and ECONNRESET, the peer of a socket.
    unsafe().close(voidPromise());
    return false;
  }

  @Override
  protected int transmit(ReplyMessage reply) {
    return gatheringWrite.write(device.fd(), reply.head(), reply.data());
  }

  /** The channel as Netty's epoll loop sees it. */
  private final class DeviceHandle extends Handle implements EpollIoHandle {
    @Override
    public FileDescriptor fd() {
      return descriptor;
    }

    /** EPOLLERR alone means that the mount has ended: the read then says so. */
    @Override
    public void handle(IoRegistration registration, IoEvent event) {
      readRequests();
    }
  }
}
