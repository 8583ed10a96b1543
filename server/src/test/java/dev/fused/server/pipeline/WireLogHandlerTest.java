package dev.fused.server.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.filesystem.CachePolicy;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.Lookup;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(NoLeaks.class)
class WireLogHandlerTest {
  private static final long UNIQUE = 0x8000000000000004L;
  private static final String SHOWN = "#9223372036854775812";

  private final ScriptedFileSystem fileSystem = new ScriptedFileSystem();
  private final List<String> lines = new ArrayList<>();
  private final Logged logged = new Logged("dev.fused.server");
  private final EmbeddedKernel kernel = EmbeddedKernel.mount(fileSystem, lines::add);

  @BeforeEach
  void forgetInit() {
    lines.clear();
  }

  @AfterEach
  void close() {
    kernel.close();
    logged.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = Opcode.class,
      names = {"INTERRUPT", "DESTROY", "INIT", "CUSE_INIT"},
      mode = EnumSource.Mode.EXCLUDE)
  void eachMessageIsOneLineWithDirectionUniqueAndOpcode(Opcode opcode) {
    kernel.send(opcode, UNIQUE);

    assertThat(lines).hasSize(opcode.expectsReply() ? 2 : 1);
    assertThat(lines.getFirst())
        .startsWith("<- " + SHOWN + " " + opcode + " ")
        .contains("nodeid 5", "uid 1000", "gid 100", "pid 4242");
    if (opcode.expectsReply()) {
      assertThat(lines.getLast()).isEqualTo("-> " + SHOWN + " " + opcode + " -> ENOSYS");
    }
  }

  @ParameterizedTest
  @EnumSource(Opcode.class)
  void noLineShowsWhatOnlyTheProgramKnows(Opcode opcode) {
    kernel.send(opcode, UNIQUE);

    assertThat(lines)
        .isNotEmpty()
        .allSatisfy(
            line ->
                assertThat(line)
                    .doesNotContain("\n", "RequestHeader", "ByteBuf", "header=", "@")
                    .doesNotEndWith(" "));
  }

  @Test
  void theFieldsOfTheOperationAreNamed() {
    kernel.send(Opcode.READ, 4);

    assertThat(lines.getFirst()).contains("fh=7", "offset=0", "size=4096");
  }

  @Test
  void namesStayOnTheLine() {
    kernel.send(new Lookup(Requests.header(Opcode.LOOKUP, 4), FileName.of("a\nb\u001b[1m")));

    assertThat(lines.getFirst()).contains("a\\x0ab\\x1b[1m").doesNotContain("\n", "\u001b");
  }

  @Test
  void repliesShowTheirStructureAndTheLengthOfTheirData() {
    fileSystem.read = (request, reply) -> reply.fill(5, out -> out.writeZero(5));
    fileSystem.unlink = (request, reply) -> reply.ok();
    fileSystem.getattr =
        (request, reply) -> reply.attributes(Attributes.file(9).size(77).build(), CachePolicy.NONE);

    kernel.ask(Opcode.READ, 4);
    kernel.ask(Opcode.UNLINK, 6);
    kernel.ask(Opcode.GETATTR, 8);

    assertThat(lines).filteredOn(line -> line.startsWith("->")).hasSize(3);
    assertThat(lines.get(1)).isEqualTo("-> #4 READ -> 5 bytes");
    assertThat(lines.get(3)).isEqualTo("-> #6 UNLINK -> ok");
    assertThat(lines.get(5)).startsWith("-> #8 GETATTR -> AttrOut[").contains("size=77");
  }

  @Test
  void aMalformedRequestIsShownAsSuch() {
    ByteBuf message = Unpooled.directBuffer();
    Requests.header(Opcode.LOOKUP, 4).encode(message);
    message.setIntLE(0, 40);

    kernel.sendBytes(message);

    assertThat(lines.getFirst()).startsWith("<- malformed: LOOKUP 4: ");
    assertThat(lines.getLast()).isEqualTo("-> #4 LOOKUP -> EIO");
  }

  @Test
  void requestsAreAnsweredEvenIfTheLogFails() {
    WireLog broken =
        line -> {
          throw new IllegalStateException("disk full");
        };
    try (EmbeddedKernel other = EmbeddedKernel.mount(fileSystem, broken)) {
      assertThat(other.ask(Opcode.GETATTR, 4).error()).isEqualTo(Errno.ENOSYS);
    }
    assertThat(logged.lines())
        .isNotEmpty()
        .allMatch(line -> line.equals("WARN the wire log failed"));
  }
}
