"""System calls and constants that Python's os lacks."""

import ctypes
import os

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


def link_descriptor(fd, path):
    """Gives a name to an open file, as one made with O_TMPFILE."""
    root = os.open("/", os.O_PATH)
    os.link(f"/proc/self/fd/{fd}", path, src_dir_fd=root, follow_symlinks=True)


def truncate(path, length):
    return _checked(LIBC.truncate(os.fsencode(path), ctypes.c_int64(length)))
