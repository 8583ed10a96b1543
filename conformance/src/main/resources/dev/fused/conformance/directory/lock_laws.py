"""Locks of whole files and of ranges, between processes."""

import errno
import fcntl
import mmap
import os
import random
import signal
import struct
import time

import kernel
from laws import in_child, law, outcome, write
from needs import file_locks, largest_files, open_file_locks, range_locks


def opened():
    return os.open("a", os.O_RDWR | os.O_CREAT, 0o644)


def lock(fd, kind, *range_):
    return outcome(fcntl.lockf, fd, kind | fcntl.LOCK_NB, *range_)


def flock(fd, kind):
    return outcome(fcntl.flock, fd, kind | fcntl.LOCK_NB)


def elsewhere(function, *arguments):
    """The outcome of a lock through a descriptor of another process."""
    return in_child(lambda: function(opened(), *arguments))


def once_closed(function, *arguments):
    """The outcome of a lock after a close that gives back a lock of flock(2), or one of an open file.

    A server behind FUSE is told of this close by a RELEASE, and close(2) does not wait for its answer.
    """
    deadline = time.monotonic() + 1
    while True:
        found = function(*arguments)
        if found != "EAGAIN" or time.monotonic() > deadline:
            return found
        time.sleep(0.001)


@law("['None', 'EAGAIN', 'None', 'None']", needs=[file_locks])
def a_whole_file_is_locked_by_one_or_shared_by_many():
    fd = opened()
    flock(fd, fcntl.LOCK_SH)
    seen = [elsewhere(flock, fcntl.LOCK_SH), elsewhere(flock, fcntl.LOCK_EX)]
    flock(fd, fcntl.LOCK_UN)
    seen.append(elsewhere(flock, fcntl.LOCK_EX))
    flock(fd, fcntl.LOCK_EX)
    os.close(fd)
    return seen + [once_closed(elsewhere, flock, fcntl.LOCK_EX)]


@law("['EAGAIN', 'None', 'None', 'None', 'EAGAIN']", needs=[range_locks])
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


@law("(1, 100, 10, True)", needs=[range_locks])
def who_holds_a_range_is_told():
    fd = opened()
    lock(fd, fcntl.LOCK_EX, 10, 100)
    query = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)

    def ask():
        answer = fcntl.fcntl(opened(), fcntl.F_GETLK, query)
        kind, _, start, length, pid = struct.unpack("hhqqi4x", answer)
        return kind, start, length, pid == os.getppid()

    return in_child(ask)


@law("None", needs=[range_locks])
def closing_any_descriptor_gives_range_locks_up():
    first, second = opened(), opened()
    lock(first, fcntl.LOCK_EX)
    os.close(second)
    return elsewhere(lock, fcntl.LOCK_EX)


@law("(None, 'None')", needs=[range_locks])
def locks_end_with_their_process():
    in_child(lambda: fcntl.lockf(opened(), fcntl.LOCK_EX))
    return lock(opened(), fcntl.LOCK_SH), elsewhere(lock, fcntl.LOCK_SH)


@law("('waits', b'held')", needs=[range_locks])
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


@law("(2000, 4)", needs=[file_locks])
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


@law("['EAGAIN', 'None']", needs=[open_file_locks])
def a_lock_of_an_open_file_is_that_files_not_the_process():
    first, second = opened(), opened()
    exclusive = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    fcntl.fcntl(first, kernel.F_OFD_SETLK, exclusive)
    seen = [outcome(fcntl.fcntl, second, kernel.F_OFD_SETLK, exclusive)]
    os.close(first)
    return seen + [str(once_closed(outcome, lambda: fcntl.fcntl(second, kernel.F_OFD_SETLK, exclusive) and None))]


