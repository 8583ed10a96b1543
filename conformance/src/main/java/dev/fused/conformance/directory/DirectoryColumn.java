package dev.fused.conformance.directory;

import dev.fused.conformance.ReportColumn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The directory in which laws were checked.
 *
 * @param name its path
 * @param detail the type of its file system
 */
public record DirectoryColumn(String name, String detail) implements ReportColumn {
  /** Of an existing directory. */
  public static DirectoryColumn of(Path directory) {
    try {
      return new DirectoryColumn(directory.toString(), Files.getFileStore(directory).type());
    } catch (IOException e) {
      // Such as in a chroot, where the table of mounts does not have it.
      return new DirectoryColumn(directory.toString(), "unknown");
    }
  }

  @Override
  public String toString() {
    return name + " (" + detail + ")";
  }
}
