package dev.fused.fs.memory;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tries the interleavings of a few calls of {@link InodeTable}: they must return what they return
 * one after the other on a set of numbers. As in the store, each number has one thread that puts
 * and removes its inode, and anybody may look for it.
 */
@Tag("lincheck")
@Param(name = "self", gen = ThreadIdGen.class)
@Param(name = "anybody", gen = IntGen.class, conf = "0:3")
@Param(name = "place", gen = IntGen.class, conf = "0:3")
public class InodeTableLincheckTest {
  /** A deadlock is found without: this is for a machine so busy that threads get no turn. */
  private static final long TIMEOUT_MILLIS = 300_000;

  /** In the leaf that is filled first, in the next, in the next branch, where the top grows. */
  private static final long[] PLACES = {248, 256, 1L << 20, 5L << 20};

  /** The next number but one is that of another leaf. */
  private static final long FIRST_NUMBER = 254;

  private final InodeTable table = new InodeTable(FIRST_NUMBER);

  /** Of each thread and place; nobody else's business. */
  private final boolean[][] isThere = new boolean[4][PLACES.length];

  private static long number(int owner, int place) {
    return PLACES[place] + owner;
  }

  @Operation
  public long newNumber() {
    return table.newNumber();
  }

  @Operation(params = {"anybody", "place"})
  public boolean isFound(int owner, int place) {
    Inode inode = table.get(number(owner, place));
    if (inode != null && inode.nodeid != number(owner, place)) {
      throw new IllegalStateException("found " + inode.nodeid);
    }
    return inode != null;
  }

  @Operation(params = {"self", "place"})
  public void putOrRemove(int self, int place) {
    long number = number(self, place);
    if (isThere[self][place]) {
      table.remove(number);
    } else {
      table.put(number, new SpecialFile(number, 0, 0, new Owner(0, 0), Instant.EPOCH));
    }
    isThere[self][place] = !isThere[self][place];
  }

  /** The same one after the other. */
  public static class Specification {
    private final Set<Long> numbers = new HashSet<>();
    private long next = FIRST_NUMBER;

    public long newNumber() {
      return next++;
    }

    public boolean isFound(int owner, int place) {
      return numbers.contains(number(owner, place));
    }

    public void putOrRemove(int self, int place) {
      long number = number(self, place);
      if (!numbers.remove(number)) {
        numbers.add(number);
      }
    }
  }

  @Test
  void whatThreadsDoAtOnceIsAsIfDoneOneAfterTheOther() {
    new ModelCheckingOptions()
        .iterations(10)
        .invocationsPerIteration(100)
        .threads(2)
        .invocationTimeout$lincheck(TIMEOUT_MILLIS)
        .actorsPerThread(3)
        .sequentialSpecification(Specification.class)
        .check(InodeTableLincheckTest.class);
  }
}
