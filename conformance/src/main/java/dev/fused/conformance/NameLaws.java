package dev.fused.conformance;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.request.Rename2;
import java.util.List;

/** LOOKUP, and the requests that make and take names. */
final class NameLaws {
  private static final FileName NOT_UTF_8 = FileName.of(new byte[] {'a', (byte) 0xff, (byte) 0xc0});

  private NameLaws() {}

  @Law(Opcode.LOOKUP)
  static void lookupOfAMissingNameFindsNothing(Client client) {
    client.requireMissing(Client.ROOT, "fused-conformance-no-such-name");
  }

  @Law(Opcode.LOOKUP)
  static void lookupTwiceFindsTheSameInode(Client client) {
    client.newFile("file");
    EntryOut first = client.requirePresent(client.work(), "file");
    EntryOut second = client.requirePresent(client.work(), "file");
    if (first.nodeid() != second.nodeid() || first.generation() != second.generation()) {
      throw new LawBroken(
          "LOOKUP answered nodeid %d and then %d".formatted(first.nodeid(), second.nodeid()));
    }
  }

  @Law(Opcode.LOOKUP)
  static void lookupTellsNamesApartByTheirBytes(Client client) {
    Client.OpenFile file = client.newOpenFile(client.work(), NOT_UTF_8);
    EntryOut found = client.lookup(client.work(), NOT_UTF_8).entry();
    same("nodeid", found.nodeid(), file.nodeid());
    FileName other = FileName.of(new byte[] {'a', (byte) 0xfe, (byte) 0xc0});
    Answer answer = client.lookup(client.work(), other);
    if (!answer.isSuccess() || answer.entry().nodeid() != 0) {
      answer.fails(Errno.ENOENT);
    }
  }

  @Law(Opcode.LOOKUP)
  static void lookupOfANameThatIsTooLongFindsNothing(Client client) {
    Answer answer = client.lookup(Client.ROOT, "n".repeat(1000));
    if (!answer.isSuccess() || answer.entry().nodeid() != 0) {
      answer.fails(Errno.ENAMETOOLONG, Errno.ENOENT);
    }
  }

  @Law(Opcode.LOOKUP)
  static void lookupFindsALongName(Client client) {
    String name = "n".repeat(255);
    long file = client.newFile(name);
    same("nodeid", client.requirePresent(client.work(), name).nodeid(), file);
  }

  @Law(value = Opcode.LOOKUP, needs = InitFlag.EXPORT_SUPPORT)
  static void lookupOfDotFindsTheDirectoryItself(Client client) {
    long directory = client.newDirectory("directory");
    same("nodeid of \".\"", client.requirePresent(directory, ".").nodeid(), directory);
  }

  @Law(value = Opcode.LOOKUP, needs = InitFlag.EXPORT_SUPPORT)
  static void lookupOfDotDotFindsTheParent(Client client) {
    long directory = client.newDirectory("directory");
    same("nodeid of \"..\"", client.requirePresent(directory, "..").nodeid(), client.work());
  }

  @Law(Opcode.MKDIR)
  static void mkdirMakesADirectory(Client client) {
    long directory = client.newDirectory("directory");
    if (!client.attributes(directory).isDirectory()) {
      throw new LawBroken("what MKDIR made is no directory");
    }
    same("nodeid", client.requirePresent(client.work(), "directory").nodeid(), directory);
  }

  @Law(Opcode.MKDIR)
  static void mkdirOfAnExistingNameFails(Client client) {
    client.newDirectory("directory");
    client.mkdir(client.work(), "directory").fails(Errno.EEXIST);
  }

  @Law(Opcode.MKDIR)
  static void mkdirGivesTheCallerAsOwner(Client client) {
    Attributes made = client.mkdir(client.work(), "directory").entry().attr();
    same("uid", made.uid(), client.header(Opcode.MKDIR, Client.ROOT).uid());
  }

  @Law(Opcode.MKNOD)
  static void mknodMakesAFile(Client client) {
    Attributes made = client.mknod(client.work(), "file", Attributes.S_IFREG | 0640).entry().attr();
    same("permissions", made.permissions(), 0640);
    same("size", made.size(), 0);
    same("links", made.nlink(), 1);
  }

  @Law(Opcode.MKNOD)
  static void mknodMakesAFifo(Client client) {
    Answer answer = client.mknod(client.work(), "fifo", Attributes.S_IFIFO | 0600);
    if (!client.attributes(answer.entry().nodeid()).isFifo()) {
      throw new LawBroken("what MKNOD of a FIFO made is none");
    }
  }

  @Law(Opcode.MKNOD)
  static void mknodOfAnExistingNameFails(Client client) {
    client.newFile("file");
    client.mknod(client.work(), "file", Attributes.S_IFREG | 0600).fails(Errno.EEXIST);
  }

