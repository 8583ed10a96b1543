"""waiting_locks.py FILE COUNT: locks FILE, and has COUNT children wait for the lock; prints "waiting", then how each ended."""

import collections
import errno
import fcntl
import os
import sys

path, count = sys.argv[1], int(sys.argv[2])
holder = os.open(path, os.O_RDWR | os.O_CREAT)
fcntl.lockf(holder, fcntl.LOCK_EX)
children = []
for _ in range(count):
    child = os.fork()
    if child == 0:
        try:
            fcntl.lockf(os.open(path, os.O_RDWR), fcntl.LOCK_EX)
        except OSError as error:
            os._exit(error.errno)
        os._exit(0)
    children.append(child)
while any(b"wait" not in open(f"/proc/{child}/wchan", "rb").read() for child in children):
    pass
print("waiting", flush=True)
endings = collections.Counter(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
for status, number in endings.items():
    print(f"{errno.errorcode.get(status, status)}: {number}")
