package dev.fused.it.support;

import java.util.List;

/** A service manager's socket, as NOTIFY_SOCKET names it, and what it has heard. */
public final class NotifyListener implements AutoCloseable {
  private final String address;
  private final RunningCommand listening;

  private NotifyListener(String address, RunningCommand listening) {
    this.address = address;
    this.listening = listening;
  }

  /**
   * Begins to listen.
   *
   * @param address a path at which there is nothing, or "@" and the name of an abstract socket
   */
  public static NotifyListener at(String address) {
    RunningCommand listening = Command.python("notify_socket.py", address).start();
    NotifyListener listener = new NotifyListener(address, listening);
    try {
      listening.awaitText("listening\n");
      return listener;
    } catch (AssertionError e) {
      listener.close();
      throw e;
    }
  }

  public String address() {
    return address;
  }

  /** All messages so far: the pid of the sender, a blank, and the assignments between blanks. */
  public List<String> heard() {
    return listening.out().lines().skip(1).toList();
  }

  /** How many messages so far contain {@code assignment}. */
  public long count(String assignment) {
    return heard().stream().filter(message -> message.contains(assignment)).count();
  }

  /** Waits for one that contains {@code assignment}. */
  public String await(String assignment) {
    listening.awaitText(assignment);
    return heard().stream().filter(message -> message.contains(assignment)).findFirst().orElse("");
  }

  @Override
  public void close() {
    listening.close();
  }
}
