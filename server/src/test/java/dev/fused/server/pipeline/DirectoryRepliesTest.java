package dev.fused.server.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.DirectoryReply;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.DirectoryBuffer;
import dev.fused.protocol.reply.Dirent;
import dev.fused.protocol.reply.DirentPlus;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.request.Readdir;
import dev.fused.server.pipeline.EmbeddedKernel.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the kernel reads of the entries of a directory. */
@ExtendWith(NoLeaks.class)
class DirectoryRepliesTest {
  private static final CachePolicy CACHE =
      new CachePolicy(Duration.ofSeconds(3, 5), Duration.ofSeconds(4, 6));
  private static final Attributes FILE = Attributes.file(9).size(100).owner(1, 2).build();
  private static final EntryOut ENTRY = new EntryOut(9, 1, 3, 4, 5, 6, FILE);

  private final ScriptedFileSystem fileSystem = new ScriptedFileSystem();
  private final Logged logged = new Logged("dev.fused.server");
  private final EmbeddedKernel kernel = EmbeddedKernel.mount(fileSystem);

  @AfterEach
  void close() {
    kernel.close();
    logged.close();
  }

  @Test
  void directoryEntriesAreAddedWhileTheyFit() {
    List<FileName> added = new ArrayList<>();
    fileSystem.readdir = (request, reply) -> addAll(reply, 1000, added);

    Answer answer = kernel.ask(Opcode.READDIR, 4);

    assertThat(answer.error()).isNull();
    int size = answer.body().readableBytes();
    // 24 bytes and a name of 3 to 8 bytes, in all 32.
    assertThat(size).isEqualTo(4096);
    List<Dirent> entries = DirectoryBuffer.decode(answer.body(), WireFormat.LATEST);
    assertThat(entries).hasSize(128).extracting(Dirent::name).isEqualTo(added);
    assertThat(entries.getFirst()).isEqualTo(new Dirent(100, 1, 4, FileName.of("name0")));
  }

  private static void addAll(DirectoryReply reply, int count, List<FileName> added) {
    for (int i = 0; i < count; i++) {
      FileName name = FileName.of("name" + i);
      if (!reply.add(name, 100 + i, Attributes.S_IFDIR | 0755, i + 1)) {
        break;
      }
      added.add(name);
    }
    reply.end();
  }

  @Test
  void anEntryThatDoesNotFitIsNotAddedAndASmallerOneStillMay() {
    Readdir small = new Readdir(Requests.header(Opcode.READDIR, 4), 7, 0, 64, 0, 0, 0);
    fileSystem.readdir =
        (request, reply) -> {
          assertThat(reply.add(FileName.of("a"), 1, 0, 1)).isTrue();
          assertThat(reply.add(FileName.of("123456789"), 2, 0, 2)).isFalse();
          assertThat(reply.add(FileName.of("12345678"), 3, 0, 3)).isTrue();
          assertThat(reply.add(FileName.of("b"), 4, 0, 4)).isFalse();
          reply.end();
        };

    Answer answer = kernel.ask(small);

    assertThat(DirectoryBuffer.decode(answer.body(), WireFormat.LATEST))
        .extracting(Dirent::ino)
        .containsExactly(1L, 3L);
    assertThat(logged.lines()).isEmpty();
  }

  @Test
  void noEntriesAreTheEndOfTheDirectory() {
    fileSystem.readdir = (request, reply) -> reply.end();

    Answer answer = kernel.ask(Opcode.READDIR, 4);

    assertThat(answer.error()).isNull();
    assertThat(answer.body().readableBytes()).isZero();
  }

  @Test
  void anErrorDropsTheEntriesAddedBefore() {
    fileSystem.readdir =
        (request, reply) -> {
          reply.add(FileName.of("a"), 1, 0, 1);
          reply.error(Errno.EBADF);
        };

    Answer answer = kernel.ask(Opcode.READDIR, 4);

    assertThat(answer.error()).isEqualTo(Errno.EBADF);
    assertThat(answer.body().readableBytes()).isZero();
  }

  @Test
  void anExceptionDropsTheEntriesAddedBefore() {
    fileSystem.readdir =
        (request, reply) -> {
          reply.add(FileName.of("a"), 1, 0, 1);
          throw new IllegalStateException("no more");
        };

    assertThat(kernel.ask(Opcode.READDIR, 4).error()).isEqualTo(Errno.EIO);
  }

  @Test
  void entriesCannotBeAddedAfterTheEnd() {
    fileSystem.readdir =
        (request, reply) -> {
          reply.end();
          assertThatThrownBy(() -> reply.add(FileName.of("a"), 1, 0, 1))
              .isInstanceOf(IllegalStateException.class)
              .hasMessageStartingWith("already answered");
        };

    kernel.ask(Opcode.READDIR, 4);

    assertThat(logged.lines()).isEmpty();
  }

  @Test
  void entriesWithAttributesCountAsLookupsAndPlainOnesDoNot() {
    fileSystem.readdirplus =
        (request, reply) -> {
          assertThat(reply.add(FileName.of("plain"), 8, Attributes.S_IFREG, 1)).isTrue();
          assertThat(reply.add(FileName.of("looked up"), 9, 1, FILE, CACHE, 2)).isTrue();
          reply.end();
        };

    List<DirentPlus> entries =
        DirectoryBuffer.decodePlus(kernel.ask(Opcode.READDIRPLUS, 4).body(), WireFormat.LATEST);

    assertThat(entries).hasSize(2);
    assertThat(entries.getFirst().countsAsLookup()).isFalse();
    assertThat(entries.getFirst().dirent()).isEqualTo(new Dirent(8, 1, 8, FileName.of("plain")));
    assertThat(entries.getLast().countsAsLookup()).isTrue();
    assertThat(entries.getLast().entry()).isEqualTo(ENTRY);
    assertThat(entries.getLast().dirent()).isEqualTo(new Dirent(9, 2, 8, FileName.of("looked up")));
  }
}
