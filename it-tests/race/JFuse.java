import static org.cryptomator.jfuse.api.FuseOperations.Operation.*;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.cryptomator.jfuse.api.DirFiller;
import org.cryptomator.jfuse.api.Errno;
import org.cryptomator.jfuse.api.FileInfo;
import org.cryptomator.jfuse.api.Fuse;
import org.cryptomator.jfuse.api.FuseConfig;
import org.cryptomator.jfuse.api.FuseConnInfo;
import org.cryptomator.jfuse.api.FuseOperations;
import org.cryptomator.jfuse.api.Stat;
import org.cryptomator.jfuse.api.TimeSpec;

/**
 * A memory file system over jfuse, which has no example of one: as much as the race asks for, with a map for each directory
 * and an array that doubles for each file. Many threads, as jfuse has them by default; permissions are the kernel's affair.
 */
final class JFuse implements FuseOperations {
  private static final int DIRECTORY = Stat.S_IFDIR | 0755;

  private static final class Node {
    final Map<String, Node> children;
    volatile int mode;
    volatile Instant changed = Instant.now();
    private byte[] content = new byte[0];
    private int size;

    Node(int mode) {
      this.mode = mode;
      this.children = (mode & Stat.S_IFMT) == Stat.S_IFDIR ? new ConcurrentHashMap<>() : Map.of();
    }

    boolean isDirectory() {
      return (mode & Stat.S_IFMT) == Stat.S_IFDIR;
    }

    synchronized int size() {
      return size;
    }

    synchronized int read(ByteBuffer buffer, long count, long offset) {
      int length = (int) Math.clamp(size - offset, 0, count);
      buffer.put(content, (int) Math.min(offset, size), length);
      return length;
    }

    synchronized int write(ByteBuffer buffer, int count, int offset) {
      resize(Math.max(size, offset + count));
      buffer.get(content, offset, count);
      changed = Instant.now();
      return count;
    }

    synchronized void resize(int to) {
      if (to > content.length) {
        content = Arrays.copyOf(content, Math.max(to, Math.min(content.length, 1 << 29) * 2));
      } else if (to < size) {
        Arrays.fill(content, to, size, (byte) 0);
      }
      size = to;
    }
  }

  private final Errno errno;
  private final Node root = new Node(DIRECTORY);
  private final Map<Long, Node> open = new ConcurrentHashMap<>();
  private final AtomicLong lastHandle = new AtomicLong();

  private JFuse(Errno errno) {
    this.errno = errno;
  }

  /** Mounts on a directory; the second argument is libfuse3's file. */
  public static void main(String[] arguments) throws Exception {
    var builder = Fuse.builder();
    builder.setLibraryPath(arguments[1]);
    CountDownLatch ended = new CountDownLatch(1);
    try (Fuse fuse = builder.build(new JFuse(builder.errno()))) {
      Runtime.getRuntime().addShutdownHook(new Thread(ended::countDown));
      fuse.mount("jfuse", Path.of(arguments[0]), "-f", "-o", "default_permissions,attr_timeout=3600,entry_timeout=3600,negative_timeout=3600");
      ended.await();
    }
  }

  private Node find(String path) {
    Node node = root;
    for (int at = 1; node != null && at < path.length(); ) {
      int end = path.indexOf('/', at);
      end = end < 0 ? path.length() : end;
      node = node.children.get(path.substring(at, end));
      at = end + 1;
    }
    return node;
  }

