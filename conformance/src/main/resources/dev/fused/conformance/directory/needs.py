"""What laws need beyond an ordinary directory. Each need is tried, once, in the directory itself.

A probe says by `tried` which call it makes. Only the errors that the probe lists mean that something is
missing, and may be; after any other the law runs, and fails by itself if the file system is wrong.
"""

import fcntl
import mmap
import os
import shutil
import socket
import stat
import struct
import tempfile

import kernel
from laws import Missing, TimeLimitExceeded, become, errno_name, in_child, outcome, read, write

PAGE = 4096
LAST = 2**63 - 1

# How file systems and the kernel say that they do not have something.
UNSUPPORTED = ("EOPNOTSUPP", "ENOSYS", "ENOTTY")

ACCESS_LIST = "system.posix_acl_access"
CAPABILITY = "security.capability"


class _Failed(Exception):
    """A call of a probe failed."""

    def __init__(self, call, name):
        super().__init__(f"{call}: {name}")
        self.name = name


class Need:
    """Something to probe; `lack` is what to say where it is missing."""

    def __init__(self, probe, lack, errors):
        self.name = probe.__name__.replace("_", " ")
        self._probe = probe
        self._lack = lack
        self._errors = errors

    def missing(self, workplace, seconds):
        """Why this is missing, or None."""
        try:
            workplace.run(self._run, seconds)
        except Missing as e:
            return f"{self._lack}: {e}" if self._lack else str(e)
        except TimeLimitExceeded:
            pass  # so will the law
        return None

    def _run(self):
        try:
            self._probe()
        except _Failed as e:
            if e.name in self._errors:
                raise Missing(str(e)) from e


def need(lack, *errors):
    """Makes a function a Need, which is missing if a call of it fails with one of some errors."""
    return lambda probe: Need(probe, lack, errors)


def tried(call, function, *arguments, **names):
    """What a function returns; `call` is how to name it if it fails."""
    try:
        return function(*arguments, **names)
    except OSError as e:
        raise _Failed(call, errno_name(e.errno)) from e


def opened(path="a", flags=os.O_CREAT | os.O_RDWR):
    return os.open(path, flags, 0o644)


# Who runs the laws.


@need("only root may do all", "EACCES")
def root():
    if os.geteuid() != 0:
        raise Missing(f"this is uid {os.geteuid()}")
    write("a", b"", 0)
    tried("reading a file that nobody may read", read, "a")


@need("")
def other_users():
    """Processes of other users can work here."""

    def come():
        become()
        os.stat(".")
        os.listdir()

    came = in_child(come)
    if came == "EACCES":
        raise Missing(
            "other users cannot come here: stat of the directory as uid 65534: EACCES;"
            " a FUSE file system lets them with allow_other"
        )


@need("files cannot be given away", "EPERM", "EINVAL", *UNSUPPORTED)
def owners():
    write("a")
    tried("chown to uid 4294967294", os.chown, "a", 2**32 - 2, 2**32 - 2)


# Kinds of files, and what mounts forbid.


