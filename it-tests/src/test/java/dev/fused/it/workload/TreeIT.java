package dev.fused.it.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.FreeSpace;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.TwinDirectories;
import dev.fused.it.support.TwinMounts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs that copy, list and remove trees. The tree has some 6,000 entries: every type of file,
 * odd names, modes, owners, times, extended attributes, hard links, holes.
 */
@NeedsMount
@NeedsPrograms("python3")
final class TreeIT {
  @RegisterExtension static final TwinMounts MOUNTS = TwinMounts.with("size=2g,nr_inodes=200k");

  @TempDir static Path scratch;

  private static Path source;
  private static String sourceListing;

  @BeforeAll
  static void makeSource() {
    source = scratch.resolve("tree");
    Command.python("big_tree.py", source).output();
    sourceListing = listing(source);
    assertThat(sourceListing.lines().count()).isGreaterThan(5000);
  }

  @Test
  void cpKeepsEverything() {
    TwinDirectories directories = MOUNTS.directories();

    directories.both(directory -> Command.of("cp", "-a", source, directory.resolve("copy")));

    assertCopies(directories, "copy");
  }

  @Test
  void cpInsideTheMountKeepsEverything() {
    TwinDirectories directories = MOUNTS.directories();

    directories.both(directory -> Command.of("cp", "-a", source, directory.resolve("copy")));
    directories.both(directory -> Command.of("cp", "-a", "copy", "again").in(directory));
    directories.both(directory -> Command.of("rm", "-rf", "copy").in(directory));

    assertCopies(directories, "again");
  }

  @Test
  @NeedsPrograms("rsync")
  void rsyncKeepsEverythingAndThenFindsNothingToDo() {
    TwinDirectories directories = MOUNTS.directories();

    directories.both(directory -> rsync("-aHXS", directory));

    assertCopies(directories, "copy");
    String todo = directories.same(directory -> rsync("-aHXSnic", directory).output());
    assertThat(todo).isEmpty();
  }

  @Test
  @NeedsPrograms("rsync")
  void rsyncBringsAnOlderCopyUpToDate() {
    TwinDirectories directories = MOUNTS.directories();
    directories.both(directory -> rsync("-aHX", directory));

    directories.sameOutput(
        """
        cd copy
        find ordinary -name 'file*.3' -exec rm {} +
        find ordinary -name 'file*.4' -exec sh -c 'echo changed >> "$1"' - {} ';'
        rm -r odd
        mkdir -p ordinary/d1/new/directory special/fifo.d
        touch ordinary/d1/new/file
        ln linked/first1 linked/more
        chmod 600 linked/first2
        """);
    directories.both(directory -> rsync("-aHX", directory, "--delete", "--inplace"));

    assertCopies(directories, "copy");
  }

  @Test
  void tarOutAndInKeepsEverything() {
    TwinDirectories directories = MOUNTS.directories();
    String options = "--xattrs --xattrs-include='*' --numeric-owner --format=posix --sparse ";

    directories.both(directory -> Command.of("cp", "-a", source, directory.resolve("copy")));
    directories.both(
        directory ->
            Command.shell(
                    "tar "
                        + options
                        + "-cf tar copy; mkdir out; tar "
                        + options
                        + "-xpf tar -C out")
                .in(directory));

    // tar leaves out sockets, and says so.
    String expected = withoutSocket(sourceListing);
    for (Path directory : List.of(directories.tmpfs(), directories.mounted())) {
      TwinDirectories.assertSame(withoutSocket(listing(directory.resolve("out/copy"))), expected);
    }
  }

  @Test
  void findAndDuShowWhatTheyShowOnTmpfs() {
    TwinDirectories directories = MOUNTS.directories();
    directories.both(directory -> Command.of("cp", "-a", source, directory.resolve("copy")));

    String found =
        directories.sameOutput(
            """
            find copy -printf '%P %y %M %U:%G %n %T@ %l\\n' | sort
            find copy ! -type d -printf '%P %s\\n' | sort
            find copy -type f -printf '%P %b\\n' | sort
            find copy -type f -size +100k -perm /u+w ! -newermt 2030-01-01 | sort
            find copy -depth -type d -empty | sort
            find copy -xdev -samefile copy/linked/first3 | sort
            find copy -type f -exec du -l --block-size=1 {} + | sort -k 2
            du -s --block-size=1 copy/sparse copy/ordinary
            du -al --apparent-size --block-size=1 copy/linked/other | grep -v 'other$' | sort
            du -b copy/linked/first* copy/linked/other/link* | wc -l
            """);

    assertThat(found).contains("linked/other/link3.0").contains("sparse/sparse4");
  }

  @Test
  void whatIsRemovedLeavesNothingBehind() {
    TwinDirectories directories = MOUNTS.directories();
    Path mount = directories.mounted();
    long blocksBefore = FreeSpace.show(mount, "used");
    long inodesBefore = FreeSpace.show(mount, "iused");

    directories.both(directory -> Command.of("cp", "-a", source, directory.resolve("copy")));
    assertThat(FreeSpace.show(mount, "iused")).isGreaterThan(inodesBefore + 5000);
    directories.both(directory -> Command.of("rm", "-rf", directory.resolve("copy")));

    assertThat(directories.sameOutput("ls -A")).isEmpty();
    assertThat(FreeSpace.settled(mount, "used", blocksBefore)).isEqualTo(blocksBefore);
    assertThat(FreeSpace.settled(mount, "iused", inodesBefore)).isEqualTo(inodesBefore);
  }

  @Test
  void aJdkCopiedToTheMountRuns() {
    Path jdk = Path.of(System.getProperty("java.home"));
    TwinDirectories directories = MOUNTS.directories();

    directories.both(directory -> Command.of("cp", "-a", jdk, directory.resolve("jdk")));
    String answer =
        directories.same(
            directory ->
                Command.of(directory.resolve("jdk/bin/java"), "-Xshare:auto", "--list-modules")
                    .output());

    assertThat(answer).contains("java.base@");
    TwinDirectories.assertSame(listing(directories.mounted()), listing(directories.tmpfs()));
    directories.both(directory -> Command.of("rm", "-r", directory.resolve("jdk")));
  }

  private static Command rsync(String options, Path directory, String... more) {
    List<Object> words = new ArrayList<>(List.of("rsync", options, "--numeric-ids"));
    words.addAll(List.of(more));
    words.add(source + "/");
    words.add(directory.resolve("copy"));
    return Command.of(words.toArray());
  }

  private static void assertCopies(TwinDirectories directories, String name) {
    TwinDirectories.assertSame(listing(directories.tmpfs().resolve(name)), sourceListing);
    TwinDirectories.assertSame(listing(directories.mounted().resolve(name)), sourceListing);
  }

  private static String listing(Path directory) {
    return Command.python("listing.py", directory, "times").output();
  }

  private static String withoutSocket(String listing) {
    return String.join("\n", listing.lines().filter(line -> !line.contains("socket")).toList());
  }
}
