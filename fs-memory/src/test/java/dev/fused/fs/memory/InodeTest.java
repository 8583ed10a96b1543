package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.protocol.FileName;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class InodeTest {
  private static final Instant START = Instant.parse("2025-01-01T00:00:00.000000007Z");

  private final RegularFile file = new RegularFile(5, 0644, new Owner(1, 2), START);

  @Test
  void aNewInodeHasAllTimesOfItsBirth() {
    synchronized (file) {
      assertThat(file.attributes().atime()).isEqualTo(START.getEpochSecond());
      assertThat(file.attributes().mtimensec()).isEqualTo(7);
      assertThat(file.attributes().ctimensec()).isEqualTo(7);
      assertThat(file.birth()).isEqualTo(START);
    }
  }

  @Test
  void theFirstReadAfterAChangeRenewsTheAccessTimeAndTheNextDoesNot() {
    synchronized (file) {
      file.accessed(START.plusSeconds(1));
      assertThat(file.attributes().atime()).isEqualTo(START.getEpochSecond() + 1);
      file.accessed(START.plusSeconds(2));
      assertThat(file.attributes().atime()).isEqualTo(START.getEpochSecond() + 1);
      file.changed(START.plusSeconds(3));
      file.accessed(START.plusSeconds(4));
      assertThat(file.attributes().atime()).isEqualTo(START.getEpochSecond() + 4);
    }
  }

  @Test
  void anAccessTimeThatIsADayOldIsRenewed() {
    synchronized (file) {
      file.accessed(START.plusSeconds(1));
      file.accessed(START.plusSeconds(86_400));
      assertThat(file.attributes().atime()).isEqualTo(START.getEpochSecond() + 1);
      file.accessed(START.plusSeconds(86_401));
      assertThat(file.attributes().atime()).isEqualTo(START.getEpochSecond() + 86_401);
    }
  }

  @Test
  void setgidStaysWhereTheGroupCannotExecute() {
    synchronized (file) {
      file.setPermissions(06755);
      file.clearSuidgid();
      assertThat(file.mode()).isEqualTo(0100755);
      file.setPermissions(06745);
      file.clearSuidgid();
      assertThat(file.mode()).isEqualTo(0102745);
    }
  }

  @Test
  void theTypeCannotBeChanged() {
    synchronized (file) {
      file.setPermissions(0160777);
      assertThat(file.mode()).isEqualTo(0100777);
    }
  }

  @Test
  void moreLookupsThanGivenAreNotTakenBack() {
    synchronized (file) {
      file.addLookup();
      file.addLookup();
      file.removeLookups(1);
      assertThat(file.lookupCount()).isEqualTo(1);
      file.removeLookups(-1);
      assertThat(file.lookupCount()).isZero();
      file.removeLookups(3);
      assertThat(file.lookupCount()).isZero();
      file.removeOpen();
      assertThat(file.openCount()).isZero();
    }
  }

  @Test
  void anyOfSeveralLinksCanBeRemoved() {
    Directory directory = new Directory(1, 0755, new Owner(0, 0), START);
    Entry[] links = new Entry[3];
    synchronized (file) {
      for (int i = 0; i < 3; i++) {
        links[i] = new Entry(FileName.of("l" + i), directory, file);
        file.addLink(links[i]);
      }
      file.removeLink(links[1]);
      assertThat(file.links()).isSameAs(links[2]);
      assertThat(links[2].nextLink).isSameAs(links[0]);
      file.removeLink(links[2]);
      file.removeLink(links[0]);
      assertThat(file.links()).isNull();
      assertThatThrownBy(() -> file.removeLink(links[0])).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void changesWithoutTheLockAreNoticedInTests() {
    assertThatThrownBy(file::addLookup).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> file.setNlink(3)).isInstanceOf(AssertionError.class);
  }
}
