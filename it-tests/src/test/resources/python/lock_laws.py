"""Locks of whole files and of ranges, between processes."""

import fcntl
import os
import struct

from laws import in_child, law, main, outcome, write

OPEN_FILE_SETLK = 37


def opened():
    return os.open("a", os.O_RDWR | os.O_CREAT, 0o644)


def lock(fd, kind, *range_):
    return outcome(fcntl.lockf, fd, kind | fcntl.LOCK_NB, *range_)


def flock(fd, kind):
    return outcome(fcntl.flock, fd, kind | fcntl.LOCK_NB)


def elsewhere(function, *arguments):
    """The outcome of a lock through a descriptor of another process."""
    return in_child(lambda: function(opened(), *arguments))


@law("['None', 'EAGAIN', 'None', 'None']")
def a_whole_file_is_locked_by_one_or_shared_by_many():
    fd = opened()
    flock(fd, fcntl.LOCK_SH)
    seen = [elsewhere(flock, fcntl.LOCK_SH), elsewhere(flock, fcntl.LOCK_EX)]
    flock(fd, fcntl.LOCK_UN)
    seen.append(elsewhere(flock, fcntl.LOCK_EX))
    flock(fd, fcntl.LOCK_EX)
    os.close(fd)
    return seen + [elsewhere(flock, fcntl.LOCK_EX)]


@law("['EAGAIN', 'None', 'None', 'None', 'EAGAIN']")
def ranges_are_locked_each_for_itself():
    fd = opened()
    lock(fd, fcntl.LOCK_EX, 10, 100)
    seen = [
        elsewhere(lock, fcntl.LOCK_EX, 1, 109),
        elsewhere(lock, fcntl.LOCK_EX, 0, 110),
        elsewhere(lock, fcntl.LOCK_EX, 100, 0),
    ]
    fcntl.lockf(fd, fcntl.LOCK_UN, 5, 100)
    return seen + [elsewhere(lock, fcntl.LOCK_SH, 5, 100), elsewhere(lock, fcntl.LOCK_SH, 1, 105)]


@law("(1, 100, 10, True)")
def who_holds_a_range_is_told():
    fd = opened()
    lock(fd, fcntl.LOCK_EX, 10, 100)
    query = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)

    def ask():
        answer = fcntl.fcntl(opened(), fcntl.F_GETLK, query)
        kind, _, start, length, pid = struct.unpack("hhqqi4x", answer)
        return kind, start, length, pid == os.getppid()

    return in_child(ask)


@law("None")
def closing_any_descriptor_gives_range_locks_up():
    first, second = opened(), opened()
    lock(first, fcntl.LOCK_EX)
    os.close(second)
    return elsewhere(lock, fcntl.LOCK_EX)


@law("(None, 'None')")
def locks_end_with_their_process():
    in_child(lambda: fcntl.lockf(opened(), fcntl.LOCK_EX))
    return lock(opened(), fcntl.LOCK_SH), elsewhere(lock, fcntl.LOCK_SH)


@law("('waits', b'held')")
def a_lock_is_waited_for():
    write("log")
    reader, writer = os.pipe()
    held = opened()
    fcntl.lockf(held, fcntl.LOCK_EX)
    child = os.fork()
    if child == 0:
        fd = opened()
        os.write(writer, b"waits")
        fcntl.lockf(fd, fcntl.LOCK_EX)
        with open("log", "rb") as log:
            os.write(writer, log.read())
        os._exit(0)
    first = os.read(reader, 100).decode()
    write("log", b"held")
    fcntl.lockf(held, fcntl.LOCK_UN)
    os.waitpid(child, 0)
    return first, os.read(reader, 100)


@law("(2000, 4)")
def a_counter_that_many_increase_under_a_lock_is_exact():
    write("a", b"0")
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            fd = opened()
            for _ in range(500):
                fcntl.flock(fd, fcntl.LOCK_EX)
                count = int(os.pread(fd, 20, 0))
                os.pwrite(fd, b"%d" % (count + 1), 0)
                fcntl.flock(fd, fcntl.LOCK_UN)
            os._exit(0)
        children.append(child)
    statuses = [os.waitpid(child, 0)[1] for child in children]
    with open("a", "rb") as file:
        return int(file.read()), statuses.count(0)


@law("['EAGAIN', 'None']")
def a_lock_of_an_open_file_is_that_files_not_the_process():
    first, second = opened(), opened()
    exclusive = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    fcntl.fcntl(first, OPEN_FILE_SETLK, exclusive)
    seen = [outcome(fcntl.fcntl, second, OPEN_FILE_SETLK, exclusive)]
    os.close(first)
    return seen + [str(outcome(lambda: fcntl.fcntl(second, OPEN_FILE_SETLK, exclusive) and None))]


if __name__ == "__main__":
    main()
