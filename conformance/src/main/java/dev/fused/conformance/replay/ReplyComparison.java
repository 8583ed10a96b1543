package dev.fused.conformance.replay;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.AttrOut;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.CreateOut;
import dev.fused.protocol.reply.Dirent;
import dev.fused.protocol.reply.DirentPlus;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.reply.Statx;
import dev.fused.protocol.reply.StatxOut;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds what differs between two replies to one request, and learns from them what the two servers
 * call their inodes, handles and positions.
 *
 * <p>Numbers that servers give out differ only if they contradict each other; times only if users
 * set them; counts of what is free never, as they depend on what a server has cleaned up already.
 * Not thread-safe.
 */
final class ReplyComparison {
  private static final Set<String> TIMES =
      Set.of(
          "atime", "mtime", "ctime", "btime", "atimensec", "mtimensec", "ctimensec", "btimensec");

  /** Of STATFS. */
  private static final Set<String> FREE = Set.of("bfree", "bavail", "ffree");

  private static final int SHOWN_BYTES = 16;

  private final KnownInodes inodes;
  private final KnownHandles handles;
  private final List<Difference> differences = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  ReplyComparison(KnownInodes inodes, KnownHandles handles) {
    this.inodes = inodes;
    this.handles = handles;
  }

  /** What is worth a line, but is no difference; since the last time. */
  List<String> takeNotes() {
    List<String> taken = List.copyOf(notes);
    notes.clear();
    return taken;
  }

  /** What differs, the most telling first; empty if nothing does. */
  List<Difference> compare(Asked asked, Reply captured, Reply actual) {
    differences.clear();
    String malformed = actual.malformed();
    if (malformed != null) {
      differences.add(Difference.of("reply", "one that can be read", malformed));
    } else if (captured.error() != actual.error()) {
      differences.add(Difference.of("error", error(captured.error()), error(actual.error())));
    } else if (captured.error() == 0) {
      bodies(asked, captured, actual);
      if (differences.isEmpty()
          && captured.body().length != actual.body().length
          && asked.opcode() != Opcode.INIT) {
        differences.add(
            Difference.of(
                "length", captured.body().length + " bytes", actual.body().length + " bytes"));
      }
    }
    return List.copyOf(differences);
  }

  static String error(int error) {
    return error == 0 ? "success" : Errno.describe(error);
  }

  private void bodies(Asked asked, Reply captured, Reply actual) {
    long nodeid = asked.header().nodeid();
    switch (captured.decoded()) {
      case EntryOut entry -> entries("", entry, (EntryOut) actual.decoded());
      case CreateOut(EntryOut entry, OpenOut open) -> {
        CreateOut other = (CreateOut) actual.decoded();
        entries("entry.", entry, other.entry());
        opened(entry.nodeid(), "open.", open, other.open());
      }
      case OpenOut open -> opened(nodeid, "", open, (OpenOut) actual.decoded());
      case AttrOut attr -> {
        AttrOut other = (AttrOut) actual.decoded();
        fields("", attr, other, Set.of("attr"));
        attributes("attr.", inodes.find(nodeid), attr.attr(), other.attr());
      }
      case StatxOut statx -> {
        StatxOut other = (StatxOut) actual.decoded();
        fields("", statx, other, Set.of("stat"));
        statx(inodes.find(nodeid), statx.stat(), other.stat());
      }
      case InitOut init -> init(init, (InitOut) actual.decoded());
      case Reply.Entries entries ->
          listing(nodeid, entries.entries(), ((Reply.Entries) actual.decoded()).entries());
      case Reply.WithData(Object body, byte[] data) -> {
        Reply.WithData other = (Reply.WithData) actual.decoded();
        fields("", body, other.body(), Set.of());
        data(data, other.data());
      }
      case byte[] data -> data(data, (byte[]) actual.decoded());
      case Object body -> fields("", body, actual.decoded(), FREE);
    }
  }

  /** The components of two records of one type, by name. */
  private void fields(String path, Object captured, Object actual, Set<String> leftOut) {
    for (RecordComponent component : captured.getClass().getRecordComponents()) {
      if (leftOut.contains(component.getName())) {
        continue;
      }
      Object expected = value(component, captured);
      Object got = value(component, actual);
      if (!Objects.equals(expected, got)) {
        differences.add(
            Difference.of(
                path + component.getName(),
                shown(component.getName(), expected),
                shown(component.getName(), got)));
      }
    }
  }