  @Law(Opcode.SYMLINK)
  static void symlinkMakesALinkOfTheLengthOfItsTarget(Client client) {
    EntryOut link = client.symlink(client.work(), "link", "some/target").entry();
    same("size", client.attributes(link.nodeid()).size(), "some/target".length());
  }

  @Law(Opcode.SYMLINK)
  static void symlinkOverAnExistingNameFails(Client client) {
    client.newFile("file");
    client.symlink(client.work(), "file", "target").fails(Errno.EEXIST);
  }

  @Law(Opcode.READLINK)
  static void readlinkGivesTheTargetWithoutEnd(Client client) {
    long link = client.symlink(client.work(), "link", "some/target").entry().nodeid();
    String target = FileName.of(client.readlink(link).data()).toString();
    if (!target.equals("some/target")) {
      throw new LawBroken("READLINK answered \"" + target + "\", expected \"some/target\"");
    }
  }

  @Law(Opcode.READLINK)
  static void readlinkAnswersAsManyBytesAsTheSizeSays(Client client) {
    long link = client.anySymlink();
    same("length", client.readlink(link).data().length, client.attributes(link).size());
  }

  @Law(Opcode.READLINK)
  static void readlinkGivesALongTargetBack(Client client) {
    String target = "t".repeat(4000);
    long link = client.symlink(client.work(), "link", target).entry().nodeid();
    same("length", client.readlink(link).data().length, target.length());
  }

  @Law(Opcode.LINK)
  static void linkGivesTheSameInodeAnotherName(Client client) {
    long file = client.newFile("file");
    EntryOut linked = link(client, file, "other").entry();
    same("nodeid", linked.nodeid(), file);
    same("links", client.attributes(file).nlink(), 2);
    same("nodeid", client.requirePresent(client.work(), "other").nodeid(), file);
  }

  @Law(Opcode.LINK)
  static void linkOverAnExistingNameFails(Client client) {
    long file = client.newFile("file");
    client.newFile("other");
    link(client, file, "other").fails(Errno.EEXIST);
  }

  private static Answer link(Client client, long file, String name) {
    Answer answer = client.link(file, client.work(), name);
    if (answer.isError(Errno.EPERM)) {
      throw new NotImplemented("LINK answers EPERM");
    }
    return answer;
  }

  @Law(Opcode.UNLINK)
  static void unlinkTakesTheName(Client client) {
    client.newFile("file");
    client.unlink(client.work(), "file").ok();
    client.requireMissing(client.work(), "file");
  }

  @Law(Opcode.UNLINK)
  static void unlinkOfAMissingNameFails(Client client) {
    client.unlink(client.work(), "missing").fails(Errno.ENOENT);
  }

  @Law(Opcode.UNLINK)
  static void unlinkOfADirectoryFails(Client client) {
    client.newDirectory("directory");
    client.unlink(client.work(), "directory").fails(Errno.EISDIR, Errno.EPERM);
  }

  @Law(Opcode.UNLINK)
  static void anUnlinkedInodeHasAttributesUntilItIsForgotten(Client client) {
    long file = client.newFile("file");
    client.unlink(client.work(), "file").ok();
    same("links", client.attributes(file).nlink(), 0);
  }

  @Law(Opcode.UNLINK)
  static void anUnlinkedFileThatIsOpenKeepsItsData(Client client) {
    Client.OpenFile file = client.newOpenFile("file", new byte[] {1, 2, 3});
    client.unlink(client.work(), "file").ok();
    same("length", client.read(file, 0, 10).data().length, 3);
    client.write(file, 3, new byte[] {4});
    same("length", client.read(file, 0, 10).data().length, 4);
  }

  @Law(Opcode.UNLINK)
  static void aNewFileOfAnUnlinkedNameIsAnotherInode(Client client) {
    long first = client.newFile("file");
    client.unlink(client.work(), "file").ok();
    long second = client.newFile("file");
    if (first == second) {
      throw new LawBroken("nodeid " + first + " was used again while it had lookups");
    }
  }

  @Law(Opcode.RMDIR)
  static void rmdirTakesAnEmptyDirectory(Client client) {
    client.newDirectory("directory");
    client.rmdir(client.work(), "directory").ok();
    client.requireMissing(client.work(), "directory");
  }

  @Law(Opcode.RMDIR)
  static void rmdirOfADirectoryWithEntriesFails(Client client) {
    long directory = client.newDirectory("directory");
    client.mkdir(directory, "child").ok();
    client.rmdir(client.work(), "directory").fails(Errno.ENOTEMPTY, Errno.EEXIST);
  }

  @Law(Opcode.RMDIR)
  static void rmdirOfAFileFails(Client client) {
    client.newFile("file");
    client.rmdir(client.work(), "file").fails(Errno.ENOTDIR);
  }

