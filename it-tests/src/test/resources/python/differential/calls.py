"""Makes the system calls of a sequence, in the process of one actor."""

import ctypes
import errno
import fcntl
import os
import stat
import struct
import time
import zlib

import differences
from kernel import LIBC, fallocate, renameat2
from laws import outcome

# Written data: a piece of this, so that bytes in the wrong place show.
_PATTERN = bytes((i * 31 + i // 251) % 255 + 1 for i in range(1 << 18))

# Calls that may take set-uid and set-gid away, and which of their arguments is the file.
_ENDING_PRIVILEGES = {
    "open": 1,
    "write": 0,
    "pwrite": 0,
    "truncate": 0,
    "ftruncate": 0,
    "fallocate": 0,
    "copy_file_range": 1,
    "chown": 0,
    "lchown": 0,
    "fchown": 0,
}

_WRITING = ("write", "pwrite", "copy_file_range", "fallocate")

# What is longer is compared by its checksum.
_SHORT = 64

_AT_FDCWD = -100
_AT_SYMLINK_FOLLOW = 0x400
_AT_EMPTY_PATH = 0x1000

_GETDENTS64 = {"x86_64": 217, "aarch64": 61}[os.uname().machine]
_LONGEST_ENTRY = 280

_ACL_VERSION = 2

_PAGE = 4096
_MS_SYNC = 4
_MAP_FAILED = ctypes.c_void_p(-1).value
LIBC.mmap.restype = ctypes.c_void_p

# The clock that file times are taken from, which ticks a few hundred times a second.
_CLOCK_REALTIME_COARSE = 5


def data(length, start):
    return _PATTERN[start : start + length]


def _shown(content):
    if len(content) <= _SHORT:
        return content
    return f"{len(content)} bytes, checksum {zlib.crc32(content):08x}"


class Calls:
    """The descriptors and mappings of a process, and a method for each call.

    Descriptors are named by slots: to open one closes what was in its slot. Where a path is a list it is
    [slot, name]: the name in the directory that is open there.
    """

    def __init__(self, is_reference):
        # Some calls come to something else on a tmpfs, with the reasons in differences.py. As files or descriptors
        # would not be the same any more after them, one side then does as the other does.
        self.is_reference = is_reference
        self.descriptors = {}
        self.mappings = {}
        # [what was done, inode number]: what the comparison has to know of.
        self.marks = []

    def reset(self, directory):
        """Forgets everything and goes to the directory of a new sequence."""
        os.setresuid(-1, os.getresuid()[0], -1)
        for slot in list(self.mappings):
            self.munmap(slot)
        for slot in list(self.descriptors):
            self.close(slot)
        os.umask(0o022)
        os.chdir(directory)

    def run(self, call, arguments, watched, timed):
        """[outcome, marks, [[status before, status after], ...]]

        If timed, the clock of file times ticks before the call.
        """
        self.marks = []
        before = [self._status(target) for target in watched]
        if timed:
            _await_tick()
        if call in _ENDING_PRIVILEGES:
            self._mark_setgid(arguments[_ENDING_PRIVILEGES[call]])
        result = outcome(getattr(self, call), *arguments)
        if isinstance(result, str) and call in _WRITING:
            self._mark_failure(call, result, arguments[_ENDING_PRIVILEGES[call]])
        return [result, self.marks, [[old, self._status(new)] for old, new in zip(before, watched)]]

    def _status(self, target):
        try:
            status = os.fstat(self._fd(target)) if isinstance(target, int) else os.lstat(self._path(target))
        except OSError as e:
            return errno.errorcode[e.errno]
        return status_fields(status)

    def _fd(self, slot):
        if slot not in self.descriptors:
            raise OSError(errno.EBADF, "nothing is open")
        return self.descriptors[slot]

    def _path(self, path):
        if isinstance(path, str):
            return path
        return f"/proc/self/fd/{self._fd(path[0])}/{path[1]}"

    def _mark(self, what, fd):
        self.marks.append([what, os.fstat(fd).st_ino])

    def _mark_failure(self, call, result, slot):
        if call == "fallocate" and slot in self.descriptors:
            self._mark("failed fallocate", self._fd(slot))
        elif result == "ENOSPC":
            self._mark("failed write", self._fd(slot))

    def _mark_setgid(self, target):
        try:
            status = os.fstat(self._fd(target)) if isinstance(target, int) else os.stat(self._path(target))
        except OSError:
            return
        if status.st_mode & (stat.S_ISGID | stat.S_IXGRP) == stat.S_ISGID:
            self.marks.append(["setgid", status.st_ino])

    # Descriptors.

    def open(self, slot, path, flags, mode):
        # A pipe would wait for its other end.
        fd = os.open(self._path(path), flags | os.O_NONBLOCK, mode)
        if slot in self.descriptors:
            self.close(slot)
        self.descriptors[slot] = fd
        if stat.S_ISFIFO(os.fstat(fd).st_mode):
            self._mark("pipe", fd)

    def tmpfile(self, slot, directory, flags, mode):
        self.open(slot, directory, flags | os.O_TMPFILE, mode)

    def close(self, slot):
        os.close(self._fd(slot))
        del self.descriptors[slot]

    def fstat(self, slot):
        os.fstat(self._fd(slot))

    def read(self, slot, length):
        return _shown(os.read(self._fd(slot), length))

    def write(self, slot, length, start):
        return os.write(self._fd(slot), data(length, start))

    def pread(self, slot, length, offset):
        return _shown(os.pread(self._fd(slot), length, offset))

    def pwrite(self, slot, length, start, offset):
        return os.pwrite(self._fd(slot), data(length, start), offset)

    def lseek(self, slot, offset, whence):
        fd = self._fd(slot)
        if not self.is_reference and whence == os.SEEK_END:
            differences.refuse_end_of_directory_as_tmpfs(fd)
        return os.lseek(fd, offset, whence)

    def find(self, slot, offset, whence):
        """lseek(2) for data or a hole; the descriptor stays where it is."""
        fd = self._fd(slot)
        self._mark("find", fd)
        place = os.lseek(fd, 0, os.SEEK_CUR)
        try:
            return os.lseek(fd, offset, whence)
        except SystemError as e:  # which Python makes of a negative answer: tmpfs says that the hole begins at 2^63
            raise OSError(errno.ENXIO, "a hole at 2^63") from e
        finally:
            os.lseek(fd, place, os.SEEK_SET)

    def ftruncate(self, slot, length):
        os.ftruncate(self._fd(slot), length)

    def fallocate(self, slot, mode, offset, length):
        fd = self._fd(slot)
        allocate = differences.fallocate_on_tmpfs if self.is_reference else fallocate
        allocate(fd, mode, offset, length)
        self._mark("fallocate", fd)

    def fsync(self, slot):
        os.fsync(self._fd(slot))

    def fdatasync(self, slot):
        os.fdatasync(self._fd(slot))

    def drop_pages(self, slot):
        os.posix_fadvise(self._fd(slot), 0, 0, os.POSIX_FADV_DONTNEED)

    def setfl(self, slot, flags):
        fd = self._fd(slot)
        fcntl.fcntl(fd, fcntl.F_SETFL, flags | os.O_NONBLOCK)
        return fcntl.fcntl(fd, fcntl.F_GETFL)

    def copy_file_range(self, source, target, length, offset, target_offset):
        count = os.copy_file_range(self._fd(source), self._fd(target), length, offset, target_offset)
        self._mark("copy_file_range", self._fd(target))
        return count

    def fchmod(self, slot, mode):
        os.fchmod(self._fd(slot), mode)

    def fchown(self, slot, uid, gid):
        self._chown(self._fd(slot), uid, gid, True)

    def futimens(self, slot, atime, mtime):
        _checked(LIBC.futimens(self._fd(slot), _timespecs(atime, mtime)))

    def fsetxattr(self, slot, name, length, start, flags):
        os.setxattr(self._fd(slot), name, data(length, start), flags)

    def fgetxattr(self, slot, name):
        return _shown(os.getxattr(self._fd(slot), name))

    def linkfd(self, slot, path):
        """Gives a name to an open file, as one made with O_TMPFILE."""
        source = os.fsencode(f"/proc/self/fd/{self._fd(slot)}")
        target = os.fsencode(self._path(path))
        _checked(LIBC.linkat(_AT_FDCWD, source, _AT_FDCWD, target, _AT_SYMLINK_FOLLOW))

    def linkat_empty(self, slot, path):
        target = os.fsencode(self._path(path))
        _checked(LIBC.linkat(self._fd(slot), b"", _AT_FDCWD, target, _AT_EMPTY_PATH))

    # Mappings: pages are touched by read(2) and write(2), which say EFAULT where SIGBUS would end the process.

    def mmap(self, mapping, slot, offset, length, flags, protection):
        new = _Mapping(self._fd(slot), offset, length, flags, protection)
        if mapping in self.mappings:
            self.munmap(mapping)
        self.mappings[mapping] = new
        self._mark("mmap", self._fd(slot))

    def load(self, mapping, offset, length):
        return _shown(self._mapping(mapping).load(offset, length))

    def store(self, mapping, offset, length, start):
        return self._mapping(mapping).store(offset, data(length, start))

    def msync(self, mapping):
        self._mapping(mapping).sync()

    def munmap(self, mapping):
        self._mapping(mapping).unmap()
        del self.mappings[mapping]

    def _mapping(self, mapping):
        if mapping not in self.mappings:
            raise OSError(errno.EINVAL, "nothing is mapped")
        return self.mappings[mapping]

    # Names.

    def stat(self, path):
        os.stat(self._path(path))

    def lstat(self, path):
        os.lstat(self._path(path))

    def access(self, path, mode):
        return os.access(self._path(path), mode)

    def truncate(self, path, length):
        os.truncate(self._path(path), length)

    def mkdir(self, path, mode):
        os.mkdir(self._path(path), mode)

    def rmdir(self, path):
        os.rmdir(self._path(path))

    def unlink(self, path):
        os.unlink(self._path(path))

    def rename(self, old, new, flags):
        renameat2(self._path(old), self._path(new), flags)

    def link(self, old, new, flags):
        source, target = os.fsencode(self._path(old)), os.fsencode(self._path(new))
        _checked(LIBC.linkat(_AT_FDCWD, source, _AT_FDCWD, target, flags))

    def symlink(self, target, path):
        os.symlink(target, self._path(path))

    def readlink(self, path):
        return os.readlink(self._path(path))

    def mknod(self, path, mode, device):
        os.mknod(self._path(path), mode, device)

    def chmod(self, path, mode):
        os.chmod(self._path(path), mode)

    def chown(self, path, uid, gid):
        self._chown(self._path(path), uid, gid, True)

    def lchown(self, path, uid, gid):
        self._chown(self._path(path), uid, gid, False)

    def _chown(self, file, uid, gid, follow):
        if uid == gid == -1:
            self.marks.append(["chown", os.stat(file, follow_symlinks=follow).st_ino])
            if not self.is_reference:
                differences.refuse_chown_as_tmpfs(file, follow)
        os.chown(file, uid, gid, follow_symlinks=follow)

    def utimensat(self, path, atime, mtime, flags):
        encoded = os.fsencode(self._path(path))
        _checked(LIBC.utimensat(_AT_FDCWD, encoded, _timespecs(atime, mtime), flags))

    def setxattr(self, path, name, length, start, flags):
        os.setxattr(self._path(path), name, data(length, start), flags)

    def lsetxattr(self, path, name, length, start, flags):
        os.setxattr(self._path(path), name, data(length, start), flags, follow_symlinks=False)

    def getxattr(self, path, name):
        return _shown(os.getxattr(self._path(path), name))

    def listxattr(self, path):
        return sorted(os.listxattr(self._path(path)))

    def removexattr(self, path, name):
        os.removexattr(self._path(path), name)
        if not self.is_reference and name == "system.posix_acl_access":
            differences.drop_setgid_as_tmpfs(self._path(path))

    def setacl(self, path, name, entries):
        value = struct.pack("<I", _ACL_VERSION) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
        os.setxattr(self._path(path), name, value)

    # Directories.

    def listdir(self, path):
        with os.scandir(self._path(path)) as entries:
            return sorted((entry.name, _kind(entry)) for entry in entries)

    def scan(self, path, size, pause, changes):
        """Lists a directory in small pieces and changes it after `pause` of them; then goes back there and
        lists the rest again. What was there all the time must be seen, and once."""
        fd = os.open(self._path(path), os.O_RDONLY | os.O_DIRECTORY)
        try:
            before = set(os.listdir(fd))
            seen = []
            place = 0
            for _ in range(pause):
                piece = _getdents(fd, size)
                if not piece:
                    break
                seen += [name for name, _ in piece]
                place = piece[-1][1]
            outcomes = [outcome(self._change, fd, change) for change in changes]
            first = _rest(fd, size)
            os.lseek(fd, place, os.SEEK_SET)
            again = _rest(fd, size)
            os.lseek(fd, 0, os.SEEK_SET)
            after = set(os.listdir(fd))
        finally:
            os.close(fd)
        seen += first
        changed = {name + suffix for _, name in changes for suffix in ("", "r")}
        stable = sorted((before & after) - changed | {".", ".."})
        wrong = [name for name in stable if seen.count(name) != 1]
        wrong += sorted(set(seen) - before - after - changed - {".", ".."})
        return [outcomes, stable, wrong, first == again]

    @staticmethod
    def _change(directory, change):
        call, name = change
        if call == "make":
            os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666, dir_fd=directory))
        elif call == "remove":
            os.unlink(name, dir_fd=directory)
        else:
            os.rename(name, name + "r", src_dir_fd=directory, dst_dir_fd=directory)

    # The process.

    def umask(self, mask):
        return os.umask(mask)

    def seteuid(self, uid):
        os.setresuid(-1, uid, -1)

    def drop_caches(self):
        """Lets the kernel forget names and inodes that nobody uses."""
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
            file.write("2")


