package dev.fused.server.transport.uring;

import static dev.fused.protocol.Errno.EAGAIN;
import static dev.fused.protocol.Errno.ECANCELED;
import static dev.fused.protocol.Errno.ECONNABORTED;
import static dev.fused.protocol.Errno.EINTR;
import static dev.fused.protocol.Errno.ENOENT;
import static dev.fused.protocol.Errno.ENOTCONN;

import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.RequestFrame;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.reply.ReplyMessage;
import dev.fused.server.session.FuseSession;
import dev.fused.server.transport.FuseChannel;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue of one processor: each of its entries brings a request, and takes the reply back. All
 * but {@code close} happens on the loop.
 *
 * <p>An entry is occupied as long as its request is not answered. When few entries are with the
 * kernel, it gets further ones, or requests that would let the others end might wait behind them.
 * The kernel puts a request that already waits into an entry only when that entry brings a reply,
 * never when it is new; so a queue that has grown is also {@linkplain Nudge nudged} until nothing
 * waits any more. At {@value #MOST_ENTRIES} open requests of one processor further ones wait until
 * one of them is answered, or the mount ends.
 */
final class UringFuseChannel extends FuseChannel {
  private static final Logger log = LoggerFactory.getLogger(UringFuseChannel.class);

  private static final int FIRST_ENTRIES = 64;

  /**
   * Entries that the kernel should have at any time; of which a queue has twice as many at least.
   */
  private static final int RESERVE = 32;

  /** Requests of one processor that are open at a time; further ones wait in the kernel. */
  private static final int MOST_ENTRIES = 1024;

  /** Bytes of a payload from which on its memory is given back, once none was as large lately. */
  private static final int LARGE_PAYLOAD = 128 << 10;

  private static final long KEPT_SECONDS = 1;

  /** Userdata of no entry. */
  private static final long REFUSED = MOST_ENTRIES + 1L;

  private final FuseDevice device;
  private final int queue;
  private final Arena memory;
  private final int payloadSize;
  private final List<RingEntry> entries = new ArrayList<>();
  private final LongObjectMap<RingEntry> occupied = new LongObjectHashMap<>();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final Nudge nudge;
  private int withKernel;
  private boolean largeLately;
  private boolean keepsMemory;
  private @Nullable RingEntry nudged;
  private boolean foundWaiting;
  private @Nullable UringIoHandler loop;

  /**
   * @param device of the mount, owned by the channel
   * @param queue number of the processor
   * @param memory has the entries' memory; must outlive the loop
   * @param payloadSize bytes of the largest payload
   */
  UringFuseChannel(
      FuseSession session, FuseDevice device, int queue, Arena memory, int payloadSize) {
    super(session);
    this.device = device;
    this.queue = queue;
    this.memory = memory;
    this.payloadSize = payloadSize;
    this.nudge = new Nudge(memory);
  }

  /**
   * Completes when the kernel has the queue's entries; exceptionally if it did not take one. Then
   * it sends requests to the device.
   */
  CompletableFuture<Void> ready() {
    return ready;
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new QueueHandle();
  }

  @Override
  protected void registered(IoRegistration registration) {
    UringIoHandler handler = registration.attachment();
    loop = handler;
    registerEntries(handler);
  }

  private void registerEntries(UringIoHandler handler) {
    try {
      addEntries(handler.ring(), FIRST_ENTRIES);
    } catch (IOException e) {
      log.warn("queue {} has no entries: {}", queue, e.getMessage());
      // The kernel would wait for this queue for ever.
      RingEntry.pushRefused(handler.ring(), device.fd(), queue, REFUSED);
    }
    handler.settle();
    if (isOpen()) {
      ready.complete(null);
    }
  }

  private void addEntries(SubmissionRing ring, int count) throws IOException {
    for (RingEntry entry : RingEntry.entries(memory, entries.size(), count, payloadSize)) {
      entries.add(entry);
      entry.register(ring, device.fd(), queue);
      withKernel++;
    }
  }

  @Override
  protected void doBeginRead() {
    // An entry that is with the kernel reads by itself.
  }

  @Override
  protected void release() {
    device.close();
    ready.completeExceptionally(
        new IOException("the mount ended before queue " + queue + " began"));
  }

  private void completed(UringHandle.Completion completion) {
    int result = completion.result();
    if (completion.userData() == REFUSED) {
      refused(result);
      return;
    }
    RingEntry entry = entries.get(RingEntry.indexOf(completion.userData()));
    withKernel--;
    if (result >= 0) {
      deliver(entry);
    } else {
      failed(entry, -result);
    }
  }

  private void failed(RingEntry entry, int errno) {
    UringIoHandler handler = loop;
    if ((errno == EAGAIN.number() || errno == EINTR.number()) && handler != null) {
      entry.again(handler.ring(), device.fd(), queue);
      withKernel++;
    } else if (errno == ENOTCONN.number()
        || errno == ECANCELED.number()
        || errno == ECONNABORTED.number()) {
      // The mount has ended, as mounts do; the device's channel learns whether it was aborted.
      unsafe().close(voidPromise());
    } else if (errno == ENOENT.number() && entry.hadRequest()) {
      log.debug("queue {}: nobody waited any more for the reply", queue);
    } else if (withKernel + occupied.size() == 0) {
      refused(-errno);
    } else {
      log.warn("queue {} has lost an entry: {}", queue, Errno.describe(errno));
    }
  }

  /** Without any entry the queue is useless, and the kernel uses none of the others. */
  private void refused(int result) {
    ready.completeExceptionally(
        new IOException("the kernel refused queue " + queue + ": " + Errno.describe(result)));
    unsafe().close(voidPromise());
  }

  private void deliver(RingEntry entry) {
    RequestFrame frame = entry.request(session().wireFormat());
    noteSize(entry);
    long unique = entry.unique();
    if (unique == Nudge.UNIQUE) {
      nudged = entry;
      entry.answerNothing();
      commit(entry);
      return;
    }
    foundWaiting |= entry == nudged;
    if (clock().isResting()) {
      clock().work(System.nanoTime());
    }
    Opcode opcode = frame.opcode();
    occupied.put(unique, entry);
    pipeline().fireChannelRead(frame);
    if (opcode != null && !opcode.expectsReply()) {
      occupied.remove(unique);
      entry.answerNothing();
      commit(entry);
    } else if (withKernel < RESERVE && entries.size() < MOST_ENTRIES) {
      grow();
    }
  }

  private void grow() {
    UringIoHandler handler = loop;
    if (handler == null || !isOpen()) {
      return;
    }
    try {
      addEntries(handler.ring(), Math.min(entries.size(), MOST_ENTRIES - entries.size()));
      eventLoop().execute(this::fetchWaiting);
    } catch (IOException e) {
      log.warn("queue {} stays at {} entries: {}", queue, entries.size(), e.getMessage());
    }
  }

  /** Not while completions are being taken. */
  private void fetchWaiting() {
    UringIoHandler handler = loop;
    while (handler != null && isOpen() && nudge.send(device) >= 0) {
      nudged = null;
      while (handler.settle() > 0 && nudged == null) {
        // What was under way comes first.
      }
      foundWaiting = false;
      handler.settle(); // gives the entry of the nudge back, which comes again if a request waits
      if (nudged == null || !foundWaiting) {
        break;
      }
    }
    nudged = null;
  }

  @Override
  protected int transmit(ReplyMessage reply) {
    RingEntry entry = occupied.get(reply.request().unique());
    if (entry == null) {
      return -ENOENT.number();
    }
    int result = entry.answer(reply);
    noteSize(entry);
    occupied.remove(reply.request().unique());
    commit(entry);
    return result;
  }

  private void commit(RingEntry entry) {
    UringIoHandler handler = loop;
    if (handler != null && isOpen()) {
      entry.commit(handler.ring(), device.fd(), queue);
      withKernel++;
    }
  }

  private void noteSize(RingEntry entry) {
    if (entry.payloadSize() >= LARGE_PAYLOAD) {
      largeLately = true;
      if (!keepsMemory) {
        keepsMemory = true;
        giveBackLater();
      }
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the loop ends with the channel
  private void giveBackLater() {
    eventLoop().schedule(this::giveBackIfQuiet, KEPT_SECONDS, TimeUnit.SECONDS);
  }

  /** Not at once: the next large request would have to be given the memory again, page by page. */
  private void giveBackIfQuiet() {
    UringIoHandler handler = loop;
    if (handler == null || !isOpen()) {
      return;
    }
    if (largeLately || !giveBack(handler.ring())) {
      largeLately = false;
      giveBackLater();
    } else {
      keepsMemory = false;
    }
  }

  /**
   * Gives the memory of payloads back. The kernel puts a request into an entry in no other place
   * than this thread's system calls on the ring, so that those which have not come back after one
   * are empty until the next.
   *
   * @return false if requests came in at that moment
   */
  private boolean giveBack(SubmissionRing ring) {
    ring.submit();
    if (ring.hasCompletions()) {
      return false;
    }
    for (RingEntry entry : entries) {
      if (!entry.isHeld()) {
        entry.giveBack();
      }
    }
    return true;
  }

  /** The channel as its loop sees it. */
  private final class QueueHandle extends Handle implements UringHandle {
    @Override
    public void handle(IoRegistration registration, IoEvent event) {
      completed((Completion) event);
    }

    @Override
    public void rest() {
      if (!clock().isResting()) {
        clock().rest(System.nanoTime());
      }
    }
  }
}
