package dev.fused.it.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.IoctlReply;
import dev.fused.fs.memory.MemoryFileSystem;
import dev.fused.fs.memory.MemoryOptions;
import dev.fused.it.support.Command;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.ServedMount;
import dev.fused.protocol.Errno;
import dev.fused.protocol.request.Ioctl;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** ioctl(2) through a mount: the kernel copies what the command's number says, no more. */
@NeedsMount
@NeedsPrograms("python3")
final class IoctlIT {
  /** _IOWR('F', 1, 4 bytes). */
  private static final int REVERSE = 0xc0044601;

  private static final int FS_IOC_GETFLAGS = 0x80086601;
  private static final int FS_IOC_SETFLAGS = 0x40086602;
  private static final int FS_IOC_FSGETXATTR = 0x801c581f;
  private static final int FSXATTR_SIZE = 28;
  private static final int NODUMP = 0x40;

  /** Each file has flags, and a command that reverses four bytes. */
  private static final class Ioctls extends ChangingFiles {
    private final AtomicInteger flags = new AtomicInteger(NODUMP);
    private volatile int requestFlags;

    @Override
    public void ioctl(Ioctl request, IoctlReply reply) {
      requestFlags = request.flags();
      ByteBuf out = Unpooled.buffer();
      switch (request.cmd()) {
        case REVERSE -> reply.result(7, out.writeIntLE(request.data().readInt()));
        case FS_IOC_GETFLAGS -> reply.result(0, out.writeIntLE(flags.get()));
        // The kernel looks at these before it changes the others.
        case FS_IOC_FSGETXATTR -> reply.result(0, out.writeZero(FSXATTR_SIZE));
        case FS_IOC_SETFLAGS -> {
          flags.set(request.data().readIntLE());
          reply.result(0, out);
        }
        default -> reply.error(Errno.ENOTTY);
      }
    }
  }

  private final Ioctls files = new Ioctls();

  private static String ioctl(Path file, int command, String bytes) {
    return Command.python("ioctl.py", file, Integer.toHexString(command), bytes).output().strip();
  }

  private ServedMount mount() throws IOException {
    files.put("file", "text\n");
    return ServedMount.serving(files);
  }

  @Test
  void dataGoesInAndOutAndTheResultIsTheCalls() throws IOException {
    try (ServedMount mount = mount()) {
      assertThat(ioctl(mount.path().resolve("file"), REVERSE, "01020304")).isEqualTo("7 04030201");
      assertThat(files.requestFlags & Ioctl.UNRESTRICTED).isZero();
    }
  }

  @Test
  void aCommandOnADirectoryIsMarked() throws IOException {
    try (ServedMount mount = mount()) {
      assertThat(ioctl(mount.path(), REVERSE, "01020304")).isEqualTo("7 04030201");
      assertThat(files.requestFlags & Ioctl.DIR).isNotZero();
    }
  }

  @Test
  void flagsOfFilesAreReadAndSet() throws IOException {
    try (ServedMount mount = mount()) {
      Path file = mount.path().resolve("file");
      assertThat(ioctl(file, FS_IOC_GETFLAGS, "00000000")).isEqualTo("0 40000000");

      assertThat(ioctl(file, FS_IOC_SETFLAGS, "80000000")).startsWith("0 ");

      assertThat(files.flags).hasValue(0x80);
      assertThat(ioctl(file, FS_IOC_GETFLAGS, "00000000")).isEqualTo("0 80000000");
    }
  }

  @Test
  void anUnknownCommandIsEnotty() throws IOException {
    try (ServedMount mount = mount()) {
      assertThat(ioctl(mount.path().resolve("file"), 0xc0044602, "00000000")).isEqualTo("ENOTTY");
    }
  }

  /** What FUSE cannot enforce (see ARCHITECTURE.md) is not pretended. */
  @Test
  void theMemoryFileSystemHasNoFlagsOfFiles() throws IOException {
    FuseFileSystem memory = new MemoryFileSystem(MemoryOptions.of(1 << 20, 100));
    try (ServedMount mount = ServedMount.serving(memory)) {
      Path file = mount.path().resolve("file");
      Command.of("touch", file).output();

      assertThat(ioctl(file, FS_IOC_GETFLAGS, "00000000")).isEqualTo("ENOTTY");
      assertThat(ioctl(file, FS_IOC_SETFLAGS, "10000000")).isEqualTo("ENOTTY");
    }
  }
}
