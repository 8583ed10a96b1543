"""Does operations on a mount, one after the other, each between two marks by which a capture of the mount tells them apart.

A mark is a LOOKUP of a name of its own, that is, stat(2) of what does not exist: mark.NAME.begin and mark.NAME.end. What an
operation needs is made before its first "yield"; what it does after that is counted. All is done twice, and only the second time
between marks: what the kernel learns once for the life of a mount (ENOSYS, say) is no part of an operation.

The attributes of the directory are known when an operation begins, although what it needs was made there before.
"""

import fcntl
import mmap
import os
import sys

MIB = 1 << 20
OPERATIONS = {}


def operation(function):
    OPERATIONS[function.__name__] = function
    return function


def write(name, content=b"x" * 4096):
    with open(name, "wb", buffering=0) as file:
        file.write(content)


def drop_names():
    """Lets the kernel forget names, attributes and data that nobody uses."""
    with open("/proc/sys/vm/drop_caches", "w") as file:
        file.write("3")


def opened(flags=os.O_RDWR, content=b"x" * 4096):
    write("file", content)
    return os.open("file", flags)


@operation
def stat_known():
    write("file")
    os.stat("file")
    yield
    os.stat("file")


@operation
def stat_forgotten():
    write("file")
    drop_names()
    yield
    os.stat("file")


@operation
def stat_missing():
    yield
    assert not os.path.exists("none")


@operation
def stat_missing_again():
    assert not os.path.exists("none")
    yield
    assert not os.path.exists("none")


@operation
def stat_after_write():
    file = opened()
    yield
    os.fstat(file)


@operation
def access_known():
    write("file")
    os.stat("file")
    yield
    assert os.access("file", os.R_OK)


@operation
def open_close():
    write("file")
    os.stat("file")
    yield
    os.close(os.open("file", os.O_RDONLY))


@operation
def open_read_close():
    file = opened()
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    yield
    file = os.open("file", os.O_RDONLY)
    os.read(file, 4096)
    os.close(file)


@operation
def open_read_close_again():
    write("file")
    file = os.open("file", os.O_RDONLY)
    os.read(file, 4096)
    os.close(file)
    yield
    file = os.open("file", os.O_RDONLY)
    os.read(file, 4096)
    os.close(file)


@operation
def read_1m():
    file = opened(content=b"x" * MIB)
    drop_names()
    yield
    os.read(file, MIB)


@operation
def read_1m_direct():
    file = opened(os.O_RDWR | os.O_DIRECT, b"x" * MIB)
    buffer = mmap.mmap(-1, MIB)
    yield
    os.readv(file, [buffer])


@operation
def read_mapped_page():
    file = opened()
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    os.fstat(file)
    yield
    with mmap.mmap(file, 4096, prot=mmap.PROT_READ) as pages:
        assert pages[0] == ord("x")


@operation
def write_4k():
    file = opened()
    os.fstat(file)
    yield
    os.pwrite(file, b"y" * 4096, 0)


@operation
def write_4k_again():
    file = opened()
    os.pwrite(file, b"y" * 4096, 0)
    yield
    os.pwrite(file, b"y" * 4096, 0)


@operation
def write_1m():
    file = opened()
    yield
    os.pwrite(file, b"y" * MIB, 0)


@operation
def write_1m_direct():
    file = opened(os.O_RDWR | os.O_DIRECT)
    buffer = mmap.mmap(-1, MIB)
    yield
    os.pwritev(file, [buffer], 0)


@operation
def fsync():
    file = opened()
    yield
    os.fsync(file)


@operation
def truncate():
    write("file")
    yield
    os.truncate("file", 100)


@operation
def fallocate():
    file = opened()
    yield
    os.posix_fallocate(file, 0, MIB)


@operation
def seek_hole():
    file = opened()
    yield
    os.lseek(file, 0, os.SEEK_HOLE)


@operation
def copy_file_range():
    source = opened()
    target = os.open("target", os.O_RDWR | os.O_CREAT)
    yield
    os.copy_file_range(source, target, 4096, 0, 0)


