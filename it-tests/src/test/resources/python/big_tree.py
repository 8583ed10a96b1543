"""Makes a tree of some 6,000 entries of every kind, the same each time: big_tree.py DIRECTORY"""

import os
import random
import socket
import stat
import sys

ODD_NAMES = [
    b" leading and trailing ",
    b"line\nfeed",
    b"\xff\xfenot utf-8\x80",
    "h\u00e9\u6f22\U0001f600".encode(),
    b"-rf",
    b"*?[a]",
    b"back\\slash",
    b"'\"`$(true)",
    b"\x01\x7f",
    b"n" * 255,
]


def data(rng, size):
    return rng.randbytes(size)


def write(path, content, mode=0o644):
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, mode)


def ordinary(root, rng):
    """Directories five deep with files from nothing to some hundred kilobytes."""
    for i in range(400):
        directory = os.path.join(root, b"d%d" % (i % 20), b"e%d" % (i % 7), b"f%d" % (i % 3))
        os.makedirs(directory, exist_ok=True)
        for j in range(12):
            size = rng.choice([0, 1, 100, 4095, 4096, 4097, 10_000]) if j else rng.randrange(300_000)
            write(os.path.join(directory, b"file%d.%d" % (i, j)), data(rng, size))


def odd(root, rng):
    os.mkdir(root)
    for name in ODD_NAMES:
        write(os.path.join(root, name), data(rng, 77))
        directory = os.path.join(root, b"dir" + name[:200])
        os.mkdir(directory)
        os.symlink(name, os.path.join(directory, name[:250] + b".link"))


def special(root):
    os.mkdir(root)
    os.mkfifo(os.path.join(root, b"fifo"), 0o640)
    os.mknod(os.path.join(root, b"null"), stat.S_IFCHR | 0o666, os.makedev(1, 3))
    os.mknod(os.path.join(root, b"block"), stat.S_IFBLK | 0o600, os.makedev(259, 70_000))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.join(root, b"socket"))
    os.symlink(b"missing/target", os.path.join(root, b"dangling"))
    os.symlink(b"t" * 4000, os.path.join(root, b"long link"))
    os.symlink(b".", os.path.join(root, b"loop"))


def linked(root, rng):
    os.makedirs(os.path.join(root, b"other"))
    for i in range(50):
        first = os.path.join(root, b"first%d" % i)
        write(first, data(rng, 500))
        for j in range(i % 4):
            os.link(first, os.path.join(root, b"other", b"link%d.%d" % (i, j)))


def attributes(root, rng):
    os.mkdir(root)
    for i, mode in enumerate([0, 0o1, 0o400, 0o111, 0o777, 0o4755, 0o2755, 0o1777, 0o7777]):
        path = os.path.join(root, b"mode%d" % i)
        write(path, b"x", mode)
        directory = os.path.join(root, b"dirmode%d" % i)
        os.mkdir(directory)
        os.chmod(directory, mode)
    for i, owner in enumerate([(0, 1), (1, 0), (65534, 65534), (2**32 - 2, 2**31)]):
        path = os.path.join(root, b"owner%d" % i)
        write(path, b"x", 0o4711)
        os.chown(path, *owner)
        os.chmod(path, 0o4711)
    for i in range(10):
        path = os.path.join(root, b"xattr%d" % i)
        write(path, b"x")
        for j in range(i):
            os.setxattr(path, b"user.a%d" % j, data(rng, j * 100))
    os.setxattr(os.path.join(root, b"xattr9"), b"user.\xff", b"\0\xff")
    directory = os.path.join(root, b"xattr directory")
    os.mkdir(directory)
    os.setxattr(directory, b"user.on directory", b"value")
    os.setxattr(directory, b"trusted.secret", b"value")


def sparse(root, rng):
    os.mkdir(root)
    for i in range(5):
        with open(os.path.join(root, b"sparse%d" % i), "wb") as file:
            for _ in range(i):
                file.seek(rng.randrange(10_000_000))
                file.write(data(rng, 5000))
            file.truncate(10_000_000)


def set_times(root, rng):
    """Times to the nanosecond, before 1970 and after 2038 too; leaves first, as setting them changes none."""
    for directory, names, files in os.walk(root, topdown=False):
        for name in files + names:
            path = os.path.join(directory, name)
            seconds = rng.choice([rng.randrange(2**31), 2**32 + rng.randrange(1000), 0])
            times = (10**18 + 1, seconds * 10**9 + rng.randrange(10**9))
            os.utime(path, ns=times, follow_symlinks=False)


def main(root):
    os.umask(0o022)
    rng = random.Random(42)
    os.makedirs(root, exist_ok=True)
    ordinary(os.path.join(root, b"ordinary"), rng)
    odd(os.path.join(root, b"odd"), rng)
    special(os.path.join(root, b"special"))
    linked(os.path.join(root, b"linked"), rng)
    attributes(os.path.join(root, b"attributes"), rng)
    sparse(os.path.join(root, b"sparse"), rng)
    set_times(root, rng)


main(os.fsencode(sys.argv[1]))
