package dev.fused.protocol.request;

import static dev.fused.protocol.request.Golden.golden;

import dev.fused.protocol.Hex;
import dev.fused.protocol.WireFormat;
import java.util.stream.Stream;

/** Requests about the connection and the file system as a whole. */
final class GoldenSession {
  private GoldenSession() {}

  static Stream<Golden> requests() {
    return Stream.of(
        // Seen on Linux 6.18.
        golden(
            WireFormat.INITIAL,
            104,
            26,
            header -> new Init(header, 7, 45, 131072, 0x7fd73fffffbL),
            """
            07 00 00 00 2d 00 00 00   # major, minor
            00 00 02 00 fb ff ff 73   # max_readahead, flags
            fd 07 00 00 00 00 00 00   # flags2, unused
            00 00 00 00 00 00 00 00
            00 00 00 00 00 00 00 00
            00 00 00 00 00 00 00 00
            00 00 00 00 00 00 00 00
            00 00 00 00 00 00 00 00
            """),
        golden(
            WireFormat.INITIAL,
            56,
            26,
            header -> new Init(header, 7, 35, 131072, 0xb3fffffbL),
            """
            07 00 00 00 23 00 00 00   # major, minor
            00 00 02 00 fb ff ff b3   # max_readahead, flags; no more before 7.36
            """),
        golden(
            WireFormat.INITIAL,
            48,
            26,
            header -> new Init(header, 7, 5, 0, 0),
            """
            07 00 00 00 05 00 00 00   # major, minor; no more before 7.6
            """),
        // Without INIT_EXT, flags2 counts for nothing; what a later kernel appends is skipped.
        golden(
                WireFormat.INITIAL,
                112,
                26,
                header -> new Init(header, 7, 46, 131072, 0x1),
                """
                07 00 00 00 2e 00 00 00   # major, minor
                00 00 02 00 01 00 00 00   # max_readahead, flags
                ff ff ff ff 00 00 00 00   # flags2, unused
                00 00 00 00 00 00 00 00
                00 00 00 00 00 00 00 00
                00 00 00 00 00 00 00 00
                00 00 00 00 00 00 00 00
                00 00 00 00 00 00 00 00
                ff ff ff ff ff ff ff ff   # unknown
                """)
            .decodeOnly(),
        golden(
            WireFormat.INITIAL,
            56,
            4096,
            header -> new CuseInit(header, 7, 45, CuseInit.UNRESTRICTED_IOCTL),
            """
            07 00 00 00 2d 00 00 00   # major, minor
            00 00 00 00 01 00 00 00   # unused, flags
            """),
        golden(40, 38, Destroy::new, ""),
        golden(40, 17, Statfs::new, ""),
        golden(
            48,
            50,
            Syncfs::new,
            """
            00 00 00 00 00 00 00 00   # padding
            """),
        golden(
            48,
            36,
            header -> new Interrupt(header, 0x1234),
            """
            34 12 00 00 00 00 00 00   # unique of the request to interrupt
            """),
        golden(
            83,
            41,
            header -> new NotifyReply(header, 4096, 3, Hex.buffer("61 62 63")),
            """
            00 00 00 00 00 00 00 00   # dummy1
            00 10 00 00 00 00 00 00   # offset
            03 00 00 00 00 00 00 00   # size, dummy2
            00 00 00 00 00 00 00 00   # dummy3
            00 00 00 00 00 00 00 00   # dummy4
            61 62 63                  # data
            """),
        golden(40, 7, Unsupported::new, ""),
        golden(
                44,
                9999,
                Unsupported::new,
                """
                de ad be ef               # of an opcode that does not exist
                """)
            .decodeOnly());
  }
}
