package dev.fused.daemon.top;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The terminal as a screen of its own, which is given back as it was, also when the program is
 * ended by a signal. Its modes are set by stty(1).
 */
public final class Screen implements AutoCloseable {
  private static final String ESCAPE = "\u001b[";
  private static final long LOOK_MILLIS = 50;

  private final InputStream keys = System.in;
  private final PrintStream out = System.out;
  private final String modes;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Thread restore = new Thread(this::restore, "fused top end");

  /**
   * Takes the terminal.
   *
   * @throws IOException with a sentence if there is none
   */
  public Screen() throws IOException {
    this.modes = stty("-g");
    stty("-icanon", "-echo");
    Runtime.getRuntime().addShutdownHook(restore);
    out.print(ESCAPE + "?1049h" + ESCAPE + "?25l");
    out.flush();
  }

  private static String stty(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("stty"));
    command.addAll(Arrays.asList(arguments));
    Process process =
        new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.INHERIT).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    try {
      if (process.waitFor() != 0) {
        throw new IOException("standard input is no terminal: use fused top -b");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return said.strip();
  }

  /** Shows lines from the top, as many and as much of each as there is room for. */
  public void show(List<String> lines) throws IOException {
    String[] size = stty("size").split(" ", -1);
    int rows = size.length == 2 ? Integer.parseInt(size[0]) : 24;
    int columns = size.length == 2 ? Integer.parseInt(size[1]) : 80;
    StringBuilder frame = new StringBuilder(ESCAPE).append('H');
    for (String line : lines.subList(0, Math.clamp(rows - 1, 0, lines.size()))) {
      frame.append(line, 0, Math.min(line.length(), columns)).append(ESCAPE).append("K\r\n");
    }
    out.print(frame.append(ESCAPE).append('J'));
    out.flush();
  }

  /** Waits; returns true as soon as q is pressed, or if nobody can press it any more. */
  public boolean awaitQuit(long millis) throws IOException, InterruptedException {
    long end = System.nanoTime() + millis * 1_000_000;
    do {
      while (keys.available() > 0) {
        int key = keys.read();
        if (key == 'q' || key == 'Q' || key < 0) {
          return true;
        }
      }
      Thread.sleep(LOOK_MILLIS);
    } while (System.nanoTime() < end);
    return false;
  }

  private void restore() {
    if (closed.compareAndSet(false, true)) {
      out.print(ESCAPE + "?25h" + ESCAPE + "?1049l");
      out.flush();
      try {
        stty(modes);
      } catch (IOException e) {
        // The terminal is gone.
      }
    }
  }

  @Override
  public void close() {
    restore();
    try {
      Runtime.getRuntime().removeShutdownHook(restore);
    } catch (IllegalStateException e) {
      // the hook runs
    }
  }
}
