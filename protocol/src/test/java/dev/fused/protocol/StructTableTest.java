package dev.fused.protocol;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.StructTable.Field;
import dev.fused.protocol.reply.AttrOut;
import dev.fused.protocol.reply.BmapOut;
import dev.fused.protocol.reply.CopyFileRangeOut;
import dev.fused.protocol.reply.CuseInitOut;
import dev.fused.protocol.reply.DirentPlus;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.GetxattrOut;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.reply.IoctlIovec;
import dev.fused.protocol.reply.IoctlOut;
import dev.fused.protocol.reply.LkOut;
import dev.fused.protocol.reply.LseekOut;
import dev.fused.protocol.reply.Notification;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.reply.PollOut;
import dev.fused.protocol.reply.ReplyBody;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.reply.StatfsOut;
import dev.fused.protocol.reply.StatxOut;
import dev.fused.protocol.reply.WriteOut;
import dev.fused.protocol.request.Access;
import dev.fused.protocol.request.BatchForget;
import dev.fused.protocol.request.BatchForget.ForgetOne;
import dev.fused.protocol.request.Bmap;
import dev.fused.protocol.request.CopyFileRange;
import dev.fused.protocol.request.CopyFileRange64;
import dev.fused.protocol.request.Create;
import dev.fused.protocol.request.CuseInit;
import dev.fused.protocol.request.Fallocate;
import dev.fused.protocol.request.Flush;
import dev.fused.protocol.request.Forget;
import dev.fused.protocol.request.Fsync;
import dev.fused.protocol.request.Fsyncdir;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Getlk;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Init;
import dev.fused.protocol.request.Interrupt;
import dev.fused.protocol.request.Ioctl;
import dev.fused.protocol.request.Link;
import dev.fused.protocol.request.Listxattr;
import dev.fused.protocol.request.Lseek;
import dev.fused.protocol.request.Mkdir;
import dev.fused.protocol.request.Mknod;
import dev.fused.protocol.request.NotifyReply;
import dev.fused.protocol.request.Open;
import dev.fused.protocol.request.Opendir;
import dev.fused.protocol.request.Poll;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.Readdirplus;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.Releasedir;
import dev.fused.protocol.request.Removemapping;
import dev.fused.protocol.request.Removemapping.RemovemappingOne;
import dev.fused.protocol.request.Rename;
import dev.fused.protocol.request.Rename2;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Setattr;
import dev.fused.protocol.request.Setlk;
import dev.fused.protocol.request.Setlkw;
import dev.fused.protocol.request.Setupmapping;
import dev.fused.protocol.request.Setxattr;
import dev.fused.protocol.request.Statx;
import dev.fused.protocol.request.Syncfs;
import dev.fused.protocol.request.Tmpfile;
import dev.fused.protocol.request.Write;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every structure that a record writes is laid out as a C compiler laid out the kernel's. */
class StructTableTest {
  private static final StructTable TABLE = StructTable.load();

  /**
   * Fields that the kernel reserves: the records have nothing for them, and they are written as 0.
   */
  private static final String RESERVED =
      "(.*\\.)?(padding|dummy\\d?|unused\\d?|_*spare\\d?|_*reserved)";

  /** Structures that golden bytes check, because they stand inside lists. */
  private static final Set<String> OF_EXTENSIONS =
      Set.of("fuse_secctx_header", "fuse_secctx", "fuse_ext_header", "fuse_supp_groups");

  /** Structures that are not messages: arguments of ioctls on the device, and of io_uring. */
  private static final Set<String> OF_THE_DEVICE =
      Set.of(
          "fuse_backing_map",
          "fuse_uring_ent_in_out",
          "fuse_uring_req_header",
          "fuse_uring_cmd_req");

  /** Structures that are checked as part of others. */
  private static final Set<String> INNER =
      Set.of(
          "fuse_attr",
          "fuse_sx_time",
          "fuse_statx",
          "fuse_kstatfs",
          "fuse_file_lock",
          "fuse_dirent");

  /**
   * A structure and what the encoder wrote for it.
   *
   * @param numbers what must stand in each field that is not reserved
   */
  record Layout(String struct, ByteBuf bytes, Map<String, Long> numbers) {
    /** The record's component {@code from} is the field {@code to}. */
    Layout rename(String from, String to) {
      numbers.put(to, numbers.remove(from));
      return this;
    }

    /** A field that is computed from names or lists. */
    Layout with(String field, long number) {
      numbers.put(field, number);
      return this;
    }

    @Override
    public String toString() {
      return struct;
    }
  }

