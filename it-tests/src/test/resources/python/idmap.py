"""Mounts a mount once more, so that ids of the file system are seen as others (mount_setattr(2)
with MOUNT_ATTR_IDMAP): idmap.py SOURCE TARGET FROM TO. Root stays root."""

import ctypes
import os
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
SYS_OPEN_TREE, SYS_MOVE_MOUNT, SYS_MOUNT_SETATTR = 428, 429, 442  # the same on all machines
AT_FDCWD, AT_EMPTY_PATH = -100, 0x1000
OPEN_TREE_CLONE, OPEN_TREE_CLOEXEC = 1, 0x80000
MOVE_MOUNT_F_EMPTY_PATH = 4
MOUNT_ATTR_IDMAP = 0x100000
CLONE_NEWUSER = 0x10000000


class MountAttr(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint64) for n in ("attr_set", "attr_clr", "propagation", "userns_fd")]


def checked(result, what):
    if result < 0:
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def user_namespace(ids):
    """A descriptor of a new user namespace with this map of ids."""
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        checked(LIBC.unshare(CLONE_NEWUSER), "unshare")
        os.write(ready[1], b"x")
        os.read(go[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    for file in ("uid_map", "gid_map"):
        with open(f"/proc/{child}/{file}", "w") as out:
            out.write(ids)
    fd = os.open(f"/proc/{child}/ns/user", os.O_RDONLY)
    os.write(go[1], b"x")
    os.waitpid(child, 0)
    return fd


source, target, inside, outside = sys.argv[1:]
tree = checked(
    LIBC.syscall(SYS_OPEN_TREE, AT_FDCWD, os.fsencode(source), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC),
    "open_tree",
)
attr = MountAttr(attr_set=MOUNT_ATTR_IDMAP, userns_fd=user_namespace(f"0 0 1\n{inside} {outside} 1\n"))
checked(
    LIBC.syscall(
        SYS_MOUNT_SETATTR, tree, b"", AT_EMPTY_PATH, ctypes.byref(attr), ctypes.sizeof(attr)
    ),
    "mount_setattr",
)
checked(
    LIBC.syscall(
        SYS_MOVE_MOUNT, tree, b"", AT_FDCWD, os.fsencode(target), MOVE_MOUNT_F_EMPTY_PATH
    ),
    "move_mount",
)
