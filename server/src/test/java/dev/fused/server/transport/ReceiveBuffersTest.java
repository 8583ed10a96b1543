package dev.fused.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fused.server.transport.ReceiveBuffers.Buffer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.internal.PlatformDependent;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReceiveBuffersTest {
  private static final int SIZE = 8192;

  private final ReceiveBuffers buffers = new ReceiveBuffers(SIZE, 2);
  private final List<String> woken = new ArrayList<>();

  private Buffer take() {
    return buffers.take(() -> {});
  }

  @Test
  void aBufferIsEmptyOfFullSizeAndNotLent() {
    Buffer buffer = take();

    assertThat(buffer.capacity()).isEqualTo(SIZE);
    assertThat(buffer.readableBytes()).isZero();
    assertThat(buffer.refCnt()).isEqualTo(1);
    assertThat(buffer.isLent()).isFalse();
    buffer.release();
  }

  @Test
  @SuppressWarnings("restricted")
  void theAddressIsThatOfIndexZero() {
    Buffer buffer = take();
    MemorySegment memory = MemorySegment.ofAddress(buffer.address()).reinterpret(SIZE);

    buffer.setByte(0, 42).setByte(SIZE - 1, 43);

    assertThat(memory.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 42);
    assertThat(memory.get(ValueLayout.JAVA_BYTE, SIZE - 1)).isEqualTo((byte) 43);
    buffer.release();
  }

  @Test
  void inUseIsWhatWasTakenAndHasNotComeBack() {
    assertThat(buffers.inUse()).isZero();
    Buffer first = take();
    Buffer second = take();
    assertThat(buffers.inUse()).isEqualTo(2);

    first.release();
    assertThat(buffers.inUse()).isEqualTo(1);
    second.release();
    assertThat(buffers.inUse()).isZero();
  }

  @Test
  void aSliceThatSomebodyRetainsLendsTheBuffer() {
    Buffer buffer = take();
    ByteBuf slice = buffer.writeZero(10).duplicate().slice(2, 3).retain();
    assertThat(buffer.isLent()).isTrue();

    slice.release();

    assertThat(buffer.isLent()).isFalse();
    buffer.release();
  }

  @Test
  void aBufferComesBackWithItsLastReferenceAndIsUsedAgain() {
    Buffer first = take();
    long address = first.address();
    first.writeZero(10).retain();
    first.release();
    assertThat(take()).as("the other").isNotSameAs(first);
    assertThat(take()).isNull();

    first.release();
    Buffer again = take();

    assertThat(again).isSameAs(first);
    assertThat(again.address()).isEqualTo(address);
    assertThat(again.refCnt()).isEqualTo(1);
    assertThat(again.readableBytes()).isZero();
  }

  @Test
  void whoWaitsIsWokenInOrderOnePerBuffer() {
    Buffer first = take();
    Buffer second = take();
    assertThat(buffers.take(() -> woken.add("one"))).isNull();
    assertThat(buffers.take(() -> woken.add("two"))).isNull();
    assertThat(buffers.take(() -> woken.add("three"))).isNull();
    assertThat(woken).isEmpty();

    first.release();
    assertThat(woken).containsExactly("one");
    second.release();
    assertThat(woken).containsExactly("one", "two");
  }

  @Test
  void whoIsWokenCanTakeTheBufferAtOnce() {
    Buffer first = take();
    Buffer second = take();
    List<Buffer> taken = new ArrayList<>();
    buffers.take(() -> taken.add(take()));

    first.release();

    assertThat(taken).containsExactly(first);
    first.release();
    second.release();
  }

  @Test
  void afterCloseTheMemoryIsFreeOnceTheLastBufferIsBack() {
    long before = PlatformDependent.usedDirectMemory();
    assumeTrue(before >= 0, "Netty does not count its memory here");
    ReceiveBuffers own = new ReceiveBuffers(1 << 20, 4);
    Buffer returned = own.take(() -> {});
    Buffer lent = own.take(() -> {});
    returned.release();
    assertThat(PlatformDependent.usedDirectMemory()).isEqualTo(before + (2 << 20));

    own.close();
    assertThat(PlatformDependent.usedDirectMemory()).isEqualTo(before + (1 << 20));
    lent.release();
    assertThat(PlatformDependent.usedDirectMemory()).isEqualTo(before);
  }

  @Test
  void withoutMemoryForAnotherBufferWhoAsksWaitsForOneThatIsInUse() {
    long limit = PlatformDependent.maxDirectMemory();
    assumeTrue(PlatformDependent.usedDirectMemory() >= 0, "Netty does not limit its memory here");
    ReceiveBuffers own = new ReceiveBuffers(1 << 20, 4);
    List<ByteBuf> everything = new ArrayList<>();
    Buffer only = own.take(() -> {});
    try {
      while (limit - PlatformDependent.usedDirectMemory() >= 1 << 20) {
        long left = limit - PlatformDependent.usedDirectMemory();
        everything.add(Unpooled.directBuffer((int) Math.min(left, 1 << 30))); // not touched
      }

      assertThat(own.take(() -> woken.add("memory"))).isNull();
      only.release();

      assertThat(woken).containsExactly("memory");
      assertThat(own.take(() -> {})).isSameAs(only);
      assertThatThrownBy(() -> new ReceiveBuffers(1 << 20, 4).take(() -> {}))
          .as("where none will ever come back")
          .isInstanceOf(OutOfMemoryError.class);
    } finally {
      everything.forEach(ByteBuf::release);
      only.release();
      own.close();
    }
  }
}
