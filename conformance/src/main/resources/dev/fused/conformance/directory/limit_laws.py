"""The largest names, paths, counts and offsets, and what lies beyond them."""

import ctypes
import errno
import mmap
import os
import resource
import signal

import kernel
from laws import attribute_names, law, outcome, read, write
from needs import (
    counted_pages,
    exchange,
    fifos,
    hard_links,
    large_attributes,
    largest_files,
    punched_holes,
    symbolic_links,
    trusted_attributes,
    user_attributes,
)

PAGE = 4096
LAST = 2**63 - 1


def new_file():
    return os.open("a", os.O_CREAT | os.O_RDWR)


@law("(255, 255, 255, 255, 255, 255)", needs=[hard_links, fifos, symbolic_links])
def whatever_has_a_name_may_have_one_of_255_bytes():
    letters = iter("abcdefg")

    def name():
        return (next(letters) * 254).encode() + b"\xff"

    first = name()
    write(first)
    os.mkdir(name())
    os.mkfifo(name())
    os.symlink(b"x", name())
    os.link(first, name())
    os.rename(first, name())
    write("h" * 255)
    return tuple(len(found) for found in os.listdir(b"."))


@law(str(["ENAMETOOLONG"] * 8), needs=[exchange, fifos, symbolic_links])
def nothing_has_a_name_of_256_bytes():
    write("a")
    name = "n" * 256
    return [
        outcome(os.open, name, os.O_CREAT | os.O_WRONLY),
        outcome(os.mkfifo, name),
        outcome(os.symlink, "x", name),
        outcome(os.link, "a", name),
        outcome(os.unlink, name),
        outcome(os.rmdir, name),
        outcome(os.rename, name, "b"),
        outcome(kernel.renameat2, "a", name, kernel.RENAME_EXCHANGE),
    ]


@law("(b'x', 'ENAMETOOLONG')")
def a_path_has_4095_bytes_at_most():
    write("a", b"x")
    longest = "./" * 2047 + "a"
    return read(longest), outcome(read, "." + longest)


@law("(300, True, 0)")
def directories_lie_deeper_than_paths_reach():
    depth = 300
    name = "directory" * 2
    start = os.open(".", os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name)
        os.chdir(name)
    write("a", b"deep")
    deep = read("a") == b"deep"
    os.unlink("a")
    removed = 0
    for _ in range(depth):
        os.chdir("..")
        os.rmdir(name)
        removed += 1
    os.fchdir(start)
    return removed, deep, len(os.listdir())


@law("[1, 'EINVAL', 'EINVAL', 'EFBIG', 9223372036854775807]", needs=[largest_files])
def writes_end_where_offsets_do():
    fd = new_file()
    os.ftruncate(fd, LAST)
    return [
        os.pwrite(fd, b"x", LAST - 1),
        outcome(os.pwrite, fd, b"xy", LAST - 1),
        outcome(os.pwrite, fd, b"x", LAST),
        outcome(lambda: os.write(os.open("a", os.O_WRONLY | os.O_APPEND), b"x")),
        os.fstat(fd).st_size,
    ]


@law("[b'', b'\\x00', b'', 9223372036854775807, 'EINVAL', 'EINVAL']", needs=[largest_files])
def reads_and_positions_end_where_offsets_do():
    fd = new_file()
    empty = os.pread(fd, 1, LAST - 1)
    os.ftruncate(fd, LAST)
    return [
        empty,
        os.pread(fd, 1, LAST - 1),
        os.pread(fd, 0, LAST),
        os.lseek(fd, 0, os.SEEK_END),
        outcome(os.lseek, fd, 1, os.SEEK_END),
        outcome(os.lseek, fd, 1, os.SEEK_CUR),
    ]