def started(function, *arguments):
    """Runs a function in a new process, and returns its id once it waits, or has ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, b"!")
        result = outcome(function, *arguments)
        os._exit(1 if isinstance(result, str) else 0)
    os.read(reader, 1)
    os.close(reader)
    os.close(writer)
    while state(child) not in "SZ":
        time.sleep(0.001)
    return child


def state(process):
    with open(f"/proc/{process}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]


def succeeded(child):
    return os.waitpid(child, 0)[1] == 0


def range_lock(kind, start=0, length=0):
    return struct.pack("hhqqi4x", kind, os.SEEK_SET, start, length, 0)


@law("['EINTR', 'EINTR', 'None']", needs=[file_locks, range_locks])
def a_signal_ends_the_wait_for_a_lock():
    held = opened()
    fcntl.lockf(held, fcntl.LOCK_EX)
    fcntl.flock(held, fcntl.LOCK_EX)

    def wait(function):
        def interrupted(*_):
            raise OSError(4, "interrupted")

        signal.signal(signal.SIGALRM, interrupted)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        function(opened(), fcntl.LOCK_EX)

    seen = [in_child(wait, fcntl.lockf), in_child(wait, fcntl.flock)]
    os.close(held)
    return seen + [elsewhere(lock, fcntl.LOCK_EX)]


@law("(True, True, 'None')", needs=[range_locks])
def who_is_killed_while_it_waits_is_out_of_the_way():
    held = opened()
    fcntl.lockf(held, fcntl.LOCK_EX)
    killed = started(lambda: fcntl.lockf(opened(), fcntl.LOCK_EX))
    patient = started(lambda: fcntl.lockf(opened(), fcntl.LOCK_EX))
    os.kill(killed, signal.SIGKILL)
    died = not succeeded(killed)
    fcntl.lockf(held, fcntl.LOCK_UN)
    return died, succeeded(patient), elsewhere(lock, fcntl.LOCK_EX)


@law("True", needs=[file_locks, range_locks])
def the_lock_of_a_process_that_is_killed_goes_to_who_waits():
    reader, writer = os.pipe()
    holder = os.fork()
    if holder == 0:
        fd = opened()
        fcntl.lockf(fd, fcntl.LOCK_EX)
        fcntl.flock(fd, fcntl.LOCK_EX)
        os.write(writer, b"!")
        signal.pause()
    os.read(reader, 1)

    def wait():
        fd = opened()
        fcntl.lockf(fd, fcntl.LOCK_EX)
        fcntl.flock(fd, fcntl.LOCK_EX)

    patient = started(wait)
    os.kill(holder, signal.SIGKILL)
    os.waitpid(holder, 0)
    return succeeded(patient)


@law("('EDEADLK', True)", needs=[range_locks])
def a_circle_of_waiting_processes_is_refused():
    fd = opened()
    fcntl.lockf(fd, fcntl.LOCK_EX, 1, 0)
    reader, writer = os.pipe()

    def wait():
        other = opened()
        fcntl.lockf(other, fcntl.LOCK_EX, 1, 1)
        os.write(writer, b"!")
        fcntl.lockf(other, fcntl.LOCK_EX, 1, 0)

    child = started(wait)
    os.read(reader, 1)
    time.sleep(0.1)
    refused = outcome(fcntl.lockf, fd, fcntl.LOCK_EX, 1, 1)
    fcntl.lockf(fd, fcntl.LOCK_UN)
    return refused, succeeded(child)


@law("['EAGAIN', 'None', 'EAGAIN', 'None', 'None']", needs=[file_locks])
def a_lock_of_flock_belongs_to_all_descriptors_of_one_open():
    fd = opened()
    copy = os.dup(fd)
    fcntl.flock(fd, fcntl.LOCK_EX)
    seen = [flock(opened(), fcntl.LOCK_EX), flock(copy, fcntl.LOCK_SH), elsewhere(flock, fcntl.LOCK_EX)]
    os.close(fd)
    seen.append(elsewhere(flock, fcntl.LOCK_SH))
    os.close(copy)
    return [str(each) for each in seen + [once_closed(elsewhere, flock, fcntl.LOCK_EX)]]


@law("['None', 'EAGAIN', 'None', 'None']", needs=[file_locks])
def a_shared_lock_becomes_exclusive_when_nobody_shares_it():
    fd, other = opened(), opened()
    flock(fd, fcntl.LOCK_SH)
    flock(other, fcntl.LOCK_SH)
    # flock(2) is not atomic: the one that fails has lost its shared lock.
    seen = [flock(fd, fcntl.LOCK_SH), flock(fd, fcntl.LOCK_EX)]
    seen.append(flock(other, fcntl.LOCK_EX))
    return [str(each) for each in seen + [flock(other, fcntl.LOCK_UN)]]


@law("['None', 'EAGAIN', 'None', 'EAGAIN', 'None']", needs=[file_locks, range_locks])
def locks_of_flock_and_of_fcntl_do_not_know_each_other():
    fd = opened()
    fcntl.flock(fd, fcntl.LOCK_EX)
    seen = [elsewhere(lock, fcntl.LOCK_EX), elsewhere(flock, fcntl.LOCK_EX)]
    fcntl.flock(fd, fcntl.LOCK_UN)
    fcntl.lockf(fd, fcntl.LOCK_EX)
    return seen + [elsewhere(flock, fcntl.LOCK_EX), elsewhere(lock, fcntl.LOCK_EX), elsewhere(flock, fcntl.LOCK_SH)]


@law("('None', 'EAGAIN', 'None')", needs=[range_locks, open_file_locks])
def a_lock_of_an_open_file_outlives_other_descriptors_and_is_inherited():
    first, second = opened(), opened()
    fcntl.fcntl(first, kernel.F_OFD_SETLK, range_lock(fcntl.F_WRLCK))
    os.close(second)
    in_child_that_has_it = in_child(
        lambda: fcntl.fcntl(first, kernel.F_OFD_SETLK, range_lock(fcntl.F_WRLCK)) and None
    )
    elsewhere_now = elsewhere(lock, fcntl.LOCK_SH)
    os.close(first)
    return in_child_that_has_it, elsewhere_now, once_closed(elsewhere, lock, fcntl.LOCK_SH)


@law("(True, True)", needs=[open_file_locks])
def a_lock_of_an_open_file_is_waited_for():
    held = opened()
    fcntl.fcntl(held, kernel.F_OFD_SETLK, range_lock(fcntl.F_WRLCK, 5, 5))

    def wait(start):
        fcntl.fcntl(opened(), kernel.F_OFD_SETLKW, range_lock(fcntl.F_WRLCK, start, 1))

    outside = started(wait, 10)
    inside = started(wait, 9)
    free = succeeded(outside)
    # Closing would not do: who waits has inherited the descriptor.
    fcntl.fcntl(held, kernel.F_OFD_SETLK, range_lock(fcntl.F_UNLCK))
    return free, succeeded(inside)


@law("['EBADF', 'EBADF', 'None', 'None']", needs=[range_locks])
def range_locks_need_a_descriptor_open_for_what_they_guard():
    write("a")
    reader, writer = os.open("a", os.O_RDONLY), os.open("a", os.O_WRONLY)
    kinds = [(reader, fcntl.LOCK_EX), (writer, fcntl.LOCK_SH), (reader, fcntl.LOCK_SH), (writer, fcntl.LOCK_EX)]
    return [str(lock(fd, kind)) for fd, kind in kinds]


@law("['EINVAL', 'EOVERFLOW', 'None', 'None']", needs=[largest_files, range_locks])
def the_last_byte_of_a_range_is_at_most_the_last_of_the_largest_file():
    fd = opened()
    last = 2**63 - 1

    def set_lock(start, length):
        return str(outcome(lambda: fcntl.fcntl(fd, fcntl.F_SETLK, range_lock(fcntl.F_WRLCK, start, length)) and None))

    return [set_lock(0, -1), set_lock(last, 2), set_lock(last, 1), set_lock(0, last)]


@law("[(0, 5, 1), (8, 2, 0), (2, None, None)]", needs=[range_locks])
def what_is_left_of_a_range_after_its_middle_is_unlocked():
    fd = opened()
    fcntl.lockf(fd, fcntl.LOCK_EX, 10, 0)
    fcntl.lockf(fd, fcntl.LOCK_UN, 3, 5)
    fcntl.lockf(fd, fcntl.LOCK_SH, 2, 8)

    def ask(start, length):
        answer = fcntl.fcntl(opened(), fcntl.F_GETLK, range_lock(fcntl.F_WRLCK, start, length))
        kind, _, start, length, _ = struct.unpack("hhqqi4x", answer)
        return (start, length, kind) if kind != fcntl.F_UNLCK else (kind, None, None)

    return eval(in_child(lambda: [ask(0, 0), ask(6, 0), ask(5, 3)]))


@law("([], 8)", needs=[range_locks])
def ranges_that_many_processes_lock_are_theirs_alone():
    size, rounds = 32, 150
    cells = mmap.mmap(-1, size)
    write("violations")

    def work(seed):
        chance = random.Random(seed)
        fd = opened()
        log = os.open("violations", os.O_WRONLY | os.O_APPEND)
        mine = bytes([seed + 1])
        for _ in range(rounds):
            start = chance.randrange(size)
            length = chance.randrange(1, size - start + 1)
            writes = chance.random() < 0.5
            kind = (fcntl.LOCK_EX if writes else fcntl.LOCK_SH) | chance.choice([0, 0, fcntl.LOCK_NB])
            if outcome(fcntl.lockf, fd, kind, length, start) is not None:
                continue
            seen = cells[start : start + length]
            if writes:
                cells[start : start + length] = mine * length
            time.sleep(chance.random() / 2000)
            now = cells[start : start + length]
            if any(seen) or now != (mine if writes else b"\0") * length:
                os.write(log, f"{seed} {kind} {start}+{length}: {seen} {now}\n".encode())
            if writes:
                cells[start : start + length] = bytes(length)
            split = chance.randrange(start, start + length)
            fcntl.lockf(fd, fcntl.LOCK_UN, start + length - split, split)
            fcntl.lockf(fd, fcntl.LOCK_UN, length, start)

    children = [started(work, seed) for seed in range(8)]
    done = [succeeded(child) for child in children]
    with open("violations") as log:
        return log.read().splitlines()[:5], done.count(True)


@law("(True, 8)", needs=[range_locks])
def of_processes_that_lock_in_any_order_none_waits_for_ever():
    rounds = 60
    refused = mmap.mmap(-1, 8)

    def work(seed):
        chance = random.Random(seed)
        fd = opened()
        for _ in range(rounds):
            for byte in chance.sample(range(6), 3):
                if outcome(fcntl.lockf, fd, fcntl.LOCK_EX, 1, byte) is not None:
                    refused[seed] = 1
                    break
                time.sleep(chance.random() / 2000)
            fcntl.lockf(fd, fcntl.LOCK_UN)

    children = [started(work, seed) for seed in range(8)]
    done = [succeeded(child) for child in children]
    return any(refused[:]), done.count(True)


@law("[True, True]", needs=[file_locks])
def closing_a_file_takes_no_lock_of_the_next_one_away():
    """The kernel names the owner of a lock by an address, which the next open file may have."""
    held = mmap.mmap(-1, 8)
    over = mmap.mmap(-1, 1)

    def intrude():
        while not over[0]:
            number = held[:]
            fd = opened()
            if flock(fd, fcntl.LOCK_EX) is None and any(number) and held[:] == number:
                return 1
            os.close(fd)
        return 0

    def born():
        child = os.fork()
        if child == 0:
            os._exit(intrude())
        return child

    intruders = [born() for _ in range(2)]
    for number in range(1, 1000):
        fd = opened()
        fcntl.flock(fd, fcntl.LOCK_EX)
        held[:] = struct.pack("q", number)
        time.sleep(0.0005 * (number % 2))
        held[:] = bytes(8)
        os.close(fd)
    over[0] = 1
    return [succeeded(child) for child in intruders]


@law("([], 16)", needs=[file_locks, range_locks, open_file_locks])
def locks_exclude_and_end_with_their_process_whoever_is_killed_when():
    size, kills = 16, 40
    parent = os.getpid()
    # In each byte's cell, and in one for the whole file, who wrote there last; then who got which kind of lock.
    cells = mmap.mmap(-1, 8 * (size + 1))
    served = mmap.mmap(-1, 3)
    over = mmap.mmap(-1, 1)
    write("violations")
    may_interrupt = [False]

    def interrupted(*_):
        if may_interrupt[0]:
            raise OSError(errno.EINTR, "interrupted")

    def take(kind, fd, writes, start, length):
        if kind == 0:
            fcntl.lockf(fd, fcntl.LOCK_EX if writes else fcntl.LOCK_SH, length, start)
        elif kind == 1:
            lock_type = fcntl.F_WRLCK if writes else fcntl.F_RDLCK
            fcntl.fcntl(fd, kernel.F_OFD_SETLKW, range_lock(lock_type, start, length))
        else:
            fcntl.flock(fd, fcntl.LOCK_EX if writes else fcntl.LOCK_SH)

    def give_back(kind, fd):
        if kind == 0:
            fcntl.lockf(fd, fcntl.LOCK_UN)
        elif kind == 1:
            fcntl.fcntl(fd, kernel.F_OFD_SETLK, range_lock(fcntl.F_UNLCK))
        else:
            fcntl.flock(fd, fcntl.LOCK_UN)

    def was_taken(seconds, *arguments):
        """False if a signal came first; after 0 seconds none comes."""
        try:
            may_interrupt[0] = True
            signal.setitimer(signal.ITIMER_REAL, seconds)
            try:
                take(*arguments)
                return True
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
                may_interrupt[0] = False
        except OSError as e:
            may_interrupt[0] = False
            if e.errno != errno.EINTR:
                raise
            return False

    def work(seed):
        chance = random.Random(seed)
        signal.signal(signal.SIGALRM, interrupted)
        log = os.open("violations", os.O_WRONLY | os.O_APPEND)
        fd = opened()
        while not over[0] and os.getppid() == parent:
            kind = chance.randrange(3)
            writes = chance.random() < 0.5
            start = chance.randrange(size)
            length = chance.randrange(1, min(6, size - start + 1))
            patience = chance.choice([0, 0, chance.uniform(0.0001, 0.01)])
            if was_taken(patience, kind, fd, writes, start, length):
                mine = slice(8 * size, None) if kind == 2 else slice(8 * start, 8 * (start + length))
                if writes:
                    cells[mine] = struct.pack("q", chance.getrandbits(62)) * (len(cells[mine]) // 8)
                before = cells[mine]
                time.sleep(chance.random() / 1000)
                if cells[mine] != before:
                    os.write(log, f"{seed} {kind} {writes} {start}+{length}\n".encode())
                served[kind] = 1
            if chance.random() < 0.2:
                os.close(fd)
                fd = opened()
            else:
                give_back(kind, fd)

    def born(seed):
        child = os.fork()
        if child == 0:
            result = outcome(work, seed)
            os._exit(0 if result is None else 1)
        return child

    chance = random.Random(1)
    children = [born(seed) for seed in range(16)]
    for seed in range(100, 100 + kills):
        time.sleep(chance.random() / 25)
        victim = children.pop(chance.randrange(len(children)))
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        children.append(born(seed))
    while 0 in served[:]:
        time.sleep(0.01)
    over[0] = 1
    done = [succeeded(child) for child in children]
    fd = opened()
    for kind in range(3):
        take(kind, fd, True, 0, 0)
        give_back(kind, fd)
    with open("violations") as log:
        return log.read().splitlines()[:5], done.count(True)
