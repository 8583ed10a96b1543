"""Modes, owners, times and extended attributes, and who may do what."""

import os
import stat
import time

import kernel
from laws import NOBODY, as_user, become, in_child, law, main, outcome, write

OTHER = 4711

# File times may be taken from a clock that ticks only every few milliseconds.
TICK_NANOS = 20_000_000


def mode(path):
    return oct(stat.S_IMODE(os.lstat(path).st_mode))


def times(path):
    status = os.stat(path)
    return status.st_atime_ns, status.st_mtime_ns, status.st_ctime_ns


def changed(action, path="a"):
    """Which times of a file an action sets to now: letters of a, m, c."""
    os.utime(path, ns=(10**18, 10**18 + 1))
    while times(path)[2] > time.time_ns() - TICK_NANOS:
        pass
    before = time.time_ns()
    action()
    now = time.time_ns()
    status = times(path)
    old = (10**18, 10**18 + 1, None)
    letters = ""
    for letter, value, was in zip("amc", status, old):
        if before - TICK_NANOS <= value <= now + TICK_NANOS:
            letters += letter
        elif was is not None and value != was:
            letters += f"?{letter}={value}"
    return letters


@law("('0o640', '0o750', '0o600', '0o0')")
def the_umask_takes_rights_away():
    os.umask(0o027)
    os.close(os.open("a", os.O_CREAT | os.O_WRONLY, 0o666))
    os.mkdir("d", 0o777)
    os.mkfifo("f", 0o600)
    fd = os.open("none", os.O_CREAT | os.O_WRONLY, 0)
    os.write(fd, b"a descriptor needs no right any more")
    return mode("a"), mode("d"), mode("f"), mode("none")


@law("['0o7777', '0o1000', '0o2644', '0o4711', '0o0', '0o777']")
def a_mode_has_twelve_bits():
    write("a")
    seen = []
    for bits in 0o7777, 0o1000, 0o2644, 0o4711, 0:
        os.chmod("a", bits)
        seen.append(mode("a"))
    os.symlink("a", "l")
    return seen + [mode("l")]


@law("[(1, 2), (1, 3), (4, 3), (4294967294, 4294967294)]")
def owner_and_group_are_set_each_for_itself():
    write("a")
    seen = []
    for owner in (1, 2), (-1, 3), (4, -1), (2**32 - 2, 2**32 - 2):
        os.chown("a", *owner)
        seen.append((os.stat("a").st_uid, os.stat("a").st_gid))
    return seen


@law("(65534, 65534, 65534, 65534)")
def what_a_user_makes_is_the_users():
    os.chmod(".", 0o777)

    def make():
        write("a")
        os.mkdir("d")

    as_user(make)
    file, directory = os.stat("a"), os.stat("d")
    return file.st_uid, file.st_gid, directory.st_uid, directory.st_gid


@law("(4711, 4711, '0o2755', '0o644', 4711, '0o2755')")
def a_setgid_directory_passes_its_group_on():
    os.mkdir("d")
    os.chown("d", 0, OTHER)
    os.chmod("d", 0o2777)
    write("d/a")
    os.mkdir("d/e")
    os.mkdir("d/e/f")
    file, inner = os.stat("d/a"), os.stat("d/e")
    return file.st_gid, inner.st_gid, mode("d/e"), mode("d/a"), os.stat("d/e/f").st_gid, mode("d/e/f")


@law("(4711, '0o755', '0o2755')")
def a_program_in_a_setgid_directory_gets_setgid_only_from_a_member():
    os.mkdir("d")
    os.chown("d", 0, OTHER)
    os.chmod("d", 0o2777)

    def make(path):
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o2755))

    as_user(make, "d/stranger")
    as_user(make, "d/member", groups=[OTHER])
    return os.stat("d/stranger").st_gid, mode("d/stranger"), mode("d/member")


