"""Modes, owners and extended attributes, and who may do what."""

import os
import stat
import struct

import kernel
from laws import NOBODY, as_user, attribute_names, become, in_child, law, outcome, write
from needs import (
    allocation,
    capabilities,
    fifos,
    hard_links,
    large_attributes,
    other_users,
    owners,
    root,
    symbolic_links,
    trusted_attributes,
    user_attributes,
)

OTHER = 4711

def mode(path):
    return oct(stat.S_IMODE(os.lstat(path).st_mode))


@law("('0o640', '0o750', '0o600', '0o0')", needs=[fifos])
def the_umask_takes_rights_away():
    os.umask(0o027)
    os.close(os.open("a", os.O_CREAT | os.O_WRONLY, 0o666))
    os.mkdir("d", 0o777)
    os.mkfifo("f", 0o600)
    fd = os.open("none", os.O_CREAT | os.O_WRONLY, 0)
    os.write(fd, b"a descriptor needs no right any more")
    return mode("a"), mode("d"), mode("f"), mode("none")


@law("['0o7777', '0o1000', '0o2644', '0o4711', '0o0', '0o777']", needs=[symbolic_links])
def a_mode_has_twelve_bits():
    write("a")
    seen = []
    for bits in 0o7777, 0o1000, 0o2644, 0o4711, 0:
        os.chmod("a", bits)
        seen.append(mode("a"))
    os.symlink("a", "l")
    return seen + [mode("l")]


@law("[(1, 2), (1, 3), (4, 3), (4294967294, 4294967294)]", needs=[owners])
def owner_and_group_are_set_each_for_itself():
    write("a")
    seen = []
    for owner in (1, 2), (-1, 3), (4, -1), (2**32 - 2, 2**32 - 2):
        os.chown("a", *owner)
        seen.append((os.stat("a").st_uid, os.stat("a").st_gid))
    return seen


@law("(65534, 65534, 65534, 65534)", needs=[other_users])
def what_a_user_makes_is_the_users():
    os.chmod(".", 0o777)

    def make():
        write("a")
        os.mkdir("d")

    as_user(make)
    file, directory = os.stat("a"), os.stat("d")
    return file.st_uid, file.st_gid, directory.st_uid, directory.st_gid


@law("(4711, 4711, '0o2755', '0o644', 4711, '0o2755')", needs=[owners])
def a_setgid_directory_passes_its_group_on():
    os.mkdir("d")
    os.chown("d", 0, OTHER)
    os.chmod("d", 0o2777)
    write("d/a")
    os.mkdir("d/e")
    os.mkdir("d/e/f")
    file, inner = os.stat("d/a"), os.stat("d/e")
    return file.st_gid, inner.st_gid, mode("d/e"), mode("d/a"), os.stat("d/e/f").st_gid, mode("d/e/f")


@law("(4711, '0o755', '0o2755')", needs=[other_users, owners])
def a_program_in_a_setgid_directory_gets_setgid_only_from_a_member():
    os.mkdir("d")
    os.chown("d", 0, OTHER)
    os.chmod("d", 0o2777)

    def make(path):
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o2755))

    as_user(make, "d/stranger")
    as_user(make, "d/member", groups=[OTHER])
    return os.stat("d/stranger").st_gid, mode("d/stranger"), mode("d/member")


@law("('0o755', '0o755', '0o755', '0o755')", needs=[other_users, owners, allocation])
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


@law("['0o6755', '0o755', '0o6755']", needs=[other_users, owners])
def a_copied_range_takes_setuid_and_setgid_away_if_a_user_copies():
    write("source", b"x" * 100)
    seen = []
    for user, readable in ((None, True), (NOBODY, True), (NOBODY, False)):
        write("a", b"", 0o777)
        os.chown("a", NOBODY, NOBODY)
        os.chmod("a", 0o6755)

        def copy():
            target = os.open("a", os.O_WRONLY)
            source = os.open("source", os.O_RDONLY)
            return os.copy_file_range(source, target, 10 if readable else 0, 0, 0)

        copy() if user is None else as_user(copy)
        seen.append(mode("a"))
    return seen


CAPABILITY = "security.capability"


