package dev.fused.filesystem;

import java.util.Optional;

/**
 * Files in whose place the kernel uses others: FUSE passthrough. read(2), write(2), splice(2) and
 * mmap(2) on a handle that was opened with {@link OpenFlags#passthrough} run inside the kernel, on
 * the backing file, at its speed; READ and WRITE do not come. Names, attributes, fallocate(2),
 * truncate(2), lseek(2) for holes and copy_file_range(2) still do, and it is the file system that
 * does to the backing file what they say.
 *
 * <p>A file system asks for {@link dev.fused.protocol.InitFlag#PASSTHROUGH}, takes this from {@link
 * Connection#backingFiles}, and looks at {@link #refusal} before it relies on it.
 *
 * <pre>{@code
 * public void open(Open request, OpenReply reply) {
 *   int id = backing.open(descriptor); // a regular file; may be closed at once
 *   if (id < 0) {
 *     reply.error(Errno.ofNumber(id));
 *   } else {
 *     reply.opened(fh, OpenFlags.passthrough(id));
 *   }
 * }
 *
 * public void release(Release request, StatusReply reply) {
 *   backing.close(id);
 *   reply.ok();
 * }
 * }</pre>
 *
 * <p>What to know of the kernel:
 *
 * <ul>
 *   <li>All handles of an inode that are open at one time must have the same id, or none of them
 *       any; a handle that differs fails with EIO at open(2). So an id is made with the first
 *       handle, given to each further one, and closed with the last.
 *   <li>After a write the kernel asks again for size, times and blocks; what to answer is what
 *       fstat(2) says of the backing file. It does not ask after a store to a shared mapping, which
 *       may outlive the handle: let attributes be cached only where nobody can map for writing.
 *   <li>The backing file is used with the rights of this process; it checks set-uid and set-gid of
 *       the file itself, and has them taken away by SETATTR.
 *   <li>It must not lie on a file system that is stacked on another, as overlayfs and other
 *       passthrough mounts are.
 * </ul>
 *
 * <p>Any thread, until {@link FuseFileSystem#destroy} has returned.
 */
public interface BackingFiles {
  /** Why no file can be registered, for people; empty if files can. */
  Optional<String> refusal();

  /**
   * Registers a regular file.
   *
   * @param descriptor open for reading and writing; the kernel takes a reference of its own, and
   *     opens the file again for each handle, with the flags of that
   * @return the id for {@link OpenFlags#passthrough}, 1 or more, or a negative error number: EPERM
   *     if the server has not CAP_SYS_ADMIN, ELOOP if the file lies on a stacked file system,
   *     EBADF, EISDIR, EINVAL
   */
  int open(int descriptor);

  /** Ends a registration. Handles that are open go on using the file. */
  void close(int id);

  /** None: what a file system is given where passthrough is impossible, with the reason. */
  static BackingFiles none(String reason) {
    return new NoBackingFiles(reason);
  }
}
