package dev.fused.server.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far the kernel reads ahead of a mount. In INIT a server can only ask for less than the 128
 * KiB of every new mount; more has to be written into sysfs, where root may.
 */
public final class ReadAhead {
  private static final Logger log = LoggerFactory.getLogger(ReadAhead.class);
  private static final Path BACKING_DEVICES = Path.of("/sys/class/bdi");

  private ReadAhead() {}

  /**
   * Lets the kernel read at least so many bytes ahead. If that cannot be (sysfs of a container can
   * only be read), it stays as it is.
   */
  public static void raise(Mount mount, int bytes) {
    raise(BACKING_DEVICES.resolve("0:" + mount.deviceMinor() + "/read_ahead_kb"), bytes);
  }

  static void raise(Path setting, int bytes) {
    try {
      int now = Integer.parseInt(Files.readString(setting).strip());
      int wanted = bytes >> 10;
      if (wanted > now) {
        Files.writeString(setting, Integer.toString(wanted));
      }
    } catch (IOException | NumberFormatException e) {
      log.debug("cannot let the kernel read {} bytes ahead: {}", bytes, e.toString());
    }
  }
}