@law(
    "['ENODATA', 'ENODATA', 'ENODATA', 'ENODATA', 'ENODATA', 'ENODATA', 'kept', 'kept', 'kept', 'kept']",
    needs=[owners, allocation, capabilities],
)
def capabilities_of_a_program_go_when_its_bytes_or_its_owner_change():
    """Even if root changes them."""
    # struct vfs_cap_data, revision 2, effective: CAP_NET_RAW
    value = struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0)
    write("source", b"x" * 100)

    def after(action):
        write("a", b"x" * 100, 0o755)
        os.setxattr("a", CAPABILITY, value)
        action(os.open("a", os.O_RDWR))
        found = outcome(os.getxattr, "a", CAPABILITY)
        return "kept" if found == value else found

    return [
        after(lambda fd: os.pwrite(fd, b"y", 0)),
        after(lambda fd: os.ftruncate(fd, 10)),
        after(lambda fd: os.open("a", os.O_WRONLY | os.O_TRUNC)),
        after(lambda fd: kernel.fallocate(fd, 0, 0, 200)),
        after(lambda fd: os.copy_file_range(os.open("source", os.O_RDONLY), fd, 10, 0, 0)),
        after(lambda fd: os.chown(fd, 1, 1)),
        after(lambda fd: os.pread(fd, 10, 0)),
        after(lambda fd: os.chmod(fd, 0o700)),
        after(lambda fd: os.rename("a", "b") or os.rename("b", "a")),
        after(lambda fd: os.utime(fd)),
    ]


@law("('0o6755', '0o755', '0o2644')", needs=[owners])
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


@law("('0o755', '0o2755')", needs=[other_users, owners])
def only_a_member_of_the_group_sets_setgid():
    write("a")
    os.chown("a", NOBODY, OTHER)
    as_user(os.chmod, "a", 0o2755)
    stranger = mode("a")
    as_user(os.chmod, "a", 0o2755, groups=[OTHER])
    return stranger, mode("a")


@law("('None', 'EACCES', 'None')", needs=[other_users, owners])
def groups_of_a_user_count():
    write("a", b"x", 0o060)
    os.chown("a", 0, OTHER)
    member = as_user(lambda: os.close(os.open("a", os.O_RDWR)), groups=[OTHER])
    stranger = as_user(lambda: os.close(os.open("a", os.O_RDWR)))
    return member, stranger, as_user(lambda: os.close(os.open("a", os.O_RDWR)), gid=OTHER)


@law("('True', 'True', 'False', 'False')", needs=[other_users])
def access_is_asked_for_the_real_user():
    write("a", b"", 0o754)
    return (
        str(os.access("a", os.R_OK | os.W_OK | os.X_OK)),
        as_user(os.access, "a", os.R_OK),
        as_user(os.access, "a", os.W_OK),
        as_user(os.access, "a", os.X_OK),
    )


@law("(False, True)", needs=[root])
def root_executes_only_what_somebody_may():
    write("a", b"", 0o644)
    before = os.access("a", os.X_OK)
    os.chmod("a", 0o645)
    return before, os.access("a", os.X_OK)


@law("('None', 'EPERM')", needs=[other_users])
def in_a_sticky_directory_one_removes_ones_own():
    os.mkdir("d")
    os.chmod("d", 0o1777)

    def make():
        os.mkdir("d/mine")
        write("d/a")

    as_user(make)
    return as_user(os.unlink, "d/a"), as_user(os.rmdir, "d/mine", uid=OTHER)


@law("None", needs=[other_users, owners])
def the_owner_of_a_sticky_directory_removes_all_in_it():
    os.mkdir("d")
    os.chmod("d", 0o1777)
    os.chown("d", NOBODY, NOBODY)
    write("d/a")
    return as_user(os.unlink, "d/a")


@law("(b'value', ['user.a', 'user.b'], b'', ['user.b'])", needs=[user_attributes])
def attributes_are_kept_and_removed():
    write("a")
    os.setxattr("a", "user.a", b"first")
    os.setxattr("a", "user.a", b"value")
    os.setxattr("a", "user.b", b"")
    names = attribute_names("a")
    result = os.getxattr("a", "user.a"), names, os.getxattr("a", "user.b")
    os.removexattr("a", "user.a")
    return *result, attribute_names("a")


@law("True", needs=[user_attributes, large_attributes])
def an_attribute_may_have_64_kib():
    write("a")
    value = os.urandom(65536)
    os.setxattr("a", "user.large", value)
    return os.getxattr("a", "user.large") == value


@law(
    '("[\'user.x\']", [\'trusted.x\', \'user.x\'])',
    needs=[other_users, user_attributes, trusted_attributes],
)
def trusted_attributes_are_hidden_from_users():
    write("a")
    os.setxattr("a", "user.x", b"")
    os.setxattr("a", "trusted.x", b"")
    return as_user(attribute_names, "a"), attribute_names("a")


@law("(b'v', b'v')", needs=[hard_links, user_attributes])
def attributes_stay_with_a_file_that_is_moved_or_linked():
    write("a")
    os.setxattr("a", "user.x", b"v")
    os.link("a", "b")
    os.rename("a", "c")
    return os.getxattr("b", "user.x"), os.getxattr("c", "user.x")


@law("EPERM", needs=[other_users])
def a_process_without_rights_stays_without():
    """What the server checks or not, it asks for the caller of each request, not of the open file."""

    def act():
        become()
        return outcome(os.chmod, "a", 0o777)

    write("a")
    return in_child(act)
