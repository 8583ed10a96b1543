package dev.fused.filesystem;

import dev.fused.protocol.InitFlag;
import dev.fused.protocol.ProtocolVersion;
import java.util.Set;

/**
 * What kernel and server agreed on in INIT.
 *
 * @param kernel the version that the kernel announced
 * @param version the version that is spoken: the smaller one of both sides
 * @param granted flags in force: asked by this side and offered by the kernel, and what the kernel
 *     announces of itself
 * @param maxWrite most bytes of one WRITE
 * @param maxPages most pages of one request's data
 * @param maxReadahead most bytes that the kernel reads ahead
 * @param backingFiles files that the kernel reads and writes itself; {@link BackingFiles#refusal
 *     refuses} unless {@link InitFlag#PASSTHROUGH} is in force
 */
public record Connection(
    ProtocolVersion kernel,
    ProtocolVersion version,
    Set<InitFlag> granted,
    int maxWrite,
    int maxPages,
    int maxReadahead,
    BackingFiles backingFiles) {

  public Connection {
    granted = Set.copyOf(granted);
  }

  /** Without backing files. */
  public Connection(
      ProtocolVersion kernel,
      ProtocolVersion version,
      Set<InitFlag> granted,
      int maxWrite,
      int maxPages,
      int maxReadahead) {
    this(
        kernel,
        version,
        granted,
        maxWrite,
        maxPages,
        maxReadahead,
        BackingFiles.none("the connection has none"));
  }

  /** True if the flag is in force. */
  public boolean has(InitFlag flag) {
    return granted.contains(flag);
  }
}
