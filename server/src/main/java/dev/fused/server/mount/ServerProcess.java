package dev.fused.server.mount;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Finds who serves a FUSE mount, to name it to people. Any thread. */
public final class ServerProcess {
  private static final Path PROC = Path.of("/proc");

  private ServerProcess() {}

  /**
   * The process that has the device of a connection open; the first, if there are several. Empty if
   * there is none, it is not visible from here, or the kernel is too old to tell.
   */
  public static OptionalLong ofConnection(int connection) {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (serves(process, "fuse_connection:\t" + Integer.toUnsignedString(connection))) {
          return OptionalLong.of(Long.parseLong(process.getFileName().toString()));
        }
      }
    } catch (IOException | UncheckedIOException e) {
      // Without /proc there is no name; that is no reason for another error.
    }
    return OptionalLong.empty();
  }

  private static boolean serves(Path process, String infoLine) {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        Path info = process.resolve("fdinfo").resolve(descriptor.getFileName());
        if (Files.readSymbolicLink(descriptor).endsWith("fuse")
            && Files.readString(info, StandardCharsets.ISO_8859_1)
                .lines()
                .anyMatch(infoLine::equals)) {
          return true;
        }
      }
    } catch (IOException | UncheckedIOException e) {
      // Processes and descriptors come and go, and those of other users are not for us to see.
    }
    return false;
  }
}
