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
                    }))
        .contains("readGivesBackWhatWasWritten", "writeExtendsTheFile")
        .doesNotContain("lookupOfAMissingNameFindsNothing");
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
                    }))
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
                        reply.add(FileName.of("again"), 1, 0100000, request.offset() + 1);
                        reply.end();
                      }
                    }))
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
                        kept = reply;
                      }

                      @Override
                      public String describe() {
                        return "keeps " + kept;
                      }
                    }))
        .contains("readGivesBackWhatWasWritten");
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
                    }))
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
                    }))
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
                    }))
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
                    }))
        .contains("theRootIsADirectory");
  }

  private static Set<String> brokenLaws(Supplier<FuseFileSystem> fileSystems) {
    InProcessServer server = new InProcessServer("broken", fileSystems);
    List<String> suspects =
        List.of(
            "LOOKUP",
            "READ",
            "WRITE",
            "UNLINK",
            "READDIR",
            "SETLK",
            "SETLKW",
            "SETXATTR",
            "GETXATTR",
            "INTERRUPT",
            "GETATTR");
    Set<String> broken = new TreeSet<>();
    try (Suite suite = new Suite(server, KernelPreset.parse("6.18"), Duration.ofSeconds(2))) {
      for (LawMethod law : LawMethod.all()) {
        if (suspects.contains(law.opcode().name()) && suite.run(law).outcome() == Outcome.FAILED) {
          broken.add(law.name());
        }
      }
    }
    return broken;
  }
}
