package dev.fused.server.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.filesystem.AttrReply;
import dev.fused.filesystem.DataReply;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.WriteReply;
import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.Write;
import dev.fused.server.metrics.ChannelMeter;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
class MeterHandlerTest implements FuseFileSystem, ChannelMeter {
  private final List<String> told = new ArrayList<>();
  private final EmbeddedKernel kernel = EmbeddedKernel.metered(this, clock -> this);
  private @Nullable AttrReply kept;
  private long leastNanos;

  @BeforeEach
  void forgetInit() {
    told.clear();
  }

  @AfterEach
  void close() {
    kernel.close();
  }

  @Override
  public void received(FuseRequest request, long queueNanos) {
    told.add("received " + request.unique());
    assertThat(queueNanos).isZero(); // an embedded channel keeps no clock
  }

  @Override
  public void answered(FuseRequest request, @Nullable Errno error, int bytes, long serviceNanos) {
    told.add("answered " + request.unique() + " " + error + " " + bytes);
    assertThat(serviceNanos).isGreaterThanOrEqualTo(leastNanos);
  }

  @Override
  public void read(Read request, DataReply reply) {
    reply.data(Unpooled.wrappedBuffer(new byte[100]));
  }

  @Override
  public void write(Write request, WriteReply reply) {
    reply.written(request.data().readableBytes());
  }

  @Override
  public void getattr(Getattr request, AttrReply reply) {
    kept = reply;
  }

  @Test
  void theBytesOfFileDataAreTold() {
    kernel.ask(Requests.read(2, 4096)).body().release();
    kernel.ask(Requests.write(4, Unpooled.wrappedBuffer(new byte[7]))).body().release();

    assertThat(told)
        .containsExactly("received 2", "answered 2 null 100", "received 4", "answered 4 null 7");
  }

  @Test
  void anErrorIsTold() {
    kernel.ask(Opcode.MKDIR, 2).body().release();

    assertThat(told).containsExactly("received 2", "answered 2 ENOSYS 0");
  }

  @Test
  void aReplyThatComesLaterIsToldWithTheTimeSinceItsRequest() throws InterruptedException {
    kernel.send(Opcode.GETATTR, 2);
    long answeredFrom = System.nanoTime();
    kernel.ask(Requests.read(4, 4096)).body().release();
    assertThat(told).containsExactly("received 2", "received 4", "answered 4 null 100");

    leastNanos = System.nanoTime() - answeredFrom;
    kept.error(Errno.EACCES);
    kernel.await().body().release();

    assertThat(told).endsWith("answered 2 EACCES 0");
  }

  @Test
  void aRequestThatWantsNoReplyIsToldOnce() {
    kernel.send(Opcode.FORGET, 2);

    assertThat(told).containsExactly("received 2", "answered 2 null 0");
  }
}