@operation
def create_close():
    yield
    os.close(os.open("file", os.O_CREAT | os.O_EXCL | os.O_WRONLY))


@operation
def create_close_of_known_missing():
    assert not os.path.exists("file")
    yield
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY))


@operation
def create_close_twice():
    yield
    for name in ("first", "second"):
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))


@operation
def create_write_close():
    yield
    write("file")


@operation
def mknod():
    yield
    os.mknod("file")


@operation
def tmpfile():
    yield
    os.close(os.open(".", os.O_TMPFILE | os.O_RDWR))


@operation
def mkdir():
    yield
    os.mkdir("directory")


@operation
def symlink():
    yield
    os.symlink("target", "link")


@operation
def link():
    write("file")
    yield
    os.link("file", "second")


@operation
def readlink_forgotten():
    os.symlink("target", "link")
    drop_names()
    yield
    os.readlink("link")


@operation
def readlink_again():
    os.symlink("target", "link")
    os.readlink("link")
    yield
    os.readlink("link")


@operation
def unlink():
    write("file")
    yield
    os.unlink("file")


@operation
def unlink_twice():
    write("first")
    write("second")
    yield
    os.unlink("first")
    os.unlink("second")


@operation
def unlink_open():
    opened()
    yield
    os.unlink("file")


@operation
def rmdir():
    os.mkdir("directory")
    yield
    os.rmdir("directory")


@operation
def rename():
    write("file")
    yield
    os.rename("file", "new")


@operation
def rename_over():
    write("file")
    write("other")
    yield
    os.rename("file", "other")


@operation
def rename_to_other_directory():
    os.mkdir("from")
    os.mkdir("to")
    write("from/file")
    os.stat("from")
    os.stat("to")
    yield
    os.rename("from/file", "to/file")


@operation
def chmod():
    write("file")
    yield
    os.chmod("file", 0o600)


@operation
def chown():
    write("file")
    yield
    os.chown("file", 1, 1)


@operation
def utimens():
    write("file")
    yield
    os.utime("file", (1, 1))


@operation
def list_100():
    for number in range(100):
        write(f"file{number}", b"")
    yield
    assert len(os.listdir(".")) == 100


@operation
def list_100_again():
    for number in range(100):
        write(f"file{number}", b"")
    os.listdir(".")
    yield
    os.listdir(".")


def stat_all():
    with os.scandir(".") as entries:
        for entry in entries:
            entry.stat()


@operation
def list_100_with_stat():
    for number in range(100):
        write(f"file{number}", b"")
    drop_names()
    yield
    stat_all()


@operation
def list_100_with_stat_again():
    for number in range(100):
        write(f"file{number}", b"")
    stat_all()
    yield
    stat_all()


@operation
def getxattr_missing():
    write("file")
    yield
    try:
        os.getxattr("file", "user.none")
        raise AssertionError("there is an attribute")
    except OSError:
        pass


@operation
def setxattr():
    write("file")
    yield
    os.setxattr("file", "user.a", b"1")


@operation
def listxattr():
    write("file")
    yield
    os.listxattr("file")


@operation
def lock_fcntl():
    file = opened()
    yield
    fcntl.lockf(file, fcntl.LOCK_EX)
    fcntl.lockf(file, fcntl.LOCK_UN)


@operation
def lock_flock():
    file = opened()
    yield
    fcntl.flock(file, fcntl.LOCK_EX)
    fcntl.flock(file, fcntl.LOCK_UN)


@operation
def statfs():
    yield
    os.statvfs(".")


def run(root, prefix, marked):
    for name, function in OPERATIONS.items():
        directory = os.path.join(root, prefix + name)
        os.mkdir(directory)
        os.chdir(directory)
        steps = function()
        next(steps)
        os.stat(".")
        if marked:
            os.path.exists(os.path.join(root, f"mark.{name}.begin"))
        next(steps, None)
        if marked:
            os.path.exists(os.path.join(root, f"mark.{name}.end"))
        os.chdir("/")


if __name__ == "__main__":
    run(sys.argv[1], "first-", False)
    run(sys.argv[1], "", True)
