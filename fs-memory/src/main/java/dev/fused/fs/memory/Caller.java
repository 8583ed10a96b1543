package dev.fused.fs.memory;

import dev.fused.protocol.request.FuseRequest;
import java.util.List;

/**
 * Who makes an inode.
 *
 * @param uid fsuid
 * @param gid fsgid
 * @param groups others of the caller's groups, as far as the kernel tells: that of the directory,
 *     if the caller is in it
 * @param umask the permissions that the caller does not want to give
 */
record Caller(int uid, int gid, List<Integer> groups, int umask) {
  private static final int ROOT = 0;

  static Caller of(FuseRequest request, int umask) {
    List<Integer> groups = request.extensions().supplementaryGroups();
    return new Caller(request.uid(), request.gid(), groups, umask);
  }

  boolean isRoot() {
    return uid == ROOT;
  }

  boolean isIn(int group) {
    return gid == group || groups.contains(group);
  }
}
