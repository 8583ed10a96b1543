package dev.fused.protocol;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.Notification;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.request.CuseInit;
import dev.fused.protocol.request.Extensions;
import dev.fused.protocol.request.Fsync;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Ioctl;
import dev.fused.protocol.request.Open;
import dev.fused.protocol.request.Poll;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Setattr;
import dev.fused.protocol.request.Setlk;
import dev.fused.protocol.request.Setupmapping;
import dev.fused.protocol.request.Setxattr;
import dev.fused.protocol.request.Write;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Numbers that have a name in the kernel's header have the header's value here. */
class ConstantsTest {
  private static final StructTable TABLE = StructTable.load();

  private static final Map<String, Long> OURS =
      Map.ofEntries(
          entry("FUSE_KERNEL_VERSION", (long) ProtocolVersion.LATEST.major()),
          entry("FUSE_KERNEL_MINOR_VERSION", (long) ProtocolVersion.LATEST.minor()),
          entry("FATTR_MODE", (long) Setattr.MODE),
          entry("FATTR_UID", (long) Setattr.UID),
          entry("FATTR_GID", (long) Setattr.GID),
          entry("FATTR_SIZE", (long) Setattr.SIZE),
          entry("FATTR_ATIME", (long) Setattr.ATIME),
          entry("FATTR_MTIME", (long) Setattr.MTIME),
          entry("FATTR_FH", (long) Setattr.FH),
          entry("FATTR_ATIME_NOW", (long) Setattr.ATIME_NOW),
          entry("FATTR_MTIME_NOW", (long) Setattr.MTIME_NOW),
          entry("FATTR_LOCKOWNER", (long) Setattr.LOCKOWNER),
          entry("FATTR_CTIME", (long) Setattr.CTIME),
          entry("FATTR_KILL_SUIDGID", (long) Setattr.KILL_SUIDGID),
          entry("FOPEN_DIRECT_IO", (long) OpenOut.DIRECT_IO),
          entry("FOPEN_KEEP_CACHE", (long) OpenOut.KEEP_CACHE),
          entry("FOPEN_NONSEEKABLE", (long) OpenOut.NONSEEKABLE),
          entry("FOPEN_CACHE_DIR", (long) OpenOut.CACHE_DIR),
          entry("FOPEN_STREAM", (long) OpenOut.STREAM),
          entry("FOPEN_NOFLUSH", (long) OpenOut.NOFLUSH),
          entry("FOPEN_PARALLEL_DIRECT_WRITES", (long) OpenOut.PARALLEL_DIRECT_WRITES),
          entry("FOPEN_PASSTHROUGH", (long) OpenOut.PASSTHROUGH),
          entry("FUSE_DIRECT_IO_RELAX", InitFlag.DIRECT_IO_ALLOW_MMAP.bit()),
          entry("CUSE_UNRESTRICTED_IOCTL", (long) CuseInit.UNRESTRICTED_IOCTL),
          entry("FUSE_RELEASE_FLUSH", (long) Release.FLUSH),
          entry("FUSE_RELEASE_FLOCK_UNLOCK", (long) Release.FLOCK_UNLOCK),
          entry("FUSE_GETATTR_FH", (long) Getattr.FH),
          entry("FUSE_LK_FLOCK", (long) Setlk.FLOCK),
          entry("FUSE_WRITE_CACHE", (long) Write.CACHE),
          entry("FUSE_WRITE_LOCKOWNER", (long) Write.LOCKOWNER),
          entry("FUSE_WRITE_KILL_SUIDGID", (long) Write.KILL_SUIDGID),
          entry("FUSE_WRITE_KILL_PRIV", (long) Write.KILL_SUIDGID),
          entry("FUSE_READ_LOCKOWNER", (long) Read.LOCKOWNER),
          entry("FUSE_IOCTL_COMPAT", (long) Ioctl.COMPAT),
          entry("FUSE_IOCTL_UNRESTRICTED", (long) Ioctl.UNRESTRICTED),
          entry("FUSE_IOCTL_RETRY", (long) Ioctl.RETRY),
          entry("FUSE_IOCTL_32BIT", (long) Ioctl.IS_32BIT),
          entry("FUSE_IOCTL_DIR", (long) Ioctl.DIR),
          entry("FUSE_IOCTL_COMPAT_X32", (long) Ioctl.COMPAT_X32),
          entry("FUSE_IOCTL_MAX_IOV", (long) Ioctl.MAX_IOV),
          entry("FUSE_POLL_SCHEDULE_NOTIFY", (long) Poll.SCHEDULE_NOTIFY),
          entry("FUSE_FSYNC_FDATASYNC", (long) Fsync.FDATASYNC),
          entry("FUSE_ATTR_SUBMOUNT", (long) Attributes.SUBMOUNT),
          entry("FUSE_ATTR_DAX", (long) Attributes.DAX),
          entry("FUSE_OPEN_KILL_SUIDGID", (long) Open.KILL_SUIDGID),
          entry("FUSE_SETXATTR_ACL_KILL_SGID", (long) Setxattr.ACL_KILL_SGID),
          entry("FUSE_EXPIRE_ONLY", (long) Notification.InvalEntry.EXPIRE_ONLY),
          entry("FUSE_COMPAT_MKNOD_IN_SIZE", size(Opcode.MKNOD, 11)),
          entry("FUSE_COMPAT_WRITE_IN_SIZE", size(Opcode.WRITE, 8)),
          entry("FUSE_COMPAT_SETXATTR_IN_SIZE", size(Opcode.SETXATTR, 45)),
          entry("FUSE_UNIQUE_RESEND", RequestHeader.RESENT),
          entry("FUSE_INVALID_UIDGID", Integer.toUnsignedLong(RequestHeader.NO_ID)),
          entry("FUSE_SETUPMAPPING_FLAG_WRITE", Setupmapping.WRITE),
          entry("FUSE_SETUPMAPPING_FLAG_READ", Setupmapping.READ),
          entry("FUSE_MAX_NR_SECCTX", (long) Extensions.MAX_SECURITY_CONTEXTS));

