package dev.fused.server.pipeline;

import dev.fused.filesystem.AttrReply;
import dev.fused.filesystem.BmapReply;
import dev.fused.filesystem.CopyReply;
import dev.fused.filesystem.CreateReply;
import dev.fused.filesystem.DataReply;
import dev.fused.filesystem.DirectoryPlusReply;
import dev.fused.filesystem.DirectoryReply;
import dev.fused.filesystem.EntryReply;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.IoctlReply;
import dev.fused.filesystem.LinkTargetReply;
import dev.fused.filesystem.LockReply;
import dev.fused.filesystem.LseekReply;
import dev.fused.filesystem.OpenReply;
import dev.fused.filesystem.PollReply;
import dev.fused.filesystem.StatfsReply;
import dev.fused.filesystem.StatusReply;
import dev.fused.filesystem.StatxReply;
import dev.fused.filesystem.WriteReply;
import dev.fused.filesystem.XattrReply;
import dev.fused.protocol.request.Bmap;
import dev.fused.protocol.request.CopyFileRange;
import dev.fused.protocol.request.CopyFileRange64;
import dev.fused.protocol.request.Create;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Getlk;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Ioctl;
import dev.fused.protocol.request.Link;
import dev.fused.protocol.request.Listxattr;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Lseek;
import dev.fused.protocol.request.Mkdir;
import dev.fused.protocol.request.Mknod;
import dev.fused.protocol.request.Open;
import dev.fused.protocol.request.Opendir;
import dev.fused.protocol.request.Poll;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.Readdirplus;
import dev.fused.protocol.request.Readlink;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.Releasedir;
import dev.fused.protocol.request.Setlkw;
import dev.fused.protocol.request.Setxattr;
import dev.fused.protocol.request.Statfs;
import dev.fused.protocol.request.Statx;
import dev.fused.protocol.request.Symlink;
import dev.fused.protocol.request.Tmpfile;
import dev.fused.protocol.request.Unlink;
import dev.fused.protocol.request.Write;
import java.util.function.BiConsumer;

/** A file system whose methods tests set one by one; the others are those of the contract. */
public final class ScriptedFileSystem implements FuseFileSystem {
  public boolean blocking;
  public BiConsumer<Long, Long> forget = FuseFileSystem.super::forget;
  public Runnable destroy = () -> {};
  public BiConsumer<Lookup, EntryReply> lookup = FuseFileSystem.super::lookup;
  public BiConsumer<Getattr, AttrReply> getattr = FuseFileSystem.super::getattr;
  public BiConsumer<Statx, StatxReply> statx = FuseFileSystem.super::statx;
  public BiConsumer<Readlink, LinkTargetReply> readlink = FuseFileSystem.super::readlink;
  public BiConsumer<Symlink, EntryReply> symlink = FuseFileSystem.super::symlink;
  public BiConsumer<Mknod, EntryReply> mknod = FuseFileSystem.super::mknod;
  public BiConsumer<Mkdir, EntryReply> mkdir = FuseFileSystem.super::mkdir;
  public BiConsumer<Unlink, StatusReply> unlink = FuseFileSystem.super::unlink;
  public BiConsumer<Link, EntryReply> link = FuseFileSystem.super::link;
  public BiConsumer<Open, OpenReply> open = FuseFileSystem.super::open;
  public BiConsumer<Read, DataReply> read = FuseFileSystem.super::read;
  public BiConsumer<Write, WriteReply> write = FuseFileSystem.super::write;
  public BiConsumer<Statfs, StatfsReply> statfs = FuseFileSystem.super::statfs;
  public BiConsumer<Release, StatusReply> release = FuseFileSystem.super::release;
  public BiConsumer<Setxattr, StatusReply> setxattr = FuseFileSystem.super::setxattr;
  public BiConsumer<Getxattr, XattrReply> getxattr = FuseFileSystem.super::getxattr;
  public BiConsumer<Listxattr, XattrReply> listxattr = FuseFileSystem.super::listxattr;
  public BiConsumer<Opendir, OpenReply> opendir = FuseFileSystem.super::opendir;
  public BiConsumer<Readdir, DirectoryReply> readdir = FuseFileSystem.super::readdir;
  public BiConsumer<Readdirplus, DirectoryPlusReply> readdirplus =
      FuseFileSystem.super::readdirplus;
  public BiConsumer<Releasedir, StatusReply> releasedir = FuseFileSystem.super::releasedir;
  public BiConsumer<Create, CreateReply> create = FuseFileSystem.super::create;
  public BiConsumer<Tmpfile, CreateReply> tmpfile = FuseFileSystem.super::tmpfile;
  public BiConsumer<Getlk, LockReply> getlk = FuseFileSystem.super::getlk;
  public BiConsumer<Setlkw, StatusReply> setlkw = FuseFileSystem.super::setlkw;
  public BiConsumer<Bmap, BmapReply> bmap = FuseFileSystem.super::bmap;
  public BiConsumer<Ioctl, IoctlReply> ioctl = FuseFileSystem.super::ioctl;
  public BiConsumer<Poll, PollReply> poll = FuseFileSystem.super::poll;
  public BiConsumer<Lseek, LseekReply> lseek = FuseFileSystem.super::lseek;
  public BiConsumer<CopyFileRange, CopyReply> copyFileRange = FuseFileSystem.super::copyFileRange;
  public BiConsumer<CopyFileRange64, CopyReply> copyFileRange64 =
      FuseFileSystem.super::copyFileRange64;