@need("devices cannot be made", "EPERM", *UNSUPPORTED)
def devices():
    tried("mknod of a character device", os.mknod, "null", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    tried("mknod of a block device", os.mknod, "loop", stat.S_IFBLK | 0o600, os.makedev(7, 1))


@need("")
def a_mount_without_devices():
    """Looks at the mount, since opening a device is what the law does."""
    if not os.statvfs(".").f_flag & os.ST_NODEV:
        raise Missing("devices may be opened here: the mount does not have the option nodev")


@need("there are no fifos", "EPERM", *UNSUPPORTED)
def fifos():
    tried("mkfifo", os.mkfifo, "f")


@need("there are no sockets", "EPERM", *UNSUPPORTED)
def sockets():
    tried("bind of a Unix socket", socket.socket(socket.AF_UNIX).bind, "s")


@need("programs cannot run here", "EACCES")
def programs():
    write("program", b"#!/bin/sh\nexit 0\n", 0o755)

    def execute():
        child = os.fork()
        if child == 0:
            try:
                os.execv("./program", ["program"])
            except OSError as e:
                os._exit(e.errno)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status > 0:
            raise OSError(status, os.strerror(status))

    tried("execve of a script (noexec?)", execute)


@need("there are no files without a name", "EISDIR", *UNSUPPORTED)
def temporary_files():
    tried("open with O_TMPFILE", os.open, ".", os.O_TMPFILE | os.O_RDWR, 0o600)


@need("")
def another_file_system():
    """Where scratch directories usually lie."""
    if foreign_directory() is None:
        places = ", ".join(_PLACES)
        raise Missing(f"no other file system to write to was found: tried a directory in {places}")


_PLACES = (tempfile.gettempdir(), "/dev/shm", "/run", "/var/tmp", os.path.expanduser("~"))


def foreign_directory():
    """A place on another file system where directories can be made, or None."""
    here = os.stat(".").st_dev
    for place in _PLACES:
        try:
            if os.stat(place).st_dev != here:
                with tempfile.TemporaryDirectory(dir=place):
                    return place
        except OSError:
            continue
    return None


# Names.


def _rename_with(flag, call):
    write("a")
    write("b")
    tried(call, kernel.renameat2, "a", "b", flag)


@need("two files cannot be exchanged", "EINVAL", *UNSUPPORTED)
def exchange():
    _rename_with(kernel.RENAME_EXCHANGE, "renameat2 with RENAME_EXCHANGE")


@need("renaming cannot be told not to replace", "EINVAL", *UNSUPPORTED)
def noreplace():
    write("a")
    tried("renameat2 with RENAME_NOREPLACE", kernel.renameat2, "a", "b", kernel.RENAME_NOREPLACE)


@need("renaming leaves no whiteout", "EINVAL", "EPERM", *UNSUPPORTED)
def whiteout():
    write("a")
    tried("renameat2 with RENAME_WHITEOUT", kernel.renameat2, "a", "b", kernel.RENAME_WHITEOUT)


@need("hard links cannot be made", "EPERM", "EMLINK", *UNSUPPORTED)
def hard_links():
    write("a")
    tried("link", os.link, "a", "b")


@need("there are no symbolic links", "EPERM", *UNSUPPORTED)
def symbolic_links():
    tried("symlink", os.symlink, "x", "l")


@need("symbolic links cannot be as long as paths", "ENAMETOOLONG")
def long_links():
    tried("symlink to 4095 bytes", os.symlink, "t" * 4095, "l")


@need("EEXIST stands for ENOTEMPTY, as POSIX allows", "EEXIST")
def enotempty():
    os.mkdir("d")
    os.makedirs("e/f")
    tried("rename over a directory that is not empty", os.rename, "d", "e")


@need("")
def counted_directories():
    """POSIX lets a directory have any number of links; 1 says that they are not counted."""
    os.mkdir("d")
    if os.stat("d").st_nlink == 1:
        raise Missing("the links of directories are not counted: st_nlink of a new directory is 1")


# What is in files.


@need("space cannot be allocated", *UNSUPPORTED)
def allocation():
    tried("fallocate", kernel.fallocate, opened(), 0, 0, PAGE)


@need("space cannot be allocated behind the end", *UNSUPPORTED)
def allocation_behind_the_end():
    tried("fallocate with KEEP_SIZE", kernel.fallocate, opened(), kernel.FALLOC_KEEP_SIZE, 0, PAGE)


@need("holes cannot be punched", *UNSUPPORTED)
def punched_holes():
    write("a", b"x" * (2 * PAGE))
    mode = kernel.FALLOC_PUNCH_HOLE | kernel.FALLOC_KEEP_SIZE
    tried("fallocate with PUNCH_HOLE", kernel.fallocate, opened(), mode, 0, PAGE)


@need("holes are not told from data")
def known_holes():
    """POSIX lets lseek(2) take a whole file for data."""
    fd = opened()
    os.ftruncate(fd, 1 << 20)
    os.pwrite(fd, b"x", (1 << 20) - 1)
    found = outcome(os.lseek, fd, 0, os.SEEK_DATA)
    if found in (0, "EINVAL"):
        raise Missing(f"lseek with SEEK_DATA in a hole of 1 MiB: {found}")


@need("")
def counted_pages():
    """What st_blocks counts is up to the file system: it may take space ahead, in larger units, or compress."""
    fd = opened()
    for page in 0, 100, 1000:
        os.pwrite(fd, b"x", page * PAGE)
    os.fsync(fd)
    found = os.fstat(fd).st_blocks
    if found != 3 * PAGE // 512:
        raise Missing(f"space is not counted in pages: st_blocks of three written pages is {found}")


@need("files cannot be as large as offsets reach", "EFBIG")
def largest_files():
    tried("ftruncate to 2^63-1", os.ftruncate, opened(), LAST)


@need("sparse files of 3 GiB cannot be made", "EFBIG", "ENOSPC")
def large_files():
    tried("ftruncate to 3 GiB", os.ftruncate, opened(), 3 << 30)


@need("files cannot be accessed past the cache", "EINVAL", *UNSUPPORTED)
def direct_access():
    write("a", b"x" * PAGE)
    tried("open with O_DIRECT", os.open, "a", os.O_RDWR | os.O_DIRECT)


@need("files cannot be mapped for shared writing", "ENODEV", "EINVAL", *UNSUPPORTED)
def shared_mappings():
    fd = opened()
    os.ftruncate(fd, PAGE)
    tried("mmap with MAP_SHARED and PROT_WRITE", mmap.mmap, fd, PAGE)


@need("")
def space():
    """Enough for the largest law, thrice."""
    wanted = 64 << 20
    status = os.statvfs(".")
    free = status.f_bavail * status.f_frsize
    if free < wanted:
        raise Missing(f"there is too little space: statvfs says {free} bytes, {wanted} are needed")


@need("")
def inodes():
    wanted = 12_000
    status = os.statvfs(".")
    if 0 < status.f_files and status.f_favail < wanted:
        raise Missing(f"there are too few inodes: statvfs says {status.f_favail}, {wanted} are needed")


# Attributes.


@need("there are no user attributes", *UNSUPPORTED)
def user_attributes():
    write("a")
    tried("setxattr user.x", os.setxattr, "a", "user.x", b"1")


@need("there are no user attributes of 64 KiB", "ENOSPC", "E2BIG", "ERANGE", *UNSUPPORTED)
def large_attributes():
    write("a")
    tried("setxattr of 65536 bytes", os.setxattr, "a", "user.x", bytes(65536))


@need("there are no trusted attributes", "EPERM", *UNSUPPORTED)
def trusted_attributes():
    write("a")
    tried("setxattr trusted.x", os.setxattr, "a", "trusted.x", b"1")


@need("programs cannot have capabilities", "EPERM", *UNSUPPORTED)
def capabilities():
    write("a")
    value = struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0)
    tried("setxattr " + CAPABILITY, os.setxattr, "a", CAPABILITY, value)