@law("('0o755', '0o755', '0o755', '0o755')")
def a_write_by_a_user_takes_setuid_and_setgid_away():
    def change(path, action):
        write(path, b"x" * 100, 0o777)
        os.chmod(path, 0o6777)
        os.chmod(path, 0o6755)
        os.chown(path, NOBODY, NOBODY)
        os.chmod(path, 0o6755)
        as_user(action)
        return mode(path)

    return (
        change("a", lambda: os.pwrite(os.open("a", os.O_WRONLY), b"y", 0)),
        change("b", lambda: kernel.truncate("b", 5)),
        change("c", lambda: os.open("c", os.O_WRONLY | os.O_TRUNC)),
        change("d", lambda: kernel.fallocate(os.open("d", os.O_WRONLY), 0, 0, 10)),
    )


@law("('0o6755', '0o755', '0o2644')")
def a_change_of_owner_takes_setuid_away():
    write("a", b"", 0o755)
    os.chmod("a", 0o6755)
    before = mode("a")
    os.chown("a", 1, 1)
    after = mode("a")
    # Without execution by the group the bit means locking, not a privilege.
    write("b", b"", 0o644)
    os.chmod("b", 0o2644)
    os.chown("b", 1, 1)
    return before, after, mode("b")


@law("('0o755', '0o2755')")
def only_a_member_of_the_group_sets_setgid():
    write("a")
    os.chown("a", NOBODY, OTHER)
    as_user(os.chmod, "a", 0o2755)
    stranger = mode("a")
    as_user(os.chmod, "a", 0o2755, groups=[OTHER])
    return stranger, mode("a")


@law("('None', 'EACCES', 'None')")
def groups_of_a_user_count():
    write("a", b"x", 0o060)
    os.chown("a", 0, OTHER)
    member = as_user(lambda: os.close(os.open("a", os.O_RDWR)), groups=[OTHER])
    stranger = as_user(lambda: os.close(os.open("a", os.O_RDWR)))
    return member, stranger, as_user(lambda: os.close(os.open("a", os.O_RDWR)), gid=OTHER)


@law("('True', 'True', 'False', 'False')")
def access_is_asked_for_the_real_user():
    write("a", b"", 0o754)
    return (
        str(os.access("a", os.R_OK | os.W_OK | os.X_OK)),
        as_user(os.access, "a", os.R_OK),
        as_user(os.access, "a", os.W_OK),
        as_user(os.access, "a", os.X_OK),
    )


@law("(False, True)")
def root_executes_only_what_somebody_may():
    write("a", b"", 0o644)
    before = os.access("a", os.X_OK)
    os.chmod("a", 0o645)
    return before, os.access("a", os.X_OK)


@law("('None', 'EPERM')")
def in_a_sticky_directory_one_removes_ones_own():
    os.mkdir("d")
    os.chmod("d", 0o1777)

    def make():
        os.mkdir("d/mine")
        write("d/a")

    as_user(make)
    return as_user(os.unlink, "d/a"), as_user(os.rmdir, "d/mine", uid=OTHER)


@law("None")
def the_owner_of_a_sticky_directory_removes_all_in_it():
    os.mkdir("d")
    os.chmod("d", 0o1777)
    os.chown("d", NOBODY, NOBODY)
    write("d/a")
    return as_user(os.unlink, "d/a")


@law("amc amc amc")
def what_is_new_is_of_now():
    before = time.time_ns()
    write("a")
    os.mkdir("d")
    os.symlink("x", "l")
    after = time.time_ns()

    def fresh(status):
        values = (status.st_atime_ns, status.st_mtime_ns, status.st_ctime_ns)
        kept = [before - TICK_NANOS <= value <= after + TICK_NANOS for value in values]
        return "".join(letter for letter, new in zip("amc", kept) if new)

    return " ".join(fresh(os.lstat(path)) for path in ("a", "d", "l"))


