package dev.fused.it.conformance;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.FuseFileSystemProvider;
import dev.fused.filesystem.Reply;
import dev.fused.filesystem.StatusReply;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Consumer;

/** The memory file system, with one operation that is wrong. */
final class WrongFileSystem {
  /** Replies that nobody may forget, since a forgotten one is answered. */
  private static final List<Reply> KEPT = Collections.synchronizedList(new ArrayList<>());

  private WrongFileSystem() {}

  /** FALLOCATE says that it has done what it was asked for, but has not. */
  static FuseFileSystem thatPunchesNoHoles() {
    return memoryBut("fallocate", reply -> ((StatusReply) reply).ok());
  }

  /** FSYNC is never answered. */
  static FuseFileSystem thatHangsInFsync() {
    return memoryBut("fsync", KEPT::add);
  }

  private static FuseFileSystem memoryBut(String operation, Consumer<Reply> wrong) {
    FuseFileSystem memory =
        ServiceLoader.load(FuseFileSystemProvider.class)
            .findFirst()
            .orElseThrow()
            .create(Map.of("size", "256m"), Clock.systemUTC());
    return (FuseFileSystem)
        Proxy.newProxyInstance(
            FuseFileSystem.class.getClassLoader(),
            new Class<?>[] {FuseFileSystem.class},
            (_, method, arguments) -> {
              if (method.getName().equals(operation)) {
                wrong.accept((Reply) arguments[1]);
                return null;
              }
              try {
                return method.invoke(memory, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
