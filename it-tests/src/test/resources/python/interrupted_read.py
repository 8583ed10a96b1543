"""Reads a file until SIGINT comes, and prints how read(2) ended: interrupted_read.py FILE"""

import ctypes
import errno
import os
import signal
import sys

libc = ctypes.CDLL(None, use_errno=True)
# A handler that does nothing: read(2) is not started again, as Python would do by itself.
signal.signal(signal.SIGINT, lambda number, frame: None)
fd = os.open(sys.argv[1], os.O_RDONLY)
print("reading", flush=True)
count = libc.read(fd, ctypes.create_string_buffer(100), ctypes.c_size_t(100))
print(count if count >= 0 else errno.errorcode[ctypes.get_errno()])
