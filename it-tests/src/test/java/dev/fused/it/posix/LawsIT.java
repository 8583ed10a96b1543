package dev.fused.it.posix;

import dev.fused.it.support.Laws;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.TwinMounts;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The {@link Laws} of all topics, on a memory file system as {@code fused} mounts it. */
@NeedsMount
@NeedsPrograms("python3")
final class LawsIT {
  @RegisterExtension static final TwinMounts MOUNTS = TwinMounts.with("size=1g,nr_inodes=200k");

  @TestFactory
  Stream<DynamicTest> systemCallsFailAsTheyShould() {
    return laws("errno");
  }

  @TestFactory
  Stream<DynamicTest> filesKeepWhatIsWrittenIntoThem() {
    return laws("file");
  }

  @TestFactory
  Stream<DynamicTest> mappingsShowWhatFilesHold() {
    return laws("mapping");
  }

  @TestFactory
  Stream<DynamicTest> directoriesKeepNames() {
    return laws("directory");
  }

  @TestFactory
  Stream<DynamicTest> attributesSayWhatHappenedAndWhatIsAllowed() {
    return laws("attribute");
  }

  @TestFactory
  Stream<DynamicTest> timesSayWhatCameFirst() {
    return laws("time");
  }

  @TestFactory
  Stream<DynamicTest> handlesStandForFiles() {
    return laws("handle");
  }

  @TestFactory
  Stream<DynamicTest> limitsAreThoseOfLinux() {
    return laws("limit");
  }

  @TestFactory
  @NeedsPrograms({"getfacl", "setfacl"})
  Stream<DynamicTest> accessControlListsDecideAndAreInherited() {
    return laws("acl");
  }

  @TestFactory
  Stream<DynamicTest> locksExclude() {
    return laws("lock");
  }

  @TestFactory
  Stream<DynamicTest> whatTmpfsDoesAndOthersNeedNot() {
    return Laws.ofScript("tmpfs_laws.py", MOUNTS.directories());
  }

  private static Stream<DynamicTest> laws(String topic) {
    return Laws.of(topic, MOUNTS.directories());
  }
}
