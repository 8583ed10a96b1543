package dev.fused.it.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A tree as a map from paths to lines that say what is there: {@code "file TEXT links N"}, {@code
 * "directory links N"}, {@code "link TARGET"}.
 */
final class ModelTree {
  private ModelTree() {}

  static String file(String content, int links) {
    return "file " + content + " links " + links;
  }

  static String directory(int links) {
    return "directory links " + links;
  }

  static String link(String target) {
    return "link " + target;
  }

  /** The tree below a directory, as it is. */
  static Map<Path, String> read(Path root) throws IOException {
    TreeMap<Path, String> tree = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : (Iterable<Path>) paths.filter(path -> !path.equals(root))::iterator) {
        tree.put(path, describe(path));
      }
    }
    return tree;
  }

  private static String describe(Path path) throws IOException {
    if (Files.isSymbolicLink(path)) {
      return link(Files.readSymbolicLink(path).toString());
    }
    int links = (int) Files.getAttribute(path, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
    return Files.isDirectory(path) ? directory(links) : file(Files.readString(path), links);
  }

  /** Adds the directories that threads share, whose link counts come from all their models. */
  static void addLinkCounts(Map<Path, String> tree, List<Path> shared) {
    for (Path directory : shared) {
      long subdirectories =
          tree.entrySet().stream()
              .filter(entry -> directory.equals(entry.getKey().getParent()))
              .filter(entry -> entry.getValue().startsWith("directory"))
              .count();
      tree.put(directory, directory(2 + (int) subdirectories));
    }
  }
}
