package dev.fused.it.support;

import dev.fused.filesystem.AttrReply;
import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.StatfsReply;
import dev.fused.protocol.Errno;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Statfs;
import java.util.concurrent.CountDownLatch;

/** An empty directory whose STATFS hangs until told to go on. */
public final class HangingFileSystem implements FuseFileSystem {
  private static final Attributes ROOT_DIRECTORY =
      Attributes.directory(ROOT).permissions(0755).build();

  private final CountDownLatch end = new CountDownLatch(1);
  private final boolean blocking;

  /**
   * @param blocking as {@link FuseFileSystem#blocking}: if not, it is a loop that hangs
   */
  public HangingFileSystem(boolean blocking) {
    this.blocking = blocking;
  }

  /** Lets all STATFS end with EIO, from now on. */
  public void goOn() {
    end.countDown();
  }

  @Override
  public boolean blocking() {
    return blocking;
  }

  @Override
  public void getattr(Getattr request, AttrReply reply) {
    reply.attributes(ROOT_DIRECTORY, CachePolicy.NONE);
  }

  @Override
  public void statfs(Statfs request, StatfsReply reply) {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    reply.error(Errno.EIO);
  }
}
