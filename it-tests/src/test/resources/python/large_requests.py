"""large_requests.py DIRECTORY: data and attributes of all sizes come back as they were written."""

import os
import random
import sys

os.chdir(sys.argv[1])
random.seed(1)

for size in (1, 4096, 65536, 131072, 1 << 20, (1 << 20) + 1, 8 << 20):
    data = random.randbytes(size)
    with open("file", "wb", buffering=0) as file:
        assert file.write(data) == size
    with open("file", "rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        assert file.read(size + 1) == data, size

for size in (0, 1, 4095, 8192, 8193, 65535, 65536):
    value = random.randbytes(size)
    name = "user." + "n" * 250
    os.setxattr("file", name, value)
    assert os.getxattr("file", name) == value, size

target = "t" * 4095
os.symlink(target, "link")
assert os.readlink("link") == target

for number in range(150):
    os.setxattr("file", f"user.{number:0240}", b"")
assert len(os.listxattr("file")) == 151
