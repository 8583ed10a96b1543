package dev.fused.server.transport.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PossibleCpusTest {
  @ParameterizedTest
  @CsvSource({"0, 1", "0-1, 2", "0-127, 128", "'0-3,8', 5", "'0,2,4-5', 4"})
  void rangesAndSingleProcessorsAreCounted(String list, int count) throws IOException {
    assertThat(PossibleCpus.count(list)).isEqualTo(count);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "3-1", "0-", "-1", "0,,1"})
  void whatIsNoListIsRefused(String list) {
    assertThatThrownBy(() -> PossibleCpus.count(list))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("\"" + list + "\", not a list of processors");
  }
}
