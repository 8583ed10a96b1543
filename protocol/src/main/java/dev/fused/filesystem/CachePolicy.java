package dev.fused.filesystem;

import java.time.Duration;

/**
 * How long the kernel may answer from its own memory instead of asking.
 *
 * @param entry how long a name, present or missing, stays valid; not negative
 * @param attributes how long attributes stay valid; not negative
 */
public record CachePolicy(Duration entry, Duration attributes) {
  /** Ask each time. */
  public static final CachePolicy NONE = of(Duration.ZERO);

  /** Never ask again: for a file system that nobody changes behind the kernel's back. */
  public static final CachePolicy FOREVER = of(Duration.ofSeconds(Integer.MAX_VALUE));

  public CachePolicy {
    if (entry.isNegative() || attributes.isNegative()) {
      throw new IllegalArgumentException(
          "cache times must not be negative: entry " + entry + ", attributes " + attributes);
    }
  }

  /** The same time for names and attributes. */
  public static CachePolicy of(Duration both) {
    return new CachePolicy(both, both);
  }
}
