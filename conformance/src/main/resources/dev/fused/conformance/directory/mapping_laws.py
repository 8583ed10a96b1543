"""Files that are mapped into memory, and programs that run from them."""

import ctypes
import glob
import mmap
import os
import signal
import subprocess

import kernel
from laws import Missing, in_child, law, outcome, read, write
from needs import (
    allocation,
    direct_access,
    large_files,
    programs,
    punched_holes,
    range_locks,
    shared_mappings,
)

PAGE = 4096


def mapped(path, pages):
    """An open file of so many pages, and a shared mapping of all of them."""
    fd = os.open(path, os.O_CREAT | os.O_RDWR)
    os.ftruncate(fd, pages * PAGE)
    return fd, mmap.mmap(fd, pages * PAGE)


def raw_map(fd, protection, flags):
    """mmap(2) of the first page, where Python would look at the file before; the address."""
    kernel.LIBC.mmap.restype = ctypes.c_void_p
    length, offset = ctypes.c_size_t(PAGE), ctypes.c_int64(0)
    address = kernel.LIBC.mmap(None, length, protection, flags, fd, offset)
    if address == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), "mmap")
    return address


def direct_read(path, offset, length=PAGE):
    """What the file system itself has, whatever the kernel has cached."""
    buffer = mmap.mmap(-1, length)
    fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
    try:
        count = os.preadv(fd, [buffer], offset)
    finally:
        os.close(fd)
    return buffer[:count]


@law("(b'mapped', b'written', b'through another')", needs=[shared_mappings])
def a_shared_mapping_and_descriptors_see_the_same():
    fd, shared = mapped("a", 3)
    shared[PAGE : PAGE + 6] = b"mapped"
    seen = os.pread(fd, 6, PAGE)
    os.pwrite(fd, b"written", 10)

    def change():
        other = mmap.mmap(os.open("a", os.O_RDWR), 3 * PAGE)
        other[2 * PAGE : 2 * PAGE + 15] = b"through another"

    in_child(change)
    return seen, shared[10:17], shared[2 * PAGE : 2 * PAGE + 15]


@law("(b'kept', 12288)", needs=[shared_mappings])
def what_was_mapped_is_in_the_file_after_all_is_closed():
    fd, shared = mapped("a", 3)
    shared[5000:5004] = b"kept"
    shared.flush()
    shared.close()
    os.close(fd)
    kernel.drop_pages("a")
    return read("a")[5000:5004], os.stat("a").st_size


@law("b'not synced'", needs=[shared_mappings])
def what_was_mapped_is_in_the_file_without_msync():
    fd, shared = mapped("a", 1)
    shared[:10] = b"not synced"
    shared.close()
    os.close(fd)
    kernel.drop_pages("a")
    return read("a")[:10]


@law("(b'synced', b'synced')", needs=[direct_access, shared_mappings])
def what_is_synced_is_where_direct_reads_find_it():
    _, shared = mapped("a", 2)
    shared[PAGE : PAGE + 6] = b"synced"
    shared.flush(PAGE, PAGE)
    return direct_read("a", PAGE)[:6], shared[PAGE : PAGE + 6]


@law("(b'direct', b'mapped')", needs=[direct_access, shared_mappings])
def direct_access_and_a_mapping_see_the_same():
    _, shared = mapped("a", 2)
    shared[:6] = b"before"
    buffer = mmap.mmap(-1, PAGE)
    buffer[:6] = b"direct"
    os.pwritev(os.open("a", os.O_WRONLY | os.O_DIRECT), [buffer], 0)
    seen = shared[:6]
    shared[PAGE : PAGE + 6] = b"mapped"
    return seen, direct_read("a", PAGE)[:6]


@law("b'file'")
def a_private_mapping_does_not_change_the_file():
    write("a", b"file")
    private = mmap.mmap(os.open("a", os.O_RDWR), 4, mmap.MAP_PRIVATE)
    private[:] = b"mine"
    return read("a")


@law("4000", needs=[shared_mappings, range_locks])
def processes_that_share_a_mapping_count_together():
    """Under a lock: what one stores is what the next loads."""
    import fcntl

    mapped("a", 1)

    def count():
        fd = os.open("a", os.O_RDWR)
        shared = mmap.mmap(fd, PAGE)
        counter = ctypes.c_uint64.from_buffer(shared, 64)
        for _ in range(1000):
            fcntl.lockf(fd, fcntl.LOCK_EX)
            counter.value += 1
            fcntl.lockf(fd, fcntl.LOCK_UN)

    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            count()
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    return int.from_bytes(read("a")[64:72], "little")


