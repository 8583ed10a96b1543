package dev.fused.server.mount;

/** How an unmount ended. */
public enum UnmountResult {
  /**
   * The mount is gone. So is the connection, unless the file system is mounted elsewhere too (bind
   * mounts, containers): then it lives until the last of those is unmounted.
   */
  UNMOUNTED("unmounted"),

  /**
   * The mount is gone from its place, but was still busy after the bound. The connection lives
   * until the last open file or working directory in it is closed; the server should serve on.
   */
  DETACHED("unmounted lazily: it was busy, and ends when its last user leaves"),

  /**
   * The server did not answer within the bound; the connection was aborted and the mount is gone.
   */
  ABORTED("unmounted after its connection was aborted: the server did not answer"),

  /** Nothing was done: the mount had gone already, or its place is now another mount's. */
  ALREADY_GONE("not mounted any more"),

  /** Nothing was done: another mount lies over this one. Unmount that first. */
  COVERED("still mounted: another mount lies over it"),

  /**
   * The kernel still waits for the server and the connection could not be aborted from here. Close
   * all descriptors of the device: that aborts it.
   */
  STUCK("still being unmounted: the server does not answer and its connection cannot be aborted");

  private final String description;

  UnmountResult(String description) {
    this.description = description;
  }

  /** What became of the mount, to follow its path in a sentence: {@code "unmounted"}. */
  public String describe() {
    return description;
  }
}
