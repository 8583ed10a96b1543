package dev.fused.server.mount;

/** What a word of a mount option list means. */
sealed interface OptionWord {
  /** A flag of mount(2): sets some bits, clears others. */
  record Flag(int set, int clear) implements OptionWord {}

  /** Goes into the data string of mount(2), for the kernel's FUSE or security module. */
  record KernelData(ValueRule rule) implements OptionWord {}

  /** Kept for a getter of {@link MountOptions}. */
  record Setting(ValueRule rule) implements OptionWord {}

  /** Allowed, without effect. */
  record NoEffect(ValueRule rule) implements OptionWord {}

  /** Not allowed, and why. */
  record Refused(String reason) implements OptionWord {}
}
