"""System calls and constants that Python's os lacks."""

import ctypes
import os
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


def forget_names(path="."):
    """Lets the kernel drop all names and inodes of a mount that are not in use, by a remount."""
    while not os.path.ismount(path):
        path = os.path.join(path, "..")
    nosuid_nodev_remount = 2 | 4 | 32
    _checked(LIBC.mount(None, os.fsencode(path), None, ctypes.c_ulong(nosuid_nodev_remount), None))


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
