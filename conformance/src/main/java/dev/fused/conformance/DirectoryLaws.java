package dev.fused.conformance;

import static dev.fused.conformance.NameLaws.same;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.Dirent;
import dev.fused.protocol.reply.DirentPlus;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.request.Fsyncdir;
import dev.fused.protocol.request.Opendir;
import dev.fused.protocol.request.Readdirplus;
import dev.fused.protocol.request.Releasedir;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Directories, open and listed. */
final class DirectoryLaws {
  private static final int PAGE = 4096;
  private static final int MANY = 200;
  private static final int UNKNOWN_TYPE = 0;

  private DirectoryLaws() {}

  @Law(Opcode.OPENDIR)
  static void opendirGivesAHandleOrSaysThatNoneIsNeeded(Client client) {
    Answer answer =
        client.kernel().call(new Opendir(client.header(Opcode.OPENDIR, Client.ROOT), 0, 0));
    if (!answer.isError(Errno.ENOSYS)) {
      answer.opened();
    }
  }

  @Law(Opcode.RELEASEDIR)
  static void releasedirIsAnswered(Client client) {
    Client.OpenFile root = client.openDirectory(Client.ROOT);
    client
        .kernel()
        .call(new Releasedir(client.header(Opcode.RELEASEDIR, Client.ROOT), root.fh(), 0, 0, 0))
        .ok();
  }

  @Law(Opcode.FSYNCDIR)
  static void fsyncdirIsAnswered(Client client) {
    Client.OpenFile root = client.openDirectory(Client.ROOT);
    client
        .kernel()
        .call(new Fsyncdir(client.header(Opcode.FSYNCDIR, Client.ROOT), root.fh(), 0))
        .ok();
  }

  @Law(Opcode.READDIR)
  static void readdirListsEachEntryOnce(Client client) {
    Set<FileName> made = makeMany(client);
    requireOnce(names(client.list(client.work())), made);
  }

  @Law(Opcode.READDIR)
  static void readdirGoesOnFromEachCookie(Client client) {
    Set<FileName> made = makeMany(client);
    requireOnce(names(client.list(client.work(), PAGE)), made);
  }

  @Law(Opcode.READDIR)
  static void readdirFromTheCookieOfAnEntryGivesWhatFollowsIt(Client client) {
    makeMany(client);
    Client.OpenFile directory = client.openDirectory(client.work());
    List<Dirent> first = client.readdir(directory, 0, PAGE).entries();
    Dirent middle = first.get(first.size() / 2);
    Dirent next = first.get(first.size() / 2 + 1);
    Dirent again = client.readdir(directory, middle.off(), PAGE).entries().getFirst();
    if (!again.name().equals(next.name())) {
      throw new LawBroken(
          "after \"%s\" came \"%s\", and later \"%s\""
              .formatted(middle.name(), next.name(), again.name()));
    }
  }

  @Law(Opcode.READDIR)
  static void readdirOfAnEmptyDirectoryListsAtMostTheDots(Client client) {
    long directory = client.newDirectory("empty");
    same("entries but for the dots", names(client.list(directory)).size(), 0);
  }

  @Law(Opcode.READDIR)
  static void readdirSeesEntriesThatStayWhileOthersGo(Client client) {
    makeMany(client);
    Client.OpenFile directory = client.openDirectory(client.work());
    List<FileName> seen = new ArrayList<>();
    List<Dirent> some = client.readdir(directory, 0, PAGE).entries();
    seen.addAll(names(some));
    Set<FileName> staying = new HashSet<>();
    for (int i = 0; i < MANY; i++) {
      if (i % 2 == 0) {
        client.unlink(client.work(), "file" + i).ok();
      } else {
        staying.add(FileName.of("file" + i));
      }
    }
    while (!some.isEmpty()) {
      some = client.readdir(directory, some.getLast().off(), PAGE).entries();
      seen.addAll(names(some));
      requireAnEnd("READDIR", seen.size());
    }
    seen.retainAll(staying);
    requireOnce(seen, staying);
  }

