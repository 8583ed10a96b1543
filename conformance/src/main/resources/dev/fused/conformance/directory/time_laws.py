"""The times of files: of birth, access, modification and change."""

import os
import time

import kernel
from laws import as_user, law, outcome, read, write
from needs import (
    allocation,
    any_time,
    birth_times,
    exchange,
    fifos,
    forgetting,
    hard_links,
    nanoseconds,
    other_users,
    owners,
    punched_holes,
    relatime,
    symbolic_links,
    user_attributes,
)

# Access and modification before each action that is looked at: long ago, and not the same.
OLD = (10**18, 10**18 + 1)

# File times may be taken from a clock that ticks only every few milliseconds.
TICK_NANOS = 20_000_000


def times(path):
    """Of access, modification and change, of a path or an open file; links are not followed."""
    status = os.lstat(path) if isinstance(path, str) else os.fstat(path)
    return status.st_atime_ns, status.st_mtime_ns, status.st_ctime_ns


def set_old(path):
    if isinstance(path, str):
        os.utime(path, ns=OLD, follow_symlinks=False)
    else:
        os.utime(path, ns=OLD)


def wait_until_old(path):
    """Until the last change of a file is before any tick to come."""
    while times(path)[2] > time.time_ns() - TICK_NANOS:
        pass


def changed(action, path="a"):
    """Which times of a file an action sets to now: letters of a, m, c."""
    set_old(path)
    wait_until_old(path)
    change = times(path)[2]
    before = time.time_ns()
    action()
    letters = ""
    for letter, value, was in zip("amc", times(path), (*OLD, change)):
        if before - TICK_NANOS <= value <= time.time_ns() + TICK_NANOS:
            letters += letter
        elif value != was:
            letters += f"?{letter}={value}"
    return letters


@law("amc amc amc", needs=[symbolic_links, nanoseconds])
def what_is_new_is_of_now():
    before = time.time_ns()
    write("a")
    os.mkdir("d")
    os.symlink("x", "l")
    after = time.time_ns()

    def fresh(path):
        kept = [before - TICK_NANOS <= value <= after + TICK_NANOS for value in times(path)]
        return "".join(letter for letter, new in zip("amc", kept) if new)

    return " ".join(fresh(path) for path in ("a", "d", "l"))


@law("[True, True, True, True]", needs=[owners, hard_links, fifos, symbolic_links, birth_times, nanoseconds])
def a_file_is_born_when_it_is_made_and_not_again():
    before = time.time_ns() - TICK_NANOS
    write("a")
    os.mkdir("d")
    os.symlink("x", "l")
    os.mkfifo("p")
    after = time.time_ns()
    born = {path: kernel.birth_time_ns(path) for path in "adlp"}
    for path in born:
        set_old(path)
        os.chown(path, 1, 1, follow_symlinks=False)
        os.rename(path, path + "2")
    os.chmod("a2", 0o600)
    write("a2", b"changed")
    os.link("a2", "a3")
    kept = all(kernel.birth_time_ns(path + "2") == born[path] for path in born)
    linked = kernel.birth_time_ns("a3") == born["a"]
    return [all(before <= birth <= after for birth in born.values()), kept, linked, times("d2")[:2] == OLD]


@law(
    "['mc', 'mc', 'mc', 'mc', 'mc', 'c', 'c', 'c', 'c', 'c', 'c', 'c', 'c', 'c']",
    needs=[owners, hard_links, allocation, punched_holes, user_attributes, nanoseconds],
)
def changes_of_a_file_show_in_its_times():
    write("a", b"x" * 100)
    fd = os.open("a", os.O_RDWR)
    hole = kernel.FALLOC_PUNCH_HOLE | kernel.FALLOC_KEEP_SIZE
    return [
        changed(lambda: os.pwrite(fd, b"y", 0)),
        changed(lambda: os.ftruncate(fd, 50)),
        changed(lambda: kernel.truncate("a", 60)),
        changed(lambda: kernel.fallocate(fd, hole, 0, 10)),
        changed(lambda: os.close(os.open("a", os.O_WRONLY | os.O_TRUNC))),
        changed(lambda: os.chmod("a", 0o600)),
        changed(lambda: os.chmod("a", 0o600)),
        changed(lambda: os.chown("a", 1, 1)),
        changed(lambda: os.chown("a", -1, -1)),
        changed(lambda: os.link("a", "b")),
        changed(lambda: os.unlink("b")),
        changed(lambda: os.rename("a", "a2") or os.rename("a2", "a")),
        changed(lambda: os.setxattr("a", "user.x", b"1")),
        changed(lambda: os.removexattr("a", "user.x")),
    ]


