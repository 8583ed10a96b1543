package dev.fused.server.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UserDatabaseTest {
  @Test
  void rootIsThereByNameAndNumber() {
    assertThat(UserDatabase.user("root")).contains(new UserDatabase.User(0, 0));
    assertThat(UserDatabase.user(0)).contains(new UserDatabase.User(0, 0));
    assertThat(UserDatabase.group("root")).hasValue(0);
  }

  @Test
  void whoIsNotThereIsNotFound() {
    assertThat(UserDatabase.user("no-such-user")).isEmpty();
    assertThat(UserDatabase.user(4243210)).isEmpty();
    assertThat(UserDatabase.group("no-such-group")).isEmpty();
  }
}
