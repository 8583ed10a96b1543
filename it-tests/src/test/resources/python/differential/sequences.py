"""Random sequences of system calls.

A sequence is a list of operations, each a plain dictionary, so that it can be kept in a file:
{"by": actor, "call": name, "arguments": [...], "watch": NOTHING, STATUS or TIMES}; the last says whether the
attributes of the files concerned are looked at before and after, and after waiting so long that times differ.
"""

import itertools
import os
import stat
from random import Random

from arguments import (
    ACCESS,
    ACL,
    ACL_ENTRIES,
    ANY_ATTRIBUTE,
    ATTRIBUTE,
    ATTRIBUTE_FLAGS,
    ATTRIBUTE_LENGTH,
    CHANGES,
    DEVICE,
    DIRECTORY_PATH,
    EFFECTIVE_UID,
    FALLOCATE_MODE,
    FILE_TYPE,
    FOLLOW,
    GID,
    LENGTH,
    MAPPING,
    MAP_FLAGS,
    MAP_LENGTH,
    MAP_OFFSET,
    MASK,
    MODE,
    NEW_PATH,
    NEW_SLOT,
    NOFOLLOW,
    OFFSET,
    OPEN_FLAGS,
    PATH,
    PAUSE,
    PIECE,
    PIECE_LENGTH,
    PROTECTION,
    RANGE,
    RENAME_FLAGS,
    SIZE,
    SLOT,
    SOUGHT,
    START,
    STATUS_FLAGS,
    TARGET,
    TIME,
    TMPFILE_FLAGS,
    UID,
    WHENCE,
    WITHIN,
)

NOTHING, STATUS, TIMES = "nothing", "status", "times"

_LENGTH = 90

# Name: (uid, gid, supplementary groups).
ACTORS = {
    "root": (0, 0, []),
    "user": (1000, 1000, [2000]),
    "peer": (1000, 1000, []),
    "other": (1001, 1001, [1000]),
}

DATA, NAMES, ATTRIBUTES, LISTS, MAPS, PROCESS = "data", "names", "attributes", "lists", "maps", "process"

