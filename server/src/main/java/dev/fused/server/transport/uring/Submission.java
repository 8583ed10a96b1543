package dev.fused.server.transport.uring;

/**
 * Where the fields of {@code struct io_uring_sqe} lie, with {@code struct fuse_uring_cmd_req} in
 * its second half.
 */
final class Submission {
  static final int SIZE = 128;

  static final int OPCODE = 0;
  static final int FD = 4;
  static final int CMD_OP = 8;
  static final int ADDR = 16;
  static final int LEN = 24;
  static final int USER_DATA = 32;

  private static final int CMD = 48;
  static final int COMMIT_ID = CMD + 8;
  static final int QUEUE = CMD + 16;

  private Submission() {}
}
