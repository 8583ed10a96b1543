"""System calls that fail, and with what."""

import fcntl
import os
import resource
import signal
import socket
import stat
import tempfile

import kernel
from laws import as_user, in_child, law, write
from needs import (
    a_mount_without_devices,
    allocation,
    another_file_system,
    devices,
    enotempty,
    exchange,
    fifos,
    file_locks,
    foreign_directory,
    known_holes,
    largest_files,
    long_links,
    noreplace,
    other_users,
    owners,
    programs,
    range_locks,
    sockets,
    symbolic_links,
    temporary_files,
    trusted_attributes,
    user_attributes,
)

LONG = "n" * 255
TOO_LONG = "n" * 256


@law("ENOENT")
def opening_a_missing_file():
    os.open("missing", os.O_RDONLY)


@law("ENOENT")
def opening_in_a_missing_directory():
    os.open("missing/a", os.O_CREAT | os.O_WRONLY)


@law("EISDIR")
def opening_a_directory_for_writing():
    os.open(".", os.O_WRONLY)


@law("EISDIR")
def creating_over_a_directory():
    os.mkdir("d")
    os.open("d", os.O_CREAT | os.O_WRONLY)


@law("ENOTDIR")
def opening_a_file_as_a_directory():
    write("a")
    os.open("a", os.O_RDONLY | os.O_DIRECTORY)


@law("ENOTDIR")
def a_path_through_a_file():
    write("a")
    os.stat("a/b")


@law("ENOTDIR")
def a_file_with_a_slash_behind():
    write("a")
    os.stat("a/")


@law("EEXIST")
def creating_exclusively_what_is_there():
    write("a")
    os.open("a", os.O_CREAT | os.O_EXCL | os.O_WRONLY)


@law("EEXIST", needs=[symbolic_links])
def creating_exclusively_over_a_dangling_link():
    os.symlink("missing", "a")
    os.open("a", os.O_CREAT | os.O_EXCL | os.O_WRONLY)


@law("ELOOP", needs=[symbolic_links])
def opening_a_link_that_may_not_be_followed():
    write("a")
    os.symlink("a", "l")
    os.open("l", os.O_RDONLY | os.O_NOFOLLOW)


@law("ELOOP", needs=[symbolic_links])
def a_link_to_itself():
    os.symlink("l", "l")
    os.stat("l")


@law("ELOOP", needs=[symbolic_links])
def a_chain_of_41_links():
    write("l0")
    for i in range(41):
        os.symlink(f"l{i}", f"l{i + 1}")
    os.stat("l40")
    os.stat("l41")


@law("EISDIR")
def reading_a_directory():
    os.read(os.open(".", os.O_RDONLY), 10)


@law("EBADF")
def reading_what_is_open_for_writing():
    os.read(os.open("a", os.O_CREAT | os.O_WRONLY), 1)


@law("EBADF")
def writing_what_is_open_for_reading():
    write("a")
    os.write(os.open("a", os.O_RDONLY), b"x")


@law("EINVAL")
def truncating_what_is_open_for_reading():
    write("a")
    os.ftruncate(os.open("a", os.O_RDONLY), 0)


@law("EISDIR")
def truncating_a_directory():
    kernel.truncate(".", 0)


@law("EINVAL")
def truncating_to_less_than_nothing():
    write("a")
    kernel.truncate("a", -1)


@law("ENOENT")
def truncating_a_missing_file():
    kernel.truncate("missing", 1)


@law("EINVAL", needs=[largest_files])
def writing_where_offsets_end():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    os.ftruncate(fd, 2**63 - 1)
    os.lseek(fd, 2**63 - 1, os.SEEK_SET)
    os.write(fd, b"x")


@law("EFBIG")
def writing_beyond_the_file_size_limit():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
    fd = os.open("a", os.O_CREAT | os.O_WRONLY)
    os.pwrite(fd, b"x" * 8192, 0)
    os.pwrite(fd, b"x", 8192)


@law("EINVAL")
def seeking_before_the_start():
    os.lseek(os.open("a", os.O_CREAT | os.O_RDWR), -1, os.SEEK_SET)


@law("ENXIO")
def seeking_data_at_the_end():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    os.write(fd, b"abc")
    os.lseek(fd, 3, os.SEEK_DATA)


@law("ENXIO")
def seeking_a_hole_beyond_the_end():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    os.write(fd, b"abc")
    os.lseek(fd, 4, os.SEEK_HOLE)