# Call: (subject, how often, kinds of its arguments).
CALLS = {
    "open": (DATA, 16, [NEW_SLOT, PATH, OPEN_FLAGS, MODE]),
    "tmpfile": (DATA, 2, [NEW_SLOT, DIRECTORY_PATH, TMPFILE_FLAGS, MODE]),
    "close": (DATA, 2, [SLOT]),
    "fstat": (DATA, 4, [SLOT]),
    "read": (DATA, 5, [SLOT, LENGTH]),
    "write": (DATA, 6, [SLOT, LENGTH, START]),
    "pread": (DATA, 8, [SLOT, LENGTH, OFFSET]),
    "pwrite": (DATA, 10, [SLOT, LENGTH, START, OFFSET]),
    "lseek": (DATA, 4, [SLOT, OFFSET, WHENCE]),
    "find": (DATA, 5, [SLOT, OFFSET, SOUGHT]),
    "truncate": (DATA, 4, [PATH, SIZE]),
    "ftruncate": (DATA, 5, [SLOT, SIZE]),
    "fallocate": (DATA, 7, [SLOT, FALLOCATE_MODE, OFFSET, RANGE]),
    "copy_file_range": (DATA, 6, [SLOT, SLOT, LENGTH, OFFSET, OFFSET]),
    "fsync": (DATA, 1, [SLOT]),
    "fdatasync": (DATA, 1, [SLOT]),
    "drop_pages": (DATA, 1, [SLOT]),
    "setfl": (DATA, 2, [SLOT, STATUS_FLAGS]),
    "stat": (NAMES, 3, [PATH]),
    "lstat": (NAMES, 3, [PATH]),
    "mkdir": (NAMES, 7, [DIRECTORY_PATH, MODE]),
    "rmdir": (NAMES, 2, [DIRECTORY_PATH]),
    "unlink": (NAMES, 4, [PATH]),
    "rename": (NAMES, 14, [PATH, NEW_PATH, RENAME_FLAGS]),
    "link": (NAMES, 7, [PATH, NEW_PATH, FOLLOW]),
    "linkfd": (NAMES, 3, [SLOT, NEW_PATH]),
    "linkat_empty": (NAMES, 1, [SLOT, NEW_PATH]),
    "symlink": (NAMES, 5, [TARGET, NEW_PATH]),
    "readlink": (NAMES, 2, [PATH]),
    "mknod": (NAMES, 5, [NEW_PATH, FILE_TYPE, DEVICE]),
    "access": (ATTRIBUTES, 4, [PATH, ACCESS]),
    "chmod": (ATTRIBUTES, 7, [PATH, MODE]),
    "fchmod": (ATTRIBUTES, 3, [SLOT, MODE]),
    "chown": (ATTRIBUTES, 5, [PATH, UID, GID]),
    "lchown": (ATTRIBUTES, 2, [PATH, UID, GID]),
    "fchown": (ATTRIBUTES, 2, [SLOT, UID, GID]),
    "utimensat": (ATTRIBUTES, 4, [PATH, TIME, TIME, NOFOLLOW]),
    "futimens": (ATTRIBUTES, 2, [SLOT, TIME, TIME]),
    "setxattr": (ATTRIBUTES, 5, [PATH, ATTRIBUTE, ATTRIBUTE_LENGTH, START, ATTRIBUTE_FLAGS]),
    "lsetxattr": (ATTRIBUTES, 1, [PATH, ATTRIBUTE, ATTRIBUTE_LENGTH, START, ATTRIBUTE_FLAGS]),
    "fsetxattr": (ATTRIBUTES, 2, [SLOT, ATTRIBUTE, ATTRIBUTE_LENGTH, START, ATTRIBUTE_FLAGS]),
    "getxattr": (ATTRIBUTES, 3, [PATH, ANY_ATTRIBUTE]),
    "fgetxattr": (ATTRIBUTES, 1, [SLOT, ANY_ATTRIBUTE]),
    "listxattr": (ATTRIBUTES, 2, [PATH]),
    "removexattr": (ATTRIBUTES, 3, [PATH, ANY_ATTRIBUTE]),
    "setacl": (ATTRIBUTES, 6, [PATH, ACL, ACL_ENTRIES]),
    "listdir": (LISTS, 3, [DIRECTORY_PATH]),
    "scan": (LISTS, 5, [DIRECTORY_PATH, PIECE, PAUSE, CHANGES]),
    "mmap": (MAPS, 8, [MAPPING, SLOT, MAP_OFFSET, MAP_LENGTH, MAP_FLAGS, PROTECTION]),
    "load": (MAPS, 6, [MAPPING, WITHIN, PIECE_LENGTH]),
    "store": (MAPS, 6, [MAPPING, WITHIN, PIECE_LENGTH, START]),
    "msync": (MAPS, 2, [MAPPING]),
    "munmap": (MAPS, 0.5, [MAPPING]),
    "umask": (PROCESS, 1, [MASK]),
    "seteuid": (PROCESS, 2, [EFFECTIVE_UID]),
    "drop_caches": (PROCESS, 0, []),
}

# Sequences about one subject get deeper into it than those about everything.
_EMPHASES = (
    {},
    {DATA: 4},
    {DATA: 4, MAPS: 2},
    {NAMES: 4},
    {NAMES: 4, LISTS: 3},
    {ATTRIBUTES: 4},
)


class _Slots:
    """Which slots an actor is likely to have opened."""

    def __init__(self):
        self._used = []

    def used(self, random):
        if self._used and random.random() < 0.95:
            return random.choice(self._used)
        return random.randrange(5)

    def new(self, random):
        slot = random.randrange(5)
        if slot not in self._used:
            self._used.append(slot)
        return slot


# What takes space of a tmpfs and not of the mount, or the other way round: extended attributes count as inodes there,
# long targets as data, and so do holes that are copied; or mapped, so that there are no mappings either.
_COUNTED_OTHERWISE = ("setxattr", "lsetxattr", "fsetxattr", "setacl", "symlink", "copy_file_range")


