package dev.fused.protocol.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.FileName;
import dev.fused.protocol.Hex;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DirectoryBufferTest {
  private static final int DIRECTORY = 4;
  private static final int REGULAR = 8;

  private final ByteBuf out = Unpooled.buffer();

  private DirectoryBuffer buffer(int size) {
    return new DirectoryBuffer(out, size, WireFormat.LATEST);
  }

  private static FileName name(int length) {
    return FileName.of("n".repeat(length));
  }

  private static EntryOut entry(long nodeid) {
    Attributes attr = Attributes.file(nodeid + 100).build();
    return new EntryOut(nodeid, 0, 1, 1, 0, 0, attr);
  }

  @Test
  void entriesFollowOneAnotherPaddedToEightBytes() {
    DirectoryBuffer buffer = buffer(4096);
    assertThat(buffer.add(FileName.DOT, 1, DIRECTORY, 1)).isTrue();
    assertThat(buffer.add(FileName.of("12345678"), 2, REGULAR, 2)).isTrue();
    assertThat(Hex.of(out))
        .isEqualTo(
            Hex.of(
                Hex.bytes(
                    """
                    01 00 00 00 00 00 00 00   # ino
                    01 00 00 00 00 00 00 00   # off
                    01 00 00 00 04 00 00 00   # namelen, type
                    2e 00 00 00 00 00 00 00   # ".", padding
                    02 00 00 00 00 00 00 00   # ino
                    02 00 00 00 00 00 00 00   # off
                    08 00 00 00 08 00 00 00   # namelen, type
                    31 32 33 34 35 36 37 38   # "12345678"
                    """)));
  }

  @ParameterizedTest
  @CsvSource({"1, 32", "7, 32", "8, 32", "9, 40", "255, 280"})
  void entryFitsExactlyIntoItsSizeAndNotIntoOneByteLess(int namelen, int size) {
    assertThat(buffer(size - 1).add(name(namelen), 1, REGULAR, 1)).isFalse();
    assertThat(out.readableBytes()).isZero();
    assertThat(buffer(size).add(name(namelen), 1, REGULAR, 1)).isTrue();
    assertThat(out.readableBytes()).isEqualTo(size);
  }

  @ParameterizedTest
  @CsvSource({"1, 160", "8, 160", "9, 168", "255, 408"})
  void entryWithAttributesFitsExactlyIntoItsSizeAndNotIntoOneByteLess(int namelen, int size) {
    assertThat(buffer(size - 1).addPlus(entry(2), name(namelen), 1)).isFalse();
    assertThat(out.readableBytes()).isZero();
    assertThat(buffer(size).addPlus(entry(2), name(namelen), 1)).isTrue();
    assertThat(out.readableBytes()).isEqualTo(size);
  }

  @Test
  void shorterEntryMayFitWhereALongerOneDidNot() {
    DirectoryBuffer buffer = buffer(64);
    assertThat(buffer.add(name(8), 1, REGULAR, 1)).isTrue();
    assertThat(buffer.add(name(9), 2, REGULAR, 2)).isFalse();
    assertThat(buffer.add(name(8), 3, REGULAR, 3)).isTrue();
    assertThat(buffer.remaining()).isZero();
    assertThat(DirectoryBuffer.decode(out, WireFormat.LATEST))
        .extracting(Dirent::ino)
        .containsExactly(1L, 3L);
  }

  @Test
  void limitCountsFromWhereTheBufferBegan() {
    out.writeZero(16);
    DirectoryBuffer buffer = buffer(32);
    assertThat(buffer.add(name(1), 1, REGULAR, 1)).isTrue();
    assertThat(buffer.add(name(1), 2, REGULAR, 2)).isFalse();
    assertThat(out.readableBytes()).isEqualTo(48);
  }

  @Test
  void inoAndTypeOfAnEntryWithAttributesAreThoseOfItsAttributes() {
    assertThat(buffer(4096).addPlus(entry(2), name(3), 7)).isTrue();
    assertThat(DirectoryBuffer.decodePlus(out, WireFormat.LATEST))
        .containsExactly(new DirentPlus(entry(2), new Dirent(102, 7, REGULAR, name(3))));
  }

  @Test
  void lookupsAreCountedForAllButDotsAndEntriesWithoutNodeid() {
    DirectoryBuffer buffer = buffer(4096);
    buffer.addPlus(entry(1), FileName.DOT, 1);
    buffer.addPlus(entry(1), FileName.DOT_DOT, 2);
    buffer.addPlus(entry(5), FileName.of("a"), 3);
    buffer.addPlus(entry(0), FileName.of("b"), 4);
    buffer.addPlus(entry(5), FileName.of("c"), 5);
    buffer.addPlus(entry(-1), FileName.of("..."), 6);
    List<Long> nodeids = new ArrayList<>();
    DirectoryBuffer.forEachEntryNodeid(out, WireFormat.LATEST, nodeids::add);
    assertThat(nodeids).containsExactly(5L, 5L, -1L);
    assertThat(out.readerIndex()).isZero();
  }

  @Test
  void emptyAnswerHasNoEntries() {
    assertThat(DirectoryBuffer.decode(out, WireFormat.LATEST)).isEmpty();
    assertThat(DirectoryBuffer.decodePlus(out, WireFormat.LATEST)).isEmpty();
  }
}
