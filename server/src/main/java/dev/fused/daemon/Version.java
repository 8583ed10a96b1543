package dev.fused.daemon;

import dev.fused.protocol.ProtocolVersion;
import picocli.CommandLine.IVersionProvider;

/** What {@code fused --version} prints. */
final class Version implements IVersionProvider {
  /** Of this program. */
  static String number() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "(not packaged)" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "fused " + number(),
      "FUSE protocol " + ProtocolVersion.OLDEST + " to " + ProtocolVersion.LATEST,
      "Java " + Runtime.version()
    };
  }
}