@law("ENXIO", needs=[known_holes])
def seeking_data_behind_which_is_only_a_hole():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    os.ftruncate(fd, 1 << 20)
    os.lseek(fd, 4096, os.SEEK_DATA)


@law("ENAMETOOLONG")
def a_name_of_256_bytes():
    write(LONG)
    write(TOO_LONG)


@law("ENAMETOOLONG")
def a_directory_name_of_256_bytes():
    os.mkdir(LONG)
    os.mkdir(TOO_LONG)


@law("ENAMETOOLONG")
def looking_up_a_name_of_256_bytes():
    os.stat(TOO_LONG)


@law("ENAMETOOLONG")
def renaming_to_a_name_of_256_bytes():
    write("a")
    os.rename("a", TOO_LONG)


@law("ENAMETOOLONG", needs=[symbolic_links, long_links])
def a_link_to_4096_bytes():
    os.symlink("t" * 4095, "a")
    os.symlink("t" * 4096, "b")


@law("ENOENT", needs=[symbolic_links])
def a_link_to_nothing():
    os.symlink("", "a")


@law("EEXIST", needs=[symbolic_links])
def a_link_in_the_place_of_another():
    os.symlink("x", "a")
    os.symlink("y", "a")


@law("EINVAL")
def reading_the_target_of_a_file():
    write("a")
    os.readlink("a")


@law("EEXIST")
def making_a_directory_that_is_there():
    os.mkdir("d")
    os.mkdir("d")


@law("EEXIST", needs=[symbolic_links])
def making_a_directory_over_a_dangling_link():
    os.symlink("missing", "l")
    os.mkdir("l")


@law("ENOENT")
def making_a_directory_in_a_missing_one():
    os.mkdir("missing/d")


@law("ENOTDIR")
def making_a_directory_in_a_file():
    write("a")
    os.mkdir("a/d")


@law("ENOENT")
def removing_a_missing_file():
    os.unlink("missing")


@law("EISDIR")
def removing_a_directory_as_a_file():
    os.mkdir("d")
    os.unlink("d")


@law("ENOTDIR")
def removing_a_file_as_a_directory():
    write("a")
    os.rmdir("a")


@law("ENOTDIR", needs=[symbolic_links])
def removing_a_link_to_a_directory_as_a_directory():
    os.mkdir("d")
    os.symlink("d", "l")
    os.rmdir("l")


@law("ENOTEMPTY")
def removing_a_directory_with_a_file():
    os.mkdir("d")
    write("d/a")
    os.rmdir("d")


@law("ENOTEMPTY")
def removing_a_directory_with_a_directory():
    os.makedirs("d/e")
    os.rmdir("d")


@law("EINVAL")
def removing_the_directory_dot():
    os.mkdir("d")
    os.rmdir("d/.")


@law("ENOTEMPTY")
def removing_the_directory_dot_dot():
    os.makedirs("d/e")
    os.rmdir("d/e/..")


@law("ENOENT")
def creating_in_a_removed_directory():
    os.mkdir("d")
    os.chdir("d")
    os.rmdir("../d")
    os.open("a", os.O_CREAT | os.O_WRONLY)


@law("ENOENT")
def making_a_directory_in_a_removed_directory():
    os.mkdir("d")
    os.chdir("d")
    os.rmdir("../d")
    os.mkdir("e")


@law("ENOENT")
def renaming_into_a_removed_directory():
    write("a")
    os.mkdir("d")
    fd = os.open("d", os.O_RDONLY)
    os.rmdir("d")
    os.rename("a", "a", dst_dir_fd=fd)


@law("ENOENT")
def renaming_a_missing_file():
    os.rename("missing", "a")


@law("ENOENT")
def renaming_into_a_missing_directory():
    write("a")
    os.rename("a", "missing/a")


@law("EINVAL")
def renaming_a_directory_into_itself():
    os.makedirs("d/e")
    os.rename("d", "d/e/f")


@law("ENOTEMPTY")
def renaming_over_an_ancestor():
    os.makedirs("d/e")
    os.rename("d/e", "d")


@law("ENOTEMPTY", needs=[enotempty])
def renaming_over_a_directory_that_is_not_empty():
    os.mkdir("d")
    os.makedirs("e/f")
    os.rename("d", "e")