  static Stream<Layout> layouts() {
    return Stream.of(requests(), requestParts(), replies(), notifications())
        .flatMap(layouts -> layouts);
  }

  private static Stream<Layout> requests() {
    return Stream.of(
        request("fuse_forget_in", Forget.class),
        request("fuse_getattr_in", Getattr.class),
        request("fuse_setattr_in", Setattr.class).rename("new_uid", "uid").rename("new_gid", "gid"),
        request("fuse_mknod_in", Mknod.class),
        request("fuse_mkdir_in", Mkdir.class),
        request("fuse_rename_in", Rename.class),
        request("fuse_rename2_in", Rename2.class),
        request("fuse_link_in", Link.class),
        request("fuse_open_in", Open.class),
        request("fuse_open_in", Opendir.class),
        request("fuse_read_in", Read.class),
        request("fuse_read_in", Readdir.class),
        request("fuse_read_in", Readdirplus.class),
        request("fuse_write_in", Write.class),
        request("fuse_release_in", Release.class),
        request("fuse_release_in", Releasedir.class),
        request("fuse_fsync_in", Fsync.class),
        request("fuse_fsync_in", Fsyncdir.class),
        request("fuse_setxattr_in", Setxattr.class),
        request("fuse_getxattr_in", Getxattr.class),
        request("fuse_getxattr_in", Listxattr.class),
        request("fuse_flush_in", Flush.class),
        request("fuse_lk_in", Getlk.class),
        request("fuse_lk_in", Setlk.class),
        request("fuse_lk_in", Setlkw.class),
        request("fuse_access_in", Access.class),
        request("fuse_create_in", Create.class),
        request("fuse_create_in", Tmpfile.class),
        request("fuse_interrupt_in", Interrupt.class).rename("interrupted_unique", "unique"),
        request("fuse_bmap_in", Bmap.class),
        request("fuse_ioctl_in", Ioctl.class),
        request("fuse_poll_in", Poll.class),
        request("fuse_notify_retrieve_in", NotifyReply.class),
        request("fuse_fallocate_in", Fallocate.class),
        request("fuse_lseek_in", Lseek.class),
        request("fuse_copy_file_range_in", CopyFileRange.class),
        request("fuse_copy_file_range_in", CopyFileRange64.class),
        request("fuse_setupmapping_in", Setupmapping.class),
        request("fuse_syncfs_in", Syncfs.class),
        request("fuse_statx_in", Statx.class),
        request("cuse_init_in", CuseInit.class),
        initIn());
  }

  private static Stream<Layout> requestParts() {
    RequestHeader header = new DistinctRecords().make(RequestHeader.class);
    ForgetOne forget = new DistinctRecords().make(ForgetOne.class);
    RemovemappingOne mapping = new DistinctRecords().make(RemovemappingOne.class);
    BatchForget batch = new BatchForget(header, List.of(forget));
    Removemapping removemapping = new Removemapping(header, List.of(mapping));
    return Stream.of(
        layout("fuse_in_header", header, header::encode),
        layout("fuse_batch_forget_in", batch, out -> batch.encodeOperation(out, WireFormat.LATEST))
            .with("count", 1),
        layout("fuse_forget_one", forget, out -> batch.encodePayload(out, WireFormat.LATEST)),
        layout(
                "fuse_removemapping_in",
                removemapping,
                out -> removemapping.encodeOperation(out, WireFormat.LATEST))
            .with("count", 1),
        layout(
            "fuse_removemapping_one",
            mapping,
            out -> removemapping.encodePayload(out, WireFormat.LATEST)));
  }

  private static Stream<Layout> replies() {
    ReplyHeader header = new DistinctRecords().make(ReplyHeader.class);
    return Stream.of(
        layout("fuse_out_header", header, header::encode),
        reply("fuse_entry_out", EntryOut.class),
        reply("fuse_attr_out", AttrOut.class),
        statxOut(),
        statfsOut(),
        reply("fuse_open_out", OpenOut.class),
        reply("fuse_write_out", WriteOut.class),
        reply("fuse_getxattr_out", GetxattrOut.class),
        reply("fuse_lk_out", LkOut.class),
        initOut(),
        reply("cuse_init_out", CuseInitOut.class),
        reply("fuse_bmap_out", BmapOut.class),
        reply("fuse_ioctl_out", IoctlOut.class),
        reply("fuse_ioctl_iovec", IoctlIovec.class),
        reply("fuse_poll_out", PollOut.class),
        reply("fuse_lseek_out", LseekOut.class),
        reply("fuse_copy_file_range_out", CopyFileRangeOut.class),
        direntPlus());
  }

