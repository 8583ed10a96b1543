package dev.fused.fs.memory;

import org.jspecify.annotations.Nullable;

/**
 * A sparse array with indices from 0 to 2<sup>63</sup>−1: a tree of nodes with 32 slots. Nodes
 * without an element go away, so memory follows the elements; access takes as many steps as the
 * largest index has groups of five bits; nothing is ever copied or rehashed.
 *
 * <p>Not thread-safe: its owner's lock guards it.
 */
final class RadixTree<T> {
  private static final int BITS = 5;
  private static final int FANOUT = 1 << BITS;
  private static final int MASK = FANOUT - 1;
  private static final long NONE = -1;

  private @Nullable Node root;

  /** How far an index is shifted to give a slot of the root. */
  private int rootShift;

  private static final class Node {
    /** Nodes one level down; at the bottom, elements. */
    final @Nullable Object[] slots = new @Nullable Object[FANOUT];

    int used;
  }

  /** The element at {@code index}, or null. */
  @SuppressWarnings("unchecked") // Slots at the bottom hold what put() was given.
  @Nullable T get(long index) {
    Node node = root;
    if (node == null || index >>> rootShift >= FANOUT) {
      return null;
    }
    for (int shift = rootShift; shift > 0; shift -= BITS) {
      node = (Node) node.slots[slot(index, shift)];
      if (node == null) {
        return null;
      }
    }
    return (T) node.slots[slot(index, 0)];
  }

  /** Sets the element at {@code index}, which must be 0 or more. */
  void put(long index, T element) {
    Node node = rootFor(index);
    for (int shift = rootShift; shift > 0; shift -= BITS) {
      int slot = slot(index, shift);
      Node child = (Node) node.slots[slot];
      if (child == null) {
        child = new Node();
        node.slots[slot] = child;
        node.used++;
      }
      node = child;
    }
    int slot = slot(index, 0);
    if (node.slots[slot] == null) {
      node.used++;
    }
    node.slots[slot] = element;
  }

  /** Removes the element at {@code index}, if there is one. */
  void remove(long index) {
    if (root == null || index >>> rootShift >= FANOUT) {
      return;
    }
    remove(root, rootShift, index);
    if (root.used == 0) {
      root = null;
      rootShift = 0;
    }
  }

  /** The smallest index from {@code from} on that has an element, or -1. */
  long ceiling(long from) {
    return root == null || from >>> rootShift >= FANOUT ? NONE : ceiling(root, rootShift, from);
  }

  boolean isEmpty() {
    return root == null;
  }

  private Node rootFor(long index) {
    if (root == null) {
      root = new Node();
    }
    while (index >>> rootShift >= FANOUT) {
      Node taller = new Node();
      if (root.used > 0) {
        taller.slots[0] = root;
        taller.used = 1;
      }
      root = taller;
      rootShift += BITS;
    }
    return root;
  }

  private static void remove(Node node, int shift, long index) {
    int slot = slot(index, shift);
    Object found = node.slots[slot];
    if (found == null) {
      return;
    }
    if (shift > 0) {
      Node child = (Node) found;
      remove(child, shift - BITS, index);
      if (child.used > 0) {
        return;
      }
    }
    node.slots[slot] = null;
    node.used--;
  }

  /** Searches one node; {@code from} counts from the node's first index. */
  private static long ceiling(Node node, int shift, long from) {
    long rest = from & (1L << shift) - 1;
    for (int slot = (int) (from >>> shift); slot < FANOUT; slot++) {
      Object found = node.slots[slot];
      if (found != null) {
        long below = shift == 0 ? 0 : ceiling((Node) found, shift - BITS, rest);
        if (below != NONE) {
          return ((long) slot << shift) + below;
        }
      }
      rest = 0;
    }
    return NONE;
  }

  private static int slot(long index, int shift) {
    return (int) (index >>> shift) & MASK;
  }
}
