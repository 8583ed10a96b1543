package dev.fused.server.mount;

import dev.fused.server.linux.ServiceVariables;
import java.io.BufferedWriter;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a mount away when its server dies, however that comes about: a shell that waits for the end
 * of a pipe, whose other end only the server has. It runs umount(8), and fusermount3(1) for who may
 * not.
 *
 * <p>A server that ends in order tells it so before, since another mount may have the place by
 * then, and the kernel gives its numbers out again. Who kills it too, as systemd does with all
 * processes of a service, leaves the mount.
 */
public final class AutoUnmount implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AutoUnmount.class);

  /**
   * $1 is the mount's number, $2 its device. The mount point is taken from the table as it is,
   * escaped, and unescaped by printf only for umount.
   */
  private static final String SCRIPT =
      """
      trap '' HUP INT TERM QUIT
      cd /
      place() {
        while read -r id parent device root point rest; do
          [ "$id $device" = "$1 $2" ] || continue
          case $rest in *' - fuse'*) printf '%s' "$point" ;; esac
        done </proc/self/mountinfo
      }
      here=$(place "$1" "$2")
      echo ready
      read -r orderly && exit
      if [ -n "$here" ] && [ "$(place "$1" "$2")" = "$here" ]; then
        place=$(printf '%b' "$here")
        umount -l -- "$place" || exec fusermount3 -u -z -- "$place"
      fi
      """;

  private final Process shell;

  private AutoUnmount(Process shell) {
    this.shell = shell;
  }

  /**
   * Starts to wait.
   *
   * @throws IOException with a sentence if there is no shell to start
   */
  public static AutoUnmount arm(Mount mount) throws IOException {
    MountInfo info = mount.info();
    ProcessBuilder shell =
        new ProcessBuilder(
            List.of(
                "sh",
                "-c",
                SCRIPT,
                "fused-auto-unmount",
                Integer.toString(info.mountId()),
                info.major() + ":" + info.minor()));
    ServiceVariables.removeFrom(shell.environment());
    shell.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      Process process = shell.start();
      // Until it knows the mount point: nobody may be killed before.
      if (process.inputReader().readLine() == null) {
        throw new IOException("the shell has ended at once");
      }
      return new AutoUnmount(process);
    } catch (IOException e) {
      throw new IOException(
          "auto_unmount cannot be kept for " + mount.path() + ": " + e.getMessage(), e);
    }
  }

  /** The mount ends in order: the shell ends, and does nothing. */
  @Override
  public void close() {
    try (BufferedWriter words = shell.outputWriter()) {
      words.write("orderly\n");
    } catch (IOException e) {
      log.debug("the shell of auto_unmount has ended already", e);
    }
  }
}
