package dev.fused.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class FileNameTest {
  private static FileName bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return FileName.of(bytes);
  }

  @Test
  void namesAreEqualIfTheirBytesAre() {
    assertThat(FileName.of("ä"))
        .isEqualTo(bytes(0xc3, 0xa4))
        .hasSameHashCodeAs(bytes(0xc3, 0xa4))
        .isNotEqualTo(bytes(0x61, 0xcc, 0x88)) // the same letter, composed otherwise
        .isNotEqualTo("ä");
  }

  @Test
  void namesThatAreNotUtf8AreNotMixedUp() {
    assertThat(bytes(0xff)).isNotEqualTo(bytes(0xfe));
    assertThat(bytes(0xff).is("\ufffd")).isFalse();
  }

  @Test
  void orderIsOfUnsignedBytes() {
    assertThat(bytes(0x7f)).isLessThan(bytes(0x80));
    assertThat(FileName.of("a")).isLessThan(FileName.of("aa"));
    assertThat(FileName.of("b")).isGreaterThan(FileName.of("aa"));
    assertThat(FileName.of("a")).isEqualByComparingTo(FileName.of("a"));
  }

  @Test
  void nameDoesNotChangeWithTheArraysAround() {
    byte[] array = {'a', 'b'};
    FileName name = FileName.of(array);
    array[0] = 'x';
    name.toBytes()[1] = 'x';
    assertThat(name).isEqualTo(FileName.of("ab"));
  }

  @Test
  void readingTakesExactlyTheBytesOfTheName() {
    ByteBuf in = Unpooled.wrappedBuffer(new byte[] {'a', 'b', 'c'});
    assertThat(FileName.read(in, 2)).isEqualTo(FileName.of("ab"));
    assertThat(in.readableBytes()).isEqualTo(1);
  }

  @Test
  void writingAppendsTheBytesWithoutNul() {
    ByteBuf out = Unpooled.buffer();
    bytes(0xff, 'a').writeTo(out);
    assertThat(Hex.of(out)).isEqualTo("ff61");
  }

  @Test
  void bytesCanBeLookedAt() {
    assertThat(bytes(0xff, 'a').length()).isEqualTo(2);
    assertThat(bytes(0xff, 'a').byteAt(0)).isEqualTo((byte) 0xff);
    assertThat(bytes(0xff, 'a').byteAt(1)).isEqualTo((byte) 'a');
  }

  @Test
  void isAndStartsWithCompareWithUtf8() {
    assertThat(FileName.of("user.ä").is("user.ä")).isTrue();
    assertThat(FileName.of("user.ä").is("user.")).isFalse();
    assertThat(FileName.of("user.ä").startsWith("user.")).isTrue();
    assertThat(FileName.of("user.").startsWith("user.")).isTrue();
    assertThat(FileName.of("user").startsWith("user.")).isFalse();
    assertThat(FileName.of("xuser.").startsWith("user.")).isFalse();
  }

  @Test
  void onlyDotAndDotDotAreDots() {
    assertThat(FileName.of(".").isDotOrDotDot()).isTrue();
    assertThat(FileName.of("..").isDotOrDotDot()).isTrue();
    assertThat(FileName.of("...").isDotOrDotDot()).isFalse();
    assertThat(FileName.of(".a").isDotOrDotDot()).isFalse();
    assertThat(FileName.of("").isDotOrDotDot()).isFalse();
  }

  @Test
  void peopleSeeUtf8AndEscapesForTheRest() {
    assertThat(FileName.of("größe 1")).hasToString("größe 1");
    assertThat(bytes('a', 0xff, ' ', 'b')).hasToString("a\\xff b");
    assertThat(FileName.of("a\nb")).hasToString("a\\x0ab");
    assertThat(FileName.of("a\\b")).hasToString("a\\x5cb");
  }
}