@law("ENOTDIR")
def renaming_a_directory_over_a_file():
    os.mkdir("d")
    write("a")
    os.rename("d", "a")


@law("EISDIR")
def renaming_a_file_over_a_directory():
    write("a")
    os.mkdir("d")
    os.rename("a", "d")


@law("EBUSY")
def renaming_the_directory_dot():
    os.rename(".", "../other")


@law("EBUSY")
def renaming_the_directory_dot_dot():
    os.makedirs("d/e")
    os.rename("d/e/..", "x")


@law("ENOTDIR")
def renaming_a_file_to_a_name_with_a_slash():
    write("a")
    os.rename("a", "b/")


@law("EXDEV", needs=[another_file_system])
def renaming_to_another_file_system():
    write("a")
    with tempfile.TemporaryDirectory(dir=foreign_directory()) as other:
        os.rename("a", os.path.join(other, "a"))


@law("EXDEV", needs=[another_file_system])
def linking_from_another_file_system():
    with tempfile.NamedTemporaryFile(dir=foreign_directory()) as other:
        os.link(other.name, "a")


@law("EEXIST", needs=[noreplace])
def renaming_without_replacing():
    write("a")
    write("b")
    kernel.renameat2("a", "b", kernel.RENAME_NOREPLACE)


@law("ENOENT", needs=[exchange])
def exchanging_with_what_is_missing():
    write("a")
    kernel.renameat2("a", "missing", kernel.RENAME_EXCHANGE)


@law("EINVAL")
def exchanging_without_replacing():
    write("a")
    write("b")
    kernel.renameat2("a", "b", kernel.RENAME_EXCHANGE | kernel.RENAME_NOREPLACE)


@law("EINVAL", needs=[exchange])
def exchanging_a_directory_with_its_ancestor():
    os.makedirs("d/e")
    kernel.renameat2("d", "d/e", kernel.RENAME_EXCHANGE)


@law("EINVAL")
def renaming_with_an_unknown_flag():
    write("a")
    kernel.renameat2("a", "b", 1 << 10)


@law("EPERM")
def linking_a_directory():
    os.mkdir("d")
    os.link("d", "e")


@law("EEXIST")
def linking_over_what_is_there():
    write("a")
    write("b")
    os.link("a", "b")


@law("ENOENT")
def linking_a_missing_file():
    os.link("missing", "a")


@law("ENOENT")
def linking_an_unlinked_file():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    os.unlink("a")
    kernel.link_descriptor(fd, "b")


@law("ENOENT", needs=[temporary_files])
def linking_an_exclusive_temporary_file():
    fd = os.open(".", os.O_TMPFILE | os.O_RDWR | os.O_EXCL)
    kernel.link_descriptor(fd, "b")


@law("EINVAL", needs=[temporary_files])
def opening_a_temporary_file_for_reading():
    os.open(".", os.O_TMPFILE | os.O_RDONLY)


@law("ENOTDIR", needs=[temporary_files])
def opening_a_temporary_file_in_a_file():
    write("a")
    os.open("a", os.O_TMPFILE | os.O_RDWR)


@law("EEXIST", needs=[fifos])
def making_a_node_that_is_there():
    os.mkfifo("a")
    os.mkfifo("a")


@law("EPERM")
def making_a_directory_as_a_node():
    os.mknod("d", stat.S_IFDIR | 0o755)


@law("ENXIO", needs=[fifos])
def opening_a_fifo_without_reader():
    os.mkfifo("a")
    os.open("a", os.O_WRONLY | os.O_NONBLOCK)


@law("ENXIO", needs=[sockets])
def opening_a_socket():
    socket.socket(socket.AF_UNIX).bind("a")
    os.open("a", os.O_RDWR)


@law("ECONNREFUSED", needs=[sockets])
def connecting_to_a_socket_that_nobody_listens_to():
    socket.socket(socket.AF_UNIX).bind("a")
    socket.socket(socket.AF_UNIX).connect("a")


@law("EADDRINUSE", needs=[sockets])
def binding_a_socket_that_is_there():
    socket.socket(socket.AF_UNIX).bind("a")
    socket.socket(socket.AF_UNIX).bind("a")


