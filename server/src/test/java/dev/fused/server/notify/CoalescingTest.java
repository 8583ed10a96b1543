package dev.fused.server.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Notification;
import dev.fused.protocol.reply.Notification.Delete;
import dev.fused.protocol.reply.Notification.IncEpoch;
import dev.fused.protocol.reply.Notification.InvalEntry;
import dev.fused.protocol.reply.Notification.InvalInode;
import dev.fused.protocol.reply.Notification.PollWakeup;
import dev.fused.protocol.reply.Notification.Prune;
import dev.fused.protocol.reply.Notification.Resend;
import dev.fused.protocol.reply.Notification.Retrieve;
import dev.fused.protocol.reply.Notification.Store;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CoalescingTest {
  private static final FileName A = FileName.of("a");
  private static final FileName B = FileName.of("b");

  private final NotificationQueue queue = new NotificationQueue();

  /** What goes out when all these wait at once. */
  private List<Notification> written(Notification... notifications) throws InterruptedException {
    for (Notification notification : notifications) {
      queue.add(notification);
    }
    queue.add(new IncEpoch());
    queue.open();
    List<Notification> written = new ArrayList<>();
    for (Notification next = take(); !(next instanceof IncEpoch); next = take()) {
      written.add(next);
    }
    return written;
  }

  private Notification take() throws InterruptedException {
    Outgoing next = queue.take();
    if (next == null) {
      throw new AssertionError("the queue is closed");
    }
    return next.notification();
  }

  @ParameterizedTest
  @CsvSource({
    // two ranges, and the one that covers both; a length of 0 is up to the end
    "0, 10,  20, 10,  0, 30",
    "20, 10, 0, 10,   0, 30",
    "0, 10,  5, 2,    0, 10",
    "5, 0,   0, 1,    0, 0",
    "7, 3,   9, 0,    7, 0",
    "-1, 0,  4, 2,    4, 2", // data includes the attributes
    "4, 2,   -1, 0,   4, 2",
    "-1, 0,  -1, 0,   -1, 0",
    "9223372036854775800, 100, 9223372036854775700, 1, 9223372036854775700, 0",
  })
  void rangesOfOneInodeBecomeOne(
      long off1, long len1, long off2, long len2, long offset, long length)
      throws InterruptedException {
    assertThat(written(new InvalInode(5, off1, len1), new InvalInode(5, off2, len2)))
        .containsExactly(new InvalInode(5, offset, length));
  }

  @Test
  void inodesDoNotMix() throws InterruptedException {
    assertThat(written(new InvalInode(5, 0, 1), new InvalInode(6, 0, 1))).hasSize(2);
  }

  @Test
  void aNameThatIsVoidNeedNotExpire() throws InterruptedException {
    InvalEntry drop = new InvalEntry(1, 0, A);
    InvalEntry expire = new InvalEntry(1, InvalEntry.EXPIRE_ONLY, A);

    assertThat(written(expire, drop, expire)).containsExactly(drop);
    assertThat(written(expire, expire)).containsExactly(expire);
  }

  @Test
  void namesDoNotMix() throws InterruptedException {
    assertThat(
            written(
                new InvalEntry(1, 0, A),
                new InvalEntry(1, 0, B),
                new InvalEntry(2, 0, A),
                new Delete(1, 9, A)))
        .hasSize(4);
  }

  @Test
  void whatIsToBePrunedIsSaidOnce() throws InterruptedException {
    assertThat(written(new Prune(List.of(3L, 4L)), new Prune(List.of(4L, 5L))))
        .containsExactly(new Prune(List.of(3L, 4L, 5L)));
  }

  @Test
  void theSameIsSaidOnce() throws InterruptedException {
    assertThat(
            written(
                new PollWakeup(7),
                new Delete(1, 9, A),
                new Resend(),
                new PollWakeup(8),
                new PollWakeup(7),
                new Delete(1, 9, A),
                new Resend(),
                new Delete(1, 8, A)))
        .containsExactly(
            new PollWakeup(7),
            new Delete(1, 9, A),
            new Resend(),
            new PollWakeup(8),
            new Delete(1, 8, A));
  }

  @Test
  void anInvalidationDoesNotOvertakeWhatIsStoredOrRetrieved() throws InterruptedException {
    InvalInode inval = new InvalInode(5, 0, 0);
    Store store = new Store(5, 0, Unpooled.EMPTY_BUFFER);
    Retrieve retrieve = new Retrieve(1, 5, 0, 10);

    assertThat(written(inval, store, inval, inval, retrieve, inval))
        .containsExactly(inval, store, inval, retrieve, inval);
  }

  @Test
  void whatIsStoredIsNeverLeftOut() throws InterruptedException {
    Store store = new Store(5, 0, Unpooled.EMPTY_BUFFER);

    assertThat(written(store, store)).hasSize(2);
  }

  @Test
  void whatIsTakenIsJoinedByNothingAnyMore() throws InterruptedException {
    queue.open();
    queue.add(new PollWakeup(7));
    take();

    assertThat(written(new PollWakeup(7))).containsExactly(new PollWakeup(7));
  }
}
