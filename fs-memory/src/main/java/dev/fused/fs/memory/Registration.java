package dev.fused.fs.memory;

import java.util.concurrent.atomic.AtomicReference;

/** A file that the kernel knows as a backing file, by its id. Any thread. */
final class Registration {
  private enum State {
    IN_USE,
    IDLE,
    CLOSED
  }

  final int id;

  private final AtomicReference<State> state = new AtomicReference<>(State.IN_USE);

  Registration(int id) {
    this.id = id;
  }

  /** For one more handle; false if it was given back. */
  boolean use() {
    return state.get() == State.IN_USE || state.compareAndSet(State.IDLE, State.IN_USE);
  }

  /** Nobody has the file open any more; false if that is known. */
  boolean setIdle() {
    return state.compareAndSet(State.IN_USE, State.IDLE);
  }

  /** To give it back; false if it is in use, or somebody else does. */
  boolean close() {
    return state.compareAndSet(State.IDLE, State.CLOSED);
  }
}
