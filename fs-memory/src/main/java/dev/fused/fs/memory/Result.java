package dev.fused.fs.memory;

import dev.fused.protocol.Errno;

/** What an operation of the store comes to: a value, or an expected error. */
sealed interface Result<T> {
  record Ok<T>(T value) implements Result<T> {}

  record Failed<T>(Errno errno) implements Result<T> {}

  static <T> Result<T> ok(T value) {
    return new Ok<>(value);
  }

  static <T> Result<T> failed(Errno errno) {
    return new Failed<>(errno);
  }
}
