"""Makes one ioctl(2) with a buffer, and prints its result and the buffer, or its errno:
ioctl.py FILE COMMAND BYTES, the latter two in hexadecimal"""

import errno
import fcntl
import os
import sys

path, command, data = sys.argv[1], int(sys.argv[2], 16), bytearray.fromhex(sys.argv[3])
fd = os.open(path, os.O_RDONLY)
try:
    result = fcntl.ioctl(fd, command, data)
    print(result, data.hex())
except OSError as e:
    print(errno.errorcode[e.errno])
