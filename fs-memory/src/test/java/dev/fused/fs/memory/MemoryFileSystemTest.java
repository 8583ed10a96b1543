package dev.fused.fs.memory;

import static dev.fused.fs.memory.TestStore.ROOT;
import static dev.fused.fs.memory.TestStore.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.filesystem.BackingFiles;
import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.Connection;
import dev.fused.filesystem.MountRefusedException;
import dev.fused.filesystem.Notifier;
import dev.fused.filesystem.OpenFlags;
import dev.fused.filesystem.Reply;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileLock;
import dev.fused.protocol.FileName;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolVersion;
import dev.fused.protocol.request.CopyFileRange;
import dev.fused.protocol.request.CopyFileRange64;
import dev.fused.protocol.request.Create;
import dev.fused.protocol.request.Extensions;
import dev.fused.protocol.request.Fallocate;
import dev.fused.protocol.request.Flush;
import dev.fused.protocol.request.Fsync;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Link;
import dev.fused.protocol.request.Listxattr;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Lseek;
import dev.fused.protocol.request.Mkdir;
import dev.fused.protocol.request.Mknod;
import dev.fused.protocol.request.Open;
import dev.fused.protocol.request.Opendir;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.Readdirplus;
import dev.fused.protocol.request.Readlink;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.Releasedir;
import dev.fused.protocol.request.Removexattr;
import dev.fused.protocol.request.Rename;
import dev.fused.protocol.request.Rename2;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Rmdir;
import dev.fused.protocol.request.Setattr;
import dev.fused.protocol.request.Setlk;
import dev.fused.protocol.request.Setlkw;
import dev.fused.protocol.request.Setxattr;
import dev.fused.protocol.request.Statfs;
import dev.fused.protocol.request.Statx;
import dev.fused.protocol.request.Symlink;
import dev.fused.protocol.request.Tmpfile;
import dev.fused.protocol.request.Unlink;
import dev.fused.protocol.request.Write;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The file system as the library sees it: requests in, replies out. */
class MemoryFileSystemTest {
  private static final Extensions NO_EXTENSIONS = Extensions.NONE;
  private static final int O_TRUNC = 01000;
  private static final int O_EXCL = 0200;

  private final TestClock clock = new TestClock();
  private final MemoryFileSystem fs = new MemoryFileSystem(MemoryOptions.of(1 << 20, 1000), clock);

  @AfterEach
  void destroy() {
    fs.destroy();
  }

  @Test
  void aFileIsCreatedWrittenReadAndRemoved() {
    RecordingReply created = create(ROOT, "f");
    long file = created.nodeid;
    assertThat(created.attributes.mode()).isEqualTo(0100644);
    assertThat(created.openFlags.has(OpenFlags.KEEP_CACHE)).isTrue();

    assertThat(write(file, 3, "abc", 0).number).isEqualTo(3);
    assertThat(read(file, 0, 100).bytes).containsExactly(0, 0, 0, 'a', 'b', 'c');
    assertThat(read(file, 4, 1).bytes).containsExactly('b');
    done(fs::unlink, new Unlink(header(Opcode.UNLINK, ROOT), name("f")));
    assertThat(lookup(ROOT, "f").isNoEntry).isTrue();
    assertThat(read(file, 3, 3).bytes).containsExactly('a', 'b', 'c');
    done(fs::release, new Release(header(Opcode.RELEASE, file), created.fh, 0, 0, 0));
    fs.forget(file, 1);
    assertThat(getattr(file).errno).isEqualTo(Errno.ESTALE);
  }

  @Test
  void whatIsTrueForEverIsCachedForEver() {
    create(ROOT, "f");

    assertThat(lookup(ROOT, "f").cache).isEqualTo(CachePolicy.FOREVER);
    assertThat(lookup(ROOT, "missing").cache).isEqualTo(CachePolicy.FOREVER);
    assertThat(getattr(ROOT).cache).isEqualTo(CachePolicy.FOREVER);
  }

