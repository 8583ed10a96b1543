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

import dev.fused.server.mount.OptionWord.Flag;
import dev.fused.server.mount.OptionWord.KernelData;
import dev.fused.server.mount.OptionWord.NoEffect;
import dev.fused.server.mount.OptionWord.Refused;
import dev.fused.server.mount.OptionWord.Setting;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The words of mount option lists that the mount itself knows. */
final class OptionWords {
  private static final Map<String, OptionWord> WORDS = new HashMap<>();

  private static final int ATIME_MODES = MS_NOATIME | MS_RELATIME | MS_STRICTATIME;
  private static final long KIB = 1L << 10;
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;

  static {
    mountFlags();
    kernelData();
    settings();
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

  /** All words, for suggestions. */
  static Set<String> names() {
    return WORDS.keySet();
  }

  private static void mountFlags() {
    flag("ro", "rw", MS_RDONLY);
    flag("nosuid", "suid", MS_NOSUID);
    flag("nodev", "dev", MS_NODEV);
    flag("noexec", "exec", MS_NOEXEC);
    flag("sync", "async", MS_SYNCHRONOUS);
    flag("nosymfollow", "symfollow", MS_NOSYMFOLLOW);
    flag("nodiratime", "diratime", MS_NODIRATIME);
    flag("lazytime", "nolazytime", MS_LAZYTIME);
    put(new Flag(MS_DIRSYNC, 0), "dirsync");
    // The kernel would let strictatime win over noatime whichever came last.
    put(new Flag(MS_NOATIME, ATIME_MODES), "noatime");
    put(new Flag(MS_RELATIME, ATIME_MODES), "relatime");
    put(new Flag(MS_STRICTATIME, ATIME_MODES), "strictatime");
    put(new Flag(0, MS_NOATIME), "atime");
    put(new Flag(0, MS_RELATIME), "norelatime");
    put(new Flag(0, MS_STRICTATIME), "nostrictatime");
  }

  private static void kernelData() {
    put(new KernelData(ValueRule.NONE), "allow_other", "default_permissions");
    put(new KernelData(ValueRule.size(4 * KIB, 4 * GIB - 1)), "max_read");
    put(new KernelData(ValueRule.TEXT), "context", "fscontext", "defcontext", "rootcontext");
  }

  private static void settings() {
    put(new Setting(ValueRule.TEXT), "fsname", "subtype", "capture");
    put(new Setting(ValueRule.size(4 * KIB, 256 * MIB)), "max_write");
    put(new Setting(ValueRule.size(0, GIB)), "max_readahead");
    put(new Setting(ValueRule.count(1, 65535)), "max_background", "congestion_threshold");
    put(new Setting(ValueRule.count(1, 1024)), "max_threads");
    put(new Setting(ValueRule.count(1, 65535)), "request_timeout");
    put(new Setting(ValueRule.NONE), "debug", "idmap");
    put(new Setting(ValueRule.oneOf(Transport.words())), "transport");
  }

  private static void withoutEffect() {
    NoEffect bare = new NoEffect(ValueRule.NONE);
    // fstab(5) and mount(8): read by those who call us.
    put(bare, "defaults", "auto", "noauto", "user", "nouser", "users", "nousers");
    put(bare, "owner", "noowner", "group", "nogroup", "nofail", "_netdev");
    put(new NoEffect(ValueRule.ANY), "comment");
    // libfuse: what has become the rule, or was about an implementation that is not ours.
    put(bare, "nonempty", "auto_unmount", "big_writes", "atomic_o_trunc", "large_read");
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

  private static void flag(String setting, String clearing, int bit) {
    put(new Flag(bit, 0), setting);
    put(new Flag(0, bit), clearing);
  }

  private static void put(OptionWord word, String... names) {
    for (String name : names) {
      WORDS.put(name, word);
    }
  }
}