  @Law(Opcode.RENAME)
  static void renameMovesTheSameInode(Client client) {
    long file = client.newFile("old");
    long directory = client.newDirectory("directory");
    client.rename(client.work(), "old", directory, "new").ok();
    client.requireMissing(client.work(), "old");
    same("nodeid", client.requirePresent(directory, "new").nodeid(), file);
  }

  @Law(Opcode.RENAME)
  static void renameReplacesAFile(Client client) {
    long file = client.newFile("old");
    client.newFile("new");
    client.rename(client.work(), "old", client.work(), "new").ok();
    same("nodeid", client.requirePresent(client.work(), "new").nodeid(), file);
  }

  @Law(Opcode.RENAME)
  static void renameOfAMissingNameFails(Client client) {
    client.rename(client.work(), "missing", client.work(), "new").fails(Errno.ENOENT);
  }

  @Law(Opcode.RENAME)
  static void renameOverADirectoryWithEntriesFails(Client client) {
    client.newDirectory("old");
    client.mkdir(client.newDirectory("new"), "child").ok();
    client.rename(client.work(), "old", client.work(), "new").fails(Errno.ENOTEMPTY, Errno.EEXIST);
  }

  @Law(Opcode.RENAME)
  static void renameOfADirectoryOverAFileFails(Client client) {
    client.newDirectory("old");
    client.newFile("new");
    client.rename(client.work(), "old", client.work(), "new").fails(Errno.ENOTDIR);
  }

  @Law(Opcode.RENAME2)
  static void renameNoreplaceFailsIfTheNewNameExists(Client client) {
    client.newFile("old");
    client.newFile("new");
    rename2(client, Rename2.NOREPLACE).fails(Errno.EEXIST);
  }

  @Law(Opcode.RENAME2)
  static void renameNoreplaceMovesToAFreeName(Client client) {
    long file = client.newFile("old");
    rename2(client, Rename2.NOREPLACE).ok();
    same("nodeid", client.requirePresent(client.work(), "new").nodeid(), file);
  }

  @Law(Opcode.RENAME2)
  static void renameExchangeSwapsBothNames(Client client) {
    long first = client.newFile("old");
    long second = client.newFile("new");
    rename2(client, Rename2.EXCHANGE).ok();
    same("nodeid", client.requirePresent(client.work(), "old").nodeid(), second);
    same("nodeid", client.requirePresent(client.work(), "new").nodeid(), first);
  }

  @Law(Opcode.RENAME2)
  static void renameExchangeWithAMissingNameFails(Client client) {
    client.newFile("old");
    rename2(client, Rename2.EXCHANGE).fails(Errno.ENOENT);
  }

  /** EINVAL is the answer of a file system that does not have this flag. */
  private static Answer rename2(Client client, int flags) {
    Answer answer =
        client
            .kernel()
            .call(
                new Rename2(
                    client.header(Opcode.RENAME2, client.work()),
                    client.work(),
                    flags,
                    FileName.of("old"),
                    FileName.of("new")));
    if (answer.isError(Errno.EINVAL)) {
      throw new NotImplemented("RENAME2 with flags " + flags + " answers EINVAL");
    }
    return answer;
  }

  @Law(Opcode.CREATE)
  static void createMakesAnOpenFile(Client client) {
    var created = client.create(client.work(), FileName.of("file")).created();
    same("size", created.entry().attr().size(), 0);
    Client.OpenFile file = new Client.OpenFile(created.entry().nodeid(), created.open().fh());
    client.write(file, 0, new byte[] {1});
    same("length", client.read(file, 0, 10).data().length, 1);
    same("nodeid", client.requirePresent(client.work(), "file").nodeid(), file.nodeid());
  }

  @Law(Opcode.CREATE)
  static void createExclusiveOfAnExistingNameFails(Client client) {
    client.newFile("file");
    client.create(client.work(), FileName.of("file")).fails(Errno.EEXIST);
  }

  @Law(Opcode.CREATE)
  static void createWithALongNameFails(Client client) {
    client.create(client.work(), FileName.of("n".repeat(1000))).fails(Errno.ENAMETOOLONG);
  }

  @Law(Opcode.CREATE)
  static void createdFilesHaveDifferentNodeids(Client client) {
    List<Long> nodeids = List.of(client.newFile("a"), client.newFile("b"), client.newFile("c"));
    if (nodeids.stream().distinct().count() != nodeids.size()) {
      throw new LawBroken("three files have the nodeids " + nodeids);
    }
  }

  static void same(String what, long found, long expected) {
    if (found != expected) {
      throw new LawBroken("%s is %d, expected %d".formatted(what, found, expected));
    }
  }
}
