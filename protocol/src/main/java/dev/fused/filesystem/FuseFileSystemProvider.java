package dev.fused.filesystem;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/**
 * Makes file systems of one kind by name, for programs that learn the kind at run time; found with
 * {@link java.util.ServiceLoader}.
 */
public interface FuseFileSystemProvider {
  /** The name by which users choose this kind: lower case, one word. */
  String name();

  /** One line for users: what the kind is. */
  String description();

  /** The options that {@link #create} understands, in the order of the manual. */
  List<OptionDescription> options();

  /**
   * Makes a file system.
   *
   * @param options values by option name; only names and aliases from {@link #options}
   * @param clock for the times of files that users do not set: the one of the kernel, so that files
   *     of other file systems compare
   * @throws IllegalArgumentException if a value is wrong; the message names option, value and
   *     expectation
   */
  FuseFileSystem create(Map<String, String> options, InstantSource clock);
}
