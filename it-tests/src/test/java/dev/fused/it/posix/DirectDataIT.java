package dev.fused.it.posix;

import dev.fused.conformance.directory.LawScripts;
import dev.fused.it.support.Laws;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.TwinMounts;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The {@link Laws} of all topics, where each read and write is a request. */
@NeedsMount
@NeedsPrograms({"python3", "getfacl", "setfacl"})
final class DirectDataIT {
  @RegisterExtension
  static final TwinMounts MOUNTS =
      TwinMounts.with("size=1g,nr_inodes=200k").mountedWith("data=direct");

  @TestFactory
  Stream<DynamicTest> allLawsHold() {
    return LawScripts.TOPICS.stream().flatMap(topic -> Laws.of(topic, MOUNTS.directories()));
  }
}