def _access_list(*named):
    entries = ((1, 6, -1), *named, (4, 4, -1), (16, 4, -1), (32, 4, -1))
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)


@need("there are no access control lists", *UNSUPPORTED)
def access_lists():
    write("a")
    tried("setxattr " + ACCESS_LIST, os.setxattr, "a", ACCESS_LIST, _access_list((2, 4, 7)))


@need("access control lists cannot have 500 entries", "ENOSPC", "E2BIG", "EINVAL", "ERANGE", *UNSUPPORTED)
def large_access_lists():
    write("a")
    named = ((2, 4, uid) for uid in range(500))
    tried("setxattr " + ACCESS_LIST, os.setxattr, "a", ACCESS_LIST, _access_list(*named))


@need("")
def acl_programs():
    for program in "getfacl", "setfacl":
        if shutil.which(program) is None:
            raise Missing(f"there is no program {program}: apt-get install acl")


# Times.


@need("")
def nanoseconds():
    write("a")
    os.utime("a", ns=(1_000_000_001, 1_000_000_001))
    found = os.stat("a").st_mtime_ns
    if found % 100 == 0:
        raise Missing(f"times are not kept to the nanosecond: utimensat to 1000000001 ns, found {found}")


@need("")
def any_time():
    """A file system may have a first and a last time, which stand for all before and behind them."""
    write("a")

    def kept(second):
        kernel.utimensat("a", (second, 0), (second, 0))
        return os.stat("a").st_mtime_ns // 10**9

    for far, further in (2**40, 2**40 + 1), (-(2**40), -(2**40) - 1):
        found = tried(f"utimensat to {far} s", kept, far)
        if found != far and kept(found) == found and kept(further) == found:
            raise Missing(f"times end: utimensat to {far} s, found {found}")


@need("files have no time of birth")
def birth_times():
    write("a")
    if kernel.birth_time_ns("a") is None:
        raise Missing("statx gives none")


@need("")
def relatime():
    flags = os.statvfs(".").f_flag
    if not flags & os.ST_RELATIME or flags & (os.ST_NOATIME | os.ST_NODIRATIME):
        raise Missing("the mount does not have the option relatime, or has noatime or nodiratime")


# Locks.

NO_LOCKS = ("ENOLCK", *UNSUPPORTED)


@need("whole files cannot be locked", *NO_LOCKS)
def file_locks():
    tried("flock", fcntl.flock, opened(), fcntl.LOCK_EX | fcntl.LOCK_NB)


@need("ranges cannot be locked", *NO_LOCKS)
def range_locks():
    tried("fcntl with F_SETLK", fcntl.lockf, opened(), fcntl.LOCK_EX | fcntl.LOCK_NB)


@need("open files cannot be locked", "EINVAL", *NO_LOCKS)
def open_file_locks():
    lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    tried("fcntl with F_OFD_SETLK", fcntl.fcntl, opened(), kernel.F_OFD_SETLK, lock)


# What the kernel keeps of files.


@need("names cannot be dropped from the kernel's cache", "EPERM", "EBUSY", "EINVAL")
def forgetting():
    """By a remount that changes nothing, of kinds of file systems of which that is known."""
    kind = kernel.file_system_type(".")
    if not kernel.is_remount_harmless(kind):
        raise Missing(f"that is done by a remount, and only to tmpfs and FUSE, but this is {kind}")
    tried("remount", kernel.forget_names)


@need("there are no handles", "EPERM", "EOVERFLOW", *UNSUPPORTED)
def handles():
    write("a")
    value = tried("name_to_handle_at", kernel.name_to_handle, "a")
    mount = os.open(".", os.O_RDONLY)
    tried("open_by_handle_at", kernel.open_by_handle, mount, value, os.O_RDONLY)


@need("handles do not outlive the kernel's cache", "ESTALE")
def lasting_handles():
    """FUSE servers say so by not asking for EXPORT_SUPPORT."""
    os.mkdir("d")
    write("d/a")
    value = kernel.name_to_handle("d/a")
    mount = os.open(".", os.O_RDONLY)
    kernel.forget_names()
    tried("open_by_handle_at", kernel.open_by_handle, mount, value, os.O_RDONLY)