@law("['', '', '', '', '', '', '', '']", needs=[hard_links, user_attributes, nanoseconds])
def what_changes_nothing_does_not_show():
    write("a", b"x" * 100)
    os.link("a", "link")
    fd = os.open("a", os.O_RDWR)
    os.setxattr("a", "user.x", b"1")
    return [
        changed(lambda: os.pwrite(fd, b"", 0)),
        changed(lambda: os.close(os.open("a", os.O_RDWR | os.O_CREAT | os.O_APPEND))),
        changed(lambda: os.fsync(fd)),
        changed(lambda: os.rename("a", "link")),
        changed(lambda: os.getxattr("a", "user.x")),
        changed(lambda: outcome(os.setxattr, "a", "user.x", b"2", os.XATTR_CREATE)),
        changed(lambda: outcome(os.link, "a", "link")),
        changed(lambda: os.lseek(fd, 0, os.SEEK_END)),
    ]


@law("['mc', 'mc', 'mc']", needs=[nanoseconds])
def truncation_to_the_same_size():
    write("a", b"x" * 100)
    fd = os.open("a", os.O_RDWR)
    seen = [changed(lambda: os.ftruncate(fd, 100))]
    os.ftruncate(fd, 0)
    seen.append(changed(lambda: os.ftruncate(fd, 0)))
    return seen + [changed(lambda: os.close(os.open("a", os.O_WRONLY | os.O_TRUNC)))]


@law(
    "['mc', 'mc', 'mc', 'mc', 'mc', 'mc', 'mc', 'mc', 'mc', '', '', '']",
    needs=[hard_links, fifos, symbolic_links, nanoseconds],
)
def changes_in_a_directory_show_in_its_times():
    os.mkdir("d")
    write("out")
    return [
        changed(lambda: write("d/a"), "d"),
        changed(lambda: os.mkdir("d/e"), "d"),
        changed(lambda: os.symlink("x", "d/l"), "d"),
        changed(lambda: os.link("out", "d/link"), "d"),
        changed(lambda: os.mkfifo("d/p"), "d"),
        changed(lambda: os.rename("d/a", "d/b"), "d"),
        changed(lambda: os.rename("out", "d/in"), "d"),
        changed(lambda: os.unlink("d/b"), "d"),
        changed(lambda: os.rmdir("d/e"), "d"),
        changed(lambda: os.stat("d/in"), "d"),
        changed(lambda: outcome(os.mkdir, "d/in"), "d"),
        changed(lambda: write("d/in", b"content"), "d"),
    ]


@law("['mc', 'mc', 'c', 'c', 'mc', 'mc', 'c']", needs=[nanoseconds])
def a_move_shows_in_both_directories_and_in_what_moves():
    os.makedirs("from")
    os.makedirs("to")
    seen = []
    for make in write, os.mkdir:
        for watched in "from", "to", "from/a", "to/a":
            make("from/a")
            if make == write:
                write("to/a")
            elif watched == "to/a":
                break
            fd = os.open(watched, os.O_RDONLY)
            seen.append(changed(lambda: os.rename("from/a", "to/a"), fd))
            (os.unlink if make == write else os.rmdir)("to/a")
    return seen


@law("['mc', 'mc']", needs=[exchange, nanoseconds])
def an_exchange_shows_in_both_directories():
    os.mkdir("d")
    os.mkdir("e")
    write("d/a")
    write("e/b")

    def exchange_files():
        kernel.renameat2("d/a", "e/b", kernel.RENAME_EXCHANGE)

    return [changed(exchange_files, "d"), changed(exchange_files, "e")]