  @Law(Opcode.READDIR)
  static void readdirGivesTheTypesThatLookupGives(Client client) {
    client.newFile("file");
    client.newDirectory("directory");
    for (Dirent entry : client.list(client.work())) {
      if (!entry.name().isDotOrDotDot() && entry.type() != UNKNOWN_TYPE) {
        EntryOut found = client.lookup(client.work(), entry.name()).entry();
        same("type of \"" + entry.name() + "\"", entry.type(), found.attr().direntType());
      }
    }
  }

  @Law(Opcode.READDIR)
  static void readdirListsTheRoot(Client client) {
    client.list(Client.ROOT);
  }

  @Law(value = Opcode.READDIRPLUS, needs = InitFlag.DO_READDIRPLUS)
  static void readdirplusListsEachEntryOnce(Client client) {
    Set<FileName> made = makeMany(client);
    List<FileName> seen = new ArrayList<>();
    for (DirentPlus plus : listPlus(client, client.work())) {
      if (!plus.dirent().name().isDotOrDotDot()) {
        seen.add(plus.dirent().name());
      }
    }
    requireOnce(seen, made);
  }

  @Law(value = Opcode.READDIRPLUS, needs = InitFlag.DO_READDIRPLUS)
  static void readdirplusGivesWhatLookupGives(Client client) {
    client.newFile("file");
    client.newDirectory("directory");
    for (DirentPlus plus : listPlus(client, client.work())) {
      if (plus.countsAsLookup()) {
        EntryOut found = client.lookup(client.work(), plus.dirent().name()).entry();
        same("nodeid of \"" + plus.dirent().name() + "\"", plus.entry().nodeid(), found.nodeid());
        same("mode", plus.entry().attr().mode(), found.attr().mode());
      }
    }
  }

  @Law(value = Opcode.READDIRPLUS, needs = InitFlag.DO_READDIRPLUS)
  static void readdirplusCountsAsALookupOfEachEntry(Client client) {
    long file = client.newFile("file");
    listPlus(client, client.work());
    client.forget(file, client.kernel().lookups().count(file) - 1);
    client.attributes(file);
  }

  private static List<DirentPlus> listPlus(Client client, long nodeid) {
    Client.OpenFile directory = client.openDirectory(nodeid);
    List<DirentPlus> all = new ArrayList<>();
    long offset = 0;
    while (true) {
      List<DirentPlus> some =
          client
              .kernel()
              .call(
                  new Readdirplus(
                      client.header(Opcode.READDIRPLUS, nodeid),
                      directory.fh(),
                      offset,
                      2 * PAGE,
                      0,
                      0,
                      0))
              .entriesPlus();
      if (some.isEmpty()) {
        client.releaseDirectory(directory);
        return all;
      }
      all.addAll(some);
      offset = some.getLast().dirent().off();
      requireAnEnd("READDIRPLUS", all.size());
    }
  }

  private static void requireAnEnd(String what, int entries) {
    if (entries > 10 * MANY) {
      throw new LawBroken(what + " comes to no end: " + entries + " entries so far");
    }
  }

  private static Set<FileName> makeMany(Client client) {
    Set<FileName> made = new HashSet<>();
    for (int i = 0; i < MANY; i++) {
      client.newFile("file" + i);
      made.add(FileName.of("file" + i));
    }
    return made;
  }

  private static List<FileName> names(List<Dirent> entries) {
    return entries.stream().map(Dirent::name).filter(name -> !name.isDotOrDotDot()).toList();
  }

  private static void requireOnce(List<FileName> seen, Set<FileName> expected) {
    Set<FileName> distinct = new HashSet<>(seen);
    if (distinct.size() != seen.size()) {
      throw new LawBroken(
          "%d of %d entries came more than once"
              .formatted(seen.size() - distinct.size(), seen.size()));
    }
    if (!distinct.equals(expected)) {
      Set<FileName> missing = new HashSet<>(expected);
      missing.removeAll(distinct);
      distinct.removeAll(expected);
      throw new LawBroken(
          "%d entries are missing (%s), %d are too many"
              .formatted(missing.size(), missing.stream().limit(3).toList(), distinct.size()));
    }
  }
}
