package dev.fused.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.FileLock;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.AttrOut;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.Dirent;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.reply.IoctlOut;
import dev.fused.protocol.reply.LkOut;
import dev.fused.protocol.reply.ReplyBody;
import dev.fused.protocol.reply.WriteOut;
import dev.fused.protocol.request.Extensions;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Getlk;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Init;
import dev.fused.protocol.request.Ioctl;
import dev.fused.protocol.request.Listxattr;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Mkdir;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.Readlink;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Unlink;
import dev.fused.protocol.request.Write;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class ReplyRulesTest {
  private static final FileName NAME = FileName.of("name");

  private final ReplyRules rules = rules("6.18");

  @Test
  void aGoodEntryIsTaken() {
    assertThat(broken(lookup(), entry(7, 0100644))).isNull();
    assertThat(broken(lookup(), entry(0, 0))).as("a missing name").isNull();
  }

  @Test
  void anEntryWithTheNodeidOfTheRootIsRefused() {
    assertThat(broken(lookup(), entry(1, 0040755))).contains("that of the root");
  }

  @Test
  void anEntryWithoutTypeIsRefused() {
    assertThat(broken(lookup(), entry(7, 0644))).contains("no valid type");
  }

  @Test
  void aNewDirectoryThatIsNoneIsRefused() {
    Mkdir mkdir = new Mkdir(header(Opcode.MKDIR), 0755, 0, NAME, Extensions.NONE);

    assertThat(broken(mkdir, entry(7, 0040755))).isNull();
    assertThat(broken(mkdir, entry(7, 0100644))).contains("100000, expected 40000");
    assertThat(broken(mkdir, entry(0, 0040755))).contains("new entry is 0");
  }

  @Test
  void theRootMustStayADirectory() {
    Getattr root = new Getattr(RequestHeader.of(Opcode.GETATTR, 2, 1, 0, 0, 0), 0, 0);

    assertThat(broken(root, new AttrOut(0, 0, Attributes.file(1).build())))
        .contains("no directory");
  }

  @Test
  void aNegativeSizeIsRefused() {
    Attributes attributes = Attributes.file(7).size(-1).build();

    assertThat(broken(new Getattr(header(Opcode.GETATTR), 0, 0), new AttrOut(0, 0, attributes)))
        .contains("size is above");
  }

  @Test
  void moreDataThanWasAskedForIsRefused() {
    Read read = new Read(header(Opcode.READ), 0, 0, 10, 0, 0, 0);

    assertThat(rules.broken(read, new byte[10], WireFormat.LATEST)).isNull();
    assertThat(rules.broken(read, new byte[11], WireFormat.LATEST))
        .contains("11 bytes, at most 10");
  }

  @Test
  void moreWrittenThanWasSentIsRefused() {
    Write write =
        new Write(header(Opcode.WRITE), 0, 0, 3, 0, 0, 0, Unpooled.wrappedBuffer(new byte[3]));

    assertThat(broken(write, new WriteOut(3))).isNull();
    assertThat(broken(write, new WriteOut(4))).contains("4 bytes, at most 3");
  }

  @Test
  void aTargetOfAPageIsRefused() {
    Readlink readlink = new Readlink(header(Opcode.READLINK));

    assertThat(rules.broken(readlink, new byte[4096], WireFormat.LATEST)).contains("at most 4095");
  }

  @Test
  void aBodyWhereNoneBelongsIsRefused() {
    assertThat(
            rules.broken(new Unlink(header(Opcode.UNLINK), NAME), new byte[8], WireFormat.LATEST))
        .contains("8 bytes follow");
  }

  @Test
  void entriesNeedNamesAndCookies() {
    assertThat(rules.broken(readdir(), dirents(new Dirent(7, 1, 8, NAME)), WireFormat.LATEST))
        .isNull();
    assertThat(rules.broken(readdir(), dirents(new Dirent(7, 0, 8, NAME)), WireFormat.LATEST))
        .contains("cookie of \"name\" is 0");
    assertThat(
            rules.broken(
                readdir(),
                dirents(new Dirent(7, 3, 8, NAME), new Dirent(8, 3, 8, NAME)),
                WireFormat.LATEST))
        .contains("have the cookie 3");
    assertThat(
            rules.broken(
                readdir(), dirents(new Dirent(7, 1, 8, FileName.of("a/b"))), WireFormat.LATEST))
        .contains("slash");
  }

  @Test
  void anEntryThatIsNotPaddedIsRefused() {
    byte[] good = dirents(new Dirent(7, 1, 8, NAME));

    assertThat(rules.broken(readdir(), Arrays.copyOf(good, good.length - 1), WireFormat.LATEST))
        .contains("padding");
  }

  @Test
  void theLengthOfAnAttributeIsAStructureAndItsValueIsNot() {
    Getxattr length = new Getxattr(header(Opcode.GETXATTR), 0, NAME);
    Getxattr value = new Getxattr(header(Opcode.GETXATTR), 3, NAME);

    assertThat(rules.broken(length, new byte[8], WireFormat.LATEST)).isNull();
    assertThat(rules.broken(length, new byte[3], WireFormat.LATEST)).isNotNull();
    assertThat(rules.broken(value, new byte[3], WireFormat.LATEST)).isNull();
    assertThat(rules.broken(value, new byte[8], WireFormat.LATEST)).contains("at most 3");
  }

  @Test
  void namesOfAttributesEndWithNulAndAreNotEmpty() {
    Listxattr list = new Listxattr(header(Opcode.LISTXATTR), 100);

    assertThat(rules.broken(list, new byte[] {'a', 0, 'b', 0}, WireFormat.LATEST)).isNull();
    assertThat(rules.broken(list, new byte[] {'a', 0, 'b'}, WireFormat.LATEST)).contains("no NUL");
    assertThat(rules.broken(list, new byte[] {'a', 0, 0}, WireFormat.LATEST)).contains("empty");
  }

  @Test
  void aLockThatEndsBeforeItStartsIsRefused() {
    FileLock any = new FileLock(0, 9, FileLock.READ, 1);
    Getlk getlk = new Getlk(header(Opcode.GETLK), 0, 1, any, 0);

    assertThat(broken(getlk, new LkOut(any))).isNull();
    assertThat(broken(getlk, new LkOut(new FileLock(9, 5, FileLock.READ, 1)))).contains("9 to 5");
    assertThat(broken(getlk, new LkOut(new FileLock(0, 9, 7, 1))))
        .contains("type of the lock is 7");
  }

  @Test
  void aRestrictedIoctlCannotAskForARetry() {
    Ioctl ioctl = new Ioctl(header(Opcode.IOCTL), 0, 0, 1, 0, 0, 4, Unpooled.EMPTY_BUFFER);

    assertThat(broken(ioctl, new IoctlOut(0, 0, 0, 0))).isNull();
    assertThat(broken(ioctl, new IoctlOut(0, Ioctl.RETRY, 0, 0))).contains("retry");
  }

  @Test
  void anOldKernelHasNoRoomForALongInitReply() {
    InitOut reply = new InitOut(7, 22, 0, 0, 0, 0, 4096, 1, 0, 0, 0, 0);
    byte[] body = new byte[64];
    ByteBuf out = Unpooled.wrappedBuffer(body).clear();
    reply.encode(out, WireFormat.LATEST);
    Init init = new Init(header(Opcode.INIT), 7, 22, 0, 0);

    assertThat(rules("3.10").broken(init, body, WireFormat.INITIAL)).contains("at most 24");
    assertThat(rules("4.19").broken(init, body, WireFormat.INITIAL)).isNull();
  }

  private static ReplyRules rules(String kernel) {
    return new ReplyRules(new LookupCounts(), KernelPreset.parse(kernel));
  }

  private String broken(FuseRequest request, ReplyBody body) {
    return rules.broken(request, FakeServer.body(body), WireFormat.LATEST);
  }

  private static Lookup lookup() {
    return new Lookup(header(Opcode.LOOKUP), NAME);
  }

  private static Readdir readdir() {
    return new Readdir(header(Opcode.READDIR), 0, 0, 4096, 0, 0, 0);
  }

  private static byte[] dirents(Dirent... entries) {
    ByteBuf out = Unpooled.buffer();
    for (Dirent entry : entries) {
      entry.encode(out, WireFormat.LATEST);
    }
    return ByteBufUtil.getBytes(out);
  }

  private static EntryOut entry(long nodeid, int mode) {
    return new EntryOut(nodeid, 0, 0, 0, 0, 0, Attributes.builder(nodeid, mode).build());
  }

  private static RequestHeader header(Opcode opcode) {
    return RequestHeader.of(opcode, 2, 5, 0, 0, 1);
  }
}
