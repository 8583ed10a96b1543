"""Prints what inotify(7) tells of a file until it is deleted: watch.py FILE"""

import ctypes
import os
import struct
import sys

EVENTS = {0x4: "ATTRIB", 0x400: "DELETE_SELF", 0x800: "MOVE_SELF", 0x8000: "IGNORED"}

libc = ctypes.CDLL(None, use_errno=True)
fd = libc.inotify_init()
if libc.inotify_add_watch(fd, os.fsencode(sys.argv[1]), 0xC04) < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
print("watching", flush=True)
ended = False
while not ended:
    data = os.read(fd, 4096)
    while data:
        _, mask, _, length = struct.unpack_from("iIII", data)
        print(EVENTS.get(mask, hex(mask)), flush=True)
        ended = mask in (0x400, 0x8000)
        data = data[16 + length :]
