package dev.fused.conformance;

import static dev.fused.conformance.NameLaws.same;

import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.StatfsOut;
import dev.fused.protocol.reply.Statx;
import dev.fused.protocol.request.Access;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Setattr;
import dev.fused.protocol.request.Statfs;
import java.time.Instant;

/** Attributes of inodes, and of the whole. */
final class AttributeLaws {
  private static final int STATX_ALL = 0xfff;

  private AttributeLaws() {}

  @Law(Opcode.GETATTR)
  static void theRootIsADirectory(Client client) {
    if (!client.attributes(Client.ROOT).isDirectory()) {
      throw new LawBroken("the root is no directory");
    }
  }

  @Law(Opcode.GETATTR)
  static void getattrGivesWhatLookupGave(Client client) {
    client.newFile("file");
    EntryOut found = client.requirePresent(client.work(), "file");
    Attributes now = client.attributes(found.nodeid());
    same("mode", now.mode(), found.attr().mode());
    same("ino", now.ino(), found.attr().ino());
    same("size", now.size(), found.attr().size());
  }

  @Law(Opcode.GETATTR)
  static void getattrOfAnOpenFileIsAnswered(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[77]);
    Attributes attributes =
        client
            .kernel()
            .call(new Getattr(client.header(Opcode.GETATTR, file.nodeid()), Getattr.FH, file.fh()))
            .attributes();
    same("size", attributes.size(), 77);
  }

  @Law(Opcode.SETATTR)
  static void aShorterSizeCutsTheFile(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[] {1, 2, 3, 4, 5});
    same("size", client.truncate(file.nodeid(), 2).attributes().size(), 2);
    same("length", client.read(file, 0, 10).data().length, 2);
  }

  @Law(Opcode.SETATTR)
  static void aLongerSizeFillsWithZeros(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[] {1, 2, 3, 4, 5});
    client.truncate(file.nodeid(), 2).ok();
    same("size", client.truncate(file.nodeid(), 8).attributes().size(), 8);
    byte[] data = client.read(file, 0, 10).data();
    same("length", data.length, 8);
    same("the byte after the old end", data[2], 0);
  }

  @Law(Opcode.SETATTR)
  static void theSizeOfAnOpenFileCanBeSet(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[10]);
    Attributes size = Attributes.file(file.nodeid()).size(4).build();
    client.setattr(file.nodeid(), Setattr.SIZE | Setattr.FH, file.fh(), size).ok();
    same("size", client.attributes(file.nodeid()).size(), 4);
  }

  @Law(Opcode.SETATTR)
  static void newPermissionsKeepTheType(Client client) {
    long file = client.newFile("file");
    Attributes mode = Attributes.file(file).permissions(0604).build();
    Attributes now = client.setattr(file, Setattr.MODE, 0, mode).attributes();
    same("mode", now.mode(), Attributes.S_IFREG | 0604);
    same("mode", client.attributes(file).mode(), Attributes.S_IFREG | 0604);
  }

  @Law(Opcode.SETATTR)
  static void timesAreSetAsAsked(Client client) {
    long file = client.newFile("file");
    Attributes times =
        Attributes.file(file)
            .accessed(Instant.ofEpochSecond(1_000_000_000))
            .modified(Instant.ofEpochSecond(1_100_000_000))
            .build();
    client.setattr(file, Setattr.ATIME | Setattr.MTIME, 0, times).ok();
    Attributes now = client.attributes(file);
    same("atime", now.atime(), 1_000_000_000);
    same("mtime", now.mtime(), 1_100_000_000);
  }

  @Law(Opcode.SETATTR)
  static void timesOfTheServersClockAreNotThoseOfTheRequest(Client client) {
    long file = client.newFile("file");
    Attributes past = Attributes.file(file).times(Instant.EPOCH).build();
    client.setattr(file, Setattr.ATIME | Setattr.MTIME, 0, past).ok();
    int now = Setattr.ATIME | Setattr.ATIME_NOW | Setattr.MTIME | Setattr.MTIME_NOW;
    Attributes set = client.setattr(file, now, 0, past).attributes();
    if (set.atime() == 0 || set.mtime() == 0) {
      throw new LawBroken(
          "atime is %d and mtime %d, expected now".formatted(set.atime(), set.mtime()));
    }
  }

  @Law(Opcode.SETATTR)
  static void setattrOfNothingIsAnswered(Client client) {
    long file = client.newFile("file");
    client.setattr(file, 0, 0, Attributes.file(file).build()).attributes();
  }

  @Law(Opcode.STATX)
  static void statxGivesWhatGetattrGives(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[123]);
    Attributes attributes = client.attributes(file.nodeid());
    Statx statx =
        client
            .kernel()
            .call(
                new dev.fused.protocol.request.Statx(
                    client.header(Opcode.STATX, file.nodeid()), 0, 0, 0, STATX_ALL))
            .statx()
            .stat();
    if ((statx.mask() & Statx.BASIC_STATS) != Statx.BASIC_STATS) {
      throw new LawBroken(
          "the mask is %x, expected all that stat(2) shows".formatted(statx.mask()));
    }
    same("size", statx.size(), attributes.size());
    same("mode", statx.mode(), attributes.mode());
    same("ino", statx.ino(), attributes.ino());
    same("nlink", statx.nlink(), attributes.nlink());
  }

  @Law(Opcode.STATFS)
  static void statfsGivesFiguresThatAddUp(Client client) {
    StatfsOut figures =
        client.kernel().call(new Statfs(client.header(Opcode.STATFS, Client.ROOT))).statfs();
    requireUpTo("bfree", figures.bfree(), figures.blocks());
    requireUpTo("bavail", figures.bavail(), figures.bfree());
    requireUpTo("ffree", figures.ffree(), figures.files());
  }

  private static void requireUpTo(String what, long value, long most) {
    if (Long.compareUnsigned(value, most) > 0) {
      throw new LawBroken(
          "%s is %s, more than %s"
              .formatted(what, Long.toUnsignedString(value), Long.toUnsignedString(most)));
    }
  }

  @Law(Opcode.ACCESS)
  static void accessIsAnswered(Client client) {
    client.kernel().call(new Access(client.header(Opcode.ACCESS, Client.ROOT), 4)).ok();
  }

  @Law(Opcode.ACCESS)
  static void accessToExistIsGranted(Client client) {
    Answer answer =
        client.kernel().call(new Access(client.header(Opcode.ACCESS, client.anyFile()), 0));
    if (answer.isError(Errno.EACCES)) {
      throw new LawBroken("ACCESS with mask 0 answered EACCES, but the file exists");
    }
    answer.ok();
  }
}
