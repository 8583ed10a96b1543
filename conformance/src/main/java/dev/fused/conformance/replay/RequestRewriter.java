package dev.fused.conformance.replay;

import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Setattr;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Makes of a captured request the one for the server under replay: the same bytes, but for the
 * numbers that servers give out. They are changed in place, so that everything else is sent as the
 * kernel sent it, also what this library does not know. Not thread-safe.
 */
final class RequestRewriter {
  private static final int NODEID_OFFSET = 16;
  private static final int OPERATION = RequestHeader.SIZE;
  private static final int FORGET_SIZE = 16;

  private final KnownInodes inodes;
  private final KnownHandles handles;

  RequestRewriter(KnownInodes inodes, KnownHandles handles) {
    this.inodes = inodes;
    this.handles = handles;
  }

  /** A request names an inode that the server under replay has none for. */
  static final class UnknownInode extends Exception {
    private static final long serialVersionUID = 1;

    private final long nodeid;

    UnknownInode(long nodeid) {
      super("nodeid " + Long.toUnsignedString(nodeid), null, false, false);
      this.nodeid = nodeid;
    }

    /** As the capture calls it. */
    long nodeid() {
      return nodeid;
    }
  }

  /**
   * The bytes to send; {@code captured} stays as it is.
   *
   * @param opcode null if it is not known
   */
  byte[] rewrite(@Nullable Opcode opcode, byte[] captured) throws UnknownInode {
    byte[] bytes = captured.clone();
    ByteBuffer message = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long nodeid = message.getLong(NODEID_OFFSET);
    nodeid(message, NODEID_OFFSET);
    switch (opcode) {
      case RENAME, RENAME2, LINK -> nodeid(message, OPERATION);
      case READ,
          WRITE,
          RELEASE,
          FSYNC,
          FLUSH,
          RELEASEDIR,
          FSYNCDIR,
          GETLK,
          SETLK,
          SETLKW,
          IOCTL,
          POLL,
          FALLOCATE,
          LSEEK,
          SETUPMAPPING ->
          handle(message, OPERATION, nodeid);
      case READDIR, READDIRPLUS -> {
        handle(message, OPERATION, nodeid);
        cookie(message, OPERATION + 8, nodeid);
      }
      case GETATTR, STATX -> {
        if ((word(message, OPERATION) & Getattr.FH) != 0) {
          handle(message, OPERATION + 8, nodeid);
        }
      }
      case SETATTR -> {
        if ((word(message, OPERATION) & Setattr.FH) != 0) {
          handle(message, OPERATION + 8, nodeid);
        }
      }
      case COPY_FILE_RANGE, COPY_FILE_RANGE_64 -> {
        handle(message, OPERATION, nodeid);
        if (message.limit() >= OPERATION + 32) {
          handle(message, OPERATION + 24, message.getLong(OPERATION + 16));
          nodeid(message, OPERATION + 16);
        }
      }
      case BATCH_FORGET -> {
        for (int at = OPERATION + 8; at + FORGET_SIZE <= message.limit(); at += FORGET_SIZE) {
          nodeid(message, at);
        }
      }
      case null, default -> {}
    }
    return bytes;
  }

  private static int word(ByteBuffer message, int at) {
    return message.limit() < at + Integer.BYTES ? 0 : message.getInt(at);
  }

  /** 0 stands for no inode. */
  private void nodeid(ByteBuffer message, int at) throws UnknownInode {
    if (message.limit() < at + Long.BYTES || message.getLong(at) == 0) {
      return;
    }
    Long actual = inodes.actual(message.getLong(at));
    if (actual == null) {
      throw new UnknownInode(message.getLong(at));
    }
    message.putLong(at, actual);
  }

  private void handle(ByteBuffer message, int at, long nodeid) {
    if (message.limit() >= at + Long.BYTES) {
      message.putLong(at, handles.handle(nodeid, message.getLong(at)));
    }
  }

  private void cookie(ByteBuffer message, int at, long nodeid) {
    if (message.limit() >= at + Long.BYTES) {
      message.putLong(at, handles.cookie(nodeid, message.getLong(at)));
    }
  }
}
