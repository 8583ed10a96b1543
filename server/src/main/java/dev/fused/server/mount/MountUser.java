package dev.fused.server.mount;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A process that holds a mount: it works in it, or has a file of it open or mapped.
 *
 * @param program its name, as ps(1) shows it
 * @param uses what of it holds the mount, as {@code "working directory"} or {@code "2 open files"}
 */
public record MountUser(long pid, String program, List<String> uses) {
  private static final Path PROC = Path.of("/proc");

  public MountUser {
    uses = List.copyOf(uses);
  }

  /** For people: {@code "bash (pid 4711: working directory)"}. */
  public String describe() {
    return "%s (pid %d: %s)".formatted(program, pid, String.join(", ", uses));
  }

  /**
   * The users of a mount that /proc shows to this process. Compares numbers and names only, and so
   * never asks the server, which may be dead. Those in other mount namespaces are found by their
   * mappings alone.
   */
  public static List<MountUser> of(MountInfo mount) {
    List<MountUser> users = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        user(process, mount).ifPresent(users::add);
      }
    } catch (IOException | UncheckedIOException e) {
      // Without /proc nobody can be named.
    }
    return List.copyOf(users);
  }

  private static Optional<MountUser> user(Path process, MountInfo mount) {
    List<String> uses = new ArrayList<>();
    if (leadsInto(process.resolve("cwd"), mount)) {
      uses.add("working directory");
    }
    if (leadsInto(process.resolve("root"), mount)) {
      uses.add("root directory");
    }
    int files = openFiles(process, mount);
    if (files > 0) {
      uses.add(files == 1 ? "1 open file" : files + " open files");
    }
    if (lines(process.resolve("maps")).stream().anyMatch(line -> isMapped(line, mount))) {
      uses.add("mapped files");
    }
    if (uses.isEmpty()) {
      return Optional.empty();
    }
    long pid = Long.parseLong(process.getFileName().toString());
    return Optional.of(new MountUser(pid, programOf(process), uses));
  }

  private static String programOf(Path process) {
    List<String> name = lines(process.resolve("comm"));
    return name.isEmpty() ? "(ended)" : name.getFirst();
  }

  /** readlink(2) in /proc is answered by the kernel, from names that it knows. */
  private static boolean leadsInto(Path link, MountInfo mount) {
    try {
      return Files.readSymbolicLink(link).startsWith(mount.mountPoint());
    } catch (IOException e) {
      return false; // it has ended, or is not for us to see
    }
  }

  private static int openFiles(Path process, MountInfo mount) {
    String line = "mnt_id:\t" + mount.mountId();
    int count = 0;
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fdinfo"))) {
      for (Path descriptor : descriptors) {
        if (lines(descriptor).contains(line)) {
          count++;
        }
      }
    } catch (IOException | UncheckedIOException e) {
      // Processes come and go.
    }
    return count;
  }

  /** The fourth word is the device, in hexadecimal. */
  static boolean isMapped(String line, MountInfo mount) {
    String[] words = line.split(" ", 5);
    return words.length == 5
        && words[3].equals("%02x:%02x".formatted(mount.major(), mount.minor()));
  }

  private static List<String> lines(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).lines().toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