  private static Stream<Layout> notifications() {
    return Stream.of(
        notification("fuse_notify_poll_wakeup_out", Notification.PollWakeup.class),
        notification("fuse_notify_inval_inode_out", Notification.InvalInode.class),
        notification("fuse_notify_inval_entry_out", Notification.InvalEntry.class)
            .with("namelen", 1),
        notification("fuse_notify_store_out", Notification.Store.class).with("size", 0),
        notification("fuse_notify_retrieve_out", Notification.Retrieve.class),
        notification("fuse_notify_delete_out", Notification.Delete.class).with("namelen", 1),
        notification("fuse_notify_prune_out", Notification.Prune.class).with("count", 0));
  }

  private static <R extends Record & FuseRequest> Layout request(String struct, Class<R> type) {
    R request = new DistinctRecords().make(type);
    return layout(struct, request, out -> request.encodeOperation(out, WireFormat.LATEST));
  }

  private static <R extends Record & ReplyBody> Layout reply(String struct, Class<R> type) {
    R reply = new DistinctRecords().make(type);
    return layout(struct, reply, out -> reply.encode(out, WireFormat.LATEST));
  }

  private static <R extends Record & Notification> Layout notification(
      String struct, Class<R> type) {
    R notification = new DistinctRecords().make(type);
    Layout layout = layout(struct, notification, notification::encodeBody);
    return new Layout(
        struct, layout.bytes.slice(0, TABLE.size(struct)), layout.numbers); // without the name
  }

  private static Layout layout(String struct, Record source, Consumer<ByteBuf> encoder) {
    ByteBuf bytes = Unpooled.buffer();
    encoder.accept(bytes);
    return new Layout(struct, bytes, DistinctRecords.numbers(source));
  }

  private static Layout initIn() {
    Layout layout = request("fuse_init_in", Init.class);
    return splitFlags(layout);
  }

  private static Layout initOut() {
    return splitFlags(reply("fuse_init_out", InitOut.class));
  }

  private static Layout splitFlags(Layout layout) {
    long flags = layout.numbers.get("flags");
    return layout.with("flags", flags & 0xffffffffL).with("flags2", flags >>> Integer.SIZE);
  }

  private static Layout statfsOut() {
    Layout layout = reply("fuse_statfs_out", StatfsOut.class);
    for (String name : List.copyOf(layout.numbers.keySet())) {
      layout.rename(name, "st." + name);
    }
    return layout;
  }

  private static Layout statxOut() {
    Layout layout = reply("fuse_statx_out", StatxOut.class);
    for (String time : List.of("atime", "btime", "ctime", "mtime")) {
      layout
          .rename("stat." + time, "stat." + time + ".tv_sec")
          .rename("stat." + time + "nsec", "stat." + time + ".tv_nsec");
    }
    return layout;
  }