  @Test
  void attributesOfFilesWithSuidOrSgidAreNotCached() {
    long file = create(ROOT, "f").nodeid;
    RecordingReply changed = setattr(file, Setattr.MODE, 04755);

    assertThat(changed.cache.attributes()).isEqualTo(Duration.ZERO);
    assertThat(changed.cache.entry()).isEqualTo(CachePolicy.FOREVER.entry());
    assertThat(statx(file).cache.attributes()).isEqualTo(Duration.ZERO);
    write(file, 0, "x", Write.KILL_SUIDGID);
    assertThat(getattr(file).attributes.permissions()).isEqualTo(0755);
    assertThat(getattr(file).cache).isEqualTo(CachePolicy.FOREVER);
    long dir = mkdir(ROOT, "d").nodeid;
    assertThat(setattr(dir, Setattr.MODE, 02755).cache).isEqualTo(CachePolicy.FOREVER);
  }

  @Test
  void aKernelThatOpensFilesByItselfEndsThemByForgettingThem() {
    MemoryFileSystem cached =
        new MemoryFileSystem(MemoryOptions.of(1 << 20, 1000).withDataPath(DataPath.CACHED), clock);
    assertThat(cached.capabilities()).doesNotContain(InitFlag.ATOMIC_O_TRUNC);
    ProtocolVersion version = ProtocolVersion.LATEST;
    Set<InitFlag> announced = Set.of(InitFlag.NO_OPEN_SUPPORT);
    cached.init(new Connection(version, version, announced, 4096, 1, 0), notTold());

    RecordingReply made = new RecordingReply();
    cached.tmpfile(tmpfile(0), made);
    assertThat(made.errno).isNull();
    RecordingReply opened = new RecordingReply();
    cached.open(new Open(header(Opcode.OPEN, made.nodeid), 0, 0), opened);
    assertThat(opened.errno).isEqualTo(Errno.ENOSYS);
    RecordingReply flushed = new RecordingReply();
    cached.flush(new Flush(header(Opcode.FLUSH, made.nodeid), 0, 0), flushed);
    assertThat(flushed.errno).isEqualTo(Errno.ENOSYS);
    assertThat(cached.store.get(made.nodeid)).isNotNull();
    cached.forget(made.nodeid, 1);
    assertThat(cached.store.get(made.nodeid)).isNull();
    cached.destroy();
  }

  @Test
  void withDirectDataThePageCacheHasNoPart() {
    MemoryFileSystem direct =
        new MemoryFileSystem(MemoryOptions.of(1 << 20, 1000).withDataPath(DataPath.DIRECT), clock);
    RecordingReply made = new RecordingReply();
    direct.tmpfile(tmpfile(0), made);

    assertThat(made.openFlags.has(OpenFlags.DIRECT_IO)).isTrue();
    assertThat(made.openFlags.has(OpenFlags.KEEP_CACHE)).isFalse();
    assertThat(direct.capabilities()).contains(InitFlag.DIRECT_IO_ALLOW_MMAP);
    direct.destroy();
  }

  @Test
  void whoAsksForPassthroughGetsItOrIsToldWhyNot() {
    MemoryFileSystem passthrough =
        new MemoryFileSystem(
            MemoryOptions.of(1 << 20, 1000).withDataPath(DataPath.PASSTHROUGH), clock);
    ProtocolVersion version = ProtocolVersion.LATEST;
    Connection without =
        new Connection(
            version, version, Set.of(), 4096, 1, 0, BackingFiles.none("the moon is full"));

    assertThat(passthrough.capabilities()).contains(InitFlag.PASSTHROUGH);
    assertThatThrownBy(() -> passthrough.init(without, notTold()))
        .isInstanceOf(MountRefusedException.class)
        .hasMessage("data=passthrough is impossible: the moon is full");
    passthrough.destroy();
  }

  @Test
  void aKernelThatDoesNotSaySoOpensFilesHere() {
    MemoryFileSystem cached =
        new MemoryFileSystem(MemoryOptions.of(1 << 20, 1000).withDataPath(DataPath.CACHED), clock);
    RecordingReply made = new RecordingReply();
    cached.tmpfile(tmpfile(0), made);
    RecordingReply opened = new RecordingReply();

    cached.open(new Open(header(Opcode.OPEN, made.nodeid), 0, 0), opened);

    assertThat(opened.errno).isNull();
    cached.destroy();
  }

