package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.filesystem.FuseFileSystemProvider;
import dev.fused.filesystem.OptionDescription;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.RequestHeader;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryFileSystemProviderTest {
  private final FuseFileSystemProvider provider = new MemoryFileSystemProvider();
  private final TestClock clock = new TestClock();

  @Test
  void itIsFoundByItsName() {
    assertThat(ServiceLoader.load(FuseFileSystemProvider.class))
        .anyMatch(found -> found.name().equals("memory"));
  }

  @ParameterizedTest
  @CsvSource({
    "4g, 1m, 'memory, 4.0 GiB, 1,048,576 inodes'",
    "4G, 7, 'memory, 4.0 GiB, 7 inodes'",
    "1536k, 2k, 'memory, 1.5 MiB, 2,048 inodes'",
    "2t, 1g, 'memory, 2.0 TiB, 1,073,741,824 inodes'",
    "4097, 1, 'memory, 8.0 KiB, 1 inodes'"
  })
  void sizesAndCountsAreWrittenAsForTmpfs(String size, String inodes, String description) {
    assertThat(provider.create(Map.of("size", size, "inodes", inodes), clock).describe())
        .isEqualTo(description);
    assertThat(provider.create(Map.of("size", size, "nr_inodes", inodes), clock).describe())
        .isEqualTo(description);
  }

  @Test
  void byDefaultItTakesHalfOfTheMemoryAndAnInodeForTwoPages() {
    assertThat(provider.create(Map.of(), clock).describe())
        .isEqualTo(provider.create(Map.of("size", "50%"), clock).describe());
    assertThat(provider.create(Map.of("size", "8m"), clock).describe())
        .isEqualTo("memory, 8.0 MiB, 1,024 inodes");
  }

  /** The names of mount(8): the daemon hands on those that are in force. */
  @Test
  void itKnowsWhatMountsSayOfAccessTimes() {
    assertThat(provider.options())
        .extracting(OptionDescription::name)
        .contains("noatime", "nodiratime", "strictatime");
  }

  @Test
  void theRootIsAsTheOptionsSay() {
    MemoryFileSystem fs =
        (MemoryFileSystem)
            provider.create(
                Map.of("size", "1m", "mode", "750", "uid", "5", "gid", "4294967294"), clock);
    RecordingReply reply = new RecordingReply();
    fs.getattr(new Getattr(RequestHeader.of(Opcode.GETATTR, 2, 1, 0, 0, 0), 0, 0), reply);

    assertThat(reply.attributes.mode()).isEqualTo(040750);
    assertThat(reply.attributes.uid()).isEqualTo(5);
    assertThat(reply.attributes.gid()).isEqualTo(-2);
  }

  @ParameterizedTest
  @CsvSource({
    "size, 4q",
    "size, -1",
    "size, 0",
    "size, 4095",
    "size, 101%",
    "size, 999999999999999999t",
    "size, g",
    "size, ''",
    "inodes, 0",
    "inodes, 50%",
    "nr_inodes, many",
    "mode, 888",
    "mode, 10000",
    "mode, -1",
    "uid, root",
    "uid, -1",
    "gid, 4294967295",
    "locks, both",
    "data, none"
  })
  void aWrongValueIsNamedWithItsOptionAndWhatIsExpected(String option, String value) {
    assertThatThrownBy(() -> provider.create(Map.of(option, value), clock))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("option %s is \"%s\", but must be ".formatted(option, value));
  }

  @Test
  void theTwoNamesOfOneOptionExcludeEachOther() {
    assertThatThrownBy(() -> provider.create(Map.of("inodes", "1", "nr_inodes", "1"), clock))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("give one of them");
  }

  @Test
  void locksOfTheServerNeedToKnowWhenFilesAreClosed() {
    assertThatThrownBy(() -> provider.create(Map.of("locks", "server", "data", "cached"), clock))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not go with data=cached");
  }

  @ParameterizedTest
  @CsvSource({"auto, ''", "cached, ', data cached'", "direct, ', data direct'"})
  void theWayOfDataIsNamedIfItWasChosen(String data, String described) {
    assertThat(provider.create(Map.of("size", "8m", "data", data), clock).describe())
        .isEqualTo("memory, 8.0 MiB, 1,024 inodes" + described);
  }

  @Test
  void everyOptionIsExplained() {
    assertThat(provider.options())
        .allSatisfy(option -> assertThat(option.text()).endsWith("."))
        .extracting(OptionDescription::name)
        .containsExactly(
            "size",
            "inodes",
            "mode",
            "uid",
            "gid",
            "locks",
            "data",
            "noatime",
            "nodiratime",
            "strictatime");
    assertThat(provider.description()).isNotBlank();
  }
}
