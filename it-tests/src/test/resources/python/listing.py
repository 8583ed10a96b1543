"""Prints all that can be compared about each entry below a directory, a line each, in order of names.

listing.py DIRECTORY [WORD...]: with "times" also the time of the last change, with "blocks" also the
space taken. Not printed: inode numbers, and what each file system decides for itself about directories
(their size and blocks).
"""

import hashlib
import os
import stat
import sys


def content(path, status):
    if stat.S_ISREG(status.st_mode):
        digest = hashlib.sha256()
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()
    if stat.S_ISLNK(status.st_mode):
        return repr(os.readlink(path))
    return "-"


def xattrs(path):
    names = os.listxattr(path, follow_symlinks=False)
    return [(n, os.getxattr(path, n, follow_symlinks=False)) for n in sorted(names)]


def describe(path, shown, words, first_names):
    status = os.lstat(path)
    directory = stat.S_ISDIR(status.st_mode)
    fields = [
        shown,
        stat.filemode(status.st_mode),
        f"{status.st_uid}:{status.st_gid}",
        f"links={status.st_nlink}",
        f"rdev={os.major(status.st_rdev)}:{os.minor(status.st_rdev)}",
        "-" if directory else f"size={status.st_size}",
        # All names of one inode show the first of them.
        first_names.setdefault(status.st_ino, shown),
        content(path, status),
        repr(xattrs(path)),
    ]
    if "times" in words:
        fields.append(f"mtime={status.st_mtime_ns}")
    if "blocks" in words and not directory:
        fields.append(f"blocks={status.st_blocks}")
    return " ".join(fields)


def main(root, words):
    first_names = {}
    for directory, names, files in os.walk(root):
        names.sort()
        for name in sorted(names + files):
            path = os.path.join(directory, name)
            print(describe(path, ascii(os.path.relpath(path, root)), words, first_names))


main(os.fsencode(sys.argv[1]), sys.argv[2:])
