"""What tmpfs does and any other file system need not do: how it counts, and what it lacks."""

import os
import time

import kernel
from laws import law, write
from time_laws import changed

LAST = 2**63 - 1


@law("EOPNOTSUPP")
def collapsing_a_range():
    write("a", b"x" * 16384)
    kernel.fallocate(os.open("a", os.O_RDWR), kernel.FALLOC_COLLAPSE_RANGE, 0, 4096)


def when_settled(is_settled):
    """What is free: an inode is given back when the kernel forgets it, a moment after its removal."""
    now = os.statvfs(".")
    for _ in range(100):
        before = now
        time.sleep(0.05)
        now = os.statvfs(".")
        if is_settled(before, now):
            break
    return now


@law("(4096, 255, True, 3, -3, 0, 0)")
def the_space_that_is_free_follows_what_is_made_and_removed():
    start = when_settled(lambda before, now: before == now)
    write("a", b"x" * (3 * 4096 - 5))
    os.mkdir("d")
    os.symlink("x", "l")
    full = os.statvfs(".")
    os.unlink("a")
    os.unlink("l")
    os.rmdir("d")
    end = when_settled(lambda before, now: now.f_ffree == start.f_ffree)
    return (
        start.f_bsize,
        start.f_namemax,
        start.f_blocks >= start.f_bfree > 0,
        start.f_bfree - full.f_bfree,
        full.f_ffree - start.f_ffree,
        end.f_bfree - start.f_bfree,
        end.f_ffree - start.f_ffree,
    )


@law("True")
def a_directory_entry_made_again_and_again_is_another():
    inodes = set()
    for _ in range(200):
        write("a")
        inodes.add(os.stat("a").st_ino)
        os.unlink("a")
    os.mkdir("a")
    return len(inodes) == 200


@law("0")
def truncation_to_any_size_takes_no_space():
    write("a", b"first")
    free = os.statvfs(".").f_bfree
    fd = os.open("a", os.O_RDWR)
    for size in (LAST, 2**62, 5):
        os.ftruncate(fd, size)
    return os.statvfs(".").f_bfree - free


@law("mc")
def truncation_of_a_path_to_the_same_size_shows():
    write("a", b"x" * 100)
    return changed(lambda: kernel.truncate("a", 100))


@law("mc")
def a_hole_punched_behind_the_end_shows():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    hole = kernel.FALLOC_PUNCH_HOLE | kernel.FALLOC_KEEP_SIZE
    return changed(lambda: kernel.fallocate(fd, hole, 0, 10))


@law("c")
def an_attribute_that_is_set_to_what_it_is_shows():
    write("a")
    os.setxattr("a", "user.x", b"1")
    return changed(lambda: os.setxattr("a", "user.x", b"1"))


@law("['c', 'c']")
def an_exchange_shows_in_what_is_exchanged():
    write("a")
    write("b")
    files = [os.open("a", os.O_RDONLY), os.open("b", os.O_RDONLY)]
    return [changed(lambda: kernel.renameat2("a", "b", kernel.RENAME_EXCHANGE), fd) for fd in files]