@law("['c', 'c']", needs=[nanoseconds])
def removal_of_its_last_name_shows_in_an_open_file():
    write("a")
    write("b")
    fd, over = os.open("a", os.O_RDONLY), os.open("b", os.O_RDONLY)
    seen = [changed(lambda: os.unlink("a"), fd)]
    write("a")
    return seen + [changed(lambda: os.rename("a", "b"), over)]


@law("True", needs=[nanoseconds])
def the_change_of_a_moved_file_shows():
    write("a")
    wait_until_old("a")
    before = times("a")
    os.rename("a", "b")
    after = times("b")
    return after[2] > before[2] and after[:2] == before[:2]


@law("mc", needs=[nanoseconds])
def a_copied_range_shows_in_its_target():
    write("a", b"x" * 10_000)
    write("b", b"y" * 10_000)
    source, target = os.open("a", os.O_RDONLY), os.open("b", os.O_RDWR)

    def copy():
        return os.copy_file_range(source, target, 5000, 0, 0)

    return changed(copy, "b")


@law("['a', '', 'a', '', 'a', '']", needs=[symbolic_links, nanoseconds, relatime])
def access_shows_once_after_a_change():
    """By the rule of relatime: what is cached may be read without the file system knowing."""
    write("a", b"content")
    os.mkdir("d")
    write("d/a")
    os.symlink("target", "l")

    def read_cold():
        kernel.drop_pages("a")
        read("a")

    def again(action, path):
        while times(path)[0] > time.time_ns() - TICK_NANOS:
            pass
        before = times(path)
        action()
        return "" if times(path) == before else "changed"

    seen = []
    for action, path in (
        (read_cold, "a"),
        (lambda: os.listdir("d"), "d"),
        (lambda: os.readlink("l"), "l"),
    ):
        seen += [changed(action, path), again(action, path)]
    return seen


@law("['a', 'a', '', '']", needs=[nanoseconds, relatime])
def access_shows_unless_the_opener_asks_that_it_does_not():
    write("a", b"content")
    os.mkdir("d")
    write("d/a")

    def read_file(flags):
        kernel.drop_pages("a")
        fd = os.open("a", os.O_RDONLY | flags)
        os.read(fd, 10)
        os.close(fd)

    def list_directory(flags):
        fd = os.open("d", os.O_RDONLY | flags)
        os.listdir(fd)
        os.close(fd)

    return [
        changed(lambda: read_file(0), "a"),
        changed(lambda: list_directory(0), "d"),
        changed(lambda: read_file(os.O_NOATIME), "a"),
        changed(lambda: list_directory(os.O_NOATIME), "d"),
    ]


@law("EPERM", needs=[other_users])
def only_the_owner_asks_that_access_does_not_show():
    write("a")
    return as_user(os.open, "a", os.O_RDONLY | os.O_NOATIME)


@law("True")
def access_times_are_between_creation_and_now():
    write("a", b"x")
    created = times("a")
    for _ in range(3):
        read("a")
    return created[0] <= times("a")[0] <= time.time_ns() + TICK_NANOS


@law("[(1, 2), (999999999, 1000000001), (8589934592000000003, -1), (-1500000000, -1)]", needs=[nanoseconds])
def times_are_set_to_the_nanosecond():
    write("a")
    seen = []
    for pair in (1, 2), (999_999_999, 1_000_000_001), (2**33 * 10**9 + 3, -1), (-1_500_000_000, -1):
        os.utime("a", ns=pair)
        seen.append(times("a")[:2])
    return seen