  private static @Nullable Object value(RecordComponent component, Object owner) {
    try {
      return component.getAccessor().invoke(owner);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a public record of the protocol: " + component, e);
    }
  }

  private static String shown(String name, @Nullable Object value) {
    return name.equals("mode") && value instanceof Integer mode
        ? "0" + Integer.toOctalString(mode)
        : String.valueOf(value);
  }

  private void entries(String path, EntryOut captured, EntryOut actual) {
    if ((captured.nodeid() == 0) != (actual.nodeid() == 0)) {
      differences.add(Difference.of(path + "nodeid", existence(captured), existence(actual)));
      return;
    }
    if (captured.nodeid() == 0) {
      fields(path, captured, actual, Set.of("attr"));
      return;
    }
    inodes.lookedUp(captured, actual, path, differences);
    fields(path, captured, actual, Set.of("nodeid", "generation", "attr"));
    attributes(path + "attr.", inodes.find(captured.nodeid()), captured.attr(), actual.attr());
  }

  private static String existence(EntryOut entry) {
    return entry.nodeid() == 0
        ? "0, there is no such name"
        : Long.toUnsignedString(entry.nodeid()) + ", an inode";
  }

  private void attributes(
      String path, KnownInodes.@Nullable Inode inode, Attributes captured, Attributes actual) {
    fields(path, captured, actual, with(TIMES, "ino"));
    if (inode == null) {
      return;
    }
    new Times(path, inode)
        .compare(
            "atime", captured.atime(), captured.atimensec(), actual.atime(), actual.atimensec())
        .compare(
            "mtime", captured.mtime(), captured.mtimensec(), actual.mtime(), actual.mtimensec())
        .compare(
            "ctime", captured.ctime(), captured.ctimensec(), actual.ctime(), actual.ctimensec());
    inodes.numbered(inode, captured.ino(), actual.ino(), path, differences);
  }

  private void statx(KnownInodes.@Nullable Inode inode, Statx captured, Statx actual) {
    fields("stat.", captured, actual, with(TIMES, "ino"));
    if (inode == null) {
      return;
    }
    new Times("stat.", inode)
        .compare(
            "atime", captured.atime(), captured.atimensec(), actual.atime(), actual.atimensec())
        .compare(
            "mtime", captured.mtime(), captured.mtimensec(), actual.mtime(), actual.mtimensec())
        .compare(
            "ctime", captured.ctime(), captured.ctimensec(), actual.ctime(), actual.ctimensec());
    inodes.numbered(inode, captured.ino(), actual.ino(), "stat.", differences);
  }

  private static Set<String> with(Set<String> names, String name) {
    Set<String> all = new TreeSet<>(names);
    all.add(name);
    return all;
  }

  /** Compares the times of an inode that users set. */
  private final class Times {
    private final String path;
    private final KnownInodes.Inode inode;

    Times(String path, KnownInodes.Inode inode) {
      this.path = path;
      this.inode = inode;
    }

    Times compare(String name, long seconds, int nanos, long actualSeconds, int actualNanos) {
      if (inode.isSet(name, seconds, nanos) && (seconds != actualSeconds || nanos != actualNanos)) {
        differences.add(
            Difference.of(
                path + name,
                "%d.%09d, which was set".formatted(seconds, nanos),
                "%d.%09d".formatted(actualSeconds, actualNanos)));
      }
      return this;
    }
  }

  private void opened(long nodeid, String path, OpenOut captured, OpenOut actual) {
    fields(path, captured, actual, Set.of("fh"));
    handles.opened(nodeid, captured.fh(), actual.fh());
  }

  private void data(byte[] captured, byte[] actual) {
    int at = Arrays.mismatch(captured, actual);
    if (at < 0) {
      return;
    }
    if (at == Math.min(captured.length, actual.length)) {
      differences.add(
          Difference.of("length", captured.length + " bytes", actual.length + " bytes"));
      return;
    }
    differences.add(Difference.of("byte " + at, excerpt(captured, at), excerpt(actual, at)));
    if (captured.length != actual.length) {
      differences.add(
          Difference.of("length", captured.length + " bytes", actual.length + " bytes"));
    }
  }

  private static String excerpt(byte[] bytes, int at) {
    int end = Math.min(bytes.length, at + SHOWN_BYTES);
    return HexFormat.ofDelimiter(" ").formatHex(bytes, at, end) + (end < bytes.length ? " …" : "");
  }

