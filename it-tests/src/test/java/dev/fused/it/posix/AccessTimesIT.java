package dev.fused.it.posix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.TwinMounts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Mounts that say when reading shows; the laws of times are about those that do not. */
@NeedsMount
final class AccessTimesIT {
  @RegisterExtension static final TwinMounts NEVER = TwinMounts.with("size=8m,noatime");

  @RegisterExtension static final TwinMounts ALWAYS = TwinMounts.with("size=8m,strictatime");

  @RegisterExtension static final TwinMounts FILES = TwinMounts.with("size=8m,nodiratime");

  /**
   * Reads a file, past the page cache, and lists a directory; their access times are then compared
   * with a second.
   */
  private static String read(String second) {
    return """
        mkdir d; echo content > d/a; echo content > a
        touch -a -d @%1$s a d
        dd if=a iflag=direct of=shown status=none; ls d >> shown
        for path in a d; do
          [ "$(stat -c %%X $path)" = %1$s ] && echo kept || echo renewed
        done
        """
        .formatted(second);
  }

  @Test
  void noatimeKeepsAccessTimes() {
    String shown = NEVER.directories().sameOutput(read("1000"));

    assertThat(shown.lines()).containsExactly("kept", "kept");
  }

  /** In 2096: by the rule of relatime there would be nothing to renew. */
  @Test
  void strictatimeRenewsAccessTimesWithEachRead() {
    String shown = ALWAYS.directories().sameOutput(read("4000000000"));

    assertThat(shown.lines()).containsExactly("renewed", "renewed");
  }

  @Test
  void nodiratimeKeepsThoseOfDirectories() {
    String shown = FILES.directories().sameOutput(read("1000"));

    assertThat(shown.lines()).containsExactly("renewed", "kept");
  }
}