  @Test
  void onlyFlagsThatAFileSystemHonoursAreAskedFor() {
    assertThat(fs.capabilities())
        .contains(InitFlag.ATOMIC_O_TRUNC, InitFlag.EXPORT_SUPPORT, InitFlag.HANDLE_KILLPRIV_V2)
        .allMatch(flag -> flag.honoured() == InitFlag.Honoured.FILE_SYSTEM);
    assertThat(fs.blocking()).isFalse();
  }

  @Test
  void everyKindOfInodeIsMade() {
    assertThat(mkdir(ROOT, "d").attributes.isDirectory()).isTrue();
    Mknod fifo = new Mknod(header(Opcode.MKNOD, ROOT), 0010600, 0, 0, name("p"), NO_EXTENSIONS);
    assertThat(done(fs::mknod, fifo).attributes.isFifo()).isTrue();
    Symlink symlink =
        new Symlink(header(Opcode.SYMLINK, ROOT), name("l"), name("target"), NO_EXTENSIONS);
    long link = done(fs::symlink, symlink).nodeid;
    assertThat(done(fs::readlink, new Readlink(header(Opcode.READLINK, link))).target)
        .isEqualTo(name("target"));
  }

  @Test
  void filesAreLinkedRenamedAndExchanged() {
    long file = create(ROOT, "f").nodeid;
    long dir = mkdir(ROOT, "d").nodeid;
    assertThat(done(fs::link, new Link(header(Opcode.LINK, dir), file, name("g"))).nodeid)
        .isEqualTo(file);
    done(fs::rename, new Rename(header(Opcode.RENAME, ROOT), dir, name("f"), name("h")));
    assertThat(lookup(dir, "h").attributes.nlink()).isEqualTo(2);
    long other = create(dir, "other").nodeid;
    done(
        fs::rename2,
        new Rename2(header(Opcode.RENAME2, dir), dir, Rename2.EXCHANGE, name("h"), name("other")));
    assertThat(lookup(dir, "h").nodeid).isEqualTo(other);
    RecordingReply refused = new RecordingReply();
    fs.rmdir(new Rmdir(header(Opcode.RMDIR, ROOT), name("d")), refused);
    assertThat(refused.errno).isEqualTo(Errno.ENOTEMPTY);
  }

  @Test
  void openWithTruncationEmptiesTheFile() {
    long file = create(ROOT, "f").nodeid;
    write(file, 0, "text", 0);
    RecordingReply opened = done(fs::open, new Open(header(Opcode.OPEN, file), O_TRUNC, 0));

    assertThat(opened.openFlags.has(OpenFlags.KEEP_CACHE)).isTrue();
    assertThat(read(file, 0, 10).bytes).isEmpty();
    RecordingReply refused = new RecordingReply();
    fs.open(new Open(header(Opcode.OPEN, ROOT), 0, 0), refused);
    assertThat(refused.errno).isEqualTo(Errno.EISDIR);
  }

  @Test
  void aFileWithoutNameIsOpenAndCanBeLinkedUnlessExclusive() {
    RecordingReply made = done(fs::tmpfile, tmpfile(0));
    assertThat(made.attributes.nlink()).isZero();
    Link link = new Link(header(Opcode.LINK, ROOT), made.nodeid, name("f"));
    assertThat(done(fs::link, link).attributes.nlink()).isEqualTo(1);

    RecordingReply exclusive = done(fs::tmpfile, tmpfile(O_EXCL));
    RecordingReply refused = new RecordingReply();
    fs.link(new Link(header(Opcode.LINK, ROOT), exclusive.nodeid, name("g")), refused);
    assertThat(refused.errno).isEqualTo(Errno.ENOENT);
  }

  @Test
  void aListingBeginsWithTheDotsAndGoesOnWhereItEnded() {
    long dir = mkdir(ROOT, "d").nodeid;
    long sub = mkdir(dir, "sub").nodeid;
    create(dir, "file");
    long fh = opendir(dir);

    RecordingReply first = readdir(dir, fh, 0, 1);
    assertThat(names(first)).containsExactly(".");
    RecordingReply second = readdir(dir, fh, first.listed.getLast().nextOffset(), 2);
    assertThat(names(second)).containsExactly("..", "sub");
    assertThat(second.listed.getFirst().ino()).isEqualTo(ROOT);
    assertThat(second.listed.getLast().ino()).isEqualTo(sub);
    RecordingReply third = readdir(dir, fh, second.listed.getLast().nextOffset(), 10);
    assertThat(names(third)).containsExactly("file");
    assertThat(third.listed.getFirst().mode() >> 12).isEqualTo(8);
    assertThat(readdir(dir, fh, third.listed.getLast().nextOffset(), 10).listed).isEmpty();
    done(fs::releasedir, new Releasedir(header(Opcode.RELEASEDIR, dir), fh, 0, 0, 0));
  }

