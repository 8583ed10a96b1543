package dev.fused.daemon;

import dev.fused.protocol.ProtocolVersion;
import picocli.CommandLine.IVersionProvider;

/** What {@code fused --version} prints. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {
      "fused " + (version == null ? "(not packaged)" : version),
      "FUSE protocol " + ProtocolVersion.OLDEST + " to " + ProtocolVersion.LATEST,
      "Java " + Runtime.version()
    };
  }
}
