package dev.fused.protocol.reply;

import dev.fused.protocol.FileLock;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Hex;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * The body of a reply and its bytes, written down by hand after the description of the protocol.
 */
record GoldenReply(
    WireFormat format,
    ReplyBody body,
    BiFunction<ByteBuf, WireFormat, ReplyBody> decoder,
    ByteBuf bytes) {
  private static final WireFormat BEFORE_7_9 = new WireFormat(8, false);

  private static final Attributes ATTR =
      new Attributes(
          0x0102030405060708L,
          4097,
          16,
          -1,
          1700000000,
          2,
          999999999,
          5,
          6,
          0100644,
          3,
          1001,
          1002,
          0x0801,
          4096,
          Attributes.DAX);

  /** Without what 7.9 appended. */
  private static final Attributes SHORT_ATTR =
      new Attributes(
          0x0102030405060708L,
          4097,
          16,
          -1,
          1700000000,
          2,
          999999999,
          5,
          6,
          0100644,
          3,
          1001,
          1002,
          0x0801,
          0,
          0);

  private static final String SHORT_ATTR_ROWS =
      """
      08 07 06 05 04 03 02 01   # ino
      01 10 00 00 00 00 00 00   # size 4097
      10 00 00 00 00 00 00 00   # blocks
      ff ff ff ff ff ff ff ff   # atime
      00 f1 53 65 00 00 00 00   # mtime
      02 00 00 00 00 00 00 00   # ctime
      ff c9 9a 3b 05 00 00 00   # atimensec, mtimensec
      06 00 00 00 a4 81 00 00   # ctimensec, mode 0100644
      03 00 00 00 e9 03 00 00   # nlink, uid
      ea 03 00 00 01 08 00 00   # gid, rdev 8:1
      """;

  private static final String ATTR_ROWS =
      SHORT_ATTR_ROWS
          + """
          00 10 00 00 02 00 00 00   # blksize, flags
          """;

  private static final String ENTRY_ROWS =
      """
      88 77 66 55 44 33 22 11   # nodeid
      02 00 00 00 00 00 00 00   # generation
      ff ff ff ff ff ff ff ff   # entry_valid: for ever
      01 00 00 00 00 00 00 00   # attr_valid
      04 00 00 00 05 00 00 00   # entry_valid_nsec, attr_valid_nsec
      """;

  private static final String OPEN_ROWS =
      """
      ef cd ab 89 67 45 23 01   # fh
      82 00 00 00 03 00 00 00   # open_flags, backing_id
      """;

  private static final EntryOut ENTRY = new EntryOut(0x1122334455667788L, 2, -1, 1, 4, 5, ATTR);

  private static final OpenOut OPEN =
      new OpenOut(0x0123456789abcdefL, OpenOut.PASSTHROUGH | OpenOut.KEEP_CACHE, 3);

  static Stream<GoldenReply> all() {
    return Stream.of(inodes(), files(), session()).flatMap(goldens -> goldens);
  }

  private static GoldenReply golden(
      ReplyBody body, BiFunction<ByteBuf, WireFormat, ReplyBody> decoder, String rows) {
    return golden(WireFormat.LATEST, body, decoder, rows);
  }

  private static GoldenReply golden(
      WireFormat format,
      ReplyBody body,
      BiFunction<ByteBuf, WireFormat, ReplyBody> decoder,
      String rows) {
    return new GoldenReply(format, body, decoder, Hex.buffer(rows).asReadOnly());
  }

  private static Stream<GoldenReply> inodes() {
    return Stream.of(
        golden(ENTRY, EntryOut::decode, ENTRY_ROWS + ATTR_ROWS),
        golden(
            BEFORE_7_9,
            new EntryOut(0x1122334455667788L, 2, -1, 1, 4, 5, SHORT_ATTR),
            EntryOut::decode,
            ENTRY_ROWS + SHORT_ATTR_ROWS),
        golden(
            new AttrOut(1, 5, ATTR),
            AttrOut::decode,
            """
            01 00 00 00 00 00 00 00   # attr_valid
            05 00 00 00 00 00 00 00   # attr_valid_nsec, dummy
            """
                + ATTR_ROWS),
        golden(
            BEFORE_7_9,
            new AttrOut(1, 5, SHORT_ATTR),
            AttrOut::decode,
            """
            01 00 00 00 00 00 00 00   # attr_valid
            05 00 00 00 00 00 00 00   # attr_valid_nsec, dummy
            """
                + SHORT_ATTR_ROWS),
        golden(
            new StatxOut(
                1,
                5,
                0,
                new Statx(
                    Statx.BASIC_STATS | Statx.BTIME,
                    4096,
                    0x10,
                    3,
                    1001,
                    1002,
                    0100644,
                    0x0102030405060708L,
                    4097,
                    16,
                    0x30,
                    -1,
                    999999999,
                    1,
                    2,
                    3,
                    4,
                    1700000000,
                    5,
                    8,
                    1,
                    9,
                    2)),
            StatxOut::decode,
            """
            01 00 00 00 00 00 00 00   # attr_valid
            05 00 00 00 00 00 00 00   # attr_valid_nsec, flags
            00 00 00 00 00 00 00 00   # spare
            00 00 00 00 00 00 00 00
            ff 0f 00 00 00 10 00 00   # mask, blksize
            10 00 00 00 00 00 00 00   # attributes
            03 00 00 00 e9 03 00 00   # nlink, uid
            ea 03 00 00 a4 81 00 00   # gid, mode, __spare0
            08 07 06 05 04 03 02 01   # ino
            01 10 00 00 00 00 00 00   # size
            10 00 00 00 00 00 00 00   # blocks
            30 00 00 00 00 00 00 00   # attributes_mask
            ff ff ff ff ff ff ff ff   # atime
            ff c9 9a 3b 00 00 00 00
            01 00 00 00 00 00 00 00   # btime
            02 00 00 00 00 00 00 00
            03 00 00 00 00 00 00 00   # ctime
            04 00 00 00 00 00 00 00
            00 f1 53 65 00 00 00 00   # mtime
            05 00 00 00 00 00 00 00
            08 00 00 00 01 00 00 00   # rdev 8:1
            09 00 00 00 02 00 00 00   # dev 9:2
            """
                + "00 00 00 00 00 00 00 00\n".repeat(14)));
  }

  private static Stream<GoldenReply> files() {
    return Stream.of(
        golden(OPEN, OpenOut::decode, OPEN_ROWS),
        golden(new CreateOut(ENTRY, OPEN), CreateOut::decode, ENTRY_ROWS + ATTR_ROWS + OPEN_ROWS),
        golden(
            new WriteOut(131072),
            WriteOut::decode,
            """
            00 00 02 00 00 00 00 00   # size, padding
            """),
        golden(
            new GetxattrOut(28),
            GetxattrOut::decode,
            """
            1c 00 00 00 00 00 00 00   # size, padding
            """),
        golden(
            new LkOut(new FileLock(10, FileLock.TO_END_OF_FILE, FileLock.WRITE, 4242)),
            LkOut::decode,
            """
            0a 00 00 00 00 00 00 00   # start
            ff ff ff ff ff ff ff 7f   # end
            01 00 00 00 92 10 00 00   # type, pid
            """),
        golden(
            new BmapOut(0x0102030405060708L),
            BmapOut::decode,
            """
            08 07 06 05 04 03 02 01   # block
            """),
        golden(
            new IoctlOut(-25, 4, 1, 2),
            IoctlOut::decode,
            """
            e7 ff ff ff 04 00 00 00   # result, flags
            01 00 00 00 02 00 00 00   # in_iovs, out_iovs
            """),
        golden(
            new IoctlIovec(0x7ffc12345678L, 8),
            IoctlIovec::decode,
            """
            78 56 34 12 fc 7f 00 00   # base
            08 00 00 00 00 00 00 00   # len
            """),
        golden(
            new PollOut(0x45),
            PollOut::decode,
            """
            45 00 00 00 00 00 00 00   # revents, padding
            """),
        golden(
            new LseekOut(0x0102030405060708L),
            LseekOut::decode,
            """
            08 07 06 05 04 03 02 01   # offset
            """),
        golden(
            new CopyFileRangeOut(0x0102030405060708L),
            CopyFileRangeOut::decode,
            """
            08 07 06 05 04 03 02 01   # bytes_copied
            """),
        golden(
            new Dirent(0x0102030405060708L, 9, 8, FileName.of("hello")),
            Dirent::decode,
            """
            08 07 06 05 04 03 02 01   # ino
            09 00 00 00 00 00 00 00   # off
            05 00 00 00 08 00 00 00   # namelen, type
            68 65 6c 6c 6f 00 00 00   # "hello", padding
            """),
        golden(
            new DirentPlus(ENTRY, new Dirent(7, 0x7fffffffffffffffL, 4, FileName.of("12345678"))),
            DirentPlus::decode,
            ENTRY_ROWS
                + ATTR_ROWS
                + """
                07 00 00 00 00 00 00 00   # ino
                ff ff ff ff ff ff ff 7f   # off
                08 00 00 00 04 00 00 00   # namelen, type
                31 32 33 34 35 36 37 38   # "12345678", no padding
                """));
  }

  private static Stream<GoldenReply> session() {
    String initOf24 =
        """
        07 00 00 00 16 00 00 00   # major, minor
        00 00 02 00 21 00 00 00   # max_readahead, flags
        0c 00 09 00 00 00 10 00   # max_background, congestion_threshold, max_write
        """;
    return Stream.of(
        golden(
            new StatfsOut(1000, 900, 800, 700, 600, 131072, 255, 4096),
            StatfsOut::decode,
            """
            e8 03 00 00 00 00 00 00   # blocks
            84 03 00 00 00 00 00 00   # bfree
            20 03 00 00 00 00 00 00   # bavail
            bc 02 00 00 00 00 00 00   # files
            58 02 00 00 00 00 00 00   # ffree
            00 00 02 00 ff 00 00 00   # bsize, namelen
            00 10 00 00 00 00 00 00   # frsize, padding
            00 00 00 00 00 00 00 00   # spare
            00 00 00 00 00 00 00 00
            00 00 00 00 00 00 00 00
            """),
        golden(
            new WireFormat(3, false),
            new StatfsOut(1, 2, 3, 4, 5, 6, 7, 0),
            StatfsOut::decode,
            """
            01 00 00 00 00 00 00 00   # blocks
            02 00 00 00 00 00 00 00   # bfree
            03 00 00 00 00 00 00 00   # bavail
            04 00 00 00 00 00 00 00   # files
            05 00 00 00 00 00 00 00   # ffree
            06 00 00 00 07 00 00 00   # bsize, namelen; no more before 7.4
            """),
        golden(
            new InitOut(7, 45, 131072, 0x20140000021L, 64, 48, 1048576, 1, 256, 12, 2, 60),
            InitOut::decode,
            """
            07 00 00 00 2d 00 00 00   # major, minor
            00 00 02 00 21 00 00 40   # max_readahead, flags
            40 00 30 00 00 00 10 00   # max_background, congestion_threshold, max_write
            01 00 00 00 00 01 0c 00   # time_gran, max_pages, map_alignment
            01 02 00 00 02 00 00 00   # flags2, max_stack_depth
            3c 00 00 00 00 00 00 00   # request_timeout, unused
            00 00 00 00 00 00 00 00
            00 00 00 00 00 00 00 00
            """),
        golden(
            new WireFormat(22, false),
            new InitOut(7, 22, 131072, 0x21, 12, 9, 1048576, 0, 0, 0, 0, 0),
            InitOut::decode,
            initOf24),
        golden(
            new WireFormat(4, false),
            new InitOut(7, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
            InitOut::decode,
            """
            07 00 00 00 04 00 00 00   # major, minor; no more before 7.5
            """),
        golden(
            new CuseInitOut(7, 45, 1, 4096, 131072, 10, 200, List.of(FileName.of("DEVNAME=x"))),
            CuseInitOut::decode,
            """
            07 00 00 00 2d 00 00 00   # major, minor
            00 00 00 00 01 00 00 00   # unused, flags
            00 10 00 00 00 00 02 00   # max_read, max_write
            0a 00 00 00 c8 00 00 00   # dev_major, dev_minor
            00 00 00 00 00 00 00 00   # spare
            00 00 00 00 00 00 00 00
            00 00 00 00 00 00 00 00
            00 00 00 00 00 00 00 00
            00 00 00 00 00 00 00 00
            44 45 56 4e 41 4d 45 3d   # "DEVNAME=x"
            78 00
            """));
  }

  @Override
  public String toString() {
    return body.getClass().getSimpleName()
        + " of "
        + bytes.readableBytes()
        + " bytes, 7."
        + format.minor();
  }
}