  @Test
  void aScanEndsWhereTheDirectoryEndedWhenItBegan() {
    long dir = mkdir(ROOT, "d").nodeid;
    create(dir, "a");
    long fh = opendir(dir);
    RecordingReply first = readdir(dir, fh, 0, 2);
    create(dir, "b");

    assertThat(names(readdir(dir, fh, first.listed.getLast().nextOffset(), 10)))
        .containsExactly("a");
    assertThat(names(readdir(dir, fh, 0, 10))).containsExactly(".", "..", "a", "b");
    assertThat(names(readdir(dir, 4711, 2, 10))).containsExactly("a", "b");
  }

  @Test
  void aListingWithAttributesGivesOneLookupOfEachEntryThatFits() {
    long dir = mkdir(ROOT, "d").nodeid;
    long first = create(dir, "a").nodeid;
    long second = create(dir, "b").nodeid;
    long fh = opendir(dir);
    RecordingReply reply = new RecordingReply(3);
    fs.readdirplus(new Readdirplus(header(Opcode.READDIRPLUS, dir), fh, 0, 4096, 0, 0, 0), reply);

    assertThat(names(reply)).containsExactly(".", "..", "a");
    assertThat(reply.listed.getFirst().attributes()).isNull();
    assertThat(reply.listed.getLast().attributes()).isEqualTo(getattr(first).attributes);
    assertThat(lookupCount(first)).isEqualTo(2);
    assertThat(lookupCount(second)).isEqualTo(1);
  }

  @Test
  void onlyDirectoriesAreListed() {
    long file = create(ROOT, "f").nodeid;
    RecordingReply plain = readdir(file, 0, 0, 10);
    RecordingReply plus = new RecordingReply();
    fs.readdirplus(new Readdirplus(header(Opcode.READDIRPLUS, 99), 0, 0, 99, 0, 0, 0), plus);
    RecordingReply opened = new RecordingReply();
    fs.opendir(new Opendir(header(Opcode.OPENDIR, file), 0, 0), opened);

    assertThat(plain.errno).isEqualTo(Errno.ENOTDIR);
    assertThat(plus.errno).isEqualTo(Errno.ESTALE);
    assertThat(opened.errno).isEqualTo(Errno.ENOTDIR);
  }

  @Test
  void listingShowsInTheAccessTimeOfTheDirectory() {
    long dir = mkdir(ROOT, "d").nodeid;
    readdir(dir, opendir(dir), 0, 10);

    assertThat(getattr(dir).attributes.atime()).isEqualTo(clock.last().getEpochSecond());
    assertThat(getattr(dir).attributes.atimensec())
        .isGreaterThan(getattr(dir).attributes.mtimensec());
  }

  @Test
  void statfsHasTrueNumbers() {
    long file = create(ROOT, "f").nodeid;
    write(file, 0, "x".repeat(5000), 0);
    RecordingReply reply = done(fs::statfs, new Statfs(header(Opcode.STATFS, ROOT)));

    assertThat(reply.statfs.blocks()).isEqualTo(256);
    assertThat(reply.statfs.bfree()).isEqualTo(254);
    assertThat(reply.statfs.bavail()).isEqualTo(254);
    assertThat(reply.statfs.files()).isEqualTo(1000);
    assertThat(reply.statfs.ffree()).isEqualTo(998);
    assertThat(reply.statfs.bsize()).isEqualTo(4096);
    assertThat(reply.statfs.namelen()).isEqualTo(255);
  }

