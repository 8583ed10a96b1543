package dev.fused.fs.memory;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The inodes of a shard by number. Numbers are given out in sequence and never again, so this is an
 * array in three levels whose empty parts are dropped, not a hash table.
 *
 * <p>Reading takes no lock. Any thread.
 */
final class InodeTable {
  private static final int LEAF_BITS = 8;
  private static final int LEAF = 1 << LEAF_BITS;
  private static final int MIDDLE_BITS = 12;
  private static final int MIDDLE = 1 << MIDDLE_BITS;
  private static final int TOP_SHIFT = LEAF_BITS + MIDDLE_BITS;

  private final AtomicLong nextNumber;

  /** Replaced by a longer one when numbers need it. */
  private volatile AtomicReferenceArray<@Nullable Branch> top = new AtomicReferenceArray<>(1);

  private static final class Branch extends AtomicReferenceArray<@Nullable Leaf> {
    private static final long serialVersionUID = 1;

    int live;

    Branch() {
      super(MIDDLE);
    }
  }

  private static final class Leaf extends AtomicReferenceArray<@Nullable Inode> {
    private static final long serialVersionUID = 1;

    int live;

    Leaf() {
      super(LEAF);
    }
  }

  /**
   * @param firstNumber the first number to give out
   */
  InodeTable(long firstNumber) {
    nextNumber = new AtomicLong(firstNumber);
  }

  /** A number that was never given out before. */
  long newNumber() {
    return nextNumber.getAndIncrement();
  }

  /** The inode with this number, or null if there is none, whatever the number. */
  @Nullable Inode get(long number) {
    AtomicReferenceArray<@Nullable Branch> branches = top;
    long position = number >>> TOP_SHIFT;
    Branch branch = position < branches.length() ? branches.get((int) position) : null;
    Leaf leaf = branch == null ? null : branch.get(inBranch(number));
    return leaf == null ? null : leaf.get(inLeaf(number));
  }

  synchronized void put(long number, Inode inode) {
    Branch branch = branchFor((int) (number >>> TOP_SHIFT));
    Leaf leaf = branch.get(inBranch(number));
    if (leaf == null) {
      leaf = new Leaf();
      branch.set(inBranch(number), leaf);
      branch.live++;
    }
    leaf.set(inLeaf(number), inode);
    leaf.live++;
  }

  /** Forgets an inode, which is there. */
  synchronized void remove(long number) {
    Branch branch = top.get((int) (number >>> TOP_SHIFT));
    Leaf leaf = branch == null ? null : branch.get(inBranch(number));
    if (branch == null || leaf == null) {
      throw new IllegalStateException("there is no inode with number " + number);
    }
    leaf.set(inLeaf(number), null);
    leaf.live--;
    // The leaf that is being filled stays: the next inode goes there.
    boolean isFilling = number >>> LEAF_BITS == nextNumber.get() >>> LEAF_BITS;
    if (leaf.live == 0 && !isFilling) {
      branch.set(inBranch(number), null);
      branch.live--;
      if (branch.live == 0) {
        top.set((int) (number >>> TOP_SHIFT), null);
      }
    }
  }

  /** How many leaves are in use, each with room for 256 inodes. */
  synchronized int leafCount() {
    int leaves = 0;
    for (int i = 0; i < top.length(); i++) {
      Branch branch = top.get(i);
      leaves += branch == null ? 0 : branch.live;
    }
    return leaves;
  }

  private Branch branchFor(int position) {
    if (position >= top.length()) {
      AtomicReferenceArray<@Nullable Branch> longer =
          new AtomicReferenceArray<>(Math.max(top.length() * 2, position + 1));
      for (int i = 0; i < top.length(); i++) {
        longer.set(i, top.get(i));
      }
      top = longer;
    }
    Branch branch = top.get(position);
    if (branch == null) {
      branch = new Branch();
      top.set(position, branch);
    }
    return branch;
  }

  private static int inBranch(long number) {
    return (int) (number >>> LEAF_BITS) & MIDDLE - 1;
  }

  private static int inLeaf(long number) {
    return (int) number & LEAF - 1;
  }
}
