package dev.fused.protocol.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.fused.protocol.FileLock;
import dev.fused.protocol.FileName;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolVersion;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.request.Extensions.SecurityContext;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class FuseRequestTest {
  private static final RequestHeader HEADER =
      RequestHeader.of(Opcode.LOOKUP, 2, 5, 1000, 100, 4242);

  @Test
  void requestShowsWhatItsHeaderSays() {
    FuseRequest request = new Lookup(HEADER, FileName.of("a"));
    assertThat(request.opcode()).isEqualTo(Opcode.LOOKUP);
    assertThat(request.unique()).isEqualTo(2);
    assertThat(request.nodeid()).isEqualTo(5);
    assertThat(((Lookup) request).parent()).isEqualTo(5);
    assertThat(request.uid()).isEqualTo(1000);
    assertThat(request.gid()).isEqualTo(100);
    assertThat(request.pid()).isEqualTo(4242);
    assertThat(request.extensions()).isEqualTo(Extensions.NONE);
  }

  @Test
  void uidOfSetattrIsTheCallersAndNotTheNewOne() {
    Setattr setattr = new Setattr(HEADER, Setattr.UID, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65534, 65533);
    assertThat(setattr.uid()).isEqualTo(1000);
    assertThat(setattr.gid()).isEqualTo(100);
    assertThat(setattr.newUid()).isEqualTo(65534);
    assertThat(setattr.newGid()).isEqualTo(65533);
  }

  @Test
  void setsIsTrueOnlyIfAllBitsAreSet() {
    Setattr setattr =
        new Setattr(HEADER, Setattr.ATIME | Setattr.ATIME_NOW, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(setattr.sets(Setattr.ATIME)).isTrue();
    assertThat(setattr.sets(Setattr.ATIME | Setattr.ATIME_NOW)).isTrue();
    assertThat(setattr.sets(Setattr.ATIME | Setattr.MTIME)).isFalse();
    assertThat(setattr.sets(Setattr.FH)).isFalse();
  }

  @Test
  void unsupportedHasNoOpcodeConstant() {
    Unsupported request = new Unsupported(new RequestHeader(40, 7, 2, 1, 0, 0, 0, 0));
    assertThatIllegalStateException().isThrownBy(request::opcode).withMessageContaining("opcode 7");
  }

  @Test
  void headerIsReadAsItIsWritten() {
    RequestHeader header = new RequestHeader(-1, -2, -3, -4, -5, -6, -7, 0xffff);
    ByteBuf bytes = Unpooled.buffer();
    header.encode(bytes);
    assertThat(bytes.readableBytes()).isEqualTo(RequestHeader.SIZE);
    assertThat(RequestHeader.decode(bytes)).isEqualTo(header);
  }

  @Test
  void resentRequestIsMarkedInItsUnique() {
    assertThat(HEADER.isResent()).isFalse();
    assertThat(RequestHeader.of(Opcode.READ, 2 | RequestHeader.RESENT, 1, 0, 0, 0).isResent())
        .isTrue();
  }

  @Test
  void initOffersWhatItsFlagsSay() {
    Init init = new Init(HEADER, 7, 45, 0, InitFlag.HAS_RESEND.bit() | InitFlag.MAX_PAGES.bit());
    assertThat(init.offers(InitFlag.HAS_RESEND)).isTrue();
    assertThat(init.offers(InitFlag.MAX_PAGES)).isTrue();
    assertThat(init.offers(InitFlag.ASYNC_READ)).isFalse();
    assertThat(init.version()).isEqualTo(new ProtocolVersion(7, 45));
  }

  @Test
  void flockIsAFlagOfTheLock() {
    assertThat(new Setlk(HEADER, 0, 0, new FileLock(0, 1, 0, 0), 1).isFlock()).isTrue();
    assertThat(new Setlk(HEADER, 0, 0, new FileLock(0, 1, 0, 0), 2).isFlock()).isFalse();
  }

  @Test
  void fhOfGetattrAndStatxIsOptional() {
    assertThat(new Getattr(HEADER, 1, 7).hasFh()).isTrue();
    assertThat(new Getattr(HEADER, 2, 7).hasFh()).isFalse();
    assertThat(new Statx(HEADER, 1, 7, 0, 0).hasFh()).isTrue();
    assertThat(new Statx(HEADER, 0, 7, 0, 0).hasFh()).isFalse();
  }

  @Test
  void listsOfARequestDoNotChange() {
    List<Integer> groups = new ArrayList<>(List.of(1));
    Extensions extensions = new Extensions(List.of(), groups);
    groups.add(2);
    assertThat(extensions.supplementaryGroups()).containsExactly(1);
  }

  @Test
  void moreThan31SecurityContextsAreNoExtensions() {
    SecurityContext context = new SecurityContext(FileName.of("a"), Unpooled.EMPTY_BUFFER);
    assertThat(new Extensions(Collections.nCopies(31, context), List.of()).securityContexts())
        .hasSize(31);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Extensions(Collections.nCopies(32, context), List.of()));
  }

  @Test
  void extensionsThatTheHeaderCannotCountAreNotEncoded() {
    Extensions extensions = new Extensions(List.of(), Collections.nCopies(200_000, 1));
    Mkdir mkdir = new Mkdir(HEADER, 0, 0, FileName.of("d"), extensions);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RequestEncoder.encode(mkdir, Unpooled.buffer(), WireFormat.LATEST));
  }
}
