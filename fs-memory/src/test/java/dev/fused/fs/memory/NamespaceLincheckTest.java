package dev.fused.fs.memory;

import static dev.fused.fs.memory.TestStore.ALICE;
import static dev.fused.fs.memory.TestStore.ROOT;
import static dev.fused.fs.memory.TestStore.name;

import dev.fused.protocol.Errno;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.Rename2;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tries the interleavings of some changes of names in pairs, and of a few random ones: they must
 * come to what they come to one after the other in {@link Specification}, and no thread may wait
 * for another for ever.
 *
 * <p>There are three directories: the root, "a" in it, and "b", which is in "a" and has a smaller
 * nodeid; and one file, "c" in the root. All stay known, also when they lose their names. The
 * permissions of a new inode tell it from others.
 */
@Tag("lincheck")
@Param(name = "directory", gen = IntGen.class, conf = "0:2")
@Param(name = "name", gen = IntGen.class, conf = "0:2")
@Param(name = "permissions", gen = IntGen.class, conf = "0:511")
@Param(name = "flags", gen = IntGen.class, conf = "0:2")
public class NamespaceLincheckTest {
  /** A deadlock is found without: this is for a machine so busy that threads get no turn. */
  private static final long TIMEOUT_MILLIS = 300_000;

  private static final String[] NAMES = {"a", "b", "c"};

  private final TestStore store = new TestStore(MemoryOptions.of(TestStore.PAGE, 100), 1);
  private final long file = store.file(ROOT, "c");
  private final long[] directories = new long[3];

  public NamespaceLincheckTest() {
    directories[0] = ROOT;
    directories[2] = store.directory(ROOT, "b");
    directories[1] = store.directory(ROOT, "a");
    store.rename(ROOT, "b", directories[1], "b", 0);
  }

  @Operation(params = {"directory", "name", "permissions"})
  public String mknod(int directory, int name, int permissions) {
    return outcome(
        store.names.mknod(directories[directory], name(NAMES[name]), permissions, 0, ALICE));
  }

  @Operation(params = {"directory", "name", "permissions"})
  public String mkdir(int directory, int name, int permissions) {
    return outcome(
        store.names.mkdir(directories[directory], name(NAMES[name]), permissions, ALICE));
  }

  @Operation(params = {"directory", "name"})
  public String link(int directory, int name) {
    return outcome(store.names.link(file, directories[directory], name(NAMES[name])));
  }

  @Operation(params = {"directory", "name"})
  public String unlink(int directory, int name) {
    return outcome(store.names.unlink(directories[directory], name(NAMES[name])));
  }

  @Operation(params = {"directory", "name"})
  public String rmdir(int directory, int name) {
    return outcome(store.names.rmdir(directories[directory], name(NAMES[name])));
  }

  @Operation(params = {"directory", "name"})
  public String lookup(int directory, int name) {
    return outcome(store.names.lookup(directories[directory], name(NAMES[name])));
  }

  @Operation(params = {"directory", "name", "directory", "name", "flags"})
  public String rename(int from, int oldName, int to, int newName, int flags) {
    return outcome(
        store.rename(directories[from], NAMES[oldName], directories[to], NAMES[newName], flags));
  }

  /** Takes the lookup back, as a file without a name would live on with it. */
  private String outcome(Result<Attributes> result) {
    return switch (result) {
      case Result.Ok(Attributes found) -> {
        store.store.forget(found.ino(), 1);
        yield show(found.mode(), found.nlink());
      }
      case Result.Failed(Errno errno) -> errno.toString();
    };
  }

  private static String outcome(Errno errno) {
    return String.valueOf(errno);
  }

  private static String show(int mode, int nlink) {
    return "%o with %d links".formatted(mode, nlink);
  }

  /** The same one after the other, on maps. */
  public static class Specification {
    private static final class Node {
      final int mode;
      final Map<String, Node> entries = new HashMap<>();
      Node parent;
      int links;

      Node(int mode) {
        this.mode = mode;
      }

      boolean isDirectory() {
        return (mode & Attributes.S_IFMT) == Attributes.S_IFDIR;
      }

      boolean isRemoved() {
        return links == 0;
      }

      /** True if it is a directory, and {@code other} or one of those that it lies in. */
      boolean isAbove(Node other) {
        Node at = other;
        while (at != null && at != this) {
          at = at.parent;
        }
        return at == this;
      }

      void add(String name, Node child) {
        entries.put(name, child);
        child.links++;
        if (child.isDirectory()) {
          child.parent = this;
        }
      }

      Node remove(String name) {
        Node child = entries.remove(name);
        child.links--;
        if (child.isDirectory()) {
          child.parent = null;
        }
        return child;
      }

      String show() {
        long subdirectories = entries.values().stream().filter(Node::isDirectory).count();
        int nlink = isDirectory() ? Directory.OWN_LINKS + (int) subdirectories : links;
        return NamespaceLincheckTest.show(mode, nlink);
      }
    }

    private final Node file = new Node(Attributes.S_IFREG | 0644);
    private final Node[] directories = new Node[3];

