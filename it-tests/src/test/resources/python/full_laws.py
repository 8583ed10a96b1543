"""A file system of 8 MiB and 100 inodes, for these laws alone, that is full: to the byte, and only as long as it is."""

import os
import time

import kernel
from laws import as_user, law, outcome, read, write

PAGE = 4096
SIZE = 8 << 20
INODES = 100


def start():
    """Waits until what the laws before have left behind does not count any more."""
    for _ in range(200):
        status = os.statvfs(".")
        directories = 3 + len(os.listdir(".."))
        if status.f_bfree == SIZE // PAGE and status.f_ffree == INODES - directories:
            return status
        time.sleep(0.05)
    raise AssertionError(f"{status.f_bfree} pages and {status.f_ffree} inodes are free")


def fill(but=0, name="large"):
    """A file that takes all space, but that of some pages."""
    start()
    fd = os.open(name, os.O_CREAT | os.O_RDWR)
    kernel.fallocate(fd, 0, 0, SIZE - but * PAGE)
    return fd


def room_for(path="other"):
    """How many bytes of a write of two pages find room now, or why none does."""
    fd = os.open(path, os.O_CREAT | os.O_RDWR)
    try:
        return outcome(os.pwrite, fd, b"x" * (2 * PAGE), 0)
    finally:
        os.ftruncate(fd, 0)
        os.close(fd)


@law("(12288, 'ENOSPC', 12288, 0)")
def a_write_across_the_limit_is_short():
    fill(but=3)
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    written = os.pwrite(fd, b"x" * (10 * PAGE), 0)
    return written, outcome(os.pwrite, fd, b"x", 3 * PAGE), os.fstat(fd).st_size, os.statvfs(".").f_bfree


@law("(4196, 'ENOSPC', 8192)")
def a_short_write_ends_with_the_last_page_that_there_was():
    fill(but=2)
    fd = os.open("a", os.O_CREAT | os.O_RDWR | os.O_APPEND)
    os.write(fd, b"x" * 3996)
    written = os.writev(fd, [b"y" * 3000, b"z" * 3000])
    return written, outcome(os.write, fd, b"x"), os.fstat(fd).st_size


@law("(8192, 'ENOSPC', 8192)")
def a_copy_across_the_limit_is_short():
    large = fill(but=2)
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    os.pwrite(large, b"x" * (8 * PAGE), 0)
    copied, reason = 0, None
    while reason is None:
        count = outcome(os.copy_file_range, large, fd, 8 * PAGE - copied, copied, copied)
        copied, reason = (copied + count, None) if isinstance(count, int) else (copied, count)
    return copied, reason, os.fstat(fd).st_size


@law("(None, 'ENOSPC', 0)")
def allocation_goes_to_the_limit_and_not_beyond():
    start()
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    whole = outcome(lambda: kernel.fallocate(fd, 0, 0, SIZE) or None)
    os.ftruncate(fd, 0)
    return whole, outcome(kernel.fallocate, fd, 0, 0, SIZE + PAGE), os.fstat(fd).st_blocks


@law("(4096, 100, b'xy', 'ENOSPC')")
def what_needs_no_page_is_written_when_none_is_left():
    fd = fill(but=1)
    part = os.open("part", os.O_CREAT | os.O_RDWR)
    os.write(part, b"x")
    over = os.pwrite(fd, b"y" * PAGE, 0)
    grown = os.pwrite(part, b"y" * 100, 1)
    return over, grown, read("part")[:2], outcome(os.pwrite, part, b"z", PAGE)


@law("'ENOSPC'")
def users_meet_the_same_limit():
    fill()
    os.chmod(".", 0o777)
    return repr(as_user(lambda: os.write(os.open("a", os.O_CREAT | os.O_WRONLY), b"x")))


@law("['ENOSPC', 8192, 'ENOSPC', 8192, 'ENOSPC', 8192, 'ENOSPC', 8192, 'ENOSPC', 8192]")
def what_is_given_up_can_be_used_at_once():
    hole = kernel.FALLOC_PUNCH_HOLE | kernel.FALLOC_KEEP_SIZE
    seen = []

    def replace():
        write("new")
        os.rename("new", "large")

    def punch():
        with open("large", "r+b") as file:
            kernel.fallocate(file.fileno(), hole, 5 * PAGE, 2 * PAGE)

    for give_up in (
        lambda: os.unlink("large"),
        replace,
        punch,
        lambda: os.truncate("large", SIZE - 2 * PAGE),
        lambda: os.close(os.open("large", os.O_WRONLY | os.O_TRUNC)),
    ):
        os.close(fill())
        seen.append(room_for())
        give_up()
        seen.append(room_for())
        for name in os.listdir():
            os.unlink(name)
    return seen


@law("('ENOSPC', 8192)")
def an_unlinked_file_takes_space_until_it_is_closed():
    fd = fill()
    os.unlink("large")
    full = room_for()
    os.close(fd)
    return full, room_for()


@law("(True, ['ENOSPC', 'ENOSPC', 'ENOSPC', 'ENOSPC', 'ENOSPC', 'ENOSPC'], 'None')")
def inodes_go_to_the_limit_and_not_beyond():
    free = start().f_ffree
    made = 0
    while outcome(write, f"f{made}") is None:
        made += 1
    refused = [
        outcome(os.mkdir, "d"),
        outcome(os.symlink, "x", "l"),
        outcome(os.mkfifo, "p"),
        outcome(os.link, "f0", "h"),
        outcome(os.open, ".", os.O_TMPFILE | os.O_RDWR),
        outcome(kernel.renameat2, "f0", "g", kernel.RENAME_WHITEOUT),
    ]
    return made == free, refused, str(outcome(os.rename, "f0", "g"))


@law("[None, None, None, None]")
def an_inode_that_is_given_up_can_be_used_at_once():
    start()
    made = 0
    while outcome(write, f"f{made}") is None:
        made += 1
    os.unlink("f0")
    seen = [outcome(os.mkdir, "d")]
    os.rmdir("d")
    seen.append(outcome(os.link, "f1", "h"))
    os.unlink("h")
    seen.append(outcome(write, "again"))
    os.rename("again", "f2")
    return seen + [outcome(write, "last")]
