"""Differences between a tmpfs and a file system behind FUSE that are right, with the reason of each.

Each was seen. What is not listed here is an error of the file system under test.
"""

import errno
import os
import stat
from collections import namedtuple

import kernel

Right = namedtuple("Right", "reason applies")
Right.__doc__ = "A reason, and which outcomes it explains: applies(operation, expected, actual)."

_LAST_PAGE = (1 << 63) - 4096

RIGHT = [
    Right(
        "In directories the kernel looks for data and holes without asking: for a tmpfs there is nothing to look for,"
        " for FUSE they are files without holes.",
        lambda operation, expected, actual: operation["call"] == "find"
        and expected == "EINVAL"
        and (isinstance(actual, int) or actual == "ENXIO"),
    ),
    Right(
        "tmpfs does not find data in the last page that offsets reach, nor the hole behind it.",
        lambda operation, expected, actual: operation["call"] == "find"
        and expected == "ENXIO"
        and isinstance(actual, int)
        and actual >= _LAST_PAGE,
    ),
    Right(
        "tmpfs misses entries or lists them again when others are moved meanwhile; each must be listed once.",
        lambda operation, expected, actual: operation["call"] == "scan"
        and isinstance(expected, list)
        and isinstance(actual, list)
        and [*expected[:2], [], True] == actual,
    ),
]

# After this was done to a file, what need not agree any more: where its holes are, st_blocks, times, set-gid.
LOOSENED = {
    # tmpfs does not tell pages that are allocated and were never written from holes; here they are data.
    "fallocate": {"holes"},
    # tmpfs copies by reading and writing, so that holes become zeros; here they stay holes.
    "copy_file_range": {"holes", "blocks"},
    # On a tmpfs reading a mapping fills holes with pages; and writing into one does not change times. FUSE
    # writes the pages back some time later, and changes the times when a page is first written to.
    "mmap": {"holes", "blocks", "times"},
    # A change by one who is not in the group takes set-gid away also where the group may not execute. FUSE does not
    # tell the server the groups, and its protocol says that set-gid goes only where the group may execute.
    "setgid": {"setgid"},
    # The kernel does not set the times of a pipe behind FUSE when it is written to, and the server does not see it.
    "pipe": {"times"},
    # tmpfs sets the times, and takes set-uid and set-gid away, before it finds that there is no room to write.
    "failed write": {"times", "setuid", "setgid"},
    # For FUSE the kernel takes set-uid and set-gid away before it asks the server, so also where that has no room.
    "failed fallocate": {"times", "setuid", "setgid"},
}

# By the type of a file, what shows how a file system keeps it and not what is in it.
OWN_AFFAIRS = {
    # tmpfs says 20 bytes an entry, which is no size of anything.
    stat.S_IFDIR: {"size", "blocks"},
    # tmpfs keeps targets of 128 bytes and more in a page of data.
    stat.S_IFLNK: {"blocks"},
}


def fallocate_on_tmpfs(fd, mode, offset, length):
    """fallocate(2) with FALLOC_FL_ZERO_RANGE, which tmpfs does not know: a hole that is allocated again."""
    try:
        kernel.fallocate(fd, mode, offset, length)
    except OSError as e:
        if e.errno != errno.EOPNOTSUPP or mode & ~kernel.FALLOC_KEEP_SIZE != kernel.FALLOC_ZERO_RANGE:
            raise
        keep_size = mode & kernel.FALLOC_KEEP_SIZE
        # First it is seen whether there is room, as nothing may be lost if there is none.
        kernel.fallocate(fd, keep_size, offset, length)
        kernel.fallocate(fd, kernel.FALLOC_PUNCH_HOLE | kernel.FALLOC_KEEP_SIZE, offset, length)
        kernel.fallocate(fd, keep_size, offset, length)


def refuse_end_of_directory_as_tmpfs(fd):
    """lseek(2) from the end of a directory: tmpfs has none, for FUSE the kernel takes the size that stat(2) shows."""
    os.lseek(fd, 0, os.SEEK_CUR)
    if stat.S_ISDIR(os.fstat(fd).st_mode):
        raise OSError(errno.EINVAL, "a directory has no end")


def drop_setgid_as_tmpfs(path):
    """tmpfs takes set-gid away when one who is not in the group removes an access control list.

    Others do so only when a list is set. FUSE does not tell the server the groups of who removes one.
    """
    status = os.stat(path)
    if status.st_mode & stat.S_ISGID and not _keeps_setgid(status):
        os.chmod(path, stat.S_IMODE(status.st_mode) & ~stat.S_ISGID)


def refuse_chown_as_tmpfs(file, follow):
    """chown(2) that changes no owner fails with EPERM if it takes set-uid or set-gid from the file of another.

    For FUSE the kernel leaves these bits to the server and does not check who asks; and the server cannot, because the
    request is the one by which a write(2) of another takes them away.
    """
    status = os.stat(file, follow_symlinks=follow)
    setgid = status.st_mode & stat.S_ISGID
    loses = status.st_mode & stat.S_ISUID or (
        setgid and (status.st_mode & stat.S_IXGRP or not _keeps_setgid(status))
    )
    if loses and not stat.S_ISDIR(status.st_mode) and os.geteuid() not in (0, status.st_uid):
        raise PermissionError(errno.EPERM, "not the owner")


def _keeps_setgid(status):
    return os.geteuid() == 0 or status.st_gid in (os.getegid(), *os.getgroups())