@law("('SIGBUS', 'SIGBUS', '1')", needs=[shared_mappings])
def a_mapping_beyond_the_end_of_the_file_ends_the_process():
    fd, shared = mapped("a", 2)
    shared[0] = shared[PAGE] = 1
    os.ftruncate(fd, PAGE)

    def store():
        shared[PAGE] = 2

    return in_child(lambda: shared[PAGE]), in_child(store), in_child(lambda: shared[0])


@law("('SIGBUS', 0, b'again')", needs=[shared_mappings])
def what_a_mapping_lost_by_truncation_is_there_again_as_zeros():
    fd, shared = mapped("a", 3)
    shared[2 * PAGE : 2 * PAGE + 4] = b"lost"
    os.ftruncate(fd, PAGE)
    beyond = in_child(lambda: shared[2 * PAGE])
    os.ftruncate(fd, 3 * PAGE)
    zero = shared[2 * PAGE]
    shared[2 * PAGE : 2 * PAGE + 5] = b"again"
    return beyond, zero, os.pread(fd, 5, 2 * PAGE)


@law("(b'grown', 8192)", needs=[shared_mappings])
def a_mapping_reaches_what_is_appended_later():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    os.ftruncate(fd, PAGE)
    address = mmap.mmap(fd, PAGE)
    os.pwrite(fd, b"grown", PAGE)
    os.ftruncate(fd, 2 * PAGE)
    address.resize(2 * PAGE)
    return address[PAGE : PAGE + 5], os.fstat(fd).st_size


@law("(b'abc\\x00\\x00', 3)", needs=[shared_mappings])
def a_mapping_of_the_last_page_shows_zeros_behind_the_end():
    write("a", b"abc")
    fd = os.open("a", os.O_RDWR)
    shared = mmap.mmap(fd, 0)
    os.ftruncate(fd, 5)
    larger = mmap.mmap(fd, 0)
    os.ftruncate(fd, 3)
    return larger[:5], len(shared)


@law("b'abc'", needs=[shared_mappings])
def what_is_stored_behind_the_end_is_no_part_of_the_file():
    write("a", b"abc")
    fd = os.open("a", os.O_RDWR)
    address = raw_map(fd, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED)
    ctypes.memmove(address + 3, b"behind", 6)
    kernel.LIBC.msync(ctypes.c_void_p(address), ctypes.c_size_t(PAGE), 4)
    return read("a")


@law("(b'', True)", needs=[allocation, punched_holes, shared_mappings])
def a_hole_punched_under_a_mapping_reads_as_zeros():
    fd, shared = mapped("a", 2)
    shared[:] = b"x" * (2 * PAGE)
    shared.flush()
    kernel.fallocate(fd, kernel.FALLOC_PUNCH_HOLE | kernel.FALLOC_KEEP_SIZE, 0, PAGE)
    return shared[:PAGE].strip(b"\0"), shared[PAGE:] == b"x" * PAGE


@law("(8192, True)", needs=[shared_mappings])
def a_file_is_written_from_its_own_mapping():
    """The page that is read from is that which is written to: who takes both locks waits for ever."""
    fd, shared = mapped("a", 2)
    shared[:PAGE] = b"x" * PAGE
    shared.flush()
    kernel.drop_pages("a")
    count = os.pwrite(fd, memoryview(shared), 0)
    os.preadv(fd, [memoryview(shared)[PAGE:]], 0)
    return count, shared[:PAGE] == shared[PAGE:] == b"x" * PAGE


@law("(True, 3221225472)", needs=[shared_mappings, large_files])
def a_large_sparse_file_is_mapped_as_a_whole():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    size = 3 << 30
    os.ftruncate(fd, size)
    shared = mmap.mmap(fd, size)
    places = [0, PAGE, (1 << 31) - 1, 1 << 31, size - 1]
    for place in places:
        shared[place] = 7
    shared.flush()
    return all(os.pread(fd, 1, place) == b"\7" for place in places), os.fstat(fd).st_size


@law("(b'first', b'second')", needs=[shared_mappings])
def a_mapping_is_of_the_file_and_not_of_its_name():
    write("a", b"first")
    shared = mmap.mmap(os.open("a", os.O_RDWR), 5)
    write("b", b"second")
    os.rename("b", "a")
    return shared[:], read("a")


