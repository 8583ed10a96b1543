package dev.fused.daemon.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a user is named; that the server becomes one is tested with mounts. */
class ServerUserTest {
  @Test
  void numbersNeedNoUserDatabase() {
    assertThat(ServerUser.parse("4243210:4243211")).isEqualTo(new ServerUser(4243210, 4243211));
    assertThat(ServerUser.parse("4294967294:0")).isEqualTo(new ServerUser(-2, 0));
    assertThat(ServerUser.parse("4294967294:0")).hasToString("uid 4294967294, gid 0");
  }

  @Test
  void theGroupMayHaveAName() {
    assertThat(ServerUser.parse("4243210:root")).isEqualTo(new ServerUser(4243210, 0));
  }

  @ParameterizedTest
  @CsvSource({
    "no-such-user, there is no user \"no-such-user\"",
    "no-such-user:0, there is no user \"no-such-user\"",
    "'', there is no user \"\"",
    "':5', there is no user \"\"",
    "-1, there is no user \"-1\"",
    "4243210, user 4243210 is not in the user database",
    "4243210:no-such-group, there is no group \"no-such-group\"",
    "'4243210:', there is no group \"\"",
    "'1:2:3', there is no group \"2:3\"",
    "4294967295:1, \"4294967295\" is no user or group: at most 4294967294",
    "1:4294967295, \"4294967295\" is no user or group: at most 4294967294",
    "99999999999:1, there is no user \"99999999999\"",
  })
  void whatNamesNobodyIsRefusedWithWhatItIs(String text, String message) {
    assertThatThrownBy(() -> ServerUser.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"root", "0", "0:0", "root:1000"})
  void rootIsNotAnotherUser(String text) {
    assertThatThrownBy(() -> ServerUser.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("is root, which the server is already; name another, or none");
  }
}
