"""Open files and what is in them: unlinked, renamed, appended to, sparse."""

import mmap
import os
import signal
import stat

import kernel
from laws import in_child, law, outcome, read, write
from needs import (
    allocation,
    allocation_behind_the_end,
    counted_directories,
    counted_pages,
    direct_access,
    exchange,
    fifos,
    hard_links,
    known_holes,
    largest_files,
    punched_holes,
    shared_mappings,
    sockets,
    space,
    temporary_files,
    whiteout,
)

PAGE = 4096


@law("(b'before after', 0)")
def an_unlinked_file_lives_while_it_is_open():
    write("a", b"before")
    fd = os.open("a", os.O_RDWR)
    os.unlink("a")
    os.pwrite(fd, b" after", 6)
    return os.pread(fd, 100, 0), os.fstat(fd).st_nlink


@law("(b'old', b'new')")
def a_new_file_of_the_name_of_an_unlinked_one_is_another():
    write("a", b"old")
    old = os.open("a", os.O_RDWR)
    os.unlink("a")
    write("a", b"new")
    return os.pread(old, 100, 0), read("a")


@law("b'before after'")
def a_file_renamed_while_open_is_the_same():
    write("a", b"before")
    with open("a", "ab") as file:
        os.mkdir("d")
        os.rename("a", "d/b")
        file.write(b" after")
    return read("d/b")


@law("(b'replaced', b'replacing', 0)")
def a_file_renamed_over_while_open_lives_on():
    write("a", b"replacing")
    write("b", b"replaced")
    fd = os.open("b", os.O_RDONLY)
    os.rename("a", "b")
    return os.pread(fd, 100, 0), read("b"), os.fstat(fd).st_nlink


@law("(b'x', ['a', 'b'], 2)", needs=[hard_links])
def renaming_a_link_over_another_of_the_same_file_does_nothing():
    write("a", b"x")
    os.link("a", "b")
    os.rename("a", "b")
    return read("a"), sorted(os.listdir()), os.stat("a").st_nlink


@law("([], 0, b'content', 1)", needs=[temporary_files])
def a_temporary_file_gets_a_name_when_it_is_linked():
    fd = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600)
    os.write(fd, b"content")
    before, links = os.listdir(), os.fstat(fd).st_nlink
    kernel.link_descriptor(fd, "a")
    os.close(fd)
    return before, links, read("a"), os.stat("a").st_nlink


@law("(b'b', b'a')", needs=[exchange])
def two_files_are_exchanged():
    write("a", b"a")
    write("b", b"b")
    kernel.renameat2("a", "b", kernel.RENAME_EXCHANGE)
    return read("a"), read("b")


@law("(3, 2, b'a', ['f'])", needs=[exchange, counted_directories])
def a_file_and_a_directory_are_exchanged_between_directories():
    os.makedirs("one/d")
    write("one/d/f", b"f")
    os.mkdir("two")
    write("two/a", b"a")
    kernel.renameat2("one/d", "two/a", kernel.RENAME_EXCHANGE)
    return os.stat("two").st_nlink, os.stat("one").st_nlink, read("one/d"), os.listdir("two/a")


@law("(b'a', True, 0)", needs=[whiteout])
def a_whiteout_stays_where_a_file_was():
    write("a", b"a")
    kernel.renameat2("a", "b", kernel.RENAME_WHITEOUT)
    status = os.stat("a")
    return read("b"), stat.S_ISCHR(status.st_mode), status.st_rdev


