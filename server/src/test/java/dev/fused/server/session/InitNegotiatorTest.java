package dev.fused.server.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.filesystem.BackingFiles;
import dev.fused.filesystem.Connection;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.InitFlag.Honoured;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolVersion;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.request.Init;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.server.session.InitNegotiator.Agreement;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class InitNegotiatorTest {
  private static final long EVERYTHING = InitFlag.mask(EnumSet.allOf(InitFlag.class));
  private static final int KERNEL_READAHEAD = 131072;

  /** Registers anything. */
  private static final BackingFiles BACKING_FILES =
      new BackingFiles() {
        @Override
        public Optional<String> refusal() {
          return Optional.empty();
        }

        @Override
        public int open(int descriptor) {
          return descriptor;
        }

        @Override
        public void close(int id) {}
      };

  private static Set<InitFlag> honouredBy(Honoured who) {
    EnumSet<InitFlag> flags = EnumSet.allOf(InitFlag.class);
    flags.removeIf(flag -> flag.honoured() != who);
    return flags;
  }

  private static Init init(int minor, int maxReadahead, long flags) {
    RequestHeader header = RequestHeader.of(Opcode.INIT, 2, 0, 0, 0, 0);
    return new Init(header, 7, minor, maxReadahead, flags);
  }

  private static Agreement agree(Init init, Set<InitFlag> fileSystem, SessionOptions options) {
    return new InitNegotiator(fileSystem, options).agree(init, BACKING_FILES, false);
  }

  private static Agreement agreeWithRings(Init init, SessionOptions options) {
    return new InitNegotiator(Set.of(), options).agree(init, BACKING_FILES, true);
  }

  private static Agreement agree(long offered, InitFlag... fileSystem) {
    return agree(init(45, KERNEL_READAHEAD, offered), Set.of(fileSystem), SessionOptions.DEFAULT);
  }

  private static SessionOptions maxWrite(int bytes) {
    return new SessionOptions(bytes, Integer.MAX_VALUE, 64, 48, 0, false);
  }

  static IntStream kernelMinors() {
    return IntStream.rangeClosed(12, 46);
  }

  @ParameterizedTest
  @MethodSource("kernelMinors")
  void theSmallerMinorIsSpoken(int minor) {
    int spoken = Math.min(minor, 45);

    Agreement agreement = agree(init(minor, 0, 0), Set.of(), SessionOptions.DEFAULT);

    assertThat(agreement.reply().major()).isEqualTo(7);
    assertThat(agreement.reply().minor()).isEqualTo(spoken);
    assertThat(agreement.format().minor()).isEqualTo(spoken);
    assertThat(agreement.connection().version()).isEqualTo(new ProtocolVersion(7, spoken));
    assertThat(agreement.connection().kernel()).isEqualTo(new ProtocolVersion(7, minor));
  }

  @ParameterizedTest
  @MethodSource("kernelMinors")
  void nothingIsPromisedThatTheKernelDoesNotOffer(int minor) {
    long low = 0xffffffffL & EVERYTHING & ~InitFlag.INIT_EXT.bit();
    for (long offered : new long[] {0, InitFlag.ASYNC_READ.bit(), low, EVERYTHING}) {
      InitOut reply =
          agree(
                  init(minor, KERNEL_READAHEAD, offered),
                  honouredBy(Honoured.FILE_SYSTEM),
                  SessionOptions.DEFAULT)
              .reply();

      assertThat(reply.flags() & ~offered).as("offered %x", offered).isZero();
    }
  }

  @Test
  void whatTheLibraryHonoursIsPromisedUnasked() {
    long flags = agree(EVERYTHING).reply().flags();

    Set<InitFlag> library = honouredBy(Honoured.LIBRARY);
    library.remove(InitFlag.INIT_EXT);
    library.remove(InitFlag.REQUEST_TIMEOUT);
    library.remove(InitFlag.OVER_IO_URING);
    assertThat(InitFlag.of(flags)).isEqualTo(library);
  }

  @Test
  void ioUringIsAgreedOnIfItIsThereAndOffered() {
    long bit = InitFlag.OVER_IO_URING.bit();

    SessionOptions options = SessionOptions.DEFAULT;
    assertThat(agreeWithRings(init(45, 0, EVERYTHING), options).reply().flags() & bit)
        .isEqualTo(bit);
    assertThat(agreeWithRings(init(45, 0, 0), options).reply().flags() & bit).isZero();
    assertThat(agree(EVERYTHING).reply().flags() & bit).isZero();
  }

  /** Linux has a BUG where a SETXATTR is larger than the payload of its entry. */
  @Test
  void throughRingsTheLargestExtendedAttributeFitsWhateverMaxWriteIs() {
    SessionOptions options = new SessionOptions(4096, 0, 64, 48, 0, false);

    InitOut reply = agreeWithRings(init(45, 0, EVERYTHING), options).reply();

    assertThat(reply.maxWrite()).isEqualTo(4096);
    assertThat(reply.maxPages() * 4096).isGreaterThanOrEqualTo(64 * 1024 + 256);
    assertThat(agreeWithRings(init(45, 0, 0), options).connection().maxPages()).isEqualTo(32);
  }

  private static SessionOptions requestTimeout(int seconds) {
    return new SessionOptions(4096, 0, 64, 48, seconds, false);
  }

  private static SessionOptions idmap(boolean idmap) {
    return new SessionOptions(4096, 0, 64, 48, 0, idmap);
  }

  @ParameterizedTest
  @CsvSource({
    // asked for, offered, agreed
    "0,     true,  0",
    "1,     true,  1",
    "65535, true,  65535",
    "60,    false, 0",
  })
  void aRequestTimeoutIsAgreedWhereItIsOfferedAndAskedFor(int asked, boolean offered, int agreed) {
    long flags = offered ? EVERYTHING : EVERYTHING & ~InitFlag.REQUEST_TIMEOUT.bit();

    Agreement agreement = agree(init(45, 0, flags), Set.of(), requestTimeout(asked));

    assertThat(agreement.reply().requestTimeout()).isEqualTo(agreed);
    assertThat(agreement.connection().has(InitFlag.REQUEST_TIMEOUT)).isEqualTo(agreed > 0);
  }

  @Test
  void aMountMayBeIdmappedIfItsUserAndTheFileSystemSaySo() {
    Set<InitFlag> fileSystem = Set.of(InitFlag.ALLOW_IDMAP);

    assertThat(agree(init(45, 0, EVERYTHING), fileSystem, idmap(true)).connection().granted())
        .contains(InitFlag.ALLOW_IDMAP);
    assertThat(agree(init(45, 0, EVERYTHING), fileSystem, idmap(false)).connection().granted())
        .doesNotContain(InitFlag.ALLOW_IDMAP);
    assertThatThrownBy(() -> new InitNegotiator(Set.of(), idmap(true)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the mount cannot be idmapped: the file system needs the ids of callers");
  }

  @ParameterizedTest
  @EnumSource(InitFlag.class)
  void aFlagIsTheFileSystemsToAskForOrTheSentenceSaysWhyNot(InitFlag flag) {
    if (flag.honoured() == Honoured.FILE_SYSTEM) {
      SessionOptions options = idmap(flag == InitFlag.ALLOW_IDMAP);
      InitOut reply = agree(init(45, 0, EVERYTHING), Set.of(flag), options).reply();
      assertThat(reply.flags() & flag.bit()).isNotZero();
      assertThat(agree(EVERYTHING).reply().flags() & flag.bit()).isZero();
      return;
    }
    String reason =
        switch (flag.honoured()) {
          case KERNEL -> "which only the kernel announces";
          case LIBRARY -> "which the library sets by itself";
          default -> "which no code of this version honours";
        };
    assertThatThrownBy(() -> new InitNegotiator(Set.of(flag), SessionOptions.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the file system asks for the INIT flag " + flag + ", " + reason);
  }

  @ParameterizedTest
  @EnumSource(InitFlag.class)
  void initExtIsSetExactlyWhenAFlagNeedsIt(InitFlag flag) {
    if (flag.honoured() == Honoured.FILE_SYSTEM) {
      boolean high = flag.bit() >>> Integer.SIZE != 0 && flag != InitFlag.ALLOW_IDMAP;
      long flags = agree(EVERYTHING, flag).reply().flags();
      assertThat((flags & InitFlag.INIT_EXT.bit()) != 0).isEqualTo(high);
    }
  }

  @Test
  void theConnectionKnowsWhatIsInForceOnBothSides() {
    Connection connection =
        agree(
                InitFlag.ASYNC_READ.bit()
                    | InitFlag.SPLICE_READ.bit()
                    | InitFlag.POSIX_LOCKS.bit()
                    | InitFlag.FLOCK_LOCKS.bit()
                    | InitFlag.PASSTHROUGH.bit(),
                InitFlag.POSIX_LOCKS,
                InitFlag.DONT_MASK)
            .connection();

    assertThat(connection.granted())
        .containsExactlyInAnyOrder(InitFlag.ASYNC_READ, InitFlag.SPLICE_READ, InitFlag.POSIX_LOCKS);
  }

  @Test
  void backingFilesMayLieOnAnyFileSystemThatIsNotStacked() {
    Agreement agreement = agree(EVERYTHING, InitFlag.PASSTHROUGH);

    assertThat(agreement.reply().maxStackDepth()).isEqualTo(1);
    assertThat(agreement.connection().has(InitFlag.PASSTHROUGH)).isTrue();
    assertThat(agreement.connection().backingFiles()).isSameAs(BACKING_FILES);
  }

  @Test
  void whoCannotHaveBackingFilesIsToldWhy() {
    Init everything = init(45, 0, EVERYTHING);
    InitNegotiator asking =
        new InitNegotiator(Set.of(InitFlag.PASSTHROUGH), SessionOptions.DEFAULT);

    assertThat(refusal(agree(EVERYTHING))).contains("the file system does not ask");
    assertThat(refusal(agree(0, InitFlag.PASSTHROUGH))).contains("the kernel does not offer");
    Agreement forbidden = asking.agree(everything, BackingFiles.none("forbidden"), false);
    assertThat(refusal(forbidden)).isEqualTo("forbidden");
    assertThat(forbidden.reply().maxStackDepth()).isZero();
    assertThat(forbidden.connection().has(InitFlag.PASSTHROUGH)).isFalse();
  }

  private static String refusal(Agreement agreement) {
    return agreement.connection().backingFiles().refusal().orElse("nothing");
  }

  @Test
  void passthroughAndWritebackExcludeEachOther() {
    Agreement agreement = agree(EVERYTHING, InitFlag.PASSTHROUGH, InitFlag.WRITEBACK_CACHE);

    assertThat(agreement.connection().has(InitFlag.WRITEBACK_CACHE)).isTrue();
    assertThat(agreement.connection().has(InitFlag.PASSTHROUGH)).isFalse();
    assertThat(refusal(agreement)).contains("does not go with WRITEBACK_CACHE");
  }

  @Test
  void onlySetxattrExtChangesTheFormat() {
    assertThat(agree(InitFlag.SETXATTR_EXT.bit()).format().setxattrExt()).isTrue();
    assertThat(agree(EVERYTHING & ~InitFlag.SETXATTR_EXT.bit()).format().setxattrExt()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    // max_write wanted; with MAX_PAGES: pages, max_write; without: max_write
    "4096,      1,     4096,      4096",
    "5000,      2,     5000,      5000",
    "131072,    32,    131072,    131072",
    "131073,    33,    131073,    131072",
    "1048576,   256,   1048576,   131072",
    "268435456, 65535, 268431360, 131072",
  })
  void maxWriteFitsThePagesOfARequest(int wanted, int pages, int with, int without) {
    Agreement big = agree(init(45, 0, InitFlag.MAX_PAGES.bit()), Set.of(), maxWrite(wanted));
    assertThat(big.reply().maxPages()).isEqualTo(pages);
    assertThat(big.reply().maxWrite()).isEqualTo(with);
    assertThat(big.connection().maxPages()).isEqualTo(pages);
    assertThat(big.connection().maxWrite()).isEqualTo(with);

    Agreement small = agree(init(45, 0, 0), Set.of(), maxWrite(wanted));
    assertThat(small.reply().maxPages()).isZero();
    assertThat(small.reply().maxWrite()).isEqualTo(without);
    assertThat(small.connection().maxPages()).isEqualTo(32);
    assertThat(small.connection().maxWrite()).isEqualTo(without);
  }

  @ParameterizedTest
  @CsvSource({
    // kernel's, wanted, agreed
    "131072, 2147483647, 131072",
    "131072, 4096,       4096",
    "0,      4096,       0",
    "131072, 0,          0",
    "-1,     2147483647, 2147483647", // 4 GiB - 1, as the kernel means it
    "-1,     4096,       4096",
  })
  void readaheadIsTheSmallerOfBothUnsigned(int kernel, int wanted, int agreed) {
    SessionOptions options = new SessionOptions(4096, wanted, 64, 48, 0, false);

    Agreement agreement = agree(init(45, kernel, 0), Set.of(), options);

    assertThat(agreement.reply().maxReadahead()).isEqualTo(agreed);
    assertThat(agreement.connection().maxReadahead()).isEqualTo(agreed);
  }

  @Test
  void backgroundLimitsAreThoseOfTheOptionsAndTimesHaveNanoseconds() {
    InitOut reply =
        agree(init(45, 0, 0), Set.of(), new SessionOptions(4096, 0, 65535, 7, 0, false)).reply();

    assertThat(reply.maxBackground()).isEqualTo(65535);
    assertThat(reply.congestionThreshold()).isEqualTo(7);
    assertThat(reply.timeGran()).isEqualTo(1);
    assertThat(reply.mapAlignment()).isZero();
    assertThat(reply.maxStackDepth()).isZero();
    assertThat(reply.requestTimeout()).isZero();
  }

  static Stream<Object[]> wrongOptions() {
    return Stream.of(
        new Object[] {4095, 0, 1, 1, "max_write must be between 4096 and 268435456, but is 4095"},
        new Object[] {
          (256 << 20) + 1, 0, 1, 1, "max_write must be between 4096 and 268435456, but is 268435457"
        },
        new Object[] {4096, -1, 1, 1, "max_readahead must be between 0 and 2147483647, but is -1"},
        new Object[] {4096, 0, 0, 1, "max_background must be between 1 and 65535, but is 0"},
        new Object[] {
          4096, 0, 65536, 1, "max_background must be between 1 and 65535, but is 65536"
        },
        new Object[] {4096, 0, 9, 0, "congestion_threshold must be between 1 and 9, but is 0"},
        new Object[] {4096, 0, 9, 10, "congestion_threshold must be between 1 and 9, but is 10"});
  }

  @Test
  void aTimeoutOutOfRangeIsNamedWithItsRange() {
    assertThatThrownBy(() -> requestTimeout(65536))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("request_timeout must be between 0 and 65535, but is 65536");
  }

  @ParameterizedTest
  @MethodSource("wrongOptions")
  void anOptionOutOfRangeIsNamedWithItsRange(
      int maxWrite, int readahead, int background, int threshold, String sentence) {
    assertThatThrownBy(
            () -> new SessionOptions(maxWrite, readahead, background, threshold, 0, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(sentence);
  }
}