@law("(True, True)", needs=[forgetting, nanoseconds, any_time])
def any_second_can_be_set():
    """From long before 1970 to long after 2038, 2106 and 2446; the cache may not be what remembers."""
    seconds = [-(2**40), -(2**31) - 1, -(2**31), -1, 0, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**34, 2**40]

    def shown(path):
        status = os.stat(path)
        return int(status.st_atime), int(status.st_mtime), status.st_mtime_ns % 10**9

    for i, second in enumerate(seconds):
        write(f"a{i}")
        kernel.utimensat(f"a{i}", (second, 0), (second, 999_999_999))
    expected = [(second, second, 999_999_999) for second in seconds]

    def all_shown():
        found = [os.stat(f"a{i}") for i in range(len(seconds))]
        return [(f.st_atime_ns // 10**9, f.st_mtime_ns // 10**9, f.st_mtime_ns % 10**9) for f in found]

    cached = all_shown() == expected
    kernel.forget_names()
    return cached, all_shown() == expected


NOW, OMIT = (0, kernel.UTIME_NOW), (0, kernel.UTIME_OMIT)
THEN = (5, 7)


@law(
    "['amc', 'ac', 'mc', '', '?a=5000000007c', '?m=5000000007c', '?a=5000000007mc', 'a?m=5000000007c', 'amc']",
    needs=[nanoseconds],
)
def each_time_is_set_or_now_or_stays():
    write("a")

    def set_times(atime, mtime):
        return changed(lambda: kernel.utimensat("a", atime, mtime))

    return [
        set_times(NOW, NOW),
        set_times(NOW, OMIT),
        set_times(OMIT, NOW),
        set_times(OMIT, OMIT),
        set_times(THEN, OMIT),
        set_times(OMIT, THEN),
        set_times(THEN, NOW),
        set_times(NOW, THEN),
        changed(lambda: os.utime("a")),
    ]


@law("['None', 'None', 'EPERM', 'EPERM', 'EPERM', 'EPERM', 'None']", needs=[other_users])
def who_may_write_sets_both_times_to_now_and_no_other():
    write("a", mode=0o666)
    pairs = (None, (NOW, NOW), (NOW, OMIT), (OMIT, NOW), (THEN, THEN), (NOW, THEN), (OMIT, OMIT))

    def set_times(pair):
        return os.utime("a") if pair is None else kernel.utimensat("a", *pair) or None

    return [as_user(set_times, pair) for pair in pairs]


@law("['EINVAL', 'EINVAL', 'EINVAL', 'ENOENT']")
def what_is_no_time():
    write("a")

    def set_times(path, atime, mtime):
        return outcome(kernel.utimensat, path, atime, mtime)

    return [
        set_times("a", (0, 10**9), THEN),
        set_times("a", THEN, (0, -1)),
        set_times("a", OMIT, (0, 10**9)),
        set_times("missing", NOW, OMIT),
    ]


@law("('?a=5000000007?m=5000000007c', '')", needs=[symbolic_links, nanoseconds])
def the_times_of_a_link_are_not_those_of_its_target():
    write("a")
    os.symlink("a", "l")

    def set_times():
        kernel.utimensat("l", THEN, THEN, kernel.AT_SYMLINK_NOFOLLOW)

    return changed(set_times, "l"), changed(set_times, "a")


@law("(True, True, True)", needs=[nanoseconds])
def what_is_done_later_is_not_older():
    """Also if it is done to a file of another file system: make(1) compares."""
    write("a")
    write("b")
    os.mkdir("d")
    fd = os.open("a", os.O_RDWR)
    foreign = os.memfd_create("foreign")

    def touch_directory():
        os.close(os.open("d/a", os.O_CREAT | os.O_WRONLY))
        os.unlink("d/a")
        return os.stat("d").st_mtime_ns

    def touched(descriptor, action):
        action()
        return os.fstat(descriptor).st_mtime_ns

    def write_foreign():
        return touched(foreign, lambda: os.pwrite(foreign, b"x", 0))

    def new_foreign():
        descriptor = os.memfd_create("new")
        try:
            return os.fstat(descriptor).st_mtime_ns
        finally:
            os.close(descriptor)

    own = (
        lambda: touched(fd, lambda: os.pwrite(fd, b"x", 0)),
        lambda: touched(fd, lambda: os.utime("a")),
        lambda: os.utime("b") or os.stat("b").st_mtime_ns,
        touch_directory,
    )

    def in_order(actions):
        seen = [action() for _ in range(50) for action in actions]
        return seen == sorted(seen)

    between = [action for mine in own for action in (mine, write_foreign, mine, new_foreign)]
    return in_order(own), in_order(between), in_order([write_foreign, own[0], new_foreign, own[1]])