  /** Entries are told apart by name; the first place where names differ is enough to be told. */
  private void listing(long directory, List<DirentPlus> captured, List<DirentPlus> actual) {
    Map<FileName, DirentPlus> byName = new HashMap<>();
    actual.forEach(entry -> byName.put(entry.dirent().name(), entry));
    boolean sameNames = true;
    for (int i = 0; i < captured.size(); i++) {
      DirentPlus expected = captured.get(i);
      FileName name = expected.dirent().name();
      if (sameNames && (i >= actual.size() || !actual.get(i).dirent().name().equals(name))) {
        sameNames = false;
        names(i, captured, actual);
      }
      DirentPlus got = byName.get(name);
      if (got != null) {
        listed(directory, expected, got);
      }
    }
    if (sameNames && actual.size() > captured.size()) {
      names(captured.size(), captured, actual);
    }
  }

  private void names(int at, List<DirentPlus> captured, List<DirentPlus> actual) {
    List<FileName> expected = captured.stream().map(entry -> entry.dirent().name()).toList();
    List<FileName> got = actual.stream().map(entry -> entry.dirent().name()).toList();
    boolean otherOrder = new TreeSet<>(expected).equals(new TreeSet<>(got));
    differences.addFirst(
        Difference.of(
            "entry " + at,
            nameAt(expected, at),
            nameAt(got, at) + (otherOrder ? "; the names are the same, in another order" : "")));
  }

  private static String nameAt(List<FileName> names, int at) {
    return at < names.size() ? "\"" + names.get(at) + "\"" : "the end of the listing";
  }

  private void listed(long directory, DirentPlus captured, DirentPlus actual) {
    Dirent expected = captured.dirent();
    Dirent got = actual.dirent();
    String path = "\"" + expected.name() + "\".";
    if (captured.countsAsLookup() && actual.countsAsLookup()) {
      entries(path, captured.entry(), actual.entry());
    } else if (captured.countsAsLookup() != actual.countsAsLookup()) {
      differences.add(
          Difference.of(path + "nodeid", existence(captured.entry()), existence(actual.entry())));
    }
    if (expected.type() != got.type()) {
      differences.add(Difference.of(path + "type", expected.type(), got.type()));
    }
    inodes.listed(expected.ino(), got.ino(), path, differences);
    handles.listed(directory, expected.off(), got.off());
  }

  /**
   * What was agreed on decides the layout of all that follows, and what the kernel sends. The
   * latter is in the capture; other flags and limits are told, and matter if a later reply differs.
   */
  private void init(InitOut captured, InitOut actual) {
    long layout = InitFlag.SETXATTR_EXT.bit();
    if (captured.major() != actual.major() || captured.minor() != actual.minor()) {
      differences.add(
          Difference.of(
              "version",
              captured.major() + "." + captured.minor(),
              actual.major() + "." + actual.minor()));
    }
    if ((captured.flags() & layout) != (actual.flags() & layout)) {
      differences.add(
          Difference.of("flags", flags(captured.flags() & layout), flags(actual.flags() & layout)));
    }
    if (Integer.compareUnsigned(actual.maxWrite(), captured.maxWrite()) < 0) {
      differences.add(
          Difference.of("maxWrite", captured.maxWrite() + " or more", actual.maxWrite()));
    }
    List<Difference> found = List.copyOf(differences);
    differences.clear();
    fields("", captured, actual, Set.of("major", "minor", "flags"));
    differences.forEach(difference -> notes.add("INIT: " + difference));
    differences.clear();
    differences.addAll(found);
    long lost = captured.flags() & ~actual.flags();
    long gained = actual.flags() & ~captured.flags();
    if (lost != 0) {
      notes.add("INIT: granted when captured, and not now: " + flags(lost));
    }
    if (gained != 0) {
      notes.add("INIT: granted now, and not when captured: " + flags(gained));
    }
  }

  private static String flags(long flags) {
    return flags == 0 ? "none" : InitFlag.of(flags).toString();
  }

  /** The layout that an INIT exchange has agreed on; null if it has not. */
  static @Nullable WireFormat agreed(int kernelMinor, long kernelFlags, Reply reply) {
    return reply.error() == 0 && reply.decoded() instanceof InitOut out && out.major() == 7
        ? WireFormat.of(Math.min(kernelMinor, out.minor()), kernelFlags & out.flags())
        : null;
  }
}
