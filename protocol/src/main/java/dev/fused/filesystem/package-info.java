/**
 * The contract between the library and a file system: one method per operation, one typed reply per
 * kind of answer.
 *
 * <p>Start reading at {@link dev.fused.filesystem.FuseFileSystem}.
 */
@NullMarked
package dev.fused.filesystem;

import org.jspecify.annotations.NullMarked;
