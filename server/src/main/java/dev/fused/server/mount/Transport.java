package dev.fused.server.mount;

import java.util.Arrays;
import java.util.List;

/** How requests are to come from the kernel: the mount option {@code transport}. */
public enum Transport {
  /**
   * {@link #IO_URING} where it is switched on and its threads are not far more than the processors
   * that can be used; {@link #EPOLL} elsewhere, and for who says how many loops there are to be.
   */
  AUTO("auto"),
  /** Reads and writes of /dev/fuse. */
  EPOLL("epoll"),
  /** Rings, one for each processor; Linux 6.14, where it is switched on. */
  IO_URING("io_uring");

  private final String word;

  Transport(String word) {
    this.word = word;
  }

  /** All words of the option, in order. */
  static List<String> words() {
    return Arrays.stream(values()).map(transport -> transport.word).toList();
  }

  /** The transport of one of the {@link #words}. */
  static Transport of(String word) {
    return values()[words().indexOf(word)];
  }
}