  private Node parent(String path) {
    return find(path.substring(0, path.lastIndexOf('/')));
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private int make(String path, Node node) {
    Node parent = parent(path);
    if (parent == null || !parent.isDirectory()) {
      return -errno.enoent();
    }
    parent.changed = Instant.now();
    return parent.children.putIfAbsent(name(path), node) == null ? 0 : -errno.eexist();
  }

  private void open(Node node, FileInfo file) {
    long handle = lastHandle.incrementAndGet();
    open.put(handle, node);
    file.setFh(handle);
  }

  @Override
  public Errno errno() {
    return errno;
  }

  @Override
  public Set<Operation> supportedOperations() {
    return EnumSet.of(INIT, GET_ATTR, MKDIR, RMDIR, UNLINK, RENAME, CREATE, OPEN, RELEASE, READ, WRITE, TRUNCATE, READ_DIR, UTIMENS, CHMOD);
  }

  @Override
  public void init(FuseConnInfo connection, FuseConfig config) {}

  @Override
  public int getattr(String path, Stat stat, FileInfo file) {
    Node node = file == null ? find(path) : open.getOrDefault(file.getFh(), find(path));
    if (node == null) {
      return -errno.enoent();
    }
    describe(node, stat);
    return 0;
  }

  private static void describe(Node node, Stat stat) {
    stat.setMode(node.mode);
    stat.setNLink((short) (node.isDirectory() ? 2 : 1));
    stat.setSize(node.size());
    stat.mTime().set(node.changed);
    stat.cTime().set(node.changed);
  }

  @Override
  public int mkdir(String path, int mode) {
    return make(path, new Node(Stat.S_IFDIR | mode & 07777));
  }

  @Override
  public int create(String path, int mode, FileInfo file) {
    Node node = new Node(Stat.S_IFREG | mode & 07777);
    int result = make(path, node);
    if (result == 0) {
      open(node, file);
    }
    return result;
  }

  @Override
  public int unlink(String path) {
    return remove(path);
  }

  @Override
  public int rmdir(String path) {
    Node node = find(path);
    return node != null && !node.children.isEmpty() ? -errno.enotempty() : remove(path);
  }

  private int remove(String path) {
    Node parent = parent(path);
    if (parent == null || parent.children.remove(name(path)) == null) {
      return -errno.enoent();
    }
    parent.changed = Instant.now();
    return 0;
  }

  @Override
  public int rename(String from, String to, int flags) {
    Node source = parent(from);
    Node target = parent(to);
    Node node = source == null || target == null ? null : source.children.remove(name(from));
    if (node == null) {
      return -errno.enoent();
    }
    target.children.put(name(to), node);
    source.changed = target.changed = Instant.now();
    return 0;
  }

  @Override
  public int chmod(String path, int mode, FileInfo file) {
    Node node = find(path);
    if (node == null) {
      return -errno.enoent();
    }
    node.mode = node.mode & Stat.S_IFMT | mode & 07777;
    return 0;
  }

  @Override
  public int utimens(String path, TimeSpec accessed, TimeSpec modified, FileInfo file) {
    return find(path) == null ? -errno.enoent() : 0;
  }

  @Override
  public int open(String path, FileInfo file) {
    Node node = find(path);
    if (node == null) {
      return -errno.enoent();
    }
    open(node, file);
    return 0;
  }

  @Override
  public int release(String path, FileInfo file) {
    open.remove(file.getFh());
    return 0;
  }

  @Override
  public int read(String path, ByteBuffer buffer, long count, long offset, FileInfo file) {
    return open.get(file.getFh()).read(buffer, count, offset);
  }

  @Override
  public int write(String path, ByteBuffer buffer, long count, long offset, FileInfo file) {
    return open.get(file.getFh()).write(buffer, (int) count, Math.toIntExact(offset));
  }

  @Override
  public int truncate(String path, long size, FileInfo file) {
    Node node = file == null ? find(path) : open.get(file.getFh());
    if (node == null) {
      return -errno.enoent();
    }
    node.resize(Math.toIntExact(size));
    return 0;
  }

  @Override
  public int readdir(String path, DirFiller filler, long offset, FileInfo file, int flags) {
    Node node = find(path);
    if (node == null) {
      return -errno.enoent();
    }
    try {
      filler.fill(".");
      filler.fill("..");
      for (Map.Entry<String, Node> child : node.children.entrySet()) {
        filler.fill(child.getKey(), stat -> describe(child.getValue(), stat));
      }
      return 0;
    } catch (IOException e) {
      return -errno.eio();
    }
  }
}
