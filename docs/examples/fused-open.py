#!/usr/bin/env python3
"""Mounts a directory, and has it served by a process without any privilege.

    fused-open.py [--clones N] [-o OPTIONS] USER DIRECTORY COMMAND...

For root. Opens /dev/fuse, mounts, and becomes COMMAND ("fused mount -f"), as USER and without a capability. The open device and N
clones of it, a loop for each, are its descriptors from 3 on, as sd_listen_fds(3) has it. OPTIONS are those of mount(8).
"""
import argparse
import fcntl
import os
import pwd
import struct
import subprocess

FUSE_DEV_IOC_CLONE = 0x8004E500
FIRST = 3

parser = argparse.ArgumentParser()
parser.add_argument("--clones", type=int, default=os.cpu_count() - 1)
parser.add_argument("-o", dest="options", default="")
parser.add_argument("user", type=pwd.getpwnam)
parser.add_argument("directory")
parser.add_argument("command", nargs=argparse.REMAINDER)
arguments = parser.parse_args()
user = arguments.user

device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id={user.pw_uid},group_id={user.pw_gid},default_permissions,nosuid,nodev"
subprocess.run(
    ["mount", "-i", "-t", "fuse.fused", "-o", f"{options},{arguments.options}".rstrip(","), "fused", arguments.directory],
    pass_fds=[device],
    check=True,
)
devices = [device]
for _ in range(arguments.clones):
    clone = os.open("/dev/fuse", os.O_RDWR)
    fcntl.ioctl(clone, FUSE_DEV_IOC_CLONE, struct.pack("i", device))
    devices.append(clone)

# First out of each other's way.
for number, opened in enumerate([fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, FIRST + len(devices)) for opened in devices]):
    os.dup2(opened, FIRST + number)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(devices)))
unprivileged = ["--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
os.execvp("setpriv", ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", *unprivileged, *arguments.command])
