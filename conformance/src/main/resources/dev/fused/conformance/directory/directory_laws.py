"""Names and the directories that hold them: bytes, link counts, listings, temporary changes."""

import os
import stat

import kernel
from laws import law, write
from needs import counted_directories, devices, fifos, hard_links, inodes, long_links, symbolic_links


@law("True")
def a_name_is_any_bytes_but_slash_and_nul():
    names = {bytes([byte]) for byte in range(1, 256) if byte not in b"/."}
    names |= {b"...", b" ", b"a\nb", b"\xff" * 255, "\u00e9".encode(), "e\u0301".encode()}
    for name in names:
        write(name, name)
    same = all(open(name, "rb").read() == name for name in names)
    return same and set(os.listdir(b".")) == names


@law("['A', 'a']")
def names_differ_by_case():
    write("a")
    write("A")
    return sorted(os.listdir())


@law("(255, 255)")
def a_name_of_255_bytes_is_allowed():
    write("n" * 255)
    os.mkdir("d" * 255)
    return tuple(len(name) for name in os.listdir())


@law("(2, 4, 3, 2, 3)", needs=[counted_directories])
def a_directory_counts_its_subdirectories():
    os.mkdir("d")
    counts = [os.stat("d").st_nlink]
    os.mkdir("d/e")
    os.mkdir("d/f")
    write("d/a")
    counts.append(os.stat("d").st_nlink)
    os.mkdir("g")
    os.rename("d/e", "g/e")
    counts.append(os.stat("d").st_nlink)
    os.rmdir("d/f")
    counts.append(os.stat("d").st_nlink)
    counts.append(os.stat("g").st_nlink)
    return tuple(counts)


@law("(0, [], ['e'])")
def a_removed_directory_is_empty_and_has_no_links():
    os.makedirs("d/e")
    fd = os.open("d/e", os.O_RDONLY)
    before = os.listdir("d")
    os.rmdir("d/e")
    return os.fstat(fd).st_nlink, os.listdir(fd), before


@law("(3, 2, 1, True)", needs=[hard_links])
def links_are_counted():
    write("a")
    os.link("a", "b")
    os.link("b", "c")
    counts = [os.stat("a").st_nlink]
    os.unlink("a")
    counts.append(os.stat("b").st_nlink)
    write("d")
    os.rename("d", "b")
    counts.append(os.stat("c").st_nlink)
    return *counts, os.stat("b").st_ino != os.stat("c").st_ino


@law("(True, ['inside'], 3)", needs=[counted_directories])
def a_directory_replaces_an_empty_one():
    os.makedirs("d")
    write("d/inside")
    os.mkdir("e")
    inode = os.stat("d").st_ino
    os.rename("d", "e")
    return os.stat("e").st_ino == inode, os.listdir("e"), os.stat(".").st_nlink


@law("(True, True)")
def dot_dot_follows_a_moved_directory():
    os.makedirs("d/e")
    os.mkdir("x")
    os.rename("d/e", "x/e")
    parent = os.stat("x/e/..").st_ino == os.stat("x").st_ino
    os.chdir("x/e")
    os.rename("../../x", "../../y")
    return parent, os.getcwd().endswith("/y/e")


@law(
    "[('block', 'b'), ('char', 'c'), ('dir', 'd'), ('fifo', 'p'), ('file', '-'), ('link', 'l')]",
    needs=[devices, fifos, symbolic_links],
)
def listings_tell_the_type():
    write("file")
    os.mkdir("dir")
    os.symlink("file", "link")
    os.mkfifo("fifo")
    os.mknod("char", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    os.mknod("block", stat.S_IFBLK | 0o600, os.makedev(7, 1))
    import ctypes

    # DT_UNKNOWN would be allowed, but would cost programs a stat(2) an entry: look at d_type itself.
    class Dirent(ctypes.Structure):
        _fields_ = [
            ("ino", ctypes.c_uint64),
            ("off", ctypes.c_int64),
            ("reclen", ctypes.c_ushort),
            ("type", ctypes.c_ubyte),
            ("name", ctypes.c_char * 256),
        ]

    kernel.LIBC.opendir.restype = ctypes.c_void_p
    kernel.LIBC.readdir.restype = ctypes.POINTER(Dirent)
    stream = ctypes.c_void_p(kernel.LIBC.opendir(b"."))
    types = []
    while entry := kernel.LIBC.readdir(stream):
        found = entry.contents
        if found.name not in (b".", b".."):
            types.append((found.name.decode(), stat.filemode(found.type << 12)[0]))
    return sorted(types)


@law("True")
def listings_and_attributes_agree_on_inode_numbers():
    for i in range(100):
        write(f"f{i}")
    return all(entry.inode() == os.lstat(entry.name).st_ino for entry in os.scandir())


@law("(5000, 0)", needs=[inodes])
def a_directory_is_emptied_while_it_is_listed():
    for i in range(5000):
        write(f"f{i}")
    seen = 0
    for entry in os.scandir():
        os.unlink(entry.name)
        seen += 1
    return seen, len(os.listdir())


@law("(3000, 3000)", needs=[inodes])
def what_was_there_is_listed_once_while_others_come_and_go():
    stable = {f"stable{i}" for i in range(3000)}
    for i, name in enumerate(sorted(stable)):
        write(name)
        write(f"leaving{i}")
    seen = []
    for i, entry in enumerate(os.scandir()):
        seen.append(entry.name)
        if i < 3000:
            write(f"coming{i}")
            os.unlink(f"leaving{i}")
    kept = [name for name in seen if name in stable]
    return len(kept), len(set(kept))


@law("(True, True)")
def a_listing_goes_on_where_it_is_sought():
    import ctypes

    for i in range(1000):
        write(f"f{i}")
    libc = kernel.LIBC
    libc.opendir.restype = libc.readdir.restype = ctypes.c_void_p
    libc.telldir.restype = ctypes.c_long
    stream = ctypes.c_void_p(libc.opendir(b"."))
    name_offset = 19

    def next_name():
        entry = libc.readdir(stream)
        return ctypes.string_at(entry + name_offset) if entry else None

    for _ in range(500):
        next_name()
    place = ctypes.c_long(libc.telldir(stream))
    rest = []
    while (name := next_name()) is not None:
        rest.append(name)
    libc.seekdir(stream, place)
    again = []
    while (name := next_name()) is not None:
        again.append(name)
    libc.rewinddir(stream)
    whole = set()
    while (name := next_name()) is not None:
        whole.add(name)
    return rest == again and len(rest) == 502, len(whole) == 1002


@law("('missing', 7, 'lrwxrwxrwx')", needs=[symbolic_links])
def a_link_keeps_its_target():
    os.symlink("missing", "l")
    status = os.lstat("l")
    return os.readlink("l"), status.st_size, stat.filemode(status.st_mode)


@law("True", needs=[symbolic_links])
def the_target_of_a_link_is_any_bytes():
    target = bytes(range(1, 256)) + b"\xff\n//" * 100
    os.symlink(target, "l")
    return os.readlink(b"l") == target


@law("(True, 4095)", needs=[symbolic_links, long_links])
def the_target_of_a_link_may_be_as_long_as_a_path():
    target = os.fsencode("\udcff\n\u00e9 ") * 819
    os.symlink(target, "l")
    return os.readlink(b"l") == target, os.lstat("l").st_size


@law("content", needs=[symbolic_links])
def a_chain_of_40_links_is_followed():
    write("l0", b"content")
    for i in range(40):
        os.symlink(f"l{i}", f"l{i + 1}")
    return open("l40").read()