def draw(seed, drop_caches=False, full=False, without=()):
    """The sequence of a seed, which is a number.

    drop_caches adds the call of that name; full leaves out what is not the same on file systems without space;
    without, the calls of those names.
    """
    random = Random(seed)
    emphasis = random.choice(_EMPHASES)
    maps = (MAPS in emphasis or random.random() < 0.1) and not full
    weights = [
        often * emphasis.get(subject, 1) * (maps or subject != MAPS) for subject, often, _ in CALLS.values()
    ]
    if drop_caches:
        weights[list(CALLS).index("drop_caches")] = 0.1
    if full:
        weights = [weight * (call not in _COUNTED_OTHERWISE) for call, weight in zip(CALLS, weights)]
        weights[list(CALLS).index("setfl")] = 0
    weights = [weight * (call not in without) for call, weight in zip(CALLS, weights)]
    names, sums = list(CALLS), list(itertools.accumulate(weights))
    slots = {actor: _Slots() for actor in ACTORS}
    watched = random.choice((0, 0.3, 0.6, 1))
    watch = TIMES if random.random() < 0.05 else STATUS
    sequence = _beginning(random, slots, maps)
    while len(sequence) < _LENGTH:
        actor = random.choices(list(ACTORS), (5, 3, 1, 2))[0]
        for _ in range(random.randrange(1, 20)):
            call = random.choices(names, cum_weights=sums)[0]
            if call in ("seteuid", "drop_caches") and actor != "root":
                continue
            arguments = [kind.draw(random, slots[actor]) for kind in CALLS[call][2]]
            if full and call == "open":
                # A direct write that fits only in part is short there. Here the kernel would make EIO of that, so that
                # it fails.
                arguments[2] &= ~os.O_DIRECT
            sequence.append(_operation(actor, call, *arguments, watch=watch if random.random() < watched else NOTHING))
    return sequence


def _beginning(random, slots, maps):
    """Directories in which some users may do something, and files that they have open."""
    modes = (0o777, 0o777, 0o777, 0o1777, 0o2777, 0o755)
    sequence = [
        _operation("root", "umask", 0),
        _operation("root", "chmod", ".", random.choice(modes)),
        _operation("root", "chown", ".", 0, random.choice((0, 1000, 2000))),
        _operation("root", "mkdir", "d", random.choice(modes)),
        _operation("root", "mkdir", "d/d", random.choice(modes)),
        _operation("root", "mknod", "d/a", stat.S_IFREG | 0o666, 0),
    ]
    for actor, path in zip(ACTORS, ("a", "d/b", "d/b", "b")):
        slot = slots[actor].new(random)
        sequence.append(_operation(actor, "open", slot, path, os.O_CREAT | os.O_RDWR, 0o666))
        if maps:
            sequence.append(_operation(actor, "write", slot, random.choice((100, 5000)), 0))
            kinds = CALLS["mmap"][2][2:]
            sequence.append(_operation(actor, "mmap", 0, slot, *(kind.draw(random, None) for kind in kinds)))
    return sequence


def _operation(by, call, *arguments, watch=STATUS):
    return {"by": by, "call": call, "arguments": list(arguments), "watch": watch}


def targets(operation):
    """The files concerned: descriptors, paths, and the directories that these lie in."""
    found = []
    for kind, value in zip(CALLS[operation["call"]][2], operation["arguments"]):
        if isinstance(kind, type(SLOT)):
            found.append(value)
        elif isinstance(kind, type(PATH)):
            found.append(value)
            if isinstance(value, str):
                found.append(os.path.dirname(value.rstrip("/")) or ".")
    return found


def show(operation):
    """An operation as a line for people."""
    kinds = CALLS[operation["call"]][2]
    shown = ", ".join(kind.show(value) for kind, value in zip(kinds, operation["arguments"]))
    watched = "" if operation["watch"] == NOTHING else f"  # {operation['watch']} compared"
    return f"{operation['by']}: {operation['call']}({shown}){watched}"


def simpler(operation):
    """Operations that are simpler than this one."""
    for i, kind in enumerate(CALLS[operation["call"]][2]):
        for value in kind.simpler(operation["arguments"][i]):
            yield operation | {"arguments": operation["arguments"][:i] + [value] + operation["arguments"][i + 1 :]}
    if operation["by"] != "root":
        yield operation | {"by": "root"}
    if operation["watch"] != NOTHING:
        yield operation | {"watch": NOTHING}
