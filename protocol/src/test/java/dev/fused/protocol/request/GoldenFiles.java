package dev.fused.protocol.request;

import static dev.fused.protocol.request.Golden.golden;

import dev.fused.protocol.FileLock;
import dev.fused.protocol.Hex;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.request.Removemapping.RemovemappingOne;
import java.util.List;
import java.util.stream.Stream;

/** Requests about open files. */
final class GoldenFiles {
  private static final WireFormat BEFORE_7_9 = new WireFormat(8, false);

  private GoldenFiles() {}

  static Stream<Golden> requests() {
    return Stream.concat(readAndWrite(), others());
  }

  private static Stream<Golden> readAndWrite() {
    return Stream.of(
        golden(
            48,
            14,
            header -> new Open(header, 0x8201, Open.KILL_SUIDGID),
            """
            01 82 00 00 01 00 00 00   # flags, open_flags
            """),
        golden(
            80,
            15,
            header ->
                new Read(
                    header,
                    0x0102030405060708L,
                    0x11000,
                    131072,
                    Read.LOCKOWNER,
                    0xfedcba9876543210L,
                    0x8002),
            """
            08 07 06 05 04 03 02 01   # fh
            00 10 01 00 00 00 00 00   # offset
            00 00 02 00 02 00 00 00   # size, read_flags
            10 32 54 76 98 ba dc fe   # lock_owner
            02 80 00 00 00 00 00 00   # flags, padding
            """),
        golden(
            BEFORE_7_9,
            64,
            15,
            header -> new Read(header, 7, 4096, 4096, 0, 0, 0),
            """
            07 00 00 00 00 00 00 00   # fh
            00 10 00 00 00 00 00 00   # offset
            00 10 00 00 00 00 00 00   # size, padding; no more before 7.9
            """),
        golden(
            85,
            16,
            header ->
                new Write(
                    header,
                    7,
                    0x100000000L,
                    5,
                    Write.LOCKOWNER | Write.KILL_SUIDGID,
                    0xfedcba9876543210L,
                    0x8401,
                    Hex.buffer("68 65 6c 6c 6f")),
            """
            07 00 00 00 00 00 00 00   # fh
            00 00 00 00 01 00 00 00   # offset
            05 00 00 00 06 00 00 00   # size, write_flags
            10 32 54 76 98 ba dc fe   # lock_owner
            01 84 00 00 00 00 00 00   # flags, padding
            68 65 6c 6c 6f            # data
            """),
        golden(
            BEFORE_7_9,
            67,
            16,
            header -> new Write(header, 7, 1, 3, Write.CACHE, 0, 0, Hex.buffer("61 62 63")),
            """
            07 00 00 00 00 00 00 00   # fh
            01 00 00 00 00 00 00 00   # offset
            03 00 00 00 01 00 00 00   # size, write_flags; no more before 7.9
            61 62 63                  # data
            """),
        golden(
            64,
            18,
            header -> new Release(header, 7, 0x8002, Release.FLOCK_UNLOCK, 0xfedcba9876543210L),
            """
            07 00 00 00 00 00 00 00   # fh
            02 80 00 00 02 00 00 00   # flags, release_flags
            10 32 54 76 98 ba dc fe   # lock_owner
            """),
        golden(
            56,
            20,
            header -> new Fsync(header, 7, 0),
            """
            07 00 00 00 00 00 00 00   # fh
            00 00 00 00 00 00 00 00   # fsync_flags, padding
            """),
        golden(
            64,
            25,
            header -> new Flush(header, 7, 0xfedcba9876543210L),
            """
            07 00 00 00 00 00 00 00   # fh
            00 00 00 00 00 00 00 00   # unused, padding
            10 32 54 76 98 ba dc fe   # lock_owner
            """));
  }