@law("(None, b'still mapped')", needs=[shared_mappings])
def a_mapping_outlives_the_descriptor_and_the_name():
    fd, shared = mapped("a", 1)
    os.close(fd)
    os.unlink("a")
    shared[:12] = b"still mapped"
    return shared.flush(), shared[:12]


@law("EACCES", needs=[shared_mappings])
def mapping_what_is_open_for_writing():
    fd = os.open("a", os.O_CREAT | os.O_WRONLY)
    os.ftruncate(fd, PAGE)
    mmap.mmap(fd, PAGE, mmap.MAP_SHARED, mmap.PROT_WRITE)


@law("EACCES", needs=[shared_mappings])
def mapping_for_shared_writing_what_is_open_for_reading():
    write("a", b"x" * PAGE)
    mmap.mmap(os.open("a", os.O_RDONLY), PAGE, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)


@law("ENODEV")
def mapping_a_directory():
    kernel.LIBC.mmap.restype = ctypes.c_void_p
    raw_map(os.open(".", os.O_RDONLY), mmap.PROT_READ, mmap.MAP_PRIVATE)


def copy_program(path, target):
    with open(path, "rb") as program:
        write(target, program.read(), 0o755)


def run(*command):
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode, done.stdout


class Running:
    """A copy of sleep(1) that runs from here."""

    def __enter__(self):
        copy_program("/bin/sleep", "sleep")
        self.child = os.spawnv(os.P_NOWAIT, "./sleep", ["sleep", "30"])
        # Until the child has become the program, the file may be opened.
        while os.readlink(f"/proc/{self.child}/exe") != os.path.realpath("sleep"):
            pass
        return self

    def is_alive(self):
        return os.waitpid(self.child, os.WNOHANG) == (0, 0)

    def __exit__(self, *failure):
        os.kill(self.child, signal.SIGKILL)


@law("(0, b'a program\\n')", needs=[programs])
def a_program_copied_here_runs():
    copy_program("/bin/echo", "echo")
    return run("./echo", "a program")


@law("(0, b'a script argument\\n')", needs=[programs])
def a_script_runs():
    write("script", b'#!/bin/sh\necho "a script $1"\n', 0o755)
    return run("./script", "argument")


@law("[(0, b'first\\n'), (0, b'second\\n')]", needs=[programs])
def a_program_that_is_replaced_is_the_new_one():
    write("program", b"#!/bin/sh\necho first\n", 0o755)
    seen = [run("./program")]
    write("new", b"#!/bin/sh\necho second\n", 0o755)
    os.rename("new", "program")
    return seen + [run("./program")]


@law("['ETXTBSY', 'ETXTBSY', 'ETXTBSY', True]", needs=[programs])
def what_runs_cannot_be_written():
    with Running() as program:
        return [
            outcome(os.open, "sleep", os.O_WRONLY),
            outcome(os.open, "sleep", os.O_RDWR | os.O_TRUNC),
            outcome(kernel.truncate, "sleep", 0),
            program.is_alive(),
        ]


@law("('None', 'ETXTBSY', 'None')", needs=[programs])
def what_is_open_for_writing_cannot_run():
    copy_program("/bin/true", "true")

    def execute():
        if os.fork() == 0:
            try:
                os.execv("./true", ["true"])
            except OSError as e:
                os._exit(e.errno)
        status = os.waitstatus_to_exitcode(os.wait()[1])
        if status:
            raise OSError(status, os.strerror(status))

    before = in_child(execute)
    fd = os.open("true", os.O_WRONLY)
    during = in_child(execute)
    os.close(fd)
    return before, during, in_child(execute)


@law("(True, 'None', 'None')", needs=[programs])
def what_runs_is_removed_and_renamed():
    with Running() as program:
        seen = str(outcome(os.rename, "sleep", "other")), str(outcome(os.unlink, "other"))
        return program.is_alive(), *seen


@law("2", needs=[programs])
def a_library_copied_here_is_loaded():
    places = "/lib/*", "/lib64", "/usr/lib*"
    libraries = [path for place in places for path in glob.glob(f"{place}/libm.so.6")]
    if not libraries:
        raise Missing(f"there is no libm.so.6 to copy in {places}")
    copy_program(libraries[0], "libcopy.so")
    library = ctypes.CDLL("./libcopy.so")
    library.sqrt.restype = ctypes.c_double
    library.sqrt.argtypes = [ctypes.c_double]
    return int(library.sqrt(4.0))
