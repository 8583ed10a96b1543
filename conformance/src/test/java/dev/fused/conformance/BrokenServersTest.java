package dev.fused.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.conformance.Result.Outcome;
import dev.fused.filesystem.AttrReply;
import dev.fused.filesystem.DataReply;
import dev.fused.filesystem.DirectoryReply;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.StatusReply;
import dev.fused.filesystem.WriteReply;
import dev.fused.filesystem.XattrReply;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.Setlk;
import dev.fused.protocol.request.Setlkw;
import dev.fused.protocol.request.Unlink;
import dev.fused.protocol.request.Write;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Each of these file systems has one fault, and the laws find it. */
final class BrokenServersTest {
  /** Short, as some of these servers never answer; long enough for those that do. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Test
  void whatIsWrittenAndLostIsFound() {
    assertThat(
            brokenLaws(
                () ->
                    new PlainFileSystem() {
                      @Override
                      public void write(Write request, WriteReply reply) {
                        reply.written(request.size());
                      }
                    },
                Opcode.READ,
                Opcode.WRITE,
                Opcode.RMDIR))
        .contains("readGivesBackWhatWasWritten", "writeExtendsTheFile")
        .doesNotContain("rmdirTakesAnEmptyDirectory");
  }

  @Test
  void aNameThatStaysIsFound() {
    assertThat(
            brokenLaws(
                () ->
                    new PlainFileSystem() {
                      @Override
                      public void unlink(Unlink request, StatusReply reply) {
                        reply.ok();
                      }
                    },
                Opcode.UNLINK))
        .contains("unlinkTakesTheName", "unlinkOfAMissingNameFails");
  }

  @Test
  void aListingWithoutEndIsFound() {
    assertThat(
            brokenLaws(
                () ->
                    new PlainFileSystem() {
                      @Override
                      public void readdir(Readdir request, DirectoryReply reply) {
                        long cookie = request.offset() + 1;
                        while (reply.add(FileName.of("again"), 1, 0100000, cookie)) {
                          cookie++;
                        }
                        reply.end();
                      }
                    },
                Opcode.READDIR))
        .contains("readdirListsTheRoot", "readdirListsEachEntryOnce");
  }

  @Test
  void aRequestThatIsNeverAnsweredIsFound() {
    assertThat(
            brokenLaws(
                () ->
                    new PlainFileSystem() {
                      private DataReply kept;

                      @Override
                      public void read(Read request, DataReply reply) {
                        if (request.offset() == 4097) {
                          kept = reply;
                        } else {
                          super.read(request, reply);
                        }
                      }

                      @Override
                      public String describe() {
                        return "keeps " + kept;
                      }
                    },
                Opcode.READ))
        .containsExactly("readFromWithinTheFileGivesItsMiddle");
  }

  @Test
  void aReadErrorPastTheEndIsFound() {
    assertThat(
            brokenLaws(
                () ->
                    new PlainFileSystem() {
                      @Override
                      public void read(Read request, DataReply reply) {
                        if (request.offset() > 90_000) {
                          reply.error(Errno.EIO);
                        } else {
                          super.read(request, reply);
                        }
                      }
                    },
                Opcode.READ,
                Opcode.WRITE))
        .containsExactly("readFarPastTheEndGivesNothing");
  }

  @Test
  void aLockThatEverybodyGetsIsFound() {
    assertThat(
            brokenLaws(
                () ->
                    new PlainFileSystem() {
                      @Override
                      public void setlk(Setlk request, StatusReply reply) {
                        reply.ok();
                      }

                      @Override
                      public void setlkw(Setlkw request, StatusReply reply) {
                        reply.ok();
                      }

                      // Answers in order, so that the wrong one is there in time.
                      @Override
                      public boolean blocking() {
                        return false;
                      }
                    },
                Opcode.SETLK,
                Opcode.SETLKW,
                Opcode.INTERRUPT))
        .contains(
            "setlkFailsIfAnotherOwnerHasTheLock",
            "setlkwIsAnsweredWhenTheLockIsFree",
            "anInterruptedWaitForALockIsAnswered");
  }

  @Test
  void anAttributeThatEveryFileHasIsFound() {
    assertThat(
            brokenLaws(
                () ->
                    new PlainFileSystem() {
                      @Override
                      public void getxattr(Getxattr request, XattrReply reply) {
                        reply.value(new byte[] {1});
                      }
                    },
                Opcode.SETXATTR,
                Opcode.GETXATTR))
        .contains("getxattrOfAMissingAttributeFails", "aValueIsKeptWithAllItsBytes");
  }

  @Test
  void aServerWithoutAttributesFailsTheLawsThatEveryServerKeeps() {
    assertThat(
            brokenLaws(
                () ->
                    new PlainFileSystem() {
                      @Override
                      public void getattr(Getattr request, AttrReply reply) {
                        reply.error(Errno.EIO);
                      }
                    },
                Opcode.GETATTR))
        .contains("theRootIsADirectory");
  }

  /** The names of the laws about some opcodes that do not hold. */
  private static Set<String> brokenLaws(Supplier<FuseFileSystem> fileSystems, Opcode... opcodes) {
    InProcessServer server = new InProcessServer("broken", fileSystems);
    Set<String> broken = new TreeSet<>();
    try (Suite suite = new Suite(server, KernelPreset.parse("6.18"), PATIENCE)) {
      for (LawMethod law : LawMethod.all()) {
        if (List.of(opcodes).contains(law.opcode()) && suite.run(law).outcome() == Outcome.FAILED) {
          broken.add(law.name());
        }
      }
    }
    return broken;
  }
}