  private static Stream<Golden> others() {
    return Stream.of(
        golden(
            88,
            31,
            header ->
                new Getlk(
                    header,
                    7,
                    0xfedcba9876543210L,
                    new FileLock(10, FileLock.TO_END_OF_FILE, FileLock.WRITE, 4242),
                    0),
            """
            07 00 00 00 00 00 00 00   # fh
            10 32 54 76 98 ba dc fe   # owner
            0a 00 00 00 00 00 00 00   # lk.start
            ff ff ff ff ff ff ff 7f   # lk.end
            01 00 00 00 92 10 00 00   # lk.type, lk.pid
            00 00 00 00 00 00 00 00   # lk_flags, padding
            """),
        golden(
            88,
            32,
            header ->
                new Setlk(
                    header,
                    7,
                    0xfedcba9876543210L,
                    new FileLock(0, FileLock.TO_END_OF_FILE, FileLock.UNLOCK, 0),
                    Setlk.FLOCK),
            """
            07 00 00 00 00 00 00 00   # fh
            10 32 54 76 98 ba dc fe   # owner
            00 00 00 00 00 00 00 00   # lk.start
            ff ff ff ff ff ff ff 7f   # lk.end
            02 00 00 00 00 00 00 00   # lk.type, lk.pid
            01 00 00 00 00 00 00 00   # lk_flags, padding
            """),
        golden(
            88,
            33,
            header -> new Setlkw(header, 7, 1, new FileLock(2, 3, FileLock.READ, 4), 0),
            """
            07 00 00 00 00 00 00 00   # fh
            01 00 00 00 00 00 00 00   # owner
            02 00 00 00 00 00 00 00   # lk.start
            03 00 00 00 00 00 00 00   # lk.end
            00 00 00 00 04 00 00 00   # lk.type, lk.pid
            00 00 00 00 00 00 00 00   # lk_flags, padding
            """),
        golden(
            BEFORE_7_9,
            80,
            33,
            header -> new Setlkw(header, 7, 1, new FileLock(2, 3, FileLock.READ, 4), 0),
            """
            07 00 00 00 00 00 00 00   # fh
            01 00 00 00 00 00 00 00   # owner
            02 00 00 00 00 00 00 00   # lk.start
            03 00 00 00 00 00 00 00   # lk.end
            00 00 00 00 04 00 00 00   # lk.type, lk.pid; no lk_flags before 7.9
            """),
        golden(
            56,
            37,
            header -> new Bmap(header, 0x1234, 4096),
            """
            34 12 00 00 00 00 00 00   # block
            00 10 00 00 00 00 00 00   # blocksize, padding
            """),
        golden(
            76,
            39,
            header ->
                new Ioctl(
                    header,
                    7,
                    Ioctl.DIR,
                    0x40086602,
                    0x7ffc12345678L,
                    4,
                    8,
                    Hex.buffer("10000000")),
            """
            07 00 00 00 00 00 00 00   # fh
            10 00 00 00 02 66 08 40   # flags, cmd
            78 56 34 12 fc 7f 00 00   # arg
            04 00 00 00 08 00 00 00   # in_size, out_size
            10 00 00 00               # data
            """),
        golden(
            64,
            40,
            header -> new Poll(header, 7, 0x0102, Poll.SCHEDULE_NOTIFY, 0x41),
            """
            07 00 00 00 00 00 00 00   # fh
            02 01 00 00 00 00 00 00   # kh
            01 00 00 00 41 00 00 00   # flags, events
            """),
        golden(
            72,
            43,
            header ->
                new Fallocate(
                    header, 7, 4096, 0x200000, Fallocate.PUNCH_HOLE | Fallocate.KEEP_SIZE),
            """
            07 00 00 00 00 00 00 00   # fh
            00 10 00 00 00 00 00 00   # offset
            00 00 20 00 00 00 00 00   # length
            03 00 00 00 00 00 00 00   # mode, padding
            """),
        golden(
            64,
            46,
            header -> new Lseek(header, 7, 4096, Lseek.SEEK_HOLE),
            """
            07 00 00 00 00 00 00 00   # fh
            00 10 00 00 00 00 00 00   # offset
            04 00 00 00 00 00 00 00   # whence, padding
            """),
        golden(
            96,
            47,
            header -> new CopyFileRange(header, 1, 2, 3, 4, 5, 0xfffff000L, 0),
            """
            01 00 00 00 00 00 00 00   # fh_in
            02 00 00 00 00 00 00 00   # off_in
            03 00 00 00 00 00 00 00   # nodeid_out
            04 00 00 00 00 00 00 00   # fh_out
            05 00 00 00 00 00 00 00   # off_out
            00 f0 ff ff 00 00 00 00   # len
            00 00 00 00 00 00 00 00   # flags
            """),
        golden(
            96,
            53,
            header -> new CopyFileRange64(header, 1, 2, 3, 4, 5, 0x7ffffffffffff000L, 6),
            """
            01 00 00 00 00 00 00 00   # fh_in
            02 00 00 00 00 00 00 00   # off_in
            03 00 00 00 00 00 00 00   # nodeid_out
            04 00 00 00 00 00 00 00   # fh_out
            05 00 00 00 00 00 00 00   # off_out
            00 f0 ff ff ff ff ff 7f   # len
            06 00 00 00 00 00 00 00   # flags
            """),
        golden(
            80,
            48,
            header -> new Setupmapping(header, 7, 4096, 8192, Setupmapping.READ, 0x200000),
            """
            07 00 00 00 00 00 00 00   # fh
            00 10 00 00 00 00 00 00   # foffset
            00 20 00 00 00 00 00 00   # len
            02 00 00 00 00 00 00 00   # flags
            00 00 20 00 00 00 00 00   # moffset
            """),
        golden(
            76,
            49,
            header ->
                new Removemapping(
                    header,
                    List.of(new RemovemappingOne(0x200000, 8192), new RemovemappingOne(1, 2))),
            """
            02 00 00 00               # count
            00 00 20 00 00 00 00 00   # moffset
            00 20 00 00 00 00 00 00   # len
            01 00 00 00 00 00 00 00   # moffset
            02 00 00 00 00 00 00 00   # len
            """));
  }
}