    public Specification() {
      directories[0] = new Node(Attributes.S_IFDIR | 01777);
      directories[0].links = 1;
      for (int i = 1; i < directories.length; i++) {
        directories[i] = new Node(Attributes.S_IFDIR | 0755);
        directories[i - 1].add(NAMES[i - 1], directories[i]);
      }
      directories[0].add("c", file);
    }

    public String mknod(int directory, int name, int permissions) {
      return make(directory, name, new Node(Attributes.S_IFREG | permissions));
    }

    public String mkdir(int directory, int name, int permissions) {
      return make(directory, name, new Node(Attributes.S_IFDIR | permissions));
    }

    private String make(int directory, int name, Node made) {
      Node parent = directories[directory];
      if (parent.isRemoved()) {
        return "ENOENT";
      }
      if (parent.entries.containsKey(NAMES[name])) {
        return "EEXIST";
      }
      parent.add(NAMES[name], made);
      return made.show();
    }

    public String link(int directory, int name) {
      Node parent = directories[directory];
      boolean exists = parent.entries.containsKey(NAMES[name]);
      return !exists && file.links == 0 ? "ENOENT" : make(directory, name, file);
    }

    public String unlink(int directory, int name) {
      Node found = directories[directory].entries.get(NAMES[name]);
      if (found == null) {
        return "ENOENT";
      }
      if (found.isDirectory()) {
        return "EISDIR";
      }
      directories[directory].remove(NAMES[name]);
      return "null";
    }

    public String rmdir(int directory, int name) {
      Node found = directories[directory].entries.get(NAMES[name]);
      if (found == null) {
        return "ENOENT";
      }
      if (!found.isDirectory()) {
        return "ENOTDIR";
      }
      if (!found.entries.isEmpty()) {
        return "ENOTEMPTY";
      }
      directories[directory].remove(NAMES[name]);
      return "null";
    }

    public String lookup(int directory, int name) {
      Node found = directories[directory].entries.get(NAMES[name]);
      return found == null ? "ENOENT" : found.show();
    }

    public String rename(int fromIndex, int oldIndex, int toIndex, int newIndex, int flags) {
      Node from = directories[fromIndex];
      Node to = directories[toIndex];
      String oldName = NAMES[oldIndex];
      String newName = NAMES[newIndex];
      Node source = from.entries.get(oldName);
      Node target = to.entries.get(newName);
      boolean exchange = flags == Rename2.EXCHANGE;
      if (source == null || to.isRemoved() || (target == null && exchange)) {
        return "ENOENT";
      }
      if (target != null && flags == Rename2.NOREPLACE) {
        return "EEXIST";
      }
      if (from != to && source.isAbove(to)) {
        return "EINVAL";
      }
      if (from != to && target != null && target.isAbove(from)) {
        return exchange ? "EINVAL" : "ENOTEMPTY";
      }
      if (source == target) {
        return "null";
      }
      if (target != null && !exchange) {
        if (source.isDirectory() != target.isDirectory()) {
          return target.isDirectory() ? "EISDIR" : "ENOTDIR";
        }
        if (!target.entries.isEmpty()) {
          return "ENOTEMPTY";
        }
      }
      from.remove(oldName);
      if (target != null) {
        to.remove(newName);
      }
      to.add(newName, source);
      if (exchange) {
        from.add(oldName, target);
      }
      return "null";
    }
  }

  /** Two that meet in the three directories, of which "b" must be locked before "a". */
  private static final List<List<List<Actor>>> AT_ONCE =
      List.of(
          pair(call("lookup", 1, 1), call("rename", 2, 1, 1, 2, 0)),
          pair(call("rmdir", 1, 1), call("rename", 2, 1, 1, 2, 0)),
          pair(call("rmdir", 1, 1), call("mkdir", 2, 0, 0700)),
          pair(call("rename", 1, 1, 0, 1, 0), call("rename", 0, 2, 2, 1, 0)),
          pair(call("rename", 1, 1, 0, 2, Rename2.EXCHANGE), call("link", 2, 1)));

  private static final List<Actor> AFTERWARDS =
      List.of(
          call("lookup", 0, 0),
          call("lookup", 0, 1),
          call("lookup", 0, 2),
          call("lookup", 1, 1),
          call("lookup", 2, 1));

  private static Actor call(String name, Integer... arguments) {
    Method method =
        Arrays.stream(NamespaceLincheckTest.class.getMethods())
            .filter(candidate -> candidate.getName().equals(name))
            .findAny()
            .orElseThrow();
    return new Actor(method, List.of(arguments));
  }

  private static List<List<Actor>> pair(Actor first, Actor second) {
    return List.of(List.of(first), List.of(second));
  }

  @Test
  void whatThreadsDoAtOnceIsAsIfDoneOneAfterTheOther() {
    ModelCheckingOptions options =
        new ModelCheckingOptions()
            .iterations(3)
            .invocationsPerIteration(100)
            .threads(2)
            .invocationTimeout$lincheck(TIMEOUT_MILLIS)
            .actorsPerThread(2)
            .actorsBefore(2)
            .actorsAfter(1)
            .sequentialSpecification(Specification.class);
    for (List<List<Actor>> atOnce : AT_ONCE) {
      options.addCustomScenario(new ExecutionScenario(List.of(), atOnce, AFTERWARDS, null));
    }
    options.check(NamespaceLincheckTest.class);
  }
}
