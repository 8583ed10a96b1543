"""any_load.py DIRECTORY NUMBER: works with files in all ways until a call fails, which ends it with status 0."""

import mmap
import os
import random
import sys

directory, number = sys.argv[1], int(sys.argv[2])
choice = random.Random(number)
own = os.path.join(directory, f"client{number}")


def write_and_read(path):
    data = choice.randbytes(choice.choice((1, 4096, 100_000, 2_000_000)))
    with open(path, "wb", buffering=0) as file:
        file.write(data)
        os.fsync(file.fileno())
    with open(path, "rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        file.read()


def store_to_a_mapping(path):
    with open(path, "w+b") as file:
        file.truncate(1 << 16)
        with mmap.mmap(file.fileno(), 0) as mapping:
            mapping[choice.randrange(1 << 16)] = 1
            mapping.flush()


def names(path):
    os.mkdir(path + ".d")
    os.symlink("x", path + ".l")
    os.rename(path + ".l", path + ".m")
    os.listdir(directory)
    os.stat(path + ".m", follow_symlinks=False)
    os.unlink(path + ".m")
    os.rmdir(path + ".d")


def attributes(path):
    with open(path, "wb"):
        os.chmod(path, 0o600)
        os.setxattr(path, "user.a", b"x" * choice.randrange(1, 2000))
        os.truncate(path, choice.randrange(1 << 20))
        os.unlink(path)


try:
    os.mkdir(own)
    while True:
        choice.choice((write_and_read, store_to_a_mapping, names, attributes))(os.path.join(own, str(choice.randrange(20))))
except OSError:
    pass
