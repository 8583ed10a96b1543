package dev.fused.protocol.request;

import static dev.fused.protocol.request.Golden.golden;

import dev.fused.protocol.FileName;
import dev.fused.protocol.Hex;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.request.BatchForget.ForgetOne;
import dev.fused.protocol.request.Extensions.SecurityContext;
import java.util.List;
import java.util.stream.Stream;

/** Requests about names, directories and the lookup count. */
final class GoldenNames {
  private static final Extensions GROUP = new Extensions(List.of(), List.of(4242));

  private static final Extensions LABEL_AND_GROUPS =
      new Extensions(
          List.of(new SecurityContext(FileName.of("security.a"), Hex.buffer("6c 61 62 65 6c"))),
          List.of(7, 8));

  private static final Extensions TWO_LABELS =
      new Extensions(
          List.of(
              new SecurityContext(FileName.of("a"), Hex.buffer("31 32 33 34 35 36")),
              new SecurityContext(FileName.of("b"), Hex.buffer(""))),
          List.of());

  private GoldenNames() {}

  static Stream<Golden> requests() {
    return Stream.of(
        golden(
            46,
            1,
            header -> new Lookup(header, FileName.of("hello")),
            """
            68 65 6c 6c 6f 00         # "hello"
            """),
        golden(
            43,
            1,
            header -> new Lookup(header, FileName.DOT_DOT),
            """
            2e 2e 00                  # ".." comes with EXPORT_SUPPORT
            """),
        golden(
            43,
            1,
            header -> new Lookup(header, FileName.of(new byte[] {(byte) 0xff, (byte) 0x80})),
            """
            ff 80 00                  # not UTF-8
            """),
        golden(
            48,
            2,
            header -> new Forget(header, 0x0102030405060708L),
            """
            08 07 06 05 04 03 02 01   # nlookup
            """),
        golden(
            80,
            42,
            header ->
                new BatchForget(
                    header, List.of(new ForgetOne(0x1122334455667788L, 1), new ForgetOne(9, 3))),
            """
            02 00 00 00 00 00 00 00   # count 2, dummy
            88 77 66 55 44 33 22 11   # nodeid
            01 00 00 00 00 00 00 00   # nlookup
            09 00 00 00 00 00 00 00   # nodeid
            03 00 00 00 00 00 00 00   # nlookup
            """),
        golden(
            48,
            42,
            header -> new BatchForget(header, List.of()),
            """
            00 00 00 00 00 00 00 00   # count 0, dummy
            """),
        golden(40, 5, Readlink::new, ""),
        golden(
            52,
            6,
            header ->
                new Symlink(header, FileName.of("ln"), FileName.of("../a/b/c"), Extensions.NONE),
            """
            6c 6e 00                  # "ln"
            2e 2e 2f 61 2f 62 2f 63   # "../a/b/c"
            00
            """),
        golden(
            WireFormat.LATEST,
            60,
            8,
            0,
            header -> new Mknod(header, 0020644, 0x0801, 0022, FileName.of("sda"), Extensions.NONE),
            """
            a4 21 00 00 01 08 00 00   # mode 020644, rdev 8:1
            12 00 00 00 00 00 00 00   # umask 022, padding
            73 64 61 00               # "sda"
            """),
        golden(
            new WireFormat(11, false),
            50,
            8,
            header -> new Mknod(header, 0100600, 0, 0, FileName.of("f"), Extensions.NONE),
            """
            80 81 00 00 00 00 00 00   # mode 0100600, rdev 0; no umask before 7.12
            66 00                     # "f"
            """),
        golden(
            50,
            9,
            header -> new Mkdir(header, 0755, 0022, FileName.of("d"), Extensions.NONE),
            """
            ed 01 00 00 12 00 00 00   # mode 0755, umask 022
            64 00                     # "d"
            """),
        // Seen on Linux 6.18, SECURITY_CTX and CREATE_SUPP_GROUP negotiated, no security module:
        // a record without contexts comes first, at an odd byte of the message.
        golden(
                WireFormat.LATEST,
                79,
                9,
                3,
                header -> new Mkdir(header, 0755, 0022, FileName.of("newdir"), GROUP),
                """
                ed 01 00 00 12 00 00 00   # mode 0755, umask 022
                6e 65 77 64 69 72 00      # "newdir"
                08 00 00 00 00 00 00 00   # size 8, nr_secctx 0
                10 00 00 00 20 00 00 00   # size 16, type 32: groups
                01 00 00 00 92 10 00 00   # nr_groups 1, 4242
                """)
            .decodeOnly(),
        golden(
            44,
            10,
            header -> new Unlink(header, FileName.of("a.b")),
            """
            61 2e 62 00               # "a.b"
            """),
        golden(
            44,
            11,
            header -> new Rmdir(header, FileName.of("...")),
            """
            2e 2e 2e 00               # "..." is an ordinary name
            """),
        golden(
            55,
            12,
            header -> new Rename(header, 6, FileName.of("old"), FileName.of("ne")),
            """
            06 00 00 00 00 00 00 00   # newdir
            6f 6c 64 00               # "old"
            6e 65 00                  # "ne"
            """),
        golden(
            60,
            45,
            header -> new Rename2(header, 6, Rename2.EXCHANGE, FileName.of("x"), FileName.of("y")),
            """
            06 00 00 00 00 00 00 00   # newdir
            02 00 00 00 00 00 00 00   # flags, padding
            78 00                     # "x"
            79 00                     # "y"
            """),
        golden(
            51,
            13,
            header -> new Link(header, 0x0a0b, FileName.of("ln")),
            """
            0b 0a 00 00 00 00 00 00   # oldnodeid
            6c 6e 00                  # "ln"
            """),
        golden(
            48,
            27,
            header -> new Opendir(header, 0x00038000, 0),
            """
            00 80 03 00 00 00 00 00   # flags, open_flags
            """),
        golden(
            80,
            28,
            header -> new Readdir(header, 7, 0x7fffffffffffffffL, 4096, 0, 0, 0x00018000),
            """
            07 00 00 00 00 00 00 00   # fh
            ff ff ff ff ff ff ff 7f   # offset
            00 10 00 00 00 00 00 00   # size, read_flags
            00 00 00 00 00 00 00 00   # lock_owner
            00 80 01 00 00 00 00 00   # flags, padding
            """),
        golden(
            80,
            44,
            header -> new Readdirplus(header, 7, 3, 32768, 0, 0, 0x00018000),
            """
            07 00 00 00 00 00 00 00   # fh
            03 00 00 00 00 00 00 00   # offset
            00 80 00 00 00 00 00 00   # size, read_flags
            00 00 00 00 00 00 00 00   # lock_owner
            00 80 01 00 00 00 00 00   # flags, padding
            """),
        golden(
            64,
            29,
            header -> new Releasedir(header, 7, 0x00018000, 0, 0),
            """
            07 00 00 00 00 00 00 00   # fh
            00 80 01 00 00 00 00 00   # flags, release_flags
            00 00 00 00 00 00 00 00   # lock_owner
            """),
        golden(
            56,
            30,
            header -> new Fsyncdir(header, 7, Fsyncdir.FDATASYNC),
            """
            07 00 00 00 00 00 00 00   # fh
            01 00 00 00 00 00 00 00   # fsync_flags, padding
            """),
        golden(
            WireFormat.LATEST,
            114,
            35,
            7,
            header ->
                new Create(
                    header,
                    0x8242,
                    0100664,
                    0002,
                    Create.KILL_SUIDGID,
                    FileName.of("f"),
                    LABEL_AND_GROUPS),
            """
            42 82 00 00 b4 81 00 00   # flags, mode 0100664
            02 00 00 00 01 00 00 00   # umask, open_flags
            66 00                     # "f"
            20 00 00 00 01 00 00 00   # size 32, nr_secctx 1
            05 00 00 00 00 00 00 00   # size 5, padding
            73 65 63 75 72 69 74 79   # "security.a"
            2e 61 00 6c 61 62 65 6c   # "label"
            18 00 00 00 20 00 00 00   # size 24, type 32: groups
            02 00 00 00 07 00 00 00   # nr_groups 2, 7
            08 00 00 00 00 00 00 00   # 8, padding
            """),
        golden(
            new WireFormat(11, false),
            50,
            35,
            header -> new Create(header, 0x8042, 0100644, 0, 0, FileName.of("f"), Extensions.NONE),
            """
            42 80 00 00 a4 81 00 00   # flags, mode 0100644; no umask, open_flags before 7.12
            66 00                     # "f"
            """),
        golden(
            WireFormat.LATEST,
            98,
            51,
            5,
            header -> new Tmpfile(header, 0x418002, 0100600, 0022, 0, FileName.of("/"), TWO_LABELS),
            """
            02 80 41 00 80 81 00 00   # flags, mode 0100600
            12 00 00 00 00 00 00 00   # umask, open_flags
            2f 00                     # "/" is a placeholder
            28 00 00 00 02 00 00 00   # size 40, nr_secctx 2
            06 00 00 00 00 00 00 00   # size 6, padding
            61 00 31 32 33 34 35 36   # "a", "123456"
            00 00 00 00 00 00 00 00   # size 0, padding
            62 00 00 00 00 00 00 00   # "b", no value, padding
            """),
        // Types that protocol 7.45 does not know are skipped, whatever their size.
        golden(
                WireFormat.LATEST,
                82,
                9,
                4,
                header -> new Mkdir(header, 0700, 0, FileName.of("d"), GROUP),
                """
                c0 01 00 00 00 00 00 00   # mode 0700, umask
                64 00                     # "d"
                09 00 00 00 21 00 00 00   # size 9, type 33
                ff 00 00 00 00 00 00 00   # 1 byte, padding
                10 00 00 00 20 00 00 00   # size 16, type 32: groups
                01 00 00 00 92 10 00 00   # nr_groups 1, 4242
                """)
            .decodeOnly());
  }
}
