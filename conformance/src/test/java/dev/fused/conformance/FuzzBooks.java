package dev.fused.conformance;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.EntryOut;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the server has given out so far, from which frames are made, and which is to be given back
 * at the end. It may hold more than the server still knows, never less. Not thread-safe.
 */
final class FuzzBooks {
  /** So many inodes are talked about at once; others are remembered only to be forgotten. */
  private static final int MOST = 120;

  /** An inode by its number and type. */
  record Node(long nodeid, int type) {
    boolean isDirectory() {
      return type == Attributes.S_IFDIR;
    }

    boolean isFile() {
      return type == Attributes.S_IFREG;
    }
  }

  /** Whoever has locked something, or may have. */
  record LockOwner(long nodeid, long owner, boolean flock) {}

  static final Node ROOT = new Node(FuseFileSystem.ROOT, Attributes.S_IFDIR);

  final List<Node> nodes = new ArrayList<>();
  final List<Handles.Handle> handles = new ArrayList<>();
  final Map<Long, Node> given = new HashMap<>();
  final Set<LockOwner> lockOwners = new HashSet<>();

  void entry(EntryOut entry) {
    if (entry.nodeid() == 0) {
      return;
    }
    Node node = new Node(entry.nodeid(), entry.attr().mode() & Attributes.S_IFMT);
    boolean isNew = given.put(node.nodeid, node) == null;
    if (isNew && nodes.size() < MOST) {
      nodes.add(node);
    }
  }

  /** All lookups of an inode are given back. */
  void forgotten(long nodeid) {
    Node node = given.remove(nodeid);
    if (node != null) {
      nodes.remove(node);
    }
  }

  /** The server knows it no more. */
  void gone(long nodeid) {
    nodes.removeIf(node -> node.nodeid == nodeid);
  }

  boolean areFull() {
    return nodes.size() >= MOST || handles.size() >= MOST;
  }
}
