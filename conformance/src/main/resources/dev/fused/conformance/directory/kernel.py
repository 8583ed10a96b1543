"""System calls and constants that Python's os lacks."""

import ctypes
import os
import re
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)

AT_FDCWD = -100
RENAME_NOREPLACE = 1
RENAME_EXCHANGE = 2
RENAME_WHITEOUT = 4
FALLOC_KEEP_SIZE = 1
FALLOC_PUNCH_HOLE = 2
FALLOC_COLLAPSE_RANGE = 8
FALLOC_ZERO_RANGE = 16
FALLOC_INSERT_RANGE = 32
FALLOC_UNSHARE_RANGE = 64
AT_SYMLINK_NOFOLLOW = 0x100
AT_EMPTY_PATH = 0x1000
UTIME_NOW = (1 << 30) - 1
UTIME_OMIT = (1 << 30) - 2
STATX_BTIME = 0x800
F_OFD_SETLK = 37
F_OFD_SETLKW = 38


def _checked(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def renameat2(old, new, flags):
    old, new = os.fsencode(old), os.fsencode(new)
    return _checked(LIBC.renameat2(AT_FDCWD, old, AT_FDCWD, new, ctypes.c_uint(flags)))


def fallocate(fd, mode, offset, length):
    return _checked(LIBC.fallocate(fd, mode, ctypes.c_int64(offset), ctypes.c_int64(length)))


def splice(source, target, length):
    splice_ = LIBC.splice
    splice_.restype = ctypes.c_ssize_t
    return _checked(splice_(source, None, target, None, ctypes.c_size_t(length), 0))


def getxattr(path, name, size):
    """getxattr(2) with a buffer of exactly `size` bytes, which Python would grow."""
    buffer = ctypes.create_string_buffer(size)
    get = LIBC.getxattr
    get.restype = ctypes.c_ssize_t
    return _checked(get(os.fsencode(path), os.fsencode(name), buffer, ctypes.c_size_t(size)))


class _Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_int64), ("nanos", ctypes.c_long)]


def utimensat(path, atime, mtime, flags=0):
    """Sets times, each a pair of seconds and nanoseconds, of which UTIME_NOW and UTIME_OMIT are two."""
    pair = (_Timespec * 2)(_Timespec(*atime), _Timespec(*mtime))
    return _checked(LIBC.utimensat(AT_FDCWD, os.fsencode(path), pair, flags))


def birth_time_ns(path):
    """When a file was made, or None if the file system does not say; links are not followed."""
    buffer = ctypes.create_string_buffer(256)
    flags = ctypes.c_int(AT_SYMLINK_NOFOLLOW)
    _checked(LIBC.statx(AT_FDCWD, os.fsencode(path), flags, ctypes.c_uint(STATX_BTIME), buffer))
    mask = int.from_bytes(buffer[0:4], sys.byteorder)
    seconds, nanos = struct.unpack_from("=qI", buffer, 80)
    return seconds * 10**9 + nanos if mask & STATX_BTIME else None


class _FileHandle(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint), ("type", ctypes.c_int), ("bytes", ctypes.c_ubyte * 128)]


def name_to_handle(path, size=128):
    """What stands for a file, whatever its names will be, as (type, bytes); links are not followed."""
    handle, mount = _FileHandle(size), ctypes.c_int()
    pointers = ctypes.byref(handle), ctypes.byref(mount)
    _checked(LIBC.name_to_handle_at(AT_FDCWD, os.fsencode(path), *pointers, 0))
    return handle.type, bytes(handle.bytes[: handle.size])


def open_by_handle(mount_fd, handle, flags):
    kind, content = handle
    structure = _FileHandle(len(content), kind, tuple(content))
    return _checked(LIBC.open_by_handle_at(mount_fd, ctypes.byref(structure), flags))


# What stands for these in the table of mounts.
_MOUNT_FLAGS = {
    "ro": 1,
    "nosuid": 2,
    "nodev": 4,
    "noexec": 8,
    "sync": 16,
    "mand": 64,
    "dirsync": 128,
    "nosymfollow": 256,
    "noatime": 1024,
    "nodiratime": 2048,
    "relatime": 1 << 21,
    "lazytime": 1 << 25,
}
_MS_REMOUNT = 32
_MS_STRICTATIME = 1 << 24


class _Mount:
    """The row of the table of mounts for the mount that a path lies on."""

    def __init__(self, path):
        fd = os.open(path, os.O_PATH)
        try:
            with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as info:
                number = next(line.split()[1] for line in info if line.startswith("mnt_id:"))
        finally:
            os.close(fd)
        with open("/proc/self/mountinfo", "rb") as table:
            row = next(row.split() for row in table if row.split()[0] == number.encode())
        rest = row[row.index(b"-") + 1 :]
        self.point = re.sub(rb"\\([0-7]{3})", lambda code: bytes([int(code[1], 8)]), row[4])
        self.type = rest[0].decode()
        self._options = {*row[5].decode().split(","), *rest[2].decode("utf-8", "replace").split(",")}

    def flags(self):
        """Those that mount(2) takes, as they are."""
        flags = sum(flag for option, flag in _MOUNT_FLAGS.items() if option in self._options)
        return flags if self._options & {"noatime", "relatime"} else flags | _MS_STRICTATIME


def file_system_type(path):
    return _Mount(path).type


def is_remount_harmless(kind):
    """True if a remount without options of the file system leaves these as they are."""
    return kind == "tmpfs" or kind.partition(".")[0] in ("fuse", "fuseblk")


def forget_names(path="."):
    """Lets the kernel drop all names and inodes of a mount that are not in use, by a remount as it is."""
    mount = _Mount(path)
    if not is_remount_harmless(mount.type):
        raise ValueError(f"a remount may change a file system of type {mount.type}")
    flags = ctypes.c_ulong(_MS_REMOUNT | mount.flags())
    _checked(LIBC.mount(None, mount.point, None, flags, None))


def drop_pages(path):
    """Lets the kernel drop the bytes of a file that it has cached, so that it asks for them again."""
    fd = os.open(path, os.O_RDONLY | os.O_NOATIME)
    try:
        os.fsync(fd)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(fd)


def link_descriptor(fd, path):
    """Gives a name to an open file, as one made with O_TMPFILE."""
    root = os.open("/", os.O_PATH)
    os.link(f"/proc/self/fd/{fd}", path, src_dir_fd=root, follow_symlinks=True)


def truncate(path, length):
    return _checked(LIBC.truncate(os.fsencode(path), ctypes.c_int64(length)))