@law("['EFBIG', 'EFBIG', 'EINVAL', 0]", needs=[punched_holes, largest_files])
def space_is_allocated_only_below_the_largest_offset():
    fd = new_file()
    hole = kernel.FALLOC_PUNCH_HOLE | kernel.FALLOC_KEEP_SIZE
    return [
        outcome(kernel.fallocate, fd, 0, LAST - PAGE, 2 * PAGE),
        outcome(kernel.fallocate, fd, hole, LAST - PAGE, 2 * PAGE),
        outcome(kernel.fallocate, fd, 0, 0, -1),
        os.fstat(fd).st_size,
    ]


@law("[('a', 4611686018427387904, 0), ('b', 4611686018427387905, 8)]", needs=[largest_files, counted_pages])
def a_file_as_large_as_can_be_takes_what_is_written():
    """Truncation to any size takes neither space nor time, in both directions."""
    write("b", b"first")
    for name in "ab":
        with open(name, "ab") as file:
            for size in (LAST, 0, 2**62):
                os.ftruncate(file.fileno(), size)
    with open("b", "r+b") as file:
        os.pwrite(file.fileno(), b"x", 2**62)
    found = [(name, os.stat(name).st_size, os.stat(name).st_blocks) for name in "ab"]
    for name in "ab":
        os.truncate(name, 0)
    return found


@law("(6192, 'EFBIG', 8192)")
def a_write_across_the_limit_of_the_process_is_short():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
    fd = new_file()
    return os.pwrite(fd, b"x" * 10_000, 2000), outcome(os.pwrite, fd, b"x", 8192), os.fstat(fd).st_size


def half_readable(pages):
    """The address of so many pages of which the last is not there."""
    memory = mmap.mmap(-1, pages * PAGE)
    memory[:] = b"x" * len(memory)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    kernel.LIBC.mprotect(ctypes.c_void_p(address + (pages - 1) * PAGE), ctypes.c_size_t(PAGE), 0)
    return memory, address


def raw_write(fd, address, length, offset):
    kernel.LIBC.pwrite.restype = ctypes.c_ssize_t
    count = kernel.LIBC.pwrite(fd, ctypes.c_void_p(address), ctypes.c_size_t(length), ctypes.c_int64(offset))
    return count if count >= 0 else errno.errorcode[ctypes.get_errno()]


@law("(8192, 8192, 'EFAULT', 8192, True)")
def a_write_from_memory_that_ends_says_how_much_it_wrote():
    memory, address = half_readable(3)
    fd = new_file()
    first = raw_write(fd, address, 3 * PAGE, 0)
    size = os.fstat(fd).st_size
    nothing = raw_write(fd, address + 2 * PAGE, PAGE, 2 * PAGE)
    return first, size, nothing, os.fstat(fd).st_size, read("a") == b"x" * 2 * PAGE


@law(
    "[250, 65536, 0, ['user.e', 'user.v'], 'ERANGE', 'E2BIG', 'ERANGE']",
    needs=[user_attributes, large_attributes],
)
def attributes_have_limits():
    write("a")
    longest = "user." + "n" * 250
    os.setxattr("a", longest, b"x")
    seen = [len(attribute_names("a")[0]) - 5]
    os.removexattr("a", longest)
    os.setxattr("a", "user.v", b"v" * 65536)
    os.setxattr("a", "user.e", b"")
    return seen + [
        len(os.getxattr("a", "user.v")),
        len(os.getxattr("a", "user.e")),
        attribute_names("a"),
        outcome(os.setxattr, "a", longest + "n", b"x"),
        outcome(os.setxattr, "a", "user.v", b"v" * 65537),
        outcome(kernel.getxattr, "a", "user.v", 65535),
    ]


@law(
    "['EINVAL', 'EINVAL', 'EOPNOTSUPP', 'EOPNOTSUPP', 'EOPNOTSUPP', 'ERANGE']",
    needs=[trusted_attributes, user_attributes],
)
def an_attribute_needs_a_known_kind_and_a_name():
    write("a")
    names = "user.", "trusted.", "user", "system.x", "unknown.x", ""
    return [outcome(os.setxattr, "a", name, b"") for name in names]
