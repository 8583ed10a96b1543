package dev.fused.conformance;

import static dev.fused.conformance.NameLaws.same;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.CopyFileRange;
import dev.fused.protocol.request.CopyFileRange64;
import dev.fused.protocol.request.Extensions;
import dev.fused.protocol.request.Fallocate;
import dev.fused.protocol.request.Flush;
import dev.fused.protocol.request.Fsync;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Lseek;
import dev.fused.protocol.request.Open;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Tmpfile;
import java.util.Arrays;
import java.util.Random;

/** Open files: their data, and the end of their use. */
final class FileLaws {
  private static final int O_TRUNC = 01000;
  private static final int KIB = 1024;

  private FileLaws() {}

  @Law(Opcode.OPEN)
  static void openGivesAHandleOrSaysThatNoneIsNeeded(Client client) {
    Answer answer =
        client
            .kernel()
            .call(new Open(client.header(Opcode.OPEN, client.anyFile()), Client.O_RDONLY, 0));
    if (!answer.isError(Errno.ENOSYS)) {
      answer.opened();
    }
  }

  @Law(Opcode.OPEN)
  static void aFileCanBeOpenMoreThanOnce(Client client) {
    long file = client.anyFile();
    Client.OpenFile first = client.open(file, Client.O_RDONLY);
    Client.OpenFile second = client.open(file, Client.O_RDONLY);
    byte[] data = client.read(first, 0, KIB).data();
    client.release(first);
    if (!Arrays.equals(client.read(second, 0, KIB).data(), data)) {
      throw new LawBroken("two handles of one file read different data");
    }
  }

