package dev.fused.conformance;

import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.RequestHeader;
import io.netty.buffer.ByteBuf;
import java.util.SplittableRandom;

/** Makes a good frame bad, in the ways in which frames can lie. */
final class FrameMutator {
  private static final int LEN = 0;
  private static final int OPCODE = 4;
  private static final int UNIQUE = 8;
  private static final int NODEID = 16;
  private static final int TOTAL_EXTLEN = 36;
  private static final int HEADER = RequestHeader.SIZE;

  private static final int[] WORDS = {
    0, 1, -1, 2, 8, 16, 4096, Integer.MAX_VALUE, Integer.MIN_VALUE, 0x1000_0000, 0x4000_0000, 65536
  };
  private static final long[] LONGS = {
    0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 0xffff_ffffL, 1L << 32, 1L << 62, -4096, 2
  };

  private final SplittableRandom random;

  FrameMutator(SplittableRandom random) {
    this.random = random;
  }

  /** Changes the frame in one or two ways; what it says of its length may be a lie afterwards. */
  void mutate(ByteBuf frame) {
    mutateOnce(frame);
    if (random.nextInt(4) == 0) {
      mutateOnce(frame);
    }
  }

  private void mutateOnce(ByteBuf frame) {
    int length = frame.readableBytes();
    if (length < HEADER) {
      return;
    }
    int rest = length - HEADER;
    switch (random.nextInt(15)) {
      case 0 -> frame.setIntLE(LEN, lie(length));
      case 1 -> cut(frame, length, true);
      case 2 -> cut(frame, length, false);
      case 3 -> grow(frame, true);
      case 4 -> grow(frame, false);
      case 5 -> frame.setIntLE(OPCODE, opcode());
      case 6 -> frame.setLongLE(NODEID, LONGS[random.nextInt(LONGS.length)]);
      case 7 -> frame.setShortLE(TOTAL_EXTLEN, random.nextInt(3) == 0 ? -1 : random.nextInt(8));
      case 8 -> frame.setLongLE(UNIQUE, frame.getLongLE(UNIQUE) ^ 1L << random.nextInt(64));
      case 9, 10 -> setWord(frame, rest);
      case 11 -> setLong(frame, rest);
      case 12 -> replaceNul(frame, length);
      case 13 -> {
        if (rest > 0) {
          frame.setByte(HEADER + random.nextInt(rest), random.nextBoolean() ? '/' : 0);
        }
      }
      default -> {
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
          int index = 4 + random.nextInt(length - 4);
          frame.setByte(index, frame.getByte(index) ^ 1 << random.nextInt(8));
        }
      }
    }
  }

  private int lie(int length) {
    return switch (random.nextInt(5)) {
      case 0 -> length + 1;
      case 1 -> length - 1;
      case 2 -> 0;
      case 3 -> length | 1 << 31;
      default -> random.nextInt();
    };
  }

  private void cut(ByteBuf frame, int length, boolean honest) {
    int left = random.nextInt(length);
    frame.writerIndex(left);
    if (honest && left >= HEADER) {
      frame.setIntLE(LEN, left);
    }
  }

  private void grow(ByteBuf frame, boolean honest) {
    for (int i = 1 + random.nextInt(20); i > 0; i--) {
      frame.writeByte(random.nextInt(256));
    }
    if (honest) {
      frame.setIntLE(LEN, frame.readableBytes());
    }
  }

  private int opcode() {
    Opcode[] known = Opcode.values();
    return random.nextBoolean()
        ? known[random.nextInt(known.length)].number()
        : random.nextInt(random.nextBoolean() ? 80 : Integer.MAX_VALUE);
  }

  private void setWord(ByteBuf frame, int rest) {
    if (rest >= Integer.BYTES) {
      int index = HEADER + Integer.BYTES * random.nextInt(Math.min(rest, 128) / Integer.BYTES);
      frame.setIntLE(index, WORDS[random.nextInt(WORDS.length)]);
    }
  }

  private void setLong(ByteBuf frame, int rest) {
    if (rest >= Long.BYTES) {
      int index = HEADER + Long.BYTES * random.nextInt(Math.min(rest, 128) / Long.BYTES);
      frame.setLongLE(index, LONGS[random.nextInt(LONGS.length)]);
    }
  }

  /** The name that ends the message has no end any more. */
  private static void replaceNul(ByteBuf frame, int length) {
    for (int index = length - 1; index >= HEADER; index--) {
      if (frame.getByte(index) == 0) {
        frame.setByte(index, 'x');
        return;
      }
    }
  }
}
