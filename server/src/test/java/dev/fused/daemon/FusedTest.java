package dev.fused.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import dev.fused.filesystem.OptionDescription;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The command line, up to where something would be mounted. */
class FusedTest {
  /** Wrong, but looked at last: what a test expects to be refused earlier is never mounted. */
  private static final String NEVER_MOUNTED = "--capture=/dev/null/capture.pcap";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path directory;

  /** Commands set logging up for a process that runs nothing else. */
  @AfterAll
  static void restoreLogging() throws Exception {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    new ContextInitializer(context).autoConfig();
  }

  private int run(String... arguments) {
    return Fused.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private List<String> errors() {
    return err.toString().lines().toList();
  }

  static Stream<List<String>> commands() {
    return Stream.of(
        List.of(), List.of("mount"), List.of("unmount"), List.of("umount"), List.of("list"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void eachCommandHasHelp(List<String> command) {
    assertThat(run(Stream.concat(command.stream(), Stream.of("--help")).toArray(String[]::new)))
        .isZero();

    String name = command.isEmpty() ? "" : command.getFirst();
    assertThat(out.toString())
        .startsWith(("Usage: fused " + (name.equals("umount") ? "unmount" : name)).strip())
        .contains("--help")
        .contains("--version");
    assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void theHelpOfMountNamesItsOptionsAndTheirDefaults() {
    run("mount", "--help");

    assertThat(out.toString())
        .contains(
            "MOUNTPOINT",
            "-o=OPTIONS",
            "--size=SIZE",
            "--inodes, --nr-inodes=COUNT",
            "--foreground")
        .contains("50%", "--allow-other", "--max-write=SIZE")
        .doesNotContain("ready-fd");
  }

  @Test
  void theHelpOfUnmountNamesTheDefaultOfItsWait() {
    run("unmount", "--help");

    assertThat(out.toString()).contains("5 by default");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void eachCommandTellsTheVersion(List<String> command) {
    assertThat(run(Stream.concat(command.stream(), Stream.of("--version")).toArray(String[]::new)))
        .isZero();

    assertThat(out.toString().lines())
        .hasSize(3)
        .satisfiesExactly(
            line -> assertThat(line).startsWith("fused "),
            line -> assertThat(line).isEqualTo("FUSE protocol 7.12 to 7.45"),
            line -> assertThat(line).startsWith("Java 25"));
  }

  static Stream<List<String>> wrongUsages() {
    return Stream.of(
        List.of("fused", "Missing required subcommand"),
        List.of("fused", "Unmatched argument at index 0: 'munt'", "munt"),
        List.of("fused", "Unknown option: '--sizes'", "--sizes"),
        List.of(
            "fused mount", "Unknown option: '--sizes=4g'", "mount", "/no/such/place", "--sizes=4g"),
        List.of(
            "fused mount",
            "Unmatched argument at index 2: '/srv'",
            "mount",
            "/no/such/place",
            "/srv"),
        List.of(
            "fused mount",
            "Missing required parameter for option '--size' (SIZE)",
            "mount",
            "/no/such/place",
            "--size"),
        List.of("fused unmount", "Missing required parameter: 'MOUNTPOINT'", "unmount"),
        List.of(
            "fused unmount",
            "Invalid value for option '--wait': 'long' is not an int",
            "unmount",
            "/no/such/place",
            "--wait=long"));
  }

  @ParameterizedTest
  @MethodSource("wrongUsages")
  void wrongUsageIsOneSentenceWhereToLookAndStatus2(List<String> usage) {
    String command = usage.get(0);
    String sentence = usage.get(1);

    int status = run(usage.subList(2, usage.size()).toArray(String[]::new));

    assertThat(status).isEqualTo(2);
    assertThat(errors()).containsExactly("fused: " + sentence, "Try: " + command + " --help");
    assertThat(out.toString()).isEmpty();
  }

  /** The value is wrong, and mounting ends with status 2 and a sentence. */
  private void assertRefused(String sentence, String... options) throws IOException {
    Stream<String> command = Stream.of("mount", mountPoint(), NEVER_MOUNTED);

    int status = run(Stream.concat(command, Stream.of(options)).toArray(String[]::new));

    assertThat(status).isEqualTo(2);
    assertThat(errors()).singleElement().asString().startsWith("fused: " + sentence);
    assertThat(out.toString()).isEmpty();
  }

  private String mountPoint() throws IOException {
    return Files.createDirectories(directory.resolve("mount point")).toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "4x", "-1", "101%", "99999999999999999999"})
  void aWrongSizeIsNamedWithWhatIsExpected(String size) throws IOException {
    assertRefused(
        "option size is \"" + size + "\", but must be at least 4096 bytes", "--size=" + size);
  }

  @Test
  void theOptionOfMountAndThatOfTheFileSystemAreTheSame() throws IOException {
    assertRefused("option size is \"4x\", but must be", "-o", "ro,size=4x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "many", "50%"})
  void aWrongCountOfInodesIsNamedWithWhatIsExpected(String inodes) throws IOException {
    assertRefused(
        "option inodes is \"" + inodes + "\", but must be a number of at least 1",
        "--inodes",
        inodes);
  }

  @Test
  void anUnknownMountOptionIsNamedWithTheNearestKnownOne() throws IOException {
    assertRefused(
        "unknown mount option \"allow_othr\"; did you mean \"allow_other\"?", "-o", "allow_othr");
  }

  @Test
  void aWrongMountOptionIsNamedWithItsRange() throws IOException {
    assertRefused(
        "mount option \"max_write\": expected a size (suffix k, m or g) from 4096 to 268435456",
        "-o",
        "max_write=1");
  }

  @Test
  void anUnknownFileSystemIsNamedWithTheKnownOnes() throws IOException {
    assertRefused("there is no file system \"zfs\"; there is: memory", "--file-system", "zfs");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "many"})
  void aWrongCountOfLoopsIsRefused(String loops) throws IOException {
    assertRefused(
        "mount option \"loops\": expected a number from 1 to 1024, got \"" + loops + "\"",
        "--loops",
        loops);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--user=no-such-user", "--setuid=no-such-user", "-osetuid=no-such-user"})
  void aUserThatIsNotThereIsNamed(String option) throws IOException {
    assertRefused("there is no user \"no-such-user\"; give a name", option);
  }

  /** mount(8) says so who called it. */
  @Test
  void afterTheLetterOUserSaysNothing() throws IOException {
    run("mount", mountPoint(), NEVER_MOUNTED, "-o", "user=no-such-user,user");

    assertThat(errors()).isNotEmpty().noneMatch(line -> line.contains("user"));
  }

  @Test
  void aRingMayHaveThreadsThatStayRoot() throws IOException {
    assertRefused(
        "transport=io_uring may have threads of the kernel that stay root",
        "--user=4243210:1",
        "--transport=io_uring");
  }

  @Test
  void passthroughNeedsWhatAnotherUserHasNot() throws IOException {
    assertRefused(
        "data=passthrough takes CAP_SYS_ADMIN whenever a file is opened",
        "--user=4243210:1",
        "--data=passthrough");
  }

  @Test
  void aMissingMountPointIsRefused() {
    assertThat(run("mount", "--size=1m")).isEqualTo(2);
    assertThat(errors())
        .containsExactly(
            "fused: no mount point is given: fused mount MOUNTPOINT", "Try: fused mount --help");
  }

  /** Of each option the help has a line, and it stands in no more than one section. */
  @Test
  void theHelpOfMountHasEachOptionOnce() {
    run("mount", "--help");

    List<String> lines = out.toString().lines().map(String::strip).toList();
    for (OptionCatalog.Section section : new OptionCatalog().sections()) {
      for (OptionDescription option : section.options()) {
        String name = DescribedOptions.longName(option.name());
        assertThat(lines)
            .filteredOn(line -> line.matches("(--?[a-z-]+, *)*" + name + "([=, ].*)?"))
            .as(name)
            .hasSize(1);
      }
    }
  }

  private Path optionFile(String... lines) throws IOException {
    return Files.write(directory.resolve("options.conf"), List.of(lines));
  }

  @Test
  void aLineOfAFileIsAnOption() throws IOException {
    Path file = optionFile("# limits", "", "  ro", "inodes = 5", "size=4x");

    assertRefused("option size is \"4x\", but must be", "--config", file.toString());
  }

  @Test
  void theListWinsOverTheFileAndTheCommandLineOverTheList() throws IOException {
    Path file = optionFile("size = 1x", "mode = 9", "nr_inodes = 1x");

    assertRefused(
        "option inodes is \"3x\", but must be",
        "-o",
        "size=2x,mode=0755,inodes=2x",
        "--size=1m",
        "--inodes=3x",
        "--config",
        file.toString());
  }

  static Stream<List<String>> wrongLines() {
    return Stream.of(
        List.of("sise = 1g", "unknown mount option \"sise\"; did you mean \"size\"?"),
        List.of(
            "max-write = 1m", "unknown mount option \"max-write\"; did you mean \"max_write\"?"),
        List.of("what = 1", "unknown mount option \"what\""),
        List.of("max_write = 1", "mount option \"max_write\": expected a size"),
        List.of("ro = yes", "mount option \"ro\" takes no value, got \"yes\""),
        List.of("log_file", "option \"log_file\" needs a value: log_file=FILE"),
        List.of("= 5", "mount option \"=5\" has no name"));
  }

  @ParameterizedTest
  @MethodSource("wrongLines")
  void aWrongLineIsNamedWithFileAndNumber(List<String> wrong) throws IOException {
    Path file = optionFile("size = 1m", "# a comment", wrong.get(0));

    assertRefused(file + ":3: " + wrong.get(1), "--config=" + file);
  }

  @Test
  void aFileMayNameTheMountPoint() throws IOException {
    Path file = optionFile("mount_point = " + directory.resolve("elsewhere"));

    assertThat(run("mount", "--config=" + file)).isEqualTo(1);

    assertThat(errors())
        .singleElement()
        .asString()
        .startsWith("fused: " + directory.resolve("elsewhere") + " does not exist");
  }

  @Test
  void aFileThatDoesNotExistIsNamed() {
    assertThat(run("mount", "/mnt", "--config", "no-such-name")).isEqualTo(1);

    assertThat(errors())
        .containsExactly("fused: the file of options /etc/fused/no-such-name.conf does not exist");
  }

  @Test
  void aNegativeWaitIsRefused() {
    assertThat(run("unmount", "/no/such/place", "--wait=-1")).isEqualTo(2);
    assertThat(errors()).containsExactly("fused: --wait must be 0 or more, but is -1");
  }

  @Test
  void aLogFileUnderTheMountPointIsRefusedAndNotCreated() throws IOException {
    Path log = directory.resolve("mount point/logs/fused.log");

    assertRefused(
        "the log file " + log + " must not lie under the mount point; use --log-file",
        "--log-file",
        log.toString(),
        "--ready-fd=1000000");
    assertThat(log.getParent()).doesNotExist();
  }

  @Test
  void aLogFileThatCannotBeWrittenIsStatus1AndSaysWhatToDo() throws IOException {
    int status =
        run(
            "mount",
            mountPoint(),
            "--log-file",
            "/dev/null/fused.log",
            "--ready-fd=1000000",
            NEVER_MOUNTED);

    assertThat(status).isEqualTo(1);
    assertThat(errors())
        .singleElement()
        .asString()
        .startsWith("fused: cannot write the log file /dev/null/fused.log (")
        .endsWith("); choose another with --log-file");
  }

  @Test
  void aMountPointThatDoesNotExistIsStatus1AndNamed() {
    Path device = Path.of("/dev/fuse");
    assumeTrue(Files.isReadable(device) && Files.isWritable(device), "cannot open /dev/fuse");
    Path missing = directory.resolve("missing");

    assertThat(run("mount", missing.toString(), "--size=1m")).isEqualTo(1);

    assertThat(errors()).singleElement().asString().startsWith("fused: ").contains("" + missing);
  }

  @Test
  void unmountingWhatIsNotMountedIsStatus1AndNamed() throws IOException {
    assertThat(run("unmount", mountPoint())).isEqualTo(1);

    assertThat(errors()).containsExactly("fused: " + mountPoint() + " is not mounted");
  }
}