  /** Checked where they are used, by the layout of replies, or no business of this module. */
  private static final List<String> ELSEWHERE =
      List.of(
          "FUSE_ROOT_ID",
          "FUSE_MIN_READ_BUFFER",
          "FUSE_COMPAT_ENTRY_OUT_SIZE",
          "FUSE_COMPAT_ATTR_OUT_SIZE",
          "FUSE_COMPAT_STATFS_SIZE",
          "FUSE_COMPAT_INIT_OUT_SIZE",
          "FUSE_COMPAT_22_INIT_OUT_SIZE",
          "CUSE_INIT_INFO_MAX",
          "FUSE_NAME_OFFSET",
          "FUSE_NAME_OFFSET_DIRENTPLUS",
          "FUSE_DEV_IOC_MAGIC",
          "FUSE_DEV_IOC_CLONE",
          "FUSE_DEV_IOC_BACKING_OPEN",
          "FUSE_DEV_IOC_BACKING_CLOSE",
          "FUSE_DEV_IOC_SYNC_INIT",
          "FUSE_URING_IN_OUT_HEADER_SZ",
          "FUSE_URING_OP_IN_OUT_SZ",
          "FUSE_EXT_GROUPS",
          "CUSE_INIT_BSWAP_RESERVED",
          "FUSE_INIT_BSWAP_RESERVED",
          "FUSE_IO_URING_CMD_INVALID",
          "FUSE_IO_URING_CMD_REGISTER",
          "FUSE_IO_URING_CMD_COMMIT_AND_FETCH");

  private static long size(Opcode opcode, int minor) {
    return opcode.operationSize(new WireFormat(minor, false));
  }

  @Test
  void opcodesAreTheKernels() {
    Map<String, Long> ours =
        Arrays.stream(Opcode.values())
            .collect(
                Collectors.toMap(
                    opcode -> opcode == Opcode.CUSE_INIT ? "CUSE_INIT" : "FUSE_" + opcode,
                    opcode -> (long) opcode.number()));
    assertThat(ours).isEqualTo(TABLE.constants("opcode"));
  }

  @Test
  void initFlagsAreTheKernels() {
    Map<String, Long> ours =
        Arrays.stream(InitFlag.values())
            .collect(Collectors.toMap(flag -> "FUSE_" + flag, InitFlag::bit));
    assertThat(ours).isEqualTo(TABLE.constants("init-flag"));
  }

  @Test
  void notificationCodesAreTheKernels() {
    FileName name = FileName.of("n");
    Map<String, Long> ours =
        Map.of(
            "FUSE_NOTIFY_POLL", code(new Notification.PollWakeup(0)),
            "FUSE_NOTIFY_INVAL_INODE", code(new Notification.InvalInode(0, 0, 0)),
            "FUSE_NOTIFY_INVAL_ENTRY", code(new Notification.InvalEntry(0, 0, name)),
            "FUSE_NOTIFY_STORE", code(new Notification.Store(0, 0, Unpooled.EMPTY_BUFFER)),
            "FUSE_NOTIFY_RETRIEVE", code(new Notification.Retrieve(0, 0, 0, 0)),
            "FUSE_NOTIFY_DELETE", code(new Notification.Delete(0, 0, name)),
            "FUSE_NOTIFY_RESEND", code(new Notification.Resend()),
            "FUSE_NOTIFY_INC_EPOCH", code(new Notification.IncEpoch()),
            "FUSE_NOTIFY_PRUNE", code(new Notification.Prune(List.of())));
    assertThat(ours).isEqualTo(TABLE.constants("notification"));
  }

  private static long code(Notification notification) {
    return notification.code();
  }

  @Test
  void bitsAreTheKernels() {
    assertThat(TABLE.constants("constant")).containsAllEntriesOf(OURS);
  }

  @Test
  void everyConstantOfTheKernelIsAccountedFor() {
    assertThat(TABLE.constants("constant").keySet())
        .allMatch(name -> OURS.containsKey(name) != ELSEWHERE.contains(name));
  }
}
