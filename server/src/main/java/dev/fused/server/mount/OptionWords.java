package dev.fused.server.mount;

import static dev.fused.server.linux.Libc.MS_DIRSYNC;
import static dev.fused.server.linux.Libc.MS_LAZYTIME;
import static dev.fused.server.linux.Libc.MS_NOATIME;
import static dev.fused.server.linux.Libc.MS_NODEV;
import static dev.fused.server.linux.Libc.MS_NODIRATIME;
import static dev.fused.server.linux.Libc.MS_NOEXEC;
import static dev.fused.server.linux.Libc.MS_NOSUID;
import static dev.fused.server.linux.Libc.MS_NOSYMFOLLOW;
import static dev.fused.server.linux.Libc.MS_RDONLY;
import static dev.fused.server.linux.Libc.MS_RELATIME;
import static dev.fused.server.linux.Libc.MS_STRICTATIME;
import static dev.fused.server.linux.Libc.MS_SYNCHRONOUS;

import dev.fused.filesystem.OptionDescription;
import dev.fused.server.mount.OptionWord.Flag;
import dev.fused.server.mount.OptionWord.KernelData;
import dev.fused.server.mount.OptionWord.NoEffect;
import dev.fused.server.mount.OptionWord.Refused;
import dev.fused.server.mount.OptionWord.Setting;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The words of mount option lists that the mount itself knows, and what users read of them. */
final class OptionWords {
  private static final Map<String, OptionWord> WORDS = new HashMap<>();
  private static final Map<String, String> NAMES_OF_ALIASES = new HashMap<>();
  private static final List<OptionDescription> DESCRIPTIONS = new ArrayList<>();

  private static final int ATIME_MODES = MS_NOATIME | MS_RELATIME | MS_STRICTATIME;
  private static final long KIB = 1L << 10;
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;

  static {
    settings();
    kernelData();
    mountFlags();
    withoutEffect();
    refused();
  }

  private OptionWords() {}

  /** The meaning of {@code name}, or null if the mount does not know it. */
  static @Nullable OptionWord find(String name) {
    if (name.startsWith("x-") || name.startsWith("X-")) { // mount(8): comments of user space
      return new NoEffect(ValueRule.ANY);
    }
    return WORDS.get(name);
  }

  /** The name of what may be an alias. */
  static String nameOf(String word) {
    return NAMES_OF_ALIASES.getOrDefault(word, word);
  }

  /** All words, for suggestions. */
  static Set<String> names() {
    return WORDS.keySet();
  }

  /** The words that do something, in the order of the manual. */
  static List<OptionDescription> descriptions() {
    return Collections.unmodifiableList(DESCRIPTIONS);
  }

  private static void settings() {
    setting(
        "loops",
        "N",
        ValueRule.count(1, 1024),
        """
        Threads that read /dev/fuse, each with its own clone of the device, 1 to 1024; one per \
        processor by default.""",
        "max_threads");
    setting(
        "transport",
        "NAME",
        ValueRule.oneOf(Transport.words()),
        """
        How requests come from the kernel: epoll (/dev/fuse), io_uring (Linux 6.14, switched on), \
        or auto, the default: io_uring where it can be and loops is not given.""");
    setting(
        "max_write",
        "SIZE",
        ValueRule.size(4 * KIB, 256 * MIB),
        """
        Most bytes of one WRITE, 4k to 256m; 1m by default.""");
    kernelData(
        "max_read",
        "SIZE",
        ValueRule.size(4 * KIB, 4 * GIB - 1),
        """
        Most bytes of one READ, from 4k.""");
    setting(
        "max_readahead",
        "SIZE",
        ValueRule.size(0, GIB),
        """
        Most bytes that the kernel reads ahead, up to 1g; as much as the kernel likes by default.""");
    setting(
        "max_background",
        "N",
        ValueRule.count(1, 65535),
        """
        Most asynchronous requests at a time, 1 to 65535; 64 by default.""");
    setting(
        "congestion_threshold",
        "N",
        ValueRule.count(1, 65535),
        """
        The number of asynchronous requests from which on the kernel calls the mount congested, at \
        most max_background; 48 by default.""");
    setting(
        "request_timeout",
        "SECONDS",
        ValueRule.count(1, 65535),
        """
        Ends the mount when a request is not answered for that long, 1 to 65535; never by default. \
        The kernel looks every 15 seconds, and takes a shorter time for 15. Linux 6.15.""");
    setting(
        "idmap",
        "",
        ValueRule.NONE,
        """
        Lets the mount be idmapped (X-mount.idmap of mount(8)). Requests then do not say who asks, \
        so names of trusted attributes are listed for everybody. Linux 6.12.""");
    setting(
        "auto_unmount",
        "",
        ValueRule.NONE,
        """
        Takes the mount away when the server dies, also by SIGKILL: a shell waits for that, and runs \
        umount -l.""");
    setting(
        "debug",
        "",
        ValueRule.NONE,
        """
        Logs each message between kernel and server as one line, which is slow.""");
    setting(
        "capture",
        "FILE",
        ValueRule.TEXT,
        """
        Writes each message between kernel and server, with all data, to a pcap file for fused \
        replay and wireshark(1). Only its owner may read it; a file that is there is replaced. \
        When it cannot be written any more, capturing stops and the mount goes on.""");
    setting(
        "fsname",
        "NAME",
        ValueRule.TEXT,
        """
        What df(1) and mount(8) show as the device; fused by default.""");
    setting(
        "subtype",
        "NAME",
        ValueRule.TEXT,
        """
        What mount(8) shows after "fuse." as the type; fused by default.""");
  }