  @Test
  void aFullFileSystemTakesWhatFitsAndLivesOn() {
    long file = create(ROOT, "f").nodeid;
    String megabyte = "x".repeat(1 << 20);
    assertThat(write(file, 100, megabyte, 0).number).isEqualTo((1 << 20) - 100);
    assertThat(write(file, 1 << 20, "y", 0).errno).isEqualTo(Errno.ENOSPC);

    setattr(file, Setattr.SIZE, 0);
    assertThat(write(file, 0, megabyte, 0).number).isEqualTo(1 << 20);
  }

  @Test
  void aDirectWriteThatFitsOnlyInPartFailsWithEnospc() {
    int direct = FileIo.O_DIRECT;
    long file = create(ROOT, "f").nodeid;
    String megabyte = "x".repeat(1 << 20);
    assertThat(write(file, 100, megabyte, 0, direct).errno).isEqualTo(Errno.ENOSPC);

    setattr(file, Setattr.SIZE, 0);
    assertThat(write(file, 0, megabyte, 0, direct).number).isEqualTo(1 << 20);
  }

  @Test
  void aFileOpenedWithTmpfileIsNotDirect() {
    int directory = FileIo.O_DIRECT ^ (040000 | 0200000);
    long file = create(ROOT, "f").nodeid;

    RecordingReply reply = write(file, 100, "x".repeat(1 << 20), 0, 020000000 | directory);

    assertThat(reply.number).isEqualTo((1 << 20) - 100);
  }

  @Test
  void whatWasRemovedCanBeUsedByTheNextCallAlthoughTheKernelForgetsLater() throws Exception {
    long file = create(ROOT, "f").nodeid;
    write(file, 0, "x".repeat(1 << 20), 0);
    done(fs::unlink, new Unlink(header(Opcode.UNLINK, ROOT), name("f")));
    long next = create(ROOT, "next").nodeid;
    RecordingReply reply = write(next, 0, "text", 0);
    assertThat(reply.isDone()).isFalse();

    done(fs::release, new Release(header(Opcode.RELEASE, file), 0, 0, 0, 0));
    fs.forget(file, 1);
    while (!reply.isDone()) {
      Thread.sleep(1);
    }
    assertThat(reply.number).isEqualTo(4);
  }

  @Test
  void extendedAttributesAreKept() {
    FileName attribute = name("user.a");
    ByteBuf value = Unpooled.copiedBuffer("value", StandardCharsets.UTF_8);
    done(fs::setxattr, new Setxattr(header(Opcode.SETXATTR, ROOT), 5, 0, 0, attribute, value));

    assertThat(
            done(fs::getxattr, new Getxattr(header(Opcode.GETXATTR, ROOT), 100, attribute)).bytes)
        .isEqualTo("value".getBytes(StandardCharsets.UTF_8));
    assertThat(done(fs::listxattr, new Listxattr(header(Opcode.LISTXATTR, ROOT), 100)).names)
        .containsExactly(attribute);
    done(fs::removexattr, new Removexattr(header(Opcode.REMOVEXATTR, ROOT), attribute));
    assertThat(done(fs::listxattr, new Listxattr(header(Opcode.LISTXATTR, ROOT), 100)).names)
        .isEmpty();
  }

  @Test
  void namesOfTrustedAttributesAreThoseOfRootUnlessNobodyKnowsWhoAsks() {
    FileName attribute = name("trusted.a");
    ByteBuf value = Unpooled.copiedBuffer("value", StandardCharsets.UTF_8);
    done(fs::setxattr, new Setxattr(header(Opcode.SETXATTR, ROOT), 5, 0, 0, attribute, value));
    RequestHeader user = RequestHeader.of(Opcode.LISTXATTR, 2, ROOT, 1000, 1000, 1);
    RequestHeader unknown =
        RequestHeader.of(Opcode.LISTXATTR, 2, ROOT, RequestHeader.NO_ID, RequestHeader.NO_ID, 1);

    assertThat(done(fs::listxattr, new Listxattr(user, 100)).names).isEmpty();
    assertThat(done(fs::listxattr, new Listxattr(unknown, 100)).names).isEmpty();
    ProtocolVersion version = ProtocolVersion.LATEST;
    Set<InitFlag> granted = Set.of(InitFlag.ALLOW_IDMAP);
    fs.init(new Connection(version, version, granted, 4096, 1, 0), notTold());
    assertThat(done(fs::listxattr, new Listxattr(unknown, 100)).names).containsExactly(attribute);
  }

