import java.nio.file.Path;
import ru.serce.jnrfuse.examples.MemoryFS;

/** Mounts the memory file system that jnr-fuse brings along as its example; for race.py. */
public class JnrFuse {
  /** The kernel checks permissions and caches names, as with the others. */
  private static final String OPTIONS =
      "allow_other,default_permissions,entry_timeout=3600,attr_timeout=3600,big_writes";

  public static void main(String[] arguments) {
    new MemoryFS().mount(Path.of(arguments[0]), true, false, new String[] {"-o", OPTIONS});
  }
}
