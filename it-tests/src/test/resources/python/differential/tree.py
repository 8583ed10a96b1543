"""What a directory holds in the end: all that can be seen of it."""

import os
import stat
import zlib

from calls import status_fields

_BLOCK = 4096
# The largest offset.
_END = (1 << 63) - 1
# In what is nearer to the end than this tmpfs does not find all data, and says that a hole begins before the file does.
_UNSEARCHABLE = 1 << 20


def walk(directory):
    """[(path, status, what is in it, extended attributes), ...] in the order of paths."""
    found = [(".", *_look(directory))]
    _walk(directory, "", found)
    return found


def _walk(directory, prefix, found):
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        found.append((prefix + name, *_look(path)))
        if stat.S_ISDIR(os.lstat(path).st_mode):
            _walk(path, prefix + name + "/", found)


def _look(path):
    status = os.lstat(path)
    content = None
    if stat.S_ISREG(status.st_mode):
        content = _blocks(path, status.st_size)
        status = os.lstat(path)
    elif stat.S_ISLNK(status.st_mode):
        content = os.readlink(path)
    names = sorted(os.listxattr(path, follow_symlinks=False))
    attributes = [(name, os.getxattr(path, name, follow_symlinks=False)) for name in names]
    return status_fields(status), content, attributes


def _blocks(path, size):
    """[(number, checksum), ...] of the blocks that are not all zeros, wherever lseek(2) finds data, and at the end."""
    blocks = {}
    fd = os.open(path, os.O_RDONLY)
    try:
        # What is only in a mapping yet is data, but not for lseek(2).
        os.fsync(fd)
        tail = max(0, min(size - 1, _END - _UNSEARCHABLE))
        for start, end in [*_data(fd), (tail, size)]:
            for number in range(start // _BLOCK, -(-end // _BLOCK)):
                block = os.pread(fd, min(_BLOCK, size - number * _BLOCK), number * _BLOCK)
                if block.count(0) < len(block):
                    blocks[number] = zlib.crc32(block)
        return sorted(blocks.items())
    finally:
        os.close(fd)


def _data(fd):
    end = 0
    while end < _END - _UNSEARCHABLE:
        try:
            start = os.lseek(fd, end, os.SEEK_DATA)
        except OSError:
            return
        if start >= _END - _UNSEARCHABLE:
            return
        end = os.lseek(fd, start, os.SEEK_HOLE)
        yield start, end


def remove(directory):
    """Removes a directory and all that is in it."""
    for entry in list(os.scandir(directory)):
        if entry.is_dir(follow_symlinks=False):
            remove(entry.path)
        else:
            os.unlink(entry.path)
    os.rmdir(directory)