@law("['mc', 'mc', 'mc', 'mc', 'c', 'c', 'c', 'c', 'c', '']")
def changes_of_a_file_show_in_its_times():
    write("a", b"x" * 100)
    fd = os.open("a", os.O_RDWR)
    hole = kernel.FALLOC_PUNCH_HOLE | kernel.FALLOC_KEEP_SIZE
    return [
        changed(lambda: os.pwrite(fd, b"y", 0)),
        changed(lambda: os.ftruncate(fd, 50)),
        changed(lambda: os.close(os.open("a", os.O_WRONLY | os.O_TRUNC))),
        changed(lambda: kernel.fallocate(fd, hole, 0, 10)),
        changed(lambda: os.chmod("a", 0o600)),
        changed(lambda: os.chown("a", 1, 1)),
        changed(lambda: os.link("a", "b")),
        changed(lambda: os.unlink("b")),
        changed(lambda: os.setxattr("a", "user.x", b"1")),
        changed(lambda: os.getxattr("a", "user.x")),
    ]


@law("['mc', 'mc', 'mc', 'mc', 'mc', 'mc', '']")
def changes_in_a_directory_show_in_its_times():
    os.mkdir("d")
    write("out")
    return [
        changed(lambda: write("d/a"), "d"),
        changed(lambda: os.mkdir("d/e"), "d"),
        changed(lambda: os.rename("d/a", "d/b"), "d"),
        changed(lambda: os.rename("out", "d/in"), "d"),
        changed(lambda: os.unlink("d/b"), "d"),
        changed(lambda: os.rmdir("d/e"), "d"),
        changed(lambda: os.stat("d/in"), "d"),
    ]


@law("True")
def the_change_of_a_moved_file_shows():
    write("a")
    while times("a")[2] > time.time_ns() - TICK_NANOS:
        pass
    before = times("a")
    os.rename("a", "b")
    after = times("b")
    return after[2] > before[2] and after[:2] == before[:2]


@law("True")
def access_times_are_between_creation_and_now():
    write("a", b"x")
    created = times("a")
    for _ in range(3):
        open("a", "rb").read()
    return created[0] <= times("a")[0] <= time.time_ns() + TICK_NANOS


@law("[(1, 2), (999999999, 1000000001), (8589934592000000003, -1), (-1500000000, -1)]")
def times_are_set_to_the_nanosecond():
    write("a")
    seen = []
    for pair in (1, 2), (999_999_999, 1_000_000_001), (2**33 * 10**9 + 3, -1), (-1_500_000_000, -1):
        os.utime("a", ns=pair)
        seen.append(times("a")[:2])
    return seen


@law("(b'value', ['user.a', 'user.b'], b'', ['user.b'])")
def attributes_are_kept_and_removed():
    write("a")
    os.setxattr("a", "user.a", b"first")
    os.setxattr("a", "user.a", b"value")
    os.setxattr("a", "user.b", b"")
    names = sorted(os.listxattr("a"))
    result = os.getxattr("a", "user.a"), names, os.getxattr("a", "user.b")
    os.removexattr("a", "user.a")
    return *result, os.listxattr("a")


@law("True")
def an_attribute_may_have_64_kib():
    write("a")
    value = os.urandom(65536)
    os.setxattr("a", "user.large", value)
    return os.getxattr("a", "user.large") == value


@law("(['user.x'], ['trusted.x', 'user.x'])")
def trusted_attributes_are_hidden_from_users():
    write("a")
    os.setxattr("a", "user.x", b"")
    os.setxattr("a", "trusted.x", b"")
    shown = as_user(lambda: sorted(os.listxattr("a")))
    assert shown == "['user.x']", shown
    return ["user.x"], sorted(os.listxattr("a"))


@law("(b'v', b'v')")
def attributes_stay_with_a_file_that_is_moved_or_linked():
    write("a")
    os.setxattr("a", "user.x", b"v")
    os.link("a", "b")
    os.rename("a", "c")
    return os.getxattr("b", "user.x"), os.getxattr("c", "user.x")


@law("EPERM")
def a_process_without_rights_stays_without():
    """What the server checks or not, it asks for the caller of each request, not of the open file."""

    def act():
        become()
        return outcome(os.chmod, "a", 0o777)

    write("a")
    return in_child(act)


if __name__ == "__main__":
    main()
