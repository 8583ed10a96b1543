package dev.fused.filesystem;

import dev.fused.protocol.Errno;
import java.util.Optional;

/** Refuses to register anything. */
record NoBackingFiles(String reason) implements BackingFiles {
  @Override
  public Optional<String> refusal() {
    return Optional.of(reason);
  }

  @Override
  public int open(int descriptor) {
    return -Errno.EPERM.number();
  }

  @Override
  public void close(int id) {}
}