  private static void mountFlags() {
    flag("ro", MS_RDONLY, "Nobody may write.", "rw", "Users may write, which is the default.");
    flag(
        "nosuid",
        MS_NOSUID,
        "Set-uid and set-gid bits have no effect, which is the default.",
        "suid",
        "Set-uid and set-gid bits have their effect.");
    flag(
        "nodev",
        MS_NODEV,
        "Device files cannot be opened, which is the default.",
        "dev",
        "Device files can be opened.");
    flag(
        "noexec",
        MS_NOEXEC,
        "Files cannot be executed.",
        "exec",
        "Files can be executed, which is the default.");
    flag(
        "sync",
        MS_SYNCHRONOUS,
        "As in mount(8): all changes are synchronous.",
        "async",
        "As in mount(8), which is the default.");
    flag(
        "nosymfollow",
        MS_NOSYMFOLLOW,
        "Symbolic links are not followed.",
        "symfollow",
        "Symbolic links are followed, which is the default.");
    flag(
        "nodiratime",
        MS_NODIRATIME,
        "Listing does not change access times of directories.",
        "diratime",
        "Listing changes access times of directories, which is the default.");
    flag(
        "lazytime",
        MS_LAZYTIME,
        "As in mount(8): times are written back lazily.",
        "nolazytime",
        "As in mount(8), which is the default.");
    flag(
        "dirsync",
        new Flag(MS_DIRSYNC, 0),
        "As in mount(8): changes of directories are synchronous.");
    // The kernel would let strictatime win over noatime whichever came last.
    flag(
        "relatime",
        new Flag(MS_RELATIME, ATIME_MODES),
        """
        The first read after a change, and one each day, change the access time, which is the \
        default. What the kernel reads from its cache never does.""");
    flag("noatime", new Flag(MS_NOATIME, ATIME_MODES), "Reading does not change access times.");
    flag(
        "strictatime",
        new Flag(MS_STRICTATIME, ATIME_MODES),
        "Each read that the kernel sends changes the access time.");
    put(new Flag(0, MS_NOATIME), "atime");
    put(new Flag(0, MS_RELATIME), "norelatime");
    put(new Flag(0, MS_STRICTATIME), "nostrictatime");
  }

  private static void kernelData() {
    kernelData(
        "allow_other",
        "",
        ValueRule.NONE,
        """
        Every user may use the mount, and not only the one who mounts.""");
    put(new KernelData(ValueRule.NONE), "default_permissions"); // the daemon always sets it
    kernelData("context", "CONTEXT", ValueRule.TEXT, "Handed on to SELinux, as in mount(8).");
    kernelData("fscontext", "CONTEXT", ValueRule.TEXT, "Handed on to SELinux, as in mount(8).");
    kernelData("defcontext", "CONTEXT", ValueRule.TEXT, "Handed on to SELinux, as in mount(8).");
    kernelData("rootcontext", "CONTEXT", ValueRule.TEXT, "Handed on to SELinux, as in mount(8).");
  }

  private static void withoutEffect() {
    NoEffect bare = new NoEffect(ValueRule.NONE);
    // fstab(5) and mount(8): read by those who call us.
    put(bare, "defaults", "auto", "noauto", "nouser", "users", "nousers");
    put(bare, "owner", "noowner", "group", "nogroup", "nofail", "_netdev");
    put(new NoEffect(ValueRule.ANY), "comment", "user"); // user=NAME says who called mount(8)
    // libfuse: what has become the rule, or was about an implementation that is not ours.
    put(bare, "nonempty", "big_writes", "atomic_o_trunc", "large_read");
    put(bare, "hard_remove", "use_ino", "readdir_ino", "async_read", "intr", "clone_fd");
    put(bare, "splice_read", "splice_write", "splice_move");
    put(bare, "no_splice_read", "no_splice_write", "no_splice_move");
    put(new NoEffect(ValueRule.ANY), "intr_signal", "max_idle_threads");
  }

  private static void refused() {
    put(new Refused("the kernel has no such option; use allow_other"), "allow_root");
    put(new Refused("fused sets it itself"), "fd", "rootmode", "user_id", "group_id");
    put(new Refused("it is for mounts of a block device (fuseblk)"), "blkdev", "blksize");
    put(new Refused("a mount cannot be changed; unmount it and mount again"), "remount");
  }

  private static void flag(
      String setting, int bit, String ofSetting, String clearing, String ofClearing) {
    flag(setting, new Flag(bit, 0), ofSetting);
    flag(clearing, new Flag(0, bit), ofClearing);
  }

  private static void flag(String name, Flag flag, String text) {
    put(flag, name);
    DESCRIPTIONS.add(OptionDescription.flag(name, text));
  }

  private static void setting(
      String name, String value, ValueRule rule, String text, String... aliases) {
    describe(new Setting(rule), name, value, text, aliases);
  }

  private static void kernelData(String name, String value, ValueRule rule, String text) {
    describe(new KernelData(rule), name, value, text);
  }

  private static void describe(
      OptionWord word, String name, String value, String text, String... aliases) {
    put(word, name);
    DESCRIPTIONS.add(OptionDescription.of(name, value, text).alsoNamed(aliases));
    for (String alias : aliases) {
      put(word, alias);
      NAMES_OF_ALIASES.put(alias, name);
    }
  }

  private static void put(OptionWord word, String... names) {
    for (String name : names) {
      WORDS.put(name, word);
    }
  }
}
