package dev.fused.it.support;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** Files of {@code src/test/resources}, for programs that want a path. */
public final class Resources {
  private Resources() {}

  /** Where a file of the test resources lies. */
  public static Path path(String name) {
    URL url = Resources.class.getClassLoader().getResource(name);
    try {
      return Path.of(Objects.requireNonNull(url, () -> "no test resource " + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