def _error():
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))


def _checked(result):
    if result < 0:
        raise _error()
    return result


class _Mapping:
    """A mapping of a file. Python's own refuses what the system call allows, pages beyond the end."""

    def __init__(self, fd, offset, length, flags, protection):
        self._offset = offset
        self._length = ctypes.c_size_t(length)
        address = LIBC.mmap(None, self._length, protection, flags, fd, ctypes.c_int64(offset))
        if address == _MAP_FAILED:
            raise _error()
        self._address = address
        self._fd = os.dup(fd)

    def load(self, offset, length):
        with _exchange() as file:
            count = os.write(file.fileno(), self._memory(offset, length))
            return os.pread(file.fileno(), count, 0)

    def store(self, offset, content):
        """Stores nothing behind the end in the last page: what becomes of that is not specified."""
        place = self._offset + offset
        size = os.fstat(self._fd).st_size
        if place < -(-size // _PAGE) * _PAGE:
            content = content[: max(0, size - place)]
        with _exchange() as file:
            os.write(file.fileno(), content)
            return os.preadv(file.fileno(), [self._memory(offset, len(content))], 0)

    def _memory(self, offset, length):
        """A range of the mapping, as far as that reaches: the memory behind it belongs to others."""
        end = -(-self._length.value // _PAGE) * _PAGE
        start = min(offset, end)
        return (ctypes.c_char * min(length, end - start)).from_address(self._address + start)

    def sync(self):
        _checked(LIBC.msync(ctypes.c_void_p(self._address), self._length, _MS_SYNC))

    def unmap(self):
        os.close(self._fd)
        _checked(LIBC.munmap(ctypes.c_void_p(self._address), self._length))


def _exchange():
    """A file in memory by which pages are touched."""
    return open(os.memfd_create("exchange"), "r+b", buffering=0)


def _await_tick():
    """Waits until what changes now gets another time than all that changed before."""
    now = time.time_ns()
    while time.clock_gettime_ns(_CLOCK_REALTIME_COARSE) <= now:
        time.sleep(0.001)


class _Timespec(ctypes.Structure):
    _fields_ = [("tv_sec", ctypes.c_int64), ("tv_nsec", ctypes.c_int64)]


def _timespecs(*times):
    return (_Timespec * 2)(*(_Timespec(*time) for time in times))


def status_fields(status):
    return (
        status.st_ino,
        status.st_mode,
        status.st_nlink,
        status.st_uid,
        status.st_gid,
        status.st_rdev,
        status.st_size,
        status.st_blocks,
        status.st_atime_ns,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def _kind(entry):
    if entry.is_symlink():
        return "l"
    return "d" if entry.is_dir(follow_symlinks=False) else "f" if entry.is_file(follow_symlinks=False) else "?"


def _rest(fd, size):
    names = []
    while piece := _getdents(fd, size):
        names += [name for name, _ in piece]
    return names


def _getdents(fd, size):
    """The next entries that fit into `size` bytes, at least one, each with the place after it."""
    buffer = ctypes.create_string_buffer(max(size, _LONGEST_ENTRY))
    try:
        count = _checked(LIBC.syscall(_GETDENTS64, fd, buffer, size))
    except OSError as e:
        if e.errno != errno.EINVAL:  # the next name is too long
            raise
        count = _checked(LIBC.syscall(_GETDENTS64, fd, buffer, _LONGEST_ENTRY))
    entries = []
    at = 0
    while at < count:
        place, length = struct.unpack_from("<qH", buffer, at + 8)
        name = buffer.raw[at + 19 : at + length].split(b"\0", 1)[0]
        entries.append((os.fsdecode(name), place))
        at += length
    return entries