  @Law(value = Opcode.OPEN, needs = InitFlag.ATOMIC_O_TRUNC)
  static void openWithOTruncEmptiesTheFile(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[10]);
    client.open(file.nodeid(), Client.O_RDWR | O_TRUNC);
    same("size", client.attributes(file.nodeid()).size(), 0);
  }

  @Law(Opcode.RELEASE)
  static void releaseIsAnswered(Client client) {
    Client.OpenFile file = client.open(client.anyFile(), Client.O_RDONLY);
    client
        .kernel()
        .call(
            new Release(
                client.header(Opcode.RELEASE, file.nodeid()), file.fh(), Client.O_RDONLY, 0, 0))
        .ok();
  }

  @Law(Opcode.READ)
  static void readGivesBackWhatWasWritten(Client client) {
    byte[] data = random(Client.BIG);
    Client.OpenFile file = client.newOpenFile("file", data);
    requireSame(client.read(file, 0, Client.BIG).data(), data);
  }

  @Law(Opcode.READ)
  static void readFromWithinTheFileGivesItsMiddle(Client client) {
    byte[] data = random(10 * KIB);
    Client.OpenFile file = client.newOpenFile("file", data);
    requireSame(client.read(file, 4097, 5000).data(), Arrays.copyOfRange(data, 4097, 9097));
  }

  @Law(Opcode.READ)
  static void readAcrossTheEndIsShort(Client client) {
    Client.OpenFile file = client.newOpenFile("file", random(100));
    same("length", client.read(file, 60, 4096).data().length, 40);
  }

  @Law(Opcode.READ)
  static void readAtTheEndGivesNothing(Client client) {
    readPastTheEnd(client, 0);
  }

  @Law(Opcode.READ)
  static void readFarPastTheEndGivesNothing(Client client) {
    readPastTheEnd(client, 100_000);
  }

  private static void readPastTheEnd(Client client, long by) {
    long nodeid = client.anyFile();
    long size = client.attributes(nodeid).size();
    Client.OpenFile file = client.open(nodeid, Client.O_RDONLY);
    same("length", client.read(file, size + by, 4096).data().length, 0);
  }

  @Law(Opcode.READ)
  static void readGivesAsMuchAsTheSizeSays(Client client) {
    long nodeid = client.anyFile();
    long size = Math.min(client.attributes(nodeid).size(), Client.BIG);
    Client.OpenFile file = client.open(nodeid, Client.O_RDONLY);
    same("length", client.read(file, 0, Client.BIG).data().length, size);
  }

  @Law(Opcode.READ)
  static void readOfAHoleGivesZeros(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[0]);
    client.write(file, 20_000, new byte[] {1});
    requireSame(client.read(file, 5_000, 10_000).data(), new byte[10_000]);
  }

  @Law(Opcode.WRITE)
  static void writeExtendsTheFile(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[0]);
    client.write(file, 1000, new byte[500]);
    same("size", client.attributes(file.nodeid()).size(), 1500);
  }

  @Law(Opcode.WRITE)
  static void writeWithinTheFileChangesOnlyItsRange(Client client) {
    byte[] data = random(3000);
    Client.OpenFile file = client.newOpenFile("file", data);
    byte[] part = random(700);
    client.write(file, 1200, part);
    System.arraycopy(part, 0, data, 1200, part.length);
    requireSame(client.read(file, 0, 4096).data(), data);
  }

  @Law(Opcode.WRITE)
  static void writeTakesAsMuchAsEveryKernelSends(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[0]);
    int most =
        (int) Math.min(Client.BIG, Integer.toUnsignedLong(client.kernel().initReply().maxWrite()));
    client.write(file, 0, random(most));
    same("size", client.attributes(file.nodeid()).size(), most);
  }

  @Law(Opcode.WRITE)
  static void writeFarBeyondTheEndIsSeenOrRefused(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[0]);
    long far = 1L << 40;
    Answer answer = client.tryWrite(file, far, new byte[] {1});
    if (answer.isSuccess()) {
      same("size", client.attributes(file.nodeid()).size(), far + 1);
    } else {
      answer.fails(Errno.EFBIG, Errno.ENOSPC);
    }
  }

  @Law(Opcode.FLUSH)
  static void flushIsAnsweredEachTime(Client client) {
    Client.OpenFile file = client.open(client.anyFile(), Client.O_RDONLY);
    for (int i = 0; i < 2; i++) {
      client
          .kernel()
          .call(new Flush(client.header(Opcode.FLUSH, file.nodeid()), file.fh(), 1))
          .ok();
    }
  }

  @Law(Opcode.FSYNC)
  static void fsyncIsAnsweredForDataAndForAll(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[10]);
    for (int flags = 0; flags <= Fsync.FDATASYNC; flags++) {
      client
          .kernel()
          .call(new Fsync(client.header(Opcode.FSYNC, file.nodeid()), file.fh(), flags))
          .ok();
    }
  }

  @Law(Opcode.FALLOCATE)
  static void fallocateExtendsTheFile(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[10]);
    fallocate(client, file, 0, 10_000, 0).ok();
    same("size", client.attributes(file.nodeid()).size(), 10_000);
    same("length", client.read(file, 0, 20_000).data().length, 10_000);
  }

  @Law(Opcode.FALLOCATE)
  static void fallocateKeepsTheSizeIfAsked(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[10]);
    fallocate(client, file, 0, 10_000, Fallocate.KEEP_SIZE).ok();
    same("size", client.attributes(file.nodeid()).size(), 10);
  }

  @Law(Opcode.FALLOCATE)
  static void fallocatePunchesZerosIntoTheFile(Client client) {
    byte[] data = random(20_000);
    Client.OpenFile file = client.newOpenFile("file", data);
    fallocate(client, file, 5_000, 9_000, Fallocate.PUNCH_HOLE | Fallocate.KEEP_SIZE).ok();
    Arrays.fill(data, 5_000, 14_000, (byte) 0);
    requireSame(client.read(file, 0, 32_768).data(), data);
  }

  private static Answer fallocate(
      Client client, Client.OpenFile file, long offset, long length, int mode) {
    return client
        .kernel()
        .call(
            new Fallocate(
                client.header(Opcode.FALLOCATE, file.nodeid()), file.fh(), offset, length, mode));
  }

  @Law(Opcode.LSEEK)
  static void lseekFindsDataAndTheHoleAtTheEnd(Client client) {
    Client.OpenFile file = client.newOpenFile("file", random(5000));
    same("offset of data", lseek(client, file, 100, Lseek.SEEK_DATA).seekOffset(), 100);
    long hole = lseek(client, file, 100, Lseek.SEEK_HOLE).seekOffset();
    same("offset of the hole", hole, 5000);
  }

  @Law(Opcode.LSEEK)
  static void lseekPastTheEndFails(Client client) {
    Client.OpenFile file = client.newOpenFile("file", random(50));
    lseek(client, file, 50, Lseek.SEEK_DATA).fails(Errno.ENXIO);
    lseek(client, file, 50, Lseek.SEEK_HOLE).fails(Errno.ENXIO);
  }

  private static Answer lseek(Client client, Client.OpenFile file, long offset, int whence) {
    return client
        .kernel()
        .call(new Lseek(client.header(Opcode.LSEEK, file.nodeid()), file.fh(), offset, whence));
  }

  @Law(Opcode.COPY_FILE_RANGE)
  static void copyFileRangeCopies(Client client) {
    requireCopies(client, Opcode.COPY_FILE_RANGE, CopyFileRange::new);
  }

  @Law(Opcode.COPY_FILE_RANGE_64)
  static void copyFileRange64Copies(Client client) {
    requireCopies(client, Opcode.COPY_FILE_RANGE_64, CopyFileRange64::new);
  }

  /** Makes either request, which differ in the answer only. */
  private interface Copy {
    FuseRequest of(
        RequestHeader header,
        long fhIn,
        long offIn,
        long nodeidOut,
        long fhOut,
        long offOut,
        long len,
        long flags);
  }

  private static void requireCopies(Client client, Opcode opcode, Copy copy) {
    byte[] data = random(9000);
    Client.OpenFile from = client.newOpenFile("from", data);
    Client.OpenFile to = client.newOpenFile("to", new byte[0]);
    RequestHeader header = client.header(opcode, from.nodeid());
    Answer answer =
        client.kernel().call(copy.of(header, from.fh(), 1000, to.nodeid(), to.fh(), 500, 4000, 0));
    requireCopied(client, answer, data, to);
  }

  /** A copy may be short, but not empty, as there is data to copy. */
  private static void requireCopied(Client client, Answer answer, byte[] data, Client.OpenFile to) {
    int copied = (int) answer.copied();
    if (copied == 0) {
      throw new LawBroken("nothing was copied, though there is data");
    }
    requireSame(client.read(to, 500, copied).data(), Arrays.copyOfRange(data, 1000, 1000 + copied));
  }

  @Law(Opcode.TMPFILE)
  static void tmpfileMakesAnOpenFileWithoutName(Client client) {
    var created = tmpfile(client).created();
    same("links", created.entry().attr().nlink(), 0);
    Client.OpenFile file = new Client.OpenFile(created.entry().nodeid(), created.open().fh());
    client.write(file, 0, new byte[] {1, 2});
    same("length", client.read(file, 0, 10).data().length, 2);
    same(
        "entries",
        client.list(client.work()).stream().filter(e -> !e.name().isDotOrDotDot()).count(),
        0);
  }

  @Law(Opcode.TMPFILE)
  static void aTmpfileCanBeGivenAName(Client client) {
    var created = tmpfile(client).created();
    client.link(created.entry().nodeid(), client.work(), "named").ok();
    same(
        "nodeid", client.requirePresent(client.work(), "named").nodeid(), created.entry().nodeid());
  }

  private static Answer tmpfile(Client client) {
    return client
        .kernel()
        .call(
            new Tmpfile(
                client.header(Opcode.TMPFILE, client.work()),
                Client.O_RDWR,
                Attributes.S_IFREG | 0600,
                022,
                0,
                FileName.of("/"),
                Extensions.NONE));
  }

  /** The same bytes in each run. */
  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static void requireSame(byte[] found, byte[] expected) {
    int different = Arrays.mismatch(found, expected);
    if (different >= 0) {
      throw new LawBroken(
          "%d bytes came, %d were expected; the first difference is at byte %d"
              .formatted(found.length, expected.length, different));
    }
  }
}
