package dev.fused.fs.memory;

/** Who owns an inode: for a new one, the caller's fsuid and fsgid. */
record Owner(int uid, int gid) {}
