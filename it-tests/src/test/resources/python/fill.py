"""Fills a file system by one file: fill.py FILE. Prints how much went in, how it failed, and what is left."""

import mmap
import os
import sys

from laws import outcome

path = sys.argv[1]
fd = os.open(path, os.O_CREAT | os.O_RDWR)
full = b"x" * (1 << 20)
total = 0
while isinstance(count := outcome(os.write, fd, full), int):
    total += count
print(total)
print(count)
print(outcome(os.pwrite, fd, b"x", 1 << 30))
print(os.fstat(fd).st_size)
