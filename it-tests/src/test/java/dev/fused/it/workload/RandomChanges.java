package dev.fused.it.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * One thread's changes: in directories that others use too it makes, changes, links, renames and
 * removes entries of its own, which its names tell from those of others; and it knows what must
 * then be there. A call that fails is a failure of the test: none of these may.
 */
final class RandomChanges {
  private static final int MOST_ENTRIES = 300;
  private static final int LARGEST_CONTENT = 9000;

  /** What a name leads to. Names of one file share one node; nodes are equal only to themselves. */
  private sealed interface Node {}

  private static final class FileNode implements Node {
    private String content = "";
    private int links = 1;
  }

  private static final class DirectoryNode implements Node {}

  private static final class LinkNode implements Node {
    private final String target;

    private LinkNode(String target) {
      this.target = target;
    }
  }

  private final List<Path> shared;
  private final String prefix;
  private final Random random;
  private final TreeMap<Path, Node> tree = new TreeMap<>();
  private int names;
  private int steps;

  RandomChanges(List<Path> shared, String prefix, long seed) {
    this.shared = shared;
    this.prefix = prefix;
    this.random = new Random(seed);
  }

  int steps() {
    return steps;
  }

  /** What must be there now, in the words of {@link ModelTree}. */
  Map<Path, String> model() {
    TreeMap<Path, String> model = new TreeMap<>();
    tree.forEach(
        (path, node) ->
            model.put(
                path,
                switch (node) {
                  case FileNode file -> ModelTree.file(file.content, file.links);
                  case LinkNode link -> ModelTree.link(link.target);
                  case DirectoryNode directory -> ModelTree.directory(2 + subdirectories(path));
                }));
    return model;
  }

  private int subdirectories(Path directory) {
    return (int)
        tree.entrySet().stream()
            .filter(entry -> entry.getValue() instanceof DirectoryNode)
            .filter(entry -> directory.equals(entry.getKey().getParent()))
            .count();
  }

  /** One change, or one look at a file. */
  void step() throws IOException {
    steps++;
    boolean full = tree.size() > MOST_ENTRIES;
    switch (random.nextInt(full ? 7 : 12)) {
      case 0 -> removeFile();
      case 1 -> removeDirectory();
      case 2 -> rename();
      case 3 -> renameOver();
      case 4 -> moveDirectory();
      case 5 -> change();
      case 6 -> check();
      case 7, 8 -> create();
      case 9 -> makeDirectory();
      case 10 -> hardLink();
      default -> symbolicLink();
    }
  }

  private void create() throws IOException {
    Path path = newPath();
    FileNode file = new FileNode();
    file.content = text();
    Files.writeString(path, file.content, StandardOpenOption.CREATE_NEW);
    tree.put(path, file);
  }

  private void change() throws IOException {
    Path path = any(FileNode.class::isInstance);
    if (path == null) {
      return;
    }
    FileNode file = (FileNode) tree.get(path);
    if (random.nextBoolean() && file.content.length() < 4 * LARGEST_CONTENT) {
      String more = text();
      Files.writeString(path, more, StandardOpenOption.APPEND);
      file.content += more;
    } else {
      file.content = text();
      Files.writeString(path, file.content, StandardOpenOption.TRUNCATE_EXISTING);
    }
  }

  private void check() throws IOException {
    Path path = any(FileNode.class::isInstance);
    if (path != null && !Files.readString(path).equals(((FileNode) tree.get(path)).content)) {
      throw new AssertionError("wrong content of " + path + " in step " + steps);
    }
  }

  private void hardLink() throws IOException {
    Path path = any(FileNode.class::isInstance);
    if (path != null) {
      Path link = newPath();
      Files.createLink(link, path);
      FileNode file = (FileNode) tree.get(path);
      file.links++;
      tree.put(link, file);
    }
  }

  private void symbolicLink() throws IOException {
    Path path = newPath();
    String target = "target" + random.nextInt();
    Files.createSymbolicLink(path, Path.of(target));
    tree.put(path, new LinkNode(target));
  }

  private void makeDirectory() throws IOException {
    Path path = newPath();
    Files.createDirectory(path);
    tree.put(path, new DirectoryNode());
  }

  private void removeFile() throws IOException {
    Path path = any(node -> !(node instanceof DirectoryNode));
    if (path != null) {
      Files.delete(path);
      unlinked(tree.remove(path));
    }
  }

  private void removeDirectory() throws IOException {
    Path path = any(DirectoryNode.class::isInstance);
    if (path != null && below(path).size() == 1) {
      Files.delete(path);
      tree.remove(path);
    }
  }

  private void rename() throws IOException {
    Path from = any(node -> !(node instanceof DirectoryNode));
    if (from != null) {
      Path to = newPath();
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
      tree.put(to, tree.remove(from));
    }
  }

  private void renameOver() throws IOException {
    Path from = any(node -> !(node instanceof DirectoryNode));
    Path to = any(node -> !(node instanceof DirectoryNode));
    if (from == null || to == null) {
      return;
    }
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    // rename(2) of one name of a file over another of the same file does nothing.
    if (!tree.get(from).equals(tree.get(to))) {
      Node moved = tree.remove(from);
      unlinked(tree.put(to, moved));
    }
  }

  private void moveDirectory() throws IOException {
    Path from = any(DirectoryNode.class::isInstance);
    Path to = newPath();
    if (from == null || to.startsWith(from)) {
      return;
    }
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    Map<Path, Node> moved = below(from);
    moved.keySet().forEach(tree::remove);
    moved.forEach((path, node) -> tree.put(to.resolve(from.relativize(path)).normalize(), node));
  }

  private static void unlinked(Node node) {
    if (node instanceof FileNode file) {
      file.links--;
    }
  }

  /** A directory of this thread with all that is in it. */
  private Map<Path, Node> below(Path directory) {
    Map<Path, Node> found = new TreeMap<>();
    for (Map.Entry<Path, Node> entry : tree.tailMap(directory).entrySet()) {
      if (entry.getKey().startsWith(directory)) {
        found.put(entry.getKey(), entry.getValue());
      }
    }
    return found;
  }

  private Path any(Predicate<Node> kind) {
    List<Path> paths = new ArrayList<>();
    tree.forEach(
        (path, node) -> {
          if (kind.test(node)) {
            paths.add(path);
          }
        });
    return paths.isEmpty() ? null : paths.get(random.nextInt(paths.size()));
  }

  /** A name that nobody has, in a directory of all or in one of this thread. */
  private Path newPath() {
    Path own = random.nextInt(3) == 0 ? any(DirectoryNode.class::isInstance) : null;
    Path directory = own == null ? shared.get(random.nextInt(shared.size())) : own;
    return directory.resolve(prefix + names++);
  }

  private String text() {
    int length = random.nextInt(4) == 0 ? 0 : random.nextInt(LARGEST_CONTENT);
    return String.valueOf((char) ('a' + random.nextInt(26))).repeat(length);
  }
}
