package dev.fused.it.posix;

import dev.fused.it.support.Laws;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.TwinMounts;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The laws of locks, where the file system keeps them and not the kernel. */
@NeedsMount
@NeedsPrograms("python3")
final class LocksIT {
  @RegisterExtension
  static final TwinMounts MOUNTS =
      TwinMounts.with("size=16m,nr_inodes=1k").mountedWith("locks=server");

  @TestFactory
  Stream<DynamicTest> locksExclude() {
    return Laws.of("lock", MOUNTS.directories());
  }
}