  @Override
  public boolean blocking() {
    return blocking;
  }

  @Override
  public void destroy() {
    destroy.run();
  }

  @Override
  public void forget(long nodeid, long nlookup) {
    forget.accept(nodeid, nlookup);
  }

  @Override
  public void lookup(Lookup request, EntryReply reply) {
    lookup.accept(request, reply);
  }

  @Override
  public void getattr(Getattr request, AttrReply reply) {
    getattr.accept(request, reply);
  }

  @Override
  public void statx(Statx request, StatxReply reply) {
    statx.accept(request, reply);
  }

  @Override
  public void readlink(Readlink request, LinkTargetReply reply) {
    readlink.accept(request, reply);
  }

  @Override
  public void symlink(Symlink request, EntryReply reply) {
    symlink.accept(request, reply);
  }

  @Override
  public void mknod(Mknod request, EntryReply reply) {
    mknod.accept(request, reply);
  }

  @Override
  public void mkdir(Mkdir request, EntryReply reply) {
    mkdir.accept(request, reply);
  }

  @Override
  public void unlink(Unlink request, StatusReply reply) {
    unlink.accept(request, reply);
  }

  @Override
  public void link(Link request, EntryReply reply) {
    link.accept(request, reply);
  }

  @Override
  public void open(Open request, OpenReply reply) {
    open.accept(request, reply);
  }

  @Override
  public void read(Read request, DataReply reply) {
    read.accept(request, reply);
  }

  @Override
  public void write(Write request, WriteReply reply) {
    write.accept(request, reply);
  }

  @Override
  public void statfs(Statfs request, StatfsReply reply) {
    statfs.accept(request, reply);
  }

  @Override
  public void release(Release request, StatusReply reply) {
    release.accept(request, reply);
  }

  @Override
  public void setxattr(Setxattr request, StatusReply reply) {
    setxattr.accept(request, reply);
  }

  @Override
  public void getxattr(Getxattr request, XattrReply reply) {
    getxattr.accept(request, reply);
  }

  @Override
  public void listxattr(Listxattr request, XattrReply reply) {
    listxattr.accept(request, reply);
  }

  @Override
  public void opendir(Opendir request, OpenReply reply) {
    opendir.accept(request, reply);
  }

  @Override
  public void readdir(Readdir request, DirectoryReply reply) {
    readdir.accept(request, reply);
  }

  @Override
  public void readdirplus(Readdirplus request, DirectoryPlusReply reply) {
    readdirplus.accept(request, reply);
  }

  @Override
  public void releasedir(Releasedir request, StatusReply reply) {
    releasedir.accept(request, reply);
  }

  @Override
  public void create(Create request, CreateReply reply) {
    create.accept(request, reply);
  }

  @Override
  public void tmpfile(Tmpfile request, CreateReply reply) {
    tmpfile.accept(request, reply);
  }

  @Override
  public void getlk(Getlk request, LockReply reply) {
    getlk.accept(request, reply);
  }

  @Override
  public void setlkw(Setlkw request, StatusReply reply) {
    setlkw.accept(request, reply);
  }

  @Override
  public void bmap(Bmap request, BmapReply reply) {
    bmap.accept(request, reply);
  }

  @Override
  public void ioctl(Ioctl request, IoctlReply reply) {
    ioctl.accept(request, reply);
  }

  @Override
  public void poll(Poll request, PollReply reply) {
    poll.accept(request, reply);
  }

  @Override
  public void lseek(Lseek request, LseekReply reply) {
    lseek.accept(request, reply);
  }

  @Override
  public void copyFileRange(CopyFileRange request, CopyReply reply) {
    copyFileRange.accept(request, reply);
  }

  @Override
  public void copyFileRange64(CopyFileRange64 request, CopyReply reply) {
    copyFileRange64.accept(request, reply);
  }
}
