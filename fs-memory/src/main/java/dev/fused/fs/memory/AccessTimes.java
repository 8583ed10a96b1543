package dev.fused.fs.memory;

/**
 * When reading renews the access time of what is read, by the options of mount(8). The kernel
 * leaves that to the file system. It says nothing of reads that its cache answers.
 *
 * @param rule for all that is read
 * @param onDirectories false if those of directories are never renewed: nodiratime
 */
public record AccessTimes(Rule rule, boolean onDirectories) {
  /** The rule of mounts that were not given one. */
  public static final AccessTimes DEFAULT = new AccessTimes(Rule.RELATIME, true);

  /** Which reads renew it. */
  public enum Rule {
    /** The first after a change, and the first after a day. */
    RELATIME,
    /** All. */
    STRICTATIME,
    /** None. */
    NOATIME
  }
}
