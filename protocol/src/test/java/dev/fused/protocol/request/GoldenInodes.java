package dev.fused.protocol.request;

import static dev.fused.protocol.request.Golden.golden;

import dev.fused.protocol.FileName;
import dev.fused.protocol.Hex;
import dev.fused.protocol.WireFormat;
import java.util.stream.Stream;

/** Requests about the attributes of inodes. */
final class GoldenInodes {
  private GoldenInodes() {}

  static Stream<Golden> requests() {
    return Stream.of(
        golden(
            56,
            3,
            header -> new Getattr(header, Getattr.FH, 0x0102030405060708L),
            """
            01 00 00 00 00 00 00 00   # getattr_flags, dummy
            08 07 06 05 04 03 02 01   # fh
            """),
        golden(new WireFormat(8, false), 40, 3, header -> new Getattr(header, 0, 0), ""),
        golden(
            128,
            4,
            header ->
                new Setattr(
                    header,
                    0xfff,
                    7,
                    0x100000001L,
                    0xfedcba9876543210L,
                    -1,
                    1700000000,
                    0x0102030405060708L,
                    999999999,
                    5,
                    6,
                    0104755,
                    1001,
                    1002),
            """
            ff 0f 00 00 00 00 00 00   # valid, padding
            07 00 00 00 00 00 00 00   # fh
            01 00 00 00 01 00 00 00   # size
            10 32 54 76 98 ba dc fe   # lock_owner
            ff ff ff ff ff ff ff ff   # atime: a second before 1970
            00 f1 53 65 00 00 00 00   # mtime
            08 07 06 05 04 03 02 01   # ctime
            ff c9 9a 3b 05 00 00 00   # atimensec, mtimensec
            06 00 00 00 ed 89 00 00   # ctimensec, mode 0104755
            00 00 00 00 e9 03 00 00   # unused4, uid
            ea 03 00 00 00 00 00 00   # gid, unused5
            """),
        golden(
            64,
            52,
            header -> new Statx(header, Getattr.FH, 7, 0x2000, 0xfff),
            """
            01 00 00 00 00 00 00 00   # getattr_flags, reserved
            07 00 00 00 00 00 00 00   # fh
            00 20 00 00 ff 0f 00 00   # sx_flags, sx_mask
            """),
        golden(
            48,
            34,
            header -> new Access(header, 4),
            """
            04 00 00 00 00 00 00 00   # mask, padding
            """),
        golden(
            67,
            21,
            header ->
                new Setxattr(
                    header,
                    3,
                    Setxattr.REPLACE,
                    Setxattr.ACL_KILL_SGID,
                    FileName.of("user.a/"),
                    Hex.buffer("76 00 31")),
            """
            03 00 00 00 02 00 00 00   # size, flags
            01 00 00 00 00 00 00 00   # setxattr_flags, padding
            75 73 65 72 2e 61 2f 00   # "user.a/"
            76 00 31                  # value
            """),
        golden(
            new WireFormat(45, false),
            55,
            21,
            header ->
                new Setxattr(header, 0, Setxattr.CREATE, 0, FileName.of("user.a"), Hex.buffer("")),
            """
            00 00 00 00 01 00 00 00   # size, flags; no more without SETXATTR_EXT
            75 73 65 72 2e 61 00      # "user.a", an empty value
            """),
        golden(
            55,
            22,
            header -> new Getxattr(header, 65536, FileName.of("user.a")),
            """
            00 00 01 00 00 00 00 00   # size, padding
            75 73 65 72 2e 61 00      # "user.a"
            """),
        golden(
            48,
            23,
            header -> new Listxattr(header, 256),
            """
            00 01 00 00 00 00 00 00   # size, padding
            """),
        golden(
            47,
            24,
            header -> new Removexattr(header, FileName.of("user.a")),
            """
            75 73 65 72 2e 61 00      # "user.a"
            """));
  }
}
