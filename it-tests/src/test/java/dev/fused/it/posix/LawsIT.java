package dev.fused.it.posix;

import dev.fused.it.support.Laws;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.TwinMounts;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The {@link Laws} of all scripts, on a memory file system as {@code fused} mounts it. */
@NeedsMount
@NeedsPrograms("python3")
final class LawsIT {
  @RegisterExtension static final TwinMounts MOUNTS = TwinMounts.with("size=1g,nr_inodes=200k");

  @TestFactory
  Stream<DynamicTest> systemCallsFailAsTheyShould() {
    return laws("errno_laws.py");
  }

  @TestFactory
  Stream<DynamicTest> filesKeepWhatIsWrittenIntoThem() {
    return laws("file_laws.py");
  }

  @TestFactory
  Stream<DynamicTest> mappingsShowWhatFilesHold() {
    return laws("mapping_laws.py");
  }

  @TestFactory
  Stream<DynamicTest> directoriesKeepNames() {
    return laws("directory_laws.py");
  }

  @TestFactory
  Stream<DynamicTest> attributesSayWhatHappenedAndWhatIsAllowed() {
    return laws("attribute_laws.py");
  }

  @TestFactory
  Stream<DynamicTest> timesSayWhatCameFirst() {
    return laws("time_laws.py");
  }

  @TestFactory
  Stream<DynamicTest> handlesStandForFiles() {
    return laws("handle_laws.py");
  }

  @TestFactory
  Stream<DynamicTest> limitsAreThoseOfLinux() {
    return laws("limit_laws.py");
  }

  @TestFactory
  @NeedsPrograms({"getfacl", "setfacl"})
  Stream<DynamicTest> accessControlListsDecideAndAreInherited() {
    return laws("acl_laws.py");
  }

  @TestFactory
  Stream<DynamicTest> locksExclude() {
    return laws("lock_laws.py");
  }

  private static Stream<DynamicTest> laws(String script) {
    return Laws.of(script, MOUNTS.directories());
  }
}