  /** A kernel that nothing is told. */
  private static Notifier notTold() {
    return (Notifier)
        Proxy.newProxyInstance(
            Notifier.class.getClassLoader(),
            new Class<?>[] {Notifier.class},
            (proxy, method, arguments) -> {
              throw new AssertionError(method);
            });
  }

  @Test
  void rangesAreAllocatedSoughtAndCopied() {
    long file = create(ROOT, "f").nodeid;
    long copy = create(ROOT, "copy").nodeid;
    done(fs::fallocate, new Fallocate(header(Opcode.FALLOCATE, file), 0, 8192, 4096, 0));
    assertThat(lseek(file, 0, 3).number).isEqualTo(8192);
    assertThat(lseek(file, 8192, 4).number).isEqualTo(12288);
    assertThat(lseek(file, 0, 0).errno).isEqualTo(Errno.EINVAL);
    assertThat(lseek(file, 12288, 3).errno).isEqualTo(Errno.ENXIO);

    RequestHeader header = header(Opcode.COPY_FILE_RANGE_64, file);
    assertThat(
            done(fs::copyFileRange64, new CopyFileRange64(header, 0, 0, copy, 0, 0, 9000, 0))
                .number)
        .isEqualTo(9000);
    assertThat(done(fs::copyFileRange, new CopyFileRange(header, 0, 0, copy, 0, 0, 9000, 0)).number)
        .isEqualTo(9000);
    RecordingReply refused = new RecordingReply();
    fs.copyFileRange(new CopyFileRange(header, 0, 0, copy, 0, 0, 1, 1), refused);
    assertThat(refused.errno).isEqualTo(Errno.EINVAL);
  }

  @Test
  void statxHasTheBirthTime() {
    long file = create(ROOT, "f").nodeid;

    assertThat(statx(file).statx.btime()).isEqualTo(clock.last().getEpochSecond());
  }

  @Test
  void locksAreKeptHereOnlyIfAskedFor() {
    assertThat(fs.capabilities()).doesNotContain(InitFlag.POSIX_LOCKS, InitFlag.FLOCK_LOCKS);
    RecordingReply kernels = create(ROOT, "f");
    assertThat(kernels.openFlags.has(OpenFlags.NOFLUSH)).isTrue();

    MemoryFileSystem keeper = new MemoryFileSystem(MemoryOptions.of(1 << 20, 10).withServerLocks());
    assertThat(keeper.capabilities()).contains(InitFlag.POSIX_LOCKS, InitFlag.FLOCK_LOCKS);
    RequestHeader header = header(Opcode.CREATE, ROOT);
    Create request = new Create(header, 0, 0100644, 0, 0, name("f"), NO_EXTENSIONS);
    RecordingReply first = done(keeper::create, request);
    long file = first.nodeid;
    RecordingReply second = done(keeper::open, new Open(header(Opcode.OPEN, file), 0, 0));
    assertThat(first.openFlags.has(OpenFlags.NOFLUSH)).isFalse();
    assertThat(first.fh).isNotIn(0L, second.fh);

    done(keeper::setlk, writeLock(file, first.fh, 1));
    RecordingReply refused = new RecordingReply();
    keeper.setlk(writeLock(file, second.fh, 2), refused);
    assertThat(refused.errno).isEqualTo(Errno.EAGAIN);
    done(keeper::flush, new Flush(header(Opcode.FLUSH, file), first.fh, 1));
    done(keeper::setlk, writeLock(file, second.fh, 2));
    done(keeper::release, new Release(header(Opcode.RELEASE, file), second.fh, 0, 0, 0));
    done(keeper::setlk, writeLock(file, first.fh, 1));
    keeper.destroy();
  }