@law("(4, 500, True)")
def processes_that_append_lose_nothing():
    def append(writer):
        fd = os.open("log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        for i in range(500):
            os.write(fd, b"%d %d %s\n" % (writer, i, b"x" * (i % 300)))

    children = []
    for writer in range(4):
        child = os.fork()
        if child == 0:
            append(writer)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    seen = {}
    for line in read("log").splitlines():
        writer, i, filler = line.split(b" ")
        seen.setdefault(writer, []).append((int(i), len(filler)))
    whole = [(i, i % 300) for i in range(500)]
    return len(seen), len(seen[b"0"]), all(lines == whole for lines in seen.values())


@law("(b'abc', 6)")
def appending_ignores_where_the_descriptor_stands():
    write("a", b"abc")
    fd = os.open("a", os.O_RDWR | os.O_APPEND)
    os.lseek(fd, 0, os.SEEK_SET)
    os.write(fd, b"def")
    return os.pread(fd, 3, 0), os.lseek(fd, 0, os.SEEK_CUR)


@law("(0, b'')")
def opening_with_truncation_empties():
    write("a", b"x" * 10_000)
    os.close(os.open("a", os.O_WRONLY | os.O_TRUNC))
    return os.stat("a").st_size, read("a")


@law("True")
def what_was_cut_off_does_not_come_back():
    write("a", b"x" * (3 * PAGE))
    fd = os.open("a", os.O_RDWR)
    os.ftruncate(fd, 100)
    os.ftruncate(fd, 3 * PAGE)
    os.ftruncate(fd, PAGE + 1)
    os.pwrite(fd, b"y", 2 * PAGE)
    return read("a") == b"x" * 100 + bytes(2 * PAGE - 100) + b"y"


@law("(1048577, True)")
def a_gap_before_what_is_written_reads_as_zeros():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    os.pwrite(fd, b"x", 1 << 20)
    return os.fstat(fd).st_size, os.pread(fd, 1 << 20, 0) == bytes(1 << 20)


@law("(9223372036854775807, b'x', b'\\x00')", needs=[largest_files])
def a_file_may_be_as_large_as_offsets_reach():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    os.ftruncate(fd, 2**63 - 1)
    os.pwrite(fd, b"x", 2**63 - 3)
    return os.fstat(fd).st_size, os.pread(fd, 1, 2**63 - 3), os.pread(fd, 1, 2**63 - 2)


@law("(8388611, True)", needs=[space])
def a_large_write_is_read_back_at_odd_places():
    content = bytes(i * 7 % 251 for i in range(8191)) * 1025
    content = content[: (8 << 20) + 3]
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    written = os.write(fd, content)
    pieces = [(0, 1), (4095, 2), (1 << 20, (1 << 20) + 5), (12345, 7 << 20), ((8 << 20) - 1, 100)]
    return written, all(os.pread(fd, n, at) == content[at : at + n] for at, n in pieces)


@law("(6, [b'ab', b'cdef'], b'')")
def vectors_are_gathered_and_scattered():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    count = os.writev(fd, [b"abc", b"", b"def"])
    buffers = [bytearray(2), bytearray(4)]
    os.preadv(fd, buffers, 0)
    return count, [bytes(buffer) for buffer in buffers], os.pread(fd, 1, 6)


@law("(b'buffered', b'straight')", needs=[direct_access])
def direct_and_buffered_access_see_the_same():
    buffer = mmap.mmap(-1, PAGE)
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    os.write(fd, b"buffered" + bytes(PAGE - 8))
    direct = os.open("a", os.O_RDWR | os.O_DIRECT)
    os.preadv(direct, [buffer], 0)
    seen = buffer[:8]
    buffer[:8] = b"straight"
    os.pwritev(direct, [buffer], 0)
    return seen, os.pread(fd, 8, 0)


@law("(0, 24, True, 8, 24)", needs=[counted_pages])
def blocks_are_those_of_written_pages():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    empty = os.fstat(fd).st_blocks
    os.pwrite(fd, b"x", 0)
    os.pwrite(fd, b"x", 100 * PAGE)
    os.pwrite(fd, b"x", 1000 * PAGE + 17)
    spread = os.fstat(fd).st_blocks
    sparse = os.fstat(fd).st_size > 512 * spread
    os.ftruncate(fd, 1)
    cut = os.fstat(fd).st_blocks
    os.pwrite(fd, b"x" * (2 * PAGE), PAGE)
    return empty, spread, sparse, cut, os.fstat(fd).st_blocks


@law("(16384, 32, 16384, 64, True)", needs=[allocation, allocation_behind_the_end, counted_pages])
def allocated_space_reads_as_zeros():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    kernel.fallocate(fd, 0, 0, 4 * PAGE)
    first = os.fstat(fd)
    kernel.fallocate(fd, kernel.FALLOC_KEEP_SIZE, 4 * PAGE, 4 * PAGE)
    second = os.fstat(fd)
    zeros = os.pread(fd, 8 * PAGE, 0) == bytes(4 * PAGE)
    return first.st_size, first.st_blocks, second.st_size, second.st_blocks, zeros


@law("(32768, 32, True)", needs=[punched_holes, counted_pages])
def a_punched_hole_reads_as_zeros_and_takes_no_space():
    write("a", b"x" * (8 * PAGE))
    fd = os.open("a", os.O_RDWR)
    kernel.fallocate(fd, kernel.FALLOC_PUNCH_HOLE | kernel.FALLOC_KEEP_SIZE, PAGE + 10, 5 * PAGE)
    status = os.fstat(fd)
    expected = b"x" * (PAGE + 10) + bytes(5 * PAGE) + b"x" * (2 * PAGE - 10)
    return status.st_size, status.st_blocks, read("a") == expected


def _map(fd):
    """Where data begins and ends, as lseek(2) says."""
    end, at, ends = os.fstat(fd).st_size, 0, []
    while at < end:
        try:
            data = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:
            break
        at = os.lseek(fd, data, os.SEEK_HOLE)
        ends.append((data // PAGE, at // PAGE))
    return ends


@law("([(3, 5), (9, 10), (999, 1000)], 0, 5, 7)", needs=[known_holes])
def data_and_holes_are_found():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    os.ftruncate(fd, 1000 * PAGE)
    for page in 3, 4, 9, 999:
        os.pwrite(fd, b"x", page * PAGE + 5)
    seek = [os.lseek(fd, at * PAGE, os.SEEK_HOLE) // PAGE for at in (0, 3, 7)]
    return _map(fd), *seek


@law("([(0, 1), (3, 4)], [(0, 4)])", needs=[punched_holes, known_holes])
def a_hole_is_one_until_it_is_written():
    write("a", b"x" * (4 * PAGE))
    fd = os.open("a", os.O_RDWR)
    kernel.fallocate(fd, kernel.FALLOC_PUNCH_HOLE | kernel.FALLOC_KEEP_SIZE, PAGE, 2 * PAGE)
    punched = _map(fd)
    os.pwrite(fd, b"y" * (2 * PAGE), PAGE)
    return punched, _map(fd)


@law("(20000, 0, True)")
def a_range_is_copied_inside_the_file_system():
    content = os.urandom(50_000)
    write("a", content)
    source, target = os.open("a", os.O_RDONLY), os.open("b", os.O_CREAT | os.O_RDWR)
    count = os.copy_file_range(source, target, 20_000, 1111, 333)
    beyond = os.copy_file_range(source, target, 100, 50_000, 0)
    same = read("b") == bytes(333) + content[1111:21_111]
    return count, beyond, same


@law("(100000, True)")
def sendfile_reads_files():
    content = os.urandom(100_000)
    write("a", content)
    target = os.open("b", os.O_CREAT | os.O_RDWR)
    source = os.open("a", os.O_RDONLY)
    count = 0
    while count < len(content):
        count += os.sendfile(target, source, count, len(content))
    return count, read("b") == content


@law("(100000, True)")
def splice_moves_through_a_pipe():
    content = os.urandom(100_000)
    write("a", content)
    source, target = os.open("a", os.O_RDONLY), os.open("b", os.O_CREAT | os.O_RDWR)
    reader, writer = os.pipe()
    count = 0
    while moved := kernel.splice(source, writer, 60_000):
        while moved:
            part = kernel.splice(reader, target, moved)
            moved -= part
            count += part
    return count, read("b") == content


@law("b'through the fifo'", needs=[fifos])
def a_fifo_carries_data():
    os.mkfifo("f")
    child = os.fork()
    if child == 0:
        write_end = os.open("f", os.O_WRONLY)
        os.write(write_end, b"through the fifo")
        os._exit(0)
    content = read("f")
    os.waitpid(child, 0)
    return content


@law("b'through the socket'", needs=[sockets])
def a_socket_carries_data():
    import socket

    listener = socket.socket(socket.AF_UNIX)
    listener.bind("s")
    listener.listen()
    child = os.fork()
    if child == 0:
        client = socket.socket(socket.AF_UNIX)
        client.connect("s")
        client.sendall(b"through the socket")
        os._exit(0)
    received = listener.accept()[0].recv(100)
    os.waitpid(child, 0)
    return received


@law("(None, None, None)")
def what_is_written_can_be_synced():
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    os.write(fd, b"x")
    directory = os.open(".", os.O_RDONLY)
    return outcome(os.fsync, fd), outcome(os.fdatasync, fd), outcome(os.fsync, directory)


@law("True", needs=[allocation, punched_holes, shared_mappings])
def a_file_agrees_with_a_model_after_2000_random_changes():
    """Writes, truncations, holes, mappings and copies at random places, beside a bytearray."""
    import random

    rng = random.Random(7)
    limit = 40 * PAGE
    fd = os.open("a", os.O_CREAT | os.O_RDWR)
    model = bytearray()

    def grow(end):
        if end > len(model):
            model.extend(bytes(end - len(model)))

    for step in range(2000):
        at, length = rng.randrange(limit), rng.randrange(1, 3 * PAGE)
        if rng.random() < 0.3:
            at, length = at // PAGE * PAGE, PAGE
        what = rng.randrange(8)
        if what <= 1:
            content = rng.randbytes(length)
            os.pwrite(fd, content, at)
            grow(at + length)
            model[at : at + length] = content
        elif what == 2:
            os.ftruncate(fd, at)
            grow(at)
            del model[at:]
        elif what == 3:
            hole = kernel.FALLOC_PUNCH_HOLE | kernel.FALLOC_KEEP_SIZE
            kernel.fallocate(fd, hole, at, length)
            end = min(at + length, len(model))
            model[at:end] = bytes(max(0, end - at))
        elif what == 4:
            kernel.fallocate(fd, 0, at, length)
            grow(at + length)
        elif what == 5 and model:
            with mmap.mmap(fd, 0) as shared:
                at %= len(model)
                content = rng.randbytes(min(length, len(model) - at))
                shared[at : at + len(content)] = content
                model[at : at + len(content)] = content
        elif what == 6 and len(model) > 4 * PAGE:
            source = rng.randrange(len(model) // 2 - length) if len(model) // 2 > length else 0
            target = source + length + rng.randrange(PAGE)
            count = os.copy_file_range(fd, fd, length, source, target)
            piece = bytes(model[source : source + count])
            grow(target + count)
            model[target : target + count] = piece
        else:
            if os.pread(fd, length, at) != bytes(model[at : at + length]):
                return f"wrong bytes at {at} in step {step}"
        if os.fstat(fd).st_size != len(model):
            return f"size {os.fstat(fd).st_size} instead of {len(model)} after {what} in step {step}"
    return read("a") == bytes(model)
