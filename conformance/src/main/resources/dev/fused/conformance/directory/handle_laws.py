"""Handles as NFS servers use them: they stand for a file without naming it, cached or not."""

import os
import stat

import kernel
from laws import as_user, law, outcome, read, write
from needs import forgetting, handles, hard_links, lasting_handles, other_users, symbolic_links


class Handle:
    """Of what has this path now; it is opened through the mount of the working directory."""

    def __init__(self, path):
        self.value = kernel.name_to_handle(path)
        self.mount = os.open(".", os.O_RDONLY)

    def open(self, flags=os.O_RDONLY):
        return kernel.open_by_handle(self.mount, self.value, flags)

    def content(self):
        fd = self.open()
        try:
            return os.read(fd, 100)
        finally:
            os.close(fd)


def path_of(fd):
    """The path of an open file below the working directory, as the kernel knows it."""
    return os.path.relpath(os.readlink(f"/proc/self/fd/{fd}"), os.getcwd())


@law("(b'content', True)", needs=[forgetting, handles, lasting_handles])
def a_handle_opens_the_file_after_the_cache_was_dropped():
    os.makedirs("d/e")
    write("d/e/a", b"content")
    inode = os.stat("d/e/a").st_ino
    handle = Handle("d/e/a")
    kernel.forget_names()
    fd = handle.open()
    return os.read(fd, 100), os.fstat(fd).st_ino == inode


@law("(b'before', b'after')", needs=[forgetting, handles, lasting_handles])
def what_a_handle_opens_is_the_file_that_names_lead_to():
    write("a", b"before")
    handle = Handle("a")
    kernel.forget_names()
    seen = handle.content()
    fd = handle.open(os.O_WRONLY | os.O_TRUNC)
    os.write(fd, b"after")
    os.close(fd)
    return seen, read("a")


@law("('d/e/f', ['a'], True, True)", needs=[forgetting, handles, lasting_handles])
def a_handle_of_a_directory_leads_to_its_path():
    os.makedirs("d/e/f")
    write("d/e/f/a")
    parent = os.stat("d/e").st_ino
    handle = Handle("d/e/f")
    kernel.forget_names()
    fd = handle.open()
    above = os.stat("..", dir_fd=fd).st_ino == parent
    return path_of(fd), os.listdir(fd), above, os.path.samestat(os.stat("d/e/f"), os.fstat(fd))


@law("(b'moved', 'x/renamed/e', ['a'])", needs=[forgetting, handles, lasting_handles])
def a_handle_stays_when_names_change():
    os.makedirs("d/e")
    os.mkdir("x")
    write("d/e/a", b"moved")
    file, directory = Handle("d/e/a"), Handle("d/e")
    kernel.forget_names()
    os.rename("d", "x/renamed")
    kernel.forget_names()
    fd = directory.open()
    return file.content(), path_of(fd), os.listdir(fd)


@law("[b'shared', b'shared', b'shared']", needs=[hard_links, forgetting, handles, lasting_handles])
def each_link_of_a_file_gives_a_handle_and_any_link_keeps_it():
    write("a", b"shared")
    os.link("a", "b")
    first, second = Handle("a"), Handle("b")
    seen = [first.content()]
    os.unlink("a")
    kernel.forget_names()
    return seen + [first.content(), second.content()]


@law("(True, 'target')", needs=[forgetting, handles, lasting_handles, symbolic_links])
def a_handle_of_a_symbolic_link_is_that_of_the_link():
    write("target")
    os.symlink("target", "l")
    handle = Handle("l")
    kernel.forget_names()
    fd = handle.open(os.O_PATH | os.O_NOFOLLOW)
    return stat.S_ISLNK(os.fstat(fd).st_mode), os.readlink("", dir_fd=fd)


@law("ESTALE", needs=[forgetting, handles, lasting_handles])
def a_handle_of_an_unlinked_file():
    write("a")
    handle = Handle("a")
    os.unlink("a")
    kernel.forget_names()
    handle.open()


@law("ESTALE", needs=[forgetting, handles, lasting_handles])
def a_handle_of_a_removed_directory():
    os.mkdir("d")
    handle = Handle("d")
    os.rmdir("d")
    kernel.forget_names()
    handle.open()


@law("ESTALE", needs=[forgetting, handles, lasting_handles])
def a_handle_of_a_file_that_was_renamed_over():
    write("a")
    write("b")
    handle = Handle("b")
    os.rename("a", "b")
    kernel.forget_names()
    handle.open()


@law("(b'open', 'ESTALE')", needs=[forgetting, handles, lasting_handles])
def a_handle_of_an_unlinked_file_opens_as_long_as_the_file_is_open():
    write("a", b"open")
    handle = Handle("a")
    fd = os.open("a", os.O_RDONLY)
    os.unlink("a")
    seen = handle.content()
    os.close(fd)
    kernel.forget_names()
    return seen, outcome(handle.open)


@law("('ESTALE', b'new')", needs=[forgetting, handles, lasting_handles])
def a_new_file_of_the_same_name_has_another_handle():
    write("a", b"old")
    old = Handle("a")
    os.unlink("a")
    write("a", b"new")
    new = Handle("a")
    kernel.forget_names()
    return outcome(old.content), new.content()


@law("ESTALE", needs=[handles])
def a_handle_that_was_never_given():
    write("a")
    handle = Handle("a")
    kind, content = handle.value
    handle.value = kind, bytes(byte ^ 0xA5 for byte in content)
    handle.open()


@law("EPERM", needs=[other_users, handles])
def a_handle_opened_by_a_user():
    write("a")
    handle = Handle("a")
    return as_user(handle.open)


@law("EOVERFLOW", needs=[handles])
def a_handle_that_has_too_little_room():
    write("a")
    kernel.name_to_handle("a", size=1)


@law("(300, True)", needs=[forgetting, handles, lasting_handles])
def many_handles_open_each_its_file():
    handles = []
    for i in range(300):
        os.makedirs(f"d{i % 7}/e{i % 3}", exist_ok=True)
        write(f"d{i % 7}/e{i % 3}/f{i}", b"%d" % i)
        handles.append(Handle(f"d{i % 7}/e{i % 3}/f{i}"))
    kernel.forget_names()
    seen = [handle.content() for handle in reversed(handles)]
    return len(seen), seen == [b"%d" % i for i in reversed(range(300))]
