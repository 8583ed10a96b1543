package dev.fused.server.linux;

import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The machines that the server runs on: Linux on x86-64 or aarch64, little-endian.
 *
 * <p>The layouts and constants of this library hold there and only there, so this is checked before
 * the first system call instead of being assumed.
 */
public final class Platform {
  /**
   * How the JVM encodes file names (by the locale at its start), so that a {@code Path} and a
   * system call mean the same file.
   */
  public static final Charset FILE_NAMES =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  private static final Pattern RELEASE = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})");

  private Platform() {}

  /**
   * Returns if the server can run here. Any thread; cheap.
   *
   * @throws UnsupportedPlatformException if not
   */
  public static void requireSupported() {
    requireSupported(
        System.getProperty("os.name", ""),
        System.getProperty("os.arch", ""),
        ByteOrder.nativeOrder());
  }

  /** True on x86-64, false on aarch64: for the few numbers that differ. */
  static boolean isX86() {
    return System.getProperty("os.arch", "").equals("amd64");
  }

  /** True if the running kernel is Linux {@code major.minor} or newer. */
  public static boolean kernelIsAtLeast(int major, int minor) {
    return isAtLeast(System.getProperty("os.version", ""), major, minor);
  }

  /** As above for a release as uname(2) gives it, {@code 6.18.44-generic}. */
  public static boolean isAtLeast(String release, int major, int minor) {
    Matcher version = RELEASE.matcher(release);
    if (!version.lookingAt()) {
      return false;
    }
    int runningMajor = Integer.parseInt(version.group(1));
    int runningMinor = Integer.parseInt(version.group(2));
    return runningMajor > major || (runningMajor == major && runningMinor >= minor);
  }

  static void requireSupported(String osName, String osArch, ByteOrder order) {
    boolean supportedArch = osArch.equals("amd64") || osArch.equals("aarch64");
    if (!osName.equals("Linux") || !supportedArch || order != ByteOrder.LITTLE_ENDIAN) {
      String endian = order == ByteOrder.LITTLE_ENDIAN ? "little-endian" : "big-endian";
      throw new UnsupportedPlatformException(
          "fused runs on Linux on x86-64 (amd64) or aarch64, little-endian; this is %s on %s, %s"
              .formatted(osName, osArch, endian));
    }
  }
}
