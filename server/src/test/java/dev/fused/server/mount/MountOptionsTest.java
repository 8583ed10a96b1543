package dev.fused.server.mount;

import static dev.fused.server.linux.Libc.MS_DIRSYNC;
import static dev.fused.server.linux.Libc.MS_LAZYTIME;
import static dev.fused.server.linux.Libc.MS_NOATIME;
import static dev.fused.server.linux.Libc.MS_NODEV;
import static dev.fused.server.linux.Libc.MS_NODIRATIME;
import static dev.fused.server.linux.Libc.MS_NOEXEC;
import static dev.fused.server.linux.Libc.MS_NOSUID;
import static dev.fused.server.linux.Libc.MS_NOSYMFOLLOW;
import static dev.fused.server.linux.Libc.MS_RDONLY;
import static dev.fused.server.linux.Libc.MS_RELATIME;
import static dev.fused.server.linux.Libc.MS_STRICTATIME;
import static dev.fused.server.linux.Libc.MS_SYNCHRONOUS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MountOptionsTest {
  private static final int DEFAULT_FLAGS = MS_NOSUID | MS_NODEV;

  @Test
  void aFlagIsInForceUntilAnotherOptionClearsIt() {
    assertThat(MountOptions.parse("noatime").hasFlag("noatime")).isTrue();
    assertThat(MountOptions.parse("noatime,strictatime").hasFlag("noatime")).isFalse();
    assertThat(MountOptions.parse("noatime,strictatime").hasFlag("strictatime")).isTrue();
    assertThat(MountOptions.defaults().hasFlag("nodiratime")).isFalse();
    assertThat(MountOptions.parse("size=1g").hasFlag("size")).isFalse();
    assertThat(MountOptions.defaults().hasFlag("atime")).isFalse();
  }

  @Test
  void withoutOptionsAMountIsNosuidNodevAndNamedFused() {
    MountOptions options = MountOptions.parse("");
    assertThat(options.flags()).isEqualTo(DEFAULT_FLAGS);
    assertThat(options.fsname()).isEqualTo("fused");
    assertThat(options.type()).isEqualTo("fuse.fused");
    assertThat(options.data(7, 1000, 100))
        .isEqualTo("fd=7,rootmode=40000,user_id=1000,group_id=100");
    assertThat(options.isReadOnly()).isFalse();
    assertThat(options.allowOther()).isFalse();
    assertThat(options.defaultPermissions()).isFalse();
    assertThat(options.debug()).isFalse();
    assertThat(options.maxWrite()).isEmpty();
    assertThat(options.remaining()).isEmpty();
  }

  static Stream<Arguments> flags() {
    return Stream.of(
        arguments("ro", DEFAULT_FLAGS | MS_RDONLY),
        arguments("rw", DEFAULT_FLAGS),
        arguments("ro,rw", DEFAULT_FLAGS),
        arguments("rw,ro", DEFAULT_FLAGS | MS_RDONLY),
        arguments("suid", MS_NODEV),
        arguments("dev", MS_NOSUID),
        arguments("suid,dev", 0),
        arguments("suid,nosuid,dev,nodev", DEFAULT_FLAGS),
        arguments("noexec", DEFAULT_FLAGS | MS_NOEXEC),
        arguments("noexec,exec", DEFAULT_FLAGS),
        arguments("sync", DEFAULT_FLAGS | MS_SYNCHRONOUS),
        arguments("sync,async", DEFAULT_FLAGS),
        arguments("dirsync", DEFAULT_FLAGS | MS_DIRSYNC),
        arguments("nosymfollow", DEFAULT_FLAGS | MS_NOSYMFOLLOW),
        arguments("nosymfollow,symfollow", DEFAULT_FLAGS),
        arguments("nodiratime", DEFAULT_FLAGS | MS_NODIRATIME),
        arguments("nodiratime,diratime", DEFAULT_FLAGS),
        arguments("lazytime", DEFAULT_FLAGS | MS_LAZYTIME),
        arguments("lazytime,nolazytime", DEFAULT_FLAGS),
        arguments("noatime", DEFAULT_FLAGS | MS_NOATIME),
        arguments("noatime,atime", DEFAULT_FLAGS),
        arguments("relatime", DEFAULT_FLAGS | MS_RELATIME),
        arguments("relatime,norelatime", DEFAULT_FLAGS),
        arguments("strictatime", DEFAULT_FLAGS | MS_STRICTATIME),
        arguments("strictatime,nostrictatime", DEFAULT_FLAGS),
        arguments("strictatime,noatime", DEFAULT_FLAGS | MS_NOATIME),
        arguments("noatime,strictatime", DEFAULT_FLAGS | MS_STRICTATIME),
        arguments("noatime,relatime", DEFAULT_FLAGS | MS_RELATIME));
  }

  @ParameterizedTest
  @MethodSource("flags")
  void flagWordsSetAndClearBitsInOrder(String list, int flags) {
    MountOptions options = MountOptions.parse(list);
    assertThat(options.flags()).isEqualTo(flags);
    assertThat(options.isReadOnly()).isEqualTo((flags & MS_RDONLY) != 0);
    assertThat(options.remaining()).isEmpty();
  }

  @Test
  void kernelDataGoesIntoTheDataStringInOrder() {
    MountOptions options =
        MountOptions.parse("default_permissions,max_read=128k,allow_other,max_read=64k");
    assertThat(options.data(3, 0, 0))
        .isEqualTo(
            "fd=3,rootmode=40000,user_id=0,group_id=0,"
                + "default_permissions,max_read=65536,allow_other");
    assertThat(options.allowOther()).isTrue();
    assertThat(options.defaultPermissions()).isTrue();
  }

  @Test
  void idsInTheDataStringAreUnsigned() {
    assertThat(MountOptions.defaults().data(3, -2, -2))
        .isEqualTo("fd=3,rootmode=40000,user_id=4294967294,group_id=4294967294");
  }

  @ParameterizedTest
  @ValueSource(strings = {"context", "fscontext", "defcontext", "rootcontext"})
  void securityContextsWithACommaAreQuotedForTheKernel(String name) {
    MountOptions options = MountOptions.parse(name + "=system_u:object_r:tmp_t:s0:c1\\,c2");
    assertThat(options.data(3, 0, 0))
        .endsWith("," + name + "=\"system_u:object_r:tmp_t:s0:c1,c2\"");
  }

  @Test
  void namesAreTakenAsGiven() {
    MountOptions options = MountOptions.parse("fsname=a b,subtype=hello,fsname=last");
    assertThat(options.fsname()).isEqualTo("last");
    assertThat(options.subtype()).isEqualTo("hello");
    assertThat(options.type()).isEqualTo("fuse.hello");
    assertThat(options.data(3, 0, 0)).isEqualTo("fd=3,rootmode=40000,user_id=0,group_id=0");
  }

  @Test
  void sessionOptionsAreTyped() {
    MountOptions options =
        MountOptions.parse(
            "max_write=1M,max_readahead=512k,max_background=64,congestion_threshold=48,"
                + "max_threads=4,request_timeout=60,idmap,debug");
    assertThat(options.maxWrite()).hasValue(1 << 20);
    assertThat(options.maxReadahead()).hasValue(512 << 10);
    assertThat(options.maxBackground()).hasValue(64);
    assertThat(options.congestionThreshold()).hasValue(48);
    assertThat(options.loops()).hasValue(4);
    assertThat(options.requestTimeout()).hasValue(60);
    assertThat(options.idmap()).isTrue();
    assertThat(options.debug()).isTrue();
    assertThat(options.data(3, 0, 0)).isEqualTo("fd=3,rootmode=40000,user_id=0,group_id=0");
  }

  @ParameterizedTest
  @CsvSource({
    "max_write=4096, 4096",
    "max_write=4k, 4096",
    "max_write=4K, 4096",
    "max_write=256m, 268435456",
    "max_write=0000004096, 4096"
  })
  void sizesTakeASuffixOrNone(String option, int bytes) {
    assertThat(MountOptions.parse(option).maxWrite()).isEqualTo(OptionalInt.of(bytes));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "defaults",
        "auto",
        "noauto",
        "user",
        "user=me",
        "nouser",
        "users",
        "nousers",
        "owner",
        "noowner",
        "group",
        "nogroup",
        "nofail",
        "_netdev",
        "x-systemd.automount",
        "x-gvfs-name=a",
        "X-mount.mkdir=0755",
        "comment=for people",
        "comment",
        "nonempty",
        "auto_unmount",
        "big_writes",
        "atomic_o_trunc",
        "large_read",
        "hard_remove",
        "use_ino",
        "readdir_ino",
        "async_read",
        "intr",
        "intr_signal=10",
        "clone_fd",
        "max_idle_threads=5",
        "splice_read",
        "splice_write",
        "splice_move",
        "no_splice_read",
        "no_splice_write",
        "no_splice_move"
      })
  void wordsWithoutEffectAreAccepted(String word) {
    MountOptions options = MountOptions.parse(word);
    assertThat(options.flags()).isEqualTo(DEFAULT_FLAGS);
    assertThat(options.data(3, 0, 0)).isEqualTo("fd=3,rootmode=40000,user_id=0,group_id=0");
    assertThat(options.remaining()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "allow_root, the kernel has no such option; use allow_other",
    "fd=3, fused sets it itself",
    "rootmode=40000, fused sets it itself",
    "user_id=0, fused sets it itself",
    "group_id=0, fused sets it itself",
    "blkdev, it is for mounts of a block device (fuseblk)",
    "blksize=512, it is for mounts of a block device (fuseblk)",
    "remount, a mount cannot be changed; unmount it and mount again"
  })
  void someWordsAreRefusedWithTheReason(String option, String reason) {
    String name = option.replaceAll("=.*", "");
    assertRefused(option).hasMessage("mount option \"" + name + "\" is refused: " + reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max_read=4095|\"max_read\": expected a size (suffix k, m or g) from 4096 to 4294967295,"
            + " got \"4095\"",
        "max_read=4g|\"max_read\": expected a size (suffix k, m or g) from 4096 to 4294967295,"
            + " got \"4g\"",
        "max_write|\"max_write\": expected a size (suffix k, m or g) from 4096 to 268435456,"
            + " got none",
        "max_write=|\"max_write\": expected a size (suffix k, m or g) from 4096 to 268435456,"
            + " got \"\"",
        "max_write=1t|\"max_write\": expected a size (suffix k, m or g) from 4096 to 268435456,"
            + " got \"1t\"",
        "max_write=k|\"max_write\": expected a size (suffix k, m or g) from 4096 to 268435456,"
            + " got \"k\"",
        "max_read=17179869185g|\"max_read\": expected a size (suffix k, m or g) from 4096 to"
            + " 4294967295, got \"17179869185g\"",
        "max_write=99999999999999999999|\"max_write\": expected a size (suffix k, m or g) from 4096"
            + " to 268435456, got \"99999999999999999999\"",
        "max_readahead=-1|\"max_readahead\": expected a size (suffix k, m or g) from 0 to"
            + " 1073741824, got \"-1\"",
        "max_background=0|\"max_background\": expected a number from 1 to 65535, got \"0\"",
        "max_background=1k|\"max_background\": expected a number from 1 to 65535, got \"1k\"",
        "congestion_threshold=65536|\"congestion_threshold\": expected a number from 1 to 65535,"
            + " got \"65536\"",
        "max_threads=0|\"loops\": expected a number from 1 to 1024, got \"0\"",
      })
  void numbersOutOfRangeAreRefusedWithTheRange(String option, String message) {
    assertRefused(option).hasMessage("mount option " + message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ro=1", "allow_other=yes", "debug=", "nonempty=x", "users=me"})
  void wordsWithoutValueRefuseOne(String option) {
    String name = option.replaceAll("=.*", "");
    String value = option.substring(name.length() + 1);
    assertRefused(option)
        .hasMessage("mount option \"%s\" takes no value, got \"%s\"".formatted(name, value));
  }

  @ParameterizedTest
  @ValueSource(strings = {"fsname", "fsname=", "subtype", "subtype=", "context=", "capture"})
  void namesNeedAValue(String option) {
    String name = option.replaceAll("=.*", "");
    assertRefused(option).hasMessage("mount option \"" + name + "\" needs a value");
  }

  @Test
  void whatTheMountDoesNotKnowIsLeftToTheFileSystem() {
    MountOptions options = MountOptions.parse("size=4g,ro,mode=0755,uid=5,quiet,size=8g,eq=a=b");
    assertThat(options.remaining())
        .containsExactly(
            entry("size", "8g"),
            entry("mode", "0755"),
            entry("uid", "5"),
            entry("quiet", ""),
            entry("eq", "a=b"));
    assertThat(options.isReadOnly()).isTrue();
    assertThatCode(
            () -> options.refuseUnknown(List.of("size", "mode", "uid", "quiet", "eq", "more")))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "alow_other, allow_other",
    "default_permission, default_permissions",
    "maxwrite, max_write",
    "sise, size",
    "noatme, noatime"
  })
  void anUnknownOptionIsRefusedWithTheNearestKnownOne(String wrong, String right) {
    assertThatThrownBy(() -> MountOptions.parse(wrong + "=1").refuseUnknown(List.of("size")))
        .isInstanceOf(MountOptionException.class)
        .hasMessage("unknown mount option \"%s\"; did you mean \"%s\"?".formatted(wrong, right));
  }

  @ParameterizedTest
  @ValueSource(strings = {"foo", "zz", "compression", "x"})
  void anOptionLikeNoOtherIsRefusedAlone(String wrong) {
    assertThatThrownBy(() -> MountOptions.parse("size=1," + wrong).refuseUnknown(List.of("size")))
        .isInstanceOf(MountOptionException.class)
        .hasMessage("unknown mount option \"" + wrong + "\"");
  }

  @Test
  void aBackslashTakesTheMeaningFromACommaAndFromItself() {
    assertThat(MountOptions.parse("fsname=a\\,b\\\\c,ro").fsname()).isEqualTo("a,b\\c");
    assertThat(MountOptions.parse("ro").capture()).isEmpty();
    assertThat(MountOptions.parse("capture=/tmp/a\\,b").capture()).contains(Path.of("/tmp/a,b"));
    assertThat(MountOptions.parse("fsname=a\\,b\\\\,ro").isReadOnly()).isTrue();
    assertRefused("fsname=a\\").hasMessage("mount options \"fsname=a\\\" end with a backslash");
  }

  @Test
  void emptyItemsOfAListAreSkippedAndNamelessOnesRefused() {
    assertThat(MountOptions.parse(",ro,,").isReadOnly()).isTrue();
    assertRefused("=5").hasMessage("mount option \"=5\" has no name");
  }

  @Test
  void optionsThatAreAddedOneByOneAreTakenLiterally() {
    MountOptions options = MountOptions.defaults().withOption("fsname=a,b\\c").withOption("ro");
    assertThat(options.fsname()).isEqualTo("a,b\\c");
    assertThat(options.isReadOnly()).isTrue();
  }

  @Test
  void addingAnOptionLeavesTheOriginalAlone() {
    MountOptions before = MountOptions.parse("size=1,max_write=8k,max_read=8k");
    MountOptions after = before.withOptions("ro,size=2,max_write=16k,max_read=16k");
    assertThat(before.isReadOnly()).isFalse();
    assertThat(before.remaining()).containsExactly(entry("size", "1"));
    assertThat(before.maxWrite()).hasValue(8192);
    assertThat(before.data(3, 0, 0)).endsWith("max_read=8192");
    assertThat(after.remaining()).containsExactly(entry("size", "2"));
    assertThatThrownBy(() -> after.remaining().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(String list) {
    return assertThatThrownBy(() -> MountOptions.parse(list))
        .isInstanceOf(MountOptionException.class);
  }

  @Test
  void theTransportIsOneOfThree() {
    assertThat(MountOptions.defaults().transport()).isEqualTo(Transport.AUTO);
    assertThat(MountOptions.parse("transport=epoll").transport()).isEqualTo(Transport.EPOLL);
    assertThat(MountOptions.parse("transport=io_uring").transport()).isEqualTo(Transport.IO_URING);
    assertThatThrownBy(() -> MountOptions.parse("transport=uring"))
        .isInstanceOf(MountOptionException.class)
        .hasMessage(
            "mount option \"transport\": expected one of auto, epoll, io_uring, got \"uring\"");
  }
}
