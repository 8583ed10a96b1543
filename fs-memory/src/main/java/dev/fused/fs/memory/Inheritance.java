package dev.fused.fs.memory;

import static dev.fused.protocol.reply.Attributes.S_IFDIR;
import static dev.fused.protocol.reply.Attributes.S_IFLNK;
import static dev.fused.protocol.reply.Attributes.S_IFMT;
import static dev.fused.protocol.reply.Attributes.S_ISGID;

import org.jspecify.annotations.Nullable;

/**
 * What a new inode gets from the directory that it is made in and from who makes it.
 *
 * @param mode type and permissions
 * @param xattrs its access control lists, if it gets any
 */
record Inheritance(int mode, Owner owner, @Nullable ExtendedAttributes xattrs) {
  private static final int S_IXGRP = 0010;
  private static final int PERMISSIONS = 0777;

  /**
   * A directory with set-gid hands its group on, and its set-gid to directories. One with a default
   * access control list hands that on; in any other the caller's umask counts. The caller holds the
   * lock of the directory.
   *
   * @param mode type and permissions asked for
   */
  static Inheritance of(Directory directory, int mode, Caller caller) {
    boolean isSetgid = (directory.mode() & S_ISGID) != 0;
    Owner owner = new Owner(caller.uid(), isSetgid ? directory.gid() : caller.gid());
    int type = mode & S_IFMT;
    if (type == S_IFLNK) {
      return new Inheritance(mode, owner, null);
    }
    int granted = isSetgid ? withSetgid(directory, mode, caller) : mode;
    ExtendedAttributes above = directory.xattrs();
    byte[] defaults = above == null ? null : above.get(PosixAcl.DEFAULT);
    PosixAcl acl = defaults == null ? null : PosixAcl.parse(defaults);
    if (defaults == null || acl == null) {
      return new Inheritance(granted & ~(caller.umask() & PERMISSIONS), owner, null);
    }
    PosixAcl access = acl.withMode(acl.mode() & granted);
    ExtendedAttributes xattrs = null;
    if (!access.isMinimal()) {
      xattrs = new ExtendedAttributes();
      xattrs.put(PosixAcl.ACCESS, access.encode());
    }
    if (type == S_IFDIR) {
      xattrs = xattrs == null ? new ExtendedAttributes() : xattrs;
      xattrs.put(PosixAcl.DEFAULT, defaults);
    }
    return new Inheritance((granted & ~PERMISSIONS) | access.mode(), owner, xattrs);
  }

  private static int withSetgid(Directory directory, int mode, Caller caller) {
    if ((mode & S_IFMT) == S_IFDIR) {
      return mode | S_ISGID;
    }
    // Nobody gets a program to run as a group that they are not in.
    boolean isProgram = (mode & S_IXGRP) != 0;
    boolean mayKeep = caller.isRoot() || caller.isIn(directory.gid());
    return isProgram && !mayKeep ? mode & ~S_ISGID : mode;
  }

  /** How many bytes of metadata it takes. */
  long metadata() {
    return xattrs == null ? 0 : xattrs.metadata();
  }
}