@law("EACCES", needs=[devices, a_mount_without_devices])
def opening_a_device_on_a_mount_without_devices():
    os.mknod("null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    os.open("null", os.O_RDONLY)


@law("ENOTTY")
def an_unknown_ioctl():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    fcntl.ioctl(fd, 0x5401, b"\0" * 64)


@law("EACCES", needs=[programs])
def executing_what_is_not_executable():
    write("a", b"#!/bin/true\n", 0o644)
    os.execv("./a", ["a"])


@law("ENOEXEC", needs=[programs])
def executing_what_is_no_program():
    write("a", b"\0\1\2\3", 0o755)
    os.execv("./a", ["a"])


@law("EACCES", needs=[programs])
def executing_a_directory():
    os.mkdir("d")
    os.execv("./d", ["d"])


@law("ENODATA", needs=[user_attributes])
def reading_a_missing_attribute():
    write("a")
    os.getxattr("a", "user.missing")


@law("ENODATA", needs=[user_attributes])
def removing_a_missing_attribute():
    write("a")
    os.removexattr("a", "user.missing")


@law("EEXIST", needs=[user_attributes])
def creating_an_attribute_that_is_there():
    write("a")
    os.setxattr("a", "user.x", b"1", os.XATTR_CREATE)
    os.setxattr("a", "user.x", b"2", os.XATTR_CREATE)


@law("ENODATA", needs=[user_attributes])
def replacing_a_missing_attribute():
    write("a")
    os.setxattr("a", "user.x", b"1", os.XATTR_REPLACE)


@law("ERANGE", needs=[user_attributes])
def reading_an_attribute_into_too_little_room():
    write("a")
    os.setxattr("a", "user.x", b"12345")
    kernel.getxattr("a", "user.x", 4)


@law("ERANGE", needs=[user_attributes])
def an_attribute_name_of_256_bytes():
    write("a")
    os.setxattr("a", "user." + "n" * 251, b"")


@law("E2BIG", needs=[user_attributes])
def an_attribute_of_more_than_64_kib():
    write("a")
    os.setxattr("a", "user.x", b"v" * 65537)


@law("EOPNOTSUPP", needs=[user_attributes])
def an_attribute_of_an_unknown_kind():
    write("a")
    os.setxattr("a", "unknown.x", b"")


@law("EPERM", needs=[user_attributes, symbolic_links])
def a_user_attribute_of_a_link():
    os.symlink("x", "l")
    os.setxattr("l", "user.x", b"", follow_symlinks=False)


@law("EPERM", needs=[user_attributes, fifos])
def a_user_attribute_of_a_fifo():
    os.mkfifo("f")
    os.setxattr("f", "user.x", b"")


@law("EBADF", needs=[allocation])
def allocating_what_is_open_for_reading():
    write("a")
    kernel.fallocate(os.open("a", os.O_RDONLY), 0, 0, 4096)


@law("EINVAL", needs=[allocation])
def allocating_nothing():
    kernel.fallocate(os.open("a", os.O_CREAT | os.O_RDWR), 0, 0, 0)


@law("EINVAL", needs=[allocation])
def allocating_before_the_start():
    kernel.fallocate(os.open("a", os.O_CREAT | os.O_RDWR), 0, -4096, 4096)


@law("EFBIG", needs=[allocation])
def allocating_beyond_the_largest_file():
    kernel.fallocate(os.open("a", os.O_CREAT | os.O_RDWR), 0, 2**63 - 4096, 4096)


@law("EOPNOTSUPP", needs=[allocation])
def punching_a_hole_that_would_change_the_size():
    kernel.fallocate(os.open("a", os.O_CREAT | os.O_RDWR), kernel.FALLOC_PUNCH_HOLE, 0, 4096)


@law("EINVAL")
def copying_a_range_onto_itself():
    write("a", b"x" * 8192)
    fd = os.open("a", os.O_RDWR)
    os.copy_file_range(fd, fd, 4096, 0, 1)


@law("EBADF")
def copying_a_range_to_the_end_of_an_appended_file():
    write("a", b"x" * 100)
    write("b")
    os.copy_file_range(os.open("a", os.O_RDONLY), os.open("b", os.O_WRONLY | os.O_APPEND), 10)


@law("EBADF")
def copying_a_range_to_what_is_open_for_reading():
    write("a", b"x" * 100)
    write("b")
    os.copy_file_range(os.open("a", os.O_RDONLY), os.open("b", os.O_RDONLY), 10)


@law("EAGAIN", needs=[file_locks])
def locking_what_another_has_locked():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    fcntl.flock(fd, fcntl.LOCK_EX)

    def lock():
        fcntl.flock(os.open("a", os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)

    return in_child(lock)


@law("EAGAIN", needs=[range_locks])
def locking_a_range_that_another_has_locked():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    fcntl.lockf(fd, fcntl.LOCK_EX, 100, 50)

    def lock():
        other = os.open("a", os.O_RDWR)
        fcntl.lockf(other, fcntl.LOCK_EX | fcntl.LOCK_NB, 50, 0)
        fcntl.lockf(other, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 149)

    return in_child(lock)


@law("ENOTDIR")
def changing_into_a_file():
    write("a")
    os.chdir("a")


@law("EACCES", needs=[other_users])
def reading_what_others_may_not_read():
    write("a", b"x", 0o660)
    return as_user(os.open, "a", os.O_RDONLY)


@law("EACCES", needs=[other_users])
def writing_what_others_may_not_write():
    write("a", b"x", 0o644)
    return as_user(os.open, "a", os.O_WRONLY)


@law("EACCES", needs=[other_users])
def searching_a_directory_that_others_may_not_search():
    os.mkdir("d")
    write("d/a")
    os.chmod("d", 0o764)
    return as_user(os.stat, "d/a")


@law("EACCES", needs=[other_users])
def listing_a_directory_that_others_may_not_read():
    os.mkdir("d")
    os.chmod("d", 0o771)
    return as_user(os.listdir, "d")


@law("EACCES", needs=[other_users])
def creating_in_a_directory_that_others_may_not_write():
    return as_user(os.open, "a", os.O_CREAT | os.O_WRONLY)


@law("EACCES", needs=[other_users])
def removing_from_a_directory_that_others_may_not_write():
    write("a", b"", 0o666)
    return as_user(os.unlink, "a")


@law("EACCES", needs=[other_users])
def renaming_in_a_directory_that_others_may_not_write():
    write("a", b"", 0o666)
    return as_user(os.rename, "a", "b")


@law("EACCES", needs=[other_users, owners])
def an_owner_without_rights_has_none_where_others_have():
    write("a", b"x", 0o066)
    os.chown("a", 65534, 65534)
    return as_user(os.open, "a", os.O_RDONLY)


@law("EPERM", needs=[other_users])
def changing_the_mode_of_anothers_file():
    write("a", b"", 0o666)
    return as_user(os.chmod, "a", 0o777)


@law("EPERM", needs=[other_users, owners])
def giving_a_file_away():
    write("a")
    os.chown("a", 65534, 65534)
    return as_user(os.chown, "a", 0, -1)


@law("EPERM", needs=[other_users, owners])
def giving_a_file_to_a_group_of_others():
    write("a")
    os.chown("a", 65534, 65534)
    return as_user(os.chown, "a", -1, 0)


@law("EPERM", needs=[other_users])
def setting_the_times_of_anothers_file():
    write("a", b"", 0o666)
    return as_user(os.utime, "a", (1, 1))


@law("EACCES", needs=[other_users])
def touching_anothers_file_that_may_not_be_written():
    write("a", b"", 0o644)
    return as_user(os.utime, "a")


@law("EPERM", needs=[other_users])
def removing_anothers_file_from_a_sticky_directory():
    os.mkdir("d")
    os.chmod("d", 0o1777)
    write("d/a")
    return as_user(os.unlink, "d/a")


@law("EPERM", needs=[other_users])
def renaming_anothers_file_in_a_sticky_directory():
    os.mkdir("d")
    os.chmod("d", 0o1777)
    write("d/a")
    return as_user(os.rename, "d/a", "d/b")


@law("EPERM", needs=[other_users, devices])
def making_a_device_as_a_user():
    os.chmod(".", 0o777)
    return as_user(os.mknod, "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))


@law("EPERM", needs=[other_users, trusted_attributes])
def a_trusted_attribute_of_a_user():
    write("a", b"", 0o666)
    return as_user(os.setxattr, "a", "trusted.x", b"")


@law("EACCES", needs=[other_users])
def a_user_attribute_of_what_others_may_not_write():
    write("a")
    return as_user(os.setxattr, "a", "user.x", b"")


@law("EISDIR")
def copying_a_range_from_a_directory():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    os.copy_file_range(os.open(".", os.O_RDONLY), fd, 10)


@law("ENAMETOOLONG")
def a_path_of_more_than_4096_bytes():
    os.stat("./" * 2100 + "a")