  @Test
  void theHandleOfAnotherDirectoryIsRefusedAndNotTouched() {
    long dir = mkdir(ROOT, "d").nodeid;
    long other = mkdir(ROOT, "other").nodeid;
    create(dir, "a");
    long fh = opendir(dir);
    RecordingReply first = readdir(dir, fh, 0, 2);
    create(dir, "later");

    assertThat(readdir(other, fh, 0, 10).errno).isEqualTo(Errno.EBADF);
    RecordingReply plus = new RecordingReply(10);
    fs.readdirplus(new Readdirplus(header(Opcode.READDIRPLUS, other), fh, 0, 99, 0, 0, 0), plus);
    assertThat(plus.errno).isEqualTo(Errno.EBADF);
    RecordingReply released = new RecordingReply();
    fs.releasedir(new Releasedir(header(Opcode.RELEASEDIR, other), fh, 0, 0, 0), released);
    assertThat(released.errno).isEqualTo(Errno.EBADF);
    assertThat(names(readdir(dir, fh, first.listed.getLast().nextOffset(), 10)))
        .containsExactly("a");
  }

  @Test
  void locksGoWithTheirFileAlsoIfTheirHandleWasNeverGivenOut() {
    MemoryFileSystem keeper = new MemoryFileSystem(MemoryOptions.of(1 << 20, 10).withServerLocks());
    RequestHeader header = header(Opcode.MKNOD, ROOT);
    long file =
        done(keeper::mknod, new Mknod(header, 0100644, 0, 0, name("f"), NO_EXTENSIONS)).nodeid;
    done(keeper::setlk, writeLock(file, 4711, 1));
    RecordingReply waits = new RecordingReply();
    FileLock whole = new FileLock(0, Long.MAX_VALUE, FileLock.WRITE, 1);
    keeper.setlkw(new Setlkw(header(Opcode.SETLKW, file), 4712, 2, whole, 0), waits);

    done(keeper::unlink, new Unlink(header(Opcode.UNLINK, ROOT), name("f")));
    keeper.forget(file, 1);

    assertThat(waits.errno).isEqualTo(Errno.ESTALE);
    assertThat(keeper.locks.isEmpty()).isTrue();
    assertThat(keeper.locks.held()).isZero();
    keeper.destroy();
  }

  @Test
  void nothingIsLockedWhereThereIsNoFile() {
    MemoryFileSystem keeper = new MemoryFileSystem(MemoryOptions.of(1 << 20, 10).withServerLocks());
    RecordingReply refused = new RecordingReply();
    keeper.setlk(writeLock(77, 1, 1), refused);

    assertThat(refused.errno).isEqualTo(Errno.ESTALE);
    keeper.destroy();
  }

  @Test
  void locksAreNotImplementedWhereTheKernelKeepsThem() {
    RecordingReply refused = new RecordingReply();
    fs.setlk(writeLock(create(ROOT, "f").nodeid, 1, 1), refused);

    assertThat(refused.errno).isEqualTo(Errno.ENOSYS);
    assertThat(fs.locks.isEmpty()).isTrue();
  }

  private static Setlk writeLock(long nodeid, long fh, long owner) {
    FileLock whole = new FileLock(0, Long.MAX_VALUE, FileLock.WRITE, 1);
    return new Setlk(header(Opcode.SETLK, nodeid), fh, owner, whole, 0);
  }

  @Test
  void whatTheKernelDoesBetterByItselfIsNotImplemented() {
    RecordingReply reply = new RecordingReply();
    fs.fsync(new Fsync(header(Opcode.FSYNC, ROOT), 0, 0), reply);

    assertThat(reply.errno).isEqualTo(Errno.ENOSYS);
  }

  @Test
  void thePathOfAnInodeCanBeAskedFor() {
    long dir = mkdir(ROOT, "d").nodeid;
    long file = create(dir, "f").nodeid;

    assertThat(fs.paths().pathOf(file)).contains(name("/d/f"));
    assertThat(fs.paths().nodeidOf(name("/d/f"))).hasValue(file);
  }

  @Test
  void theDescriptionNamesTheLimits() {
    assertThat(fs.describe()).isEqualTo("memory, 1.0 MiB, 1,000 inodes");
    assertThat(new MemoryFileSystem(MemoryOptions.of(4L << 30, 1 << 20)).describe())
        .isEqualTo("memory, 4.0 GiB, 1,048,576 inodes");
  }

  private static RequestHeader header(Opcode opcode, long nodeid) {
    return RequestHeader.of(opcode, 2, nodeid, 1000, 1000, 1);
  }