  private static Layout direntPlus() {
    Layout layout = reply("fuse_direntplus", DirentPlus.class);
    Map<String, Long> numbers = new HashMap<>();
    layout.numbers.forEach(
        (name, number) -> numbers.put(name.replaceFirst("^entry\\.", "entry_out."), number));
    ByteBuf bytes = layout.bytes.slice(0, TABLE.size("fuse_direntplus")); // without the name
    return new Layout(layout.struct, bytes, numbers).with("dirent.namelen", 1);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void structureHasTheKernelsLayout(Layout layout) {
    assertThat(layout.bytes.readableBytes()).isEqualTo(TABLE.size(layout.struct));
    Map<String, Long> expected = new HashMap<>(layout.numbers);
    for (Field field : TABLE.fields(layout.struct)) {
      Long number = expected.remove(field.name());
      if (number == null) {
        assertThat(field.name()).matches(RESERVED);
        assertThat(layout.bytes.slice(field.offset(), field.size()))
            .as(field.toString())
            .isEqualTo(Unpooled.wrappedBuffer(new byte[field.size()]));
      } else {
        long mask = -1L >>> (Long.SIZE - Byte.SIZE * field.size());
        assertThat(littleEndian(layout.bytes, field)).as(field.toString()).isEqualTo(number & mask);
      }
    }
    assertThat(expected).as("components that are no field").isEmpty();
  }

  private static long littleEndian(ByteBuf bytes, Field field) {
    long number = 0;
    for (int i = field.size() - 1; i >= 0; i--) {
      number = number << 8 | bytes.getUnsignedByte(field.offset() + i);
    }
    return number;
  }

  @Test
  void everyStructureOfTheKernelIsChecked() {
    Set<String> checked = new HashSet<>();
    layouts().forEach(layout -> checked.add(layout.struct));
    checked.addAll(OF_EXTENSIONS);
    checked.addAll(OF_THE_DEVICE);
    checked.addAll(INNER);
    assertThat(checked).isEqualTo(TABLE.structs());
  }

  @ParameterizedTest
  @MethodSource("operations")
  void operationSizeIsTheSizeOfTheKernelsStructure(Map.Entry<Opcode, String> operation) {
    assertThat(operation.getKey().operationSize(WireFormat.LATEST))
        .isEqualTo(TABLE.size(operation.getValue()));
  }

  @Test
  void otherOpcodesHaveNoStructure() {
    Set<Opcode> others = EnumSet.allOf(Opcode.class);
    operations().forEach(operation -> others.remove(operation.getKey()));
    assertThat(others)
        .containsExactlyInAnyOrder(
            Opcode.LOOKUP,
            Opcode.READLINK,
            Opcode.SYMLINK,
            Opcode.UNLINK,
            Opcode.RMDIR,
            Opcode.STATFS,
            Opcode.REMOVEXATTR,
            Opcode.DESTROY)
        .allSatisfy(opcode -> assertThat(opcode.operationSize(WireFormat.LATEST)).isZero());
  }

  static Stream<Map.Entry<Opcode, String>> operations() {
    return Stream.of(
        entry(Opcode.FORGET, "fuse_forget_in"),
        entry(Opcode.GETATTR, "fuse_getattr_in"),
        entry(Opcode.SETATTR, "fuse_setattr_in"),
        entry(Opcode.MKNOD, "fuse_mknod_in"),
        entry(Opcode.MKDIR, "fuse_mkdir_in"),
        entry(Opcode.RENAME, "fuse_rename_in"),
        entry(Opcode.LINK, "fuse_link_in"),
        entry(Opcode.OPEN, "fuse_open_in"),
        entry(Opcode.READ, "fuse_read_in"),
        entry(Opcode.WRITE, "fuse_write_in"),
        entry(Opcode.RELEASE, "fuse_release_in"),
        entry(Opcode.FSYNC, "fuse_fsync_in"),
        entry(Opcode.SETXATTR, "fuse_setxattr_in"),
        entry(Opcode.GETXATTR, "fuse_getxattr_in"),
        entry(Opcode.LISTXATTR, "fuse_getxattr_in"),
        entry(Opcode.FLUSH, "fuse_flush_in"),
        entry(Opcode.INIT, "fuse_init_in"),
        entry(Opcode.OPENDIR, "fuse_open_in"),
        entry(Opcode.READDIR, "fuse_read_in"),
        entry(Opcode.RELEASEDIR, "fuse_release_in"),
        entry(Opcode.FSYNCDIR, "fuse_fsync_in"),
        entry(Opcode.GETLK, "fuse_lk_in"),
        entry(Opcode.SETLK, "fuse_lk_in"),
        entry(Opcode.SETLKW, "fuse_lk_in"),
        entry(Opcode.ACCESS, "fuse_access_in"),
        entry(Opcode.CREATE, "fuse_create_in"),
        entry(Opcode.INTERRUPT, "fuse_interrupt_in"),
        entry(Opcode.BMAP, "fuse_bmap_in"),
        entry(Opcode.IOCTL, "fuse_ioctl_in"),
        entry(Opcode.POLL, "fuse_poll_in"),
        entry(Opcode.NOTIFY_REPLY, "fuse_notify_retrieve_in"),
        entry(Opcode.BATCH_FORGET, "fuse_batch_forget_in"),
        entry(Opcode.FALLOCATE, "fuse_fallocate_in"),
        entry(Opcode.READDIRPLUS, "fuse_read_in"),
        entry(Opcode.RENAME2, "fuse_rename2_in"),
        entry(Opcode.LSEEK, "fuse_lseek_in"),
        entry(Opcode.COPY_FILE_RANGE, "fuse_copy_file_range_in"),
        entry(Opcode.SETUPMAPPING, "fuse_setupmapping_in"),
        entry(Opcode.REMOVEMAPPING, "fuse_removemapping_in"),
        entry(Opcode.SYNCFS, "fuse_syncfs_in"),
        entry(Opcode.TMPFILE, "fuse_create_in"),
        entry(Opcode.STATX, "fuse_statx_in"),
        entry(Opcode.COPY_FILE_RANGE_64, "fuse_copy_file_range_in"),
        entry(Opcode.CUSE_INIT, "cuse_init_in"));
  }
}
