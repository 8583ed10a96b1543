package dev.fused.filesystem.lock;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Locks in the order of their start, quick to search for those that overlap a range: O(log n) and
 * the number of those.
 *
 * <p>A treap: a search tree by start and owner that is also a heap by random priority, which keeps
 * it about balanced. Each node knows the highest end below it, so that a search can pass over
 * subtrees that end too early. No owner may have two locks with the same start. Not thread-safe.
 */
final class LockTree {
  private static final class Node {
    final RangeLock lock;
    final int priority = ThreadLocalRandom.current().nextInt();
    long maxEnd;
    @Nullable Node left;
    @Nullable Node right;

    Node(RangeLock lock) {
      this.lock = lock;
      maxEnd = lock.end();
    }

    /** To be called when a child has changed. */
    Node updated() {
      maxEnd = lock.end();
      if (left != null) {
        maxEnd = Math.max(maxEnd, left.maxEnd);
      }
      if (right != null) {
        maxEnd = Math.max(maxEnd, right.maxEnd);
      }
      return this;
    }
  }

  private @Nullable Node root;
  private int size;

  int size() {
    return size;
  }

  void add(RangeLock lock) {
    root = added(root, new Node(lock));
    size++;
  }

  /** Takes out a lock that is there. */
  void remove(RangeLock lock) {
    root = removed(root, lock);
    size--;
  }

  /** The first lock that overlaps the range and is wanted, or null. */
  @Nullable RangeLock first(long start, long end, Predicate<RangeLock> wanted) {
    return first(root, start, end, wanted);
  }

  /** All locks that overlap the range and are wanted, in order. */
  List<RangeLock> all(long start, long end, Predicate<RangeLock> wanted) {
    List<RangeLock> found = new ArrayList<>();
    first(
        start,
        end,
        lock -> {
          if (wanted.test(lock)) {
            found.add(lock);
          }
          return false;
        });
    return found;
  }

  private static @Nullable RangeLock first(
      @Nullable Node tree, long start, long end, Predicate<RangeLock> wanted) {
    if (tree == null || tree.maxEnd < start) {
      return null;
    }
    RangeLock found = first(tree.left, start, end, wanted);
    if (found != null) {
      return found;
    }
    if (tree.lock.start() > end) {
      return null;
    }
    if (tree.lock.end() >= start && wanted.test(tree.lock)) {
      return tree.lock;
    }
    return first(tree.right, start, end, wanted);
  }

  private static Node added(@Nullable Node tree, Node node) {
    if (tree == null) {
      return node;
    }
    if (order(node.lock, tree.lock) < 0) {
      Node child = added(tree.left, node);
      tree.left = child;
      if (child.priority > tree.priority) {
        tree.left = child.right;
        child.right = tree.updated();
        return child.updated();
      }
    } else {
      Node child = added(tree.right, node);
      tree.right = child;
      if (child.priority > tree.priority) {
        tree.right = child.left;
        child.left = tree.updated();
        return child.updated();
      }
    }
    return tree.updated();
  }

  private static @Nullable Node removed(@Nullable Node tree, RangeLock lock) {
    if (tree == null) {
      throw new IllegalArgumentException("not in the tree: " + lock);
    }
    int order = order(lock, tree.lock);
    if (order == 0) {
      return joined(tree.left, tree.right);
    }
    if (order < 0) {
      tree.left = removed(tree.left, lock);
    } else {
      tree.right = removed(tree.right, lock);
    }
    return tree.updated();
  }

  /** One tree of two, of which all locks in the first come before those in the second. */
  private static @Nullable Node joined(@Nullable Node first, @Nullable Node second) {
    if (first == null) {
      return second;
    }
    if (second == null) {
      return first;
    }
    if (first.priority > second.priority) {
      first.right = joined(first.right, second);
      return first.updated();
    }
    second.left = joined(first, second.left);
    return second.updated();
  }

  private static int order(RangeLock a, RangeLock b) {
    int byStart = Long.compare(a.start(), b.start());
    return byStart != 0 ? byStart : Long.compare(a.owner(), b.owner());
  }
}