  /** Sends a request that must succeed. */
  private static <Q extends FuseRequest> RecordingReply done(
      BiConsumer<Q, ? super RecordingReply> method, Q request) {
    RecordingReply reply = new RecordingReply();
    method.accept(request, reply);
    assertThat(reply.errno).isNull();
    assertThat(((Reply) reply).isDone()).isTrue();
    return reply;
  }

  private RecordingReply create(long parent, String name) {
    RequestHeader header = header(Opcode.CREATE, parent);
    return done(fs::create, new Create(header, 0, 0100644, 0, 0, name(name), NO_EXTENSIONS));
  }

  private RecordingReply mkdir(long parent, String name) {
    RequestHeader header = header(Opcode.MKDIR, parent);
    return done(fs::mkdir, new Mkdir(header, 0755, 0, name(name), NO_EXTENSIONS));
  }

  private static Tmpfile tmpfile(int flags) {
    RequestHeader header = header(Opcode.TMPFILE, ROOT);
    return new Tmpfile(header, flags, 0100600, 0, 0, name("/"), NO_EXTENSIONS);
  }

  private RecordingReply lookup(long parent, String name) {
    return done(fs::lookup, new Lookup(header(Opcode.LOOKUP, parent), name(name)));
  }

  private RecordingReply getattr(long nodeid) {
    RecordingReply reply = new RecordingReply();
    fs.getattr(new Getattr(header(Opcode.GETATTR, nodeid), 0, 0), reply);
    return reply;
  }

  private RecordingReply statx(long nodeid) {
    return done(fs::statx, new Statx(header(Opcode.STATX, nodeid), 0, 0, 0, 0xfff));
  }

  private RecordingReply setattr(long nodeid, int valid, int mode) {
    RequestHeader header = header(Opcode.SETATTR, nodeid);
    return done(fs::setattr, new Setattr(header, valid, 0, 0, 0, 0, 0, 0, 0, 0, 0, mode, 0, 0));
  }

  private RecordingReply read(long nodeid, long offset, int size) {
    return done(fs::read, new Read(header(Opcode.READ, nodeid), 0, offset, size, 0, 0, 0));
  }

  private RecordingReply write(long nodeid, long offset, String text, int writeFlags) {
    return write(nodeid, offset, text, writeFlags, 0);
  }

  private RecordingReply write(
      long nodeid, long offset, String text, int writeFlags, int openFlags) {
    ByteBuf data = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    RecordingReply reply = new RecordingReply();
    RequestHeader header = header(Opcode.WRITE, nodeid);
    int size = data.readableBytes();
    fs.write(new Write(header, 0, offset, size, writeFlags, 0, openFlags, data), reply);
    assertThat(data.refCnt()).isEqualTo(1);
    return reply;
  }

  private long opendir(long nodeid) {
    return done(fs::opendir, new Opendir(header(Opcode.OPENDIR, nodeid), 0, 0)).fh;
  }

  private RecordingReply readdir(long nodeid, long fh, long offset, int room) {
    RecordingReply reply = new RecordingReply(room);
    fs.readdir(new Readdir(header(Opcode.READDIR, nodeid), fh, offset, 4096, 0, 0, 0), reply);
    return reply;
  }

  private RecordingReply lseek(long nodeid, long offset, int whence) {
    RecordingReply reply = new RecordingReply();
    fs.lseek(new Lseek(header(Opcode.LSEEK, nodeid), 0, offset, whence), reply);
    return reply;
  }

  /** Takes lookups back until the inode, which has lost its names and handles, is gone. */
  private long lookupCount(long nodeid) {
    FileName path = fs.paths().pathOf(nodeid).orElseThrow();
    String last = path.toString().substring(path.toString().lastIndexOf('/') + 1);
    long parent =
        fs.paths()
            .nodeidOf(name(path.toString().substring(0, path.toString().lastIndexOf('/'))))
            .orElseThrow();
    done(fs::unlink, new Unlink(header(Opcode.UNLINK, parent), name(last)));
    done(fs::release, new Release(header(Opcode.RELEASE, nodeid), 0, 0, 0, 0));
    long count = 0;
    while (getattr(nodeid).errno == null) {
      fs.forget(nodeid, 1);
      count++;
    }
    return count;
  }

  private static List<String> names(RecordingReply reply) {
    return reply.listed.stream().map(entry -> entry.name().toString()).toList();
  }
}
