"""Access control lists, as setfacl(1) and getfacl(1) of Debian's package acl handle them."""

import os
import stat
import struct
import subprocess

from kernel import link_descriptor
from laws import as_user, attribute_names, law, outcome, write
from needs import (
    access_lists,
    acl_programs,
    fifos,
    large_access_lists,
    other_users,
    owners,
    symbolic_links,
    temporary_files,
)

ACCESS = "system.posix_acl_access"
DEFAULT = "system.posix_acl_default"


def setfacl(*arguments):
    subprocess.run(["setfacl", *arguments], check=True)


def getfacl(*arguments):
    command = ["getfacl", "--omit-header", "--numeric", "--absolute-names", "--no-effective", *arguments]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return text.replace("user", "u").replace("group", "g").replace("other", "o").split()


def mode(path):
    return oct(stat.S_IMODE(os.stat(path).st_mode))


def encoded(*entries):
    """The value of the extended attribute, of (tag, permissions, id)."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


OWNER, USER, OWNING_GROUP, GROUP, MASK, OTHERS = 1, 2, 4, 8, 16, 32
NOBODY = 0xFFFFFFFF


@law(
    "(['u::rw-', 'u:7:r--', 'g::r--', 'g:8:rw-', 'mask::rw-', 'o::---'], '0o660')",
    needs=[access_lists, acl_programs],
)
def what_setfacl_sets_getfacl_shows():
    write("a", mode=0o640)
    setfacl("-m", "u:7:r,g:8:rw", "a")
    return getfacl("a"), mode("a")


@law(
    "(['u::rw-', 'u:7:rw-', 'g::r--', 'mask::-w-', 'o::r--'], ['u::rw-', 'g::r--', 'o::r--'], '0o644')",
    needs=[access_lists, acl_programs],
)
def a_mask_is_set_and_a_list_removed():
    write("a")
    setfacl("-m", "u:7:rw,m::w", "a")
    with_mask = getfacl("a")
    setfacl("-m", "m::rw", "a")
    setfacl("-b", "a")
    return with_mask, getfacl("a"), mode("a")


@law("('0o624', [], ['system.posix_acl_access'])", needs=[access_lists, acl_programs])
def only_a_list_that_says_more_than_the_mode_is_kept():
    write("a", mode=0o600)
    os.setxattr("a", ACCESS, encoded((OWNER, 6, NOBODY), (OWNING_GROUP, 2, NOBODY), (OTHERS, 4, NOBODY)))
    listed = attribute_names("a")
    seen = mode("a")
    setfacl("-m", "u:7:r", "a")
    return seen, listed, attribute_names("a")


@law("['True', 'EACCES', 'True', 'EACCES', 'EACCES']", needs=[access_lists, acl_programs, other_users])
def named_users_and_groups_get_what_the_list_says():
    write("a", b"text", mode=0o600)
    setfacl("-m", "u:7:r,u:8:-,g:9:r", "a")

    def reads(uid, gid, groups=()):
        return as_user(lambda: os.read(os.open("a", os.O_RDONLY), 9) == b"text", uid=uid, gid=gid, groups=groups)

    seen = [reads(7, 100), reads(8, 9), reads(10, 100, [9]), reads(10, 100)]
    setfacl("-m", "m::-", "a")
    return seen + [reads(7, 100)]


@law("['None', 'EACCES', 'None']", needs=[access_lists, acl_programs, other_users])
def a_list_counts_at_once_when_it_changes():
    write("a", mode=0o600)

    def open_as_7():
        return as_user(lambda: os.close(os.open("a", os.O_RDONLY)), uid=7, gid=7)

    setfacl("-m", "u:7:r", "a")
    seen = [open_as_7()]
    setfacl("-x", "u:7", "a")
    seen.append(open_as_7())
    os.chmod("a", 0o604)
    return seen + [open_as_7()]


@law("(['u::rwx', 'u:7:rwx', 'g::rwx', 'mask::--x', 'o::r--'], '0o714')", needs=[access_lists, acl_programs])
def chmod_changes_owner_mask_and_others():
    write("a")
    setfacl("-m", "u:7:rwx,g::rwx,m::rwx", "a")
    os.chmod("a", 0o714)
    return getfacl("a"), mode("a")


@law(
    "('0o660', ['u::rw-', 'u:7:rwx', 'g::rwx', 'mask::rw-', 'o::---'], '0o640', '0o600')",
    needs=[access_lists, acl_programs, fifos],
)
def a_default_list_takes_the_place_of_the_umask():
    os.mkdir("d")
    setfacl("-d", "-m", "u::rwx,g::rwx,o::-,u:7:rwx", "d")
    os.umask(0o077)
    os.close(os.open("d/a", os.O_CREAT | os.O_WRONLY, 0o666))
    os.mknod("d/p", 0o640 | stat.S_IFIFO)
    os.close(os.open("b", os.O_CREAT | os.O_WRONLY, 0o666))
    return mode("d/a"), getfacl("d/a"), mode("d/p"), mode("b")


@law(
    "(True, ['u::rwx', 'u:7:r-x', 'g::r-x', 'mask::r-x', 'o::r-x'], '0o755', True)",
    needs=[access_lists, acl_programs],
)
def directories_hand_their_default_list_on():
    os.mkdir("d")
    setfacl("-d", "-m", "u:7:rx", "d")
    os.mkdir("d/e")
    os.mkdir("d/e/f")
    same = getfacl("--default", "d/e/f") == getfacl("--default", "d") != []
    return same, getfacl("--access", "d/e"), mode("d/e"), same


@law(
    "(['u::rw-', 'u:7:r-x', 'g::r-x', 'mask::r--', 'o::---'], '0o640')",
    needs=[access_lists, acl_programs, temporary_files],
)
def a_file_without_a_name_inherits_too():
    os.mkdir("d")
    setfacl("-d", "-m", "u:7:rx", "d")
    fd = os.open("d", os.O_TMPFILE | os.O_WRONLY, 0o640)
    link_descriptor(fd, "a")
    return getfacl("a"), mode("a")


@law("('0o777', [])", needs=[access_lists, acl_programs, symbolic_links])
def symbolic_links_inherit_nothing():
    os.mkdir("d")
    setfacl("-d", "-m", "u:7:rx", "d")
    os.symlink("target", "d/l")
    return oct(stat.S_IMODE(os.lstat("d/l").st_mode)), attribute_names("d/l", follow_symlinks=False)


@law(
    "['EPERM', 'None', 'EACCES', 'EOPNOTSUPP', 'EINVAL', 'EINVAL', 'EOPNOTSUPP']",
    needs=[access_lists, other_users, owners, symbolic_links],
)
def who_may_not_set_a_list_and_what_is_none():
    write("a")
    os.chown("a", 7, 7)
    os.symlink("a", "l")
    minimal = encoded((OWNER, 6, NOBODY), (OWNING_GROUP, 4, NOBODY), (OTHERS, 4, NOBODY))
    unmasked = encoded((OWNER, 6, NOBODY), (USER, 6, 9), (OWNING_GROUP, 4, NOBODY), (OTHERS, 4, NOBODY))

    def set_list(value, name=ACCESS, path="a", follow=True):
        return str(outcome(lambda: os.setxattr(path, name, value, follow_symlinks=follow)))

    return [
        as_user(os.setxattr, "a", ACCESS, minimal, uid=8, gid=8),
        as_user(os.setxattr, "a", ACCESS, minimal, uid=7, gid=7),
        set_list(minimal, DEFAULT),
        set_list(minimal, path="l", follow=False),
        set_list(unmasked),
        set_list(minimal[:-1]),
        set_list(b"\3" + minimal[1:]),
    ]


@law("['0o2640', '0o640']", needs=[access_lists, other_users, owners])
def who_is_not_in_the_group_loses_setgid_with_a_list():
    write("a")
    os.chown("a", 7, 8)
    minimal = encoded((OWNER, 6, NOBODY), (OWNING_GROUP, 4, NOBODY), (OTHERS, 0, NOBODY))

    def set_list(gid):
        os.chmod("a", 0o2755)
        as_user(os.setxattr, "a", ACCESS, minimal, uid=7, gid=gid)
        return mode("a")

    return [set_list(8), set_list(9)]


@law("('ENODATA', 'ENODATA', 'None', 'None')", needs=[access_lists])
def a_list_that_is_not_there_cannot_be_read_but_removed():
    os.mkdir("d")
    return (
        outcome(os.getxattr, "d", ACCESS),
        outcome(os.getxattr, "d", DEFAULT),
        str(outcome(os.removexattr, "d", ACCESS)),
        str(outcome(os.removexattr, "d", DEFAULT)),
    )


@law("True", needs=[access_lists, acl_programs])
def lists_are_copied_saved_and_restored():
    os.makedirs("tree/sub")
    write("tree/a")
    setfacl("-R", "-m", "u:7:rwX,g:8:rX,d:u:7:rwx,d:g:9:r", "tree")
    saved = subprocess.run(["getfacl", "-R", "-n", "tree"], check=True, capture_output=True).stdout
    subprocess.run(["cp", "-a", "tree", "copy"], check=True)
    subprocess.run(["tar", "--acls", "-cf", "tree.tar", "tree"], check=True)
    os.mkdir("unpacked")
    subprocess.run(["tar", "--acls", "-xpf", "tree.tar", "-C", "unpacked"], check=True)
    setfacl("-R", "-b", "-k", "tree")
    subprocess.run(["setfacl", "--restore=-"], check=True, input=saved)

    def shown(directory, name):
        text = subprocess.run(
            ["getfacl", "-R", "-n", name], check=True, capture_output=True, cwd=directory
        ).stdout
        return sorted(text.replace(name.encode(), b"tree").split(b"\n\n"))

    return sorted(saved.split(b"\n\n")) == shown(".", "tree") == shown("unpacked", "tree") == shown(".", "copy")


@law("(500, 'E2BIG')", needs=[access_lists, acl_programs, large_access_lists])
def a_list_may_have_five_hundred_entries():
    write("a")

    def many(count):
        named = [(USER, 4, uid) for uid in range(count)]
        return encoded(
            (OWNER, 6, NOBODY), *named, (OWNING_GROUP, 4, NOBODY), (MASK, 4, NOBODY), (OTHERS, 4, NOBODY)
        )

    os.setxattr("a", ACCESS, many(500))
    seen = len([entry for entry in getfacl("a") if entry.startswith("u:") and entry[2] != ":"])
    return seen, outcome(os.setxattr, "a", ACCESS, many(9000))
