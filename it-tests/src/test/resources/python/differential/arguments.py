"""The kinds of arguments that system calls take: how they are drawn, made simpler, and shown."""

import os
import stat

import kernel

PAGE = 4096

_NAMES = ("a", "b", "c", "d")
_LONG = ("n" * 255, "m" * 256)
_ODD_PATHS = ("", ".", "a/", "d/", "d/.", "d/..", "d/e", "missing/a")
_EDGES = (0, 1, 63, 64, 65, 2047, 2048, 2049, 4095, 4096, 4097, 8191, 8192, 12288, 65536)
_FAR = (2**31 - 1, 2**32, 2**40, 2**40 + 1, 2**63 - 4096, 2**63 - 2, 2**63 - 1, -1)
_USERS = (0, 1000, 1001)
_GROUPS = (0, 1000, 1001, 2000)
_OWNER, _USER, _OWNING_GROUP, _GROUP, _MASK, _OTHERS = 1, 2, 4, 8, 16, 32
_UTIME_NOW, _UTIME_OMIT = (1 << 30) - 1, (1 << 30) - 2


class Kind:
    """An argument of one kind."""

    def draw(self, random, state):
        """A value; `state` tells which slots are likely to be in use."""
        raise NotImplementedError

    def simpler(self, value):
        """Values that are simpler than this one, simplest first."""
        return []

    def show(self, value):
        return repr(value)


class Number(Kind):
    def __init__(self, draw, simplest=0, show=str):
        self._draw = draw
        self._simplest = simplest
        self.show = show

    def draw(self, random, state):
        return self._draw(random)

    def simpler(self, value):
        if value == self._simplest:
            return []
        return [self._simplest, *(smaller for smaller in (1, PAGE, value // 2) if 0 < smaller < value)]


class Choice(Kind):
    """One of several values; the first is the simplest."""

    def __init__(self, *values, show=repr):
        self._values = values
        self.show = show

    def draw(self, random, state):
        return random.choice(self._values)

    def simpler(self, value):
        return list(self._values[:1]) if value != self._values[0] else []


class Flags(Kind):
    """Several bits, named; `draw` gives a number."""

    def __init__(self, names, draw, zero="0"):
        self._names = names
        self._draw = draw
        self._zero = zero

    def draw(self, random, state):
        return self._draw(random)

    def simpler(self, value):
        return [value & ~bit for bit in self._names.values() if value & bit == bit and bit]

    def show(self, value):
        shown = []
        for name, bit in self._names.items():
            if value & bit == bit:
                shown.append(name)
                value &= ~bit
        if value:
            shown.append(hex(value))
        return "|".join(shown) or self._zero


class Path(Kind):
    """A path below the working directory, most likely of what is there."""

    def __init__(self, names):
        self._names = names

    def draw(self, random, state):
        chance = random.random()
        if chance < 0.04:
            return random.choice(_ODD_PATHS)
        if chance < 0.05:
            return random.choice(_LONG)
        depth = random.choices((1, 2, 3), (55, 35, 10))[0]
        above = [random.choice("ddddddddcba") for _ in range(depth - 1)]
        name = "/".join([*above, random.choice(self._names)])
        if chance < 0.09:
            return [state.used(random), name]
        return name

    def simpler(self, value):
        if not isinstance(value, str):
            return [value[1]]
        if "/" in value:
            return [value.rsplit("/", 1)[1] or value.rstrip("/"), value.split("/", 1)[0]]
        return ["n"] if len(value) > 10 else []

    def show(self, value):
        if isinstance(value, str):
            return f'"{value}"' if len(value) < 50 else f'"{value[0]}" * {len(value)}'
        return f'fd{value[0]}:"{value[1]}"'


class Slot(Kind):
    """A descriptor that is likely to be open."""

    def draw(self, random, state):
        return state.used(random)

    def show(self, value):
        return f"fd{value}"


class NewSlot(Slot):
    def draw(self, random, state):
        return state.new(random)


class Mapping(Kind):
    """The place of a mapping; mostly the first, which is there if any is."""

    def draw(self, random, state):
        return int(random.random() < 0.15)

    def show(self, value):
        return f"map{value}"


class Time(Kind):
    """[seconds, nanoseconds], also those that stand for now and for no change."""

    _NANOS = {_UTIME_NOW: "UTIME_NOW", _UTIME_OMIT: "UTIME_OMIT"}

    def draw(self, random, state):
        seconds = random.choice((0, 1, 1_000_000_000, -1, 2**31, 2**33))
        return [seconds, random.choice((*(0, 1, 999_999_999, *self._NANOS) * 5, 10**9))]

    def show(self, value):
        return self._NANOS.get(value[1], f"{value[0]}s+{value[1]}ns")


class AclEntries(Kind):
    """Entries of an access control list, [tag, permissions, id]; a valid list as a rule."""

    _TAGS = {_OWNER: "u:", _USER: "u", _OWNING_GROUP: "g:", _GROUP: "g", _MASK: "m:", _OTHERS: "o:"}

    def draw(self, random, state):
        def permissions():
            return random.choice((7, 7, 6, 5, 4, 0))

        named = [[_USER, permissions(), random.choice(_USERS)]] if random.random() < 0.6 else []
        groups = [[_GROUP, permissions(), random.choice(_GROUPS)]] if random.random() < 0.4 else []
        masked = named or groups or random.random() < 0.2
        entries = [[_OWNER, permissions(), -1], *named, [_OWNING_GROUP, permissions(), -1], *groups]
        entries += [[_MASK, permissions(), -1]] if masked else []
        entries += [[_OTHERS, permissions(), -1]]
        if random.random() < 0.1:
            del entries[random.randrange(len(entries))]
        return [[tag, permissions, number & 0xFFFFFFFF] for tag, permissions, number in entries]

    def simpler(self, value):
        return [value[:i] + value[i + 1 :] for i in range(len(value))]

    def show(self, value):
        return ",".join(
            f"{self._TAGS[tag]}{number if tag in (_USER, _GROUP) else ''}:{permissions}"
            for tag, permissions, number in value
        )


class Changes(Kind):
    """What happens to a directory while it is listed: ["make" or "remove" or "move", name]."""

    def draw(self, random, state):
        count = random.randrange(5)
        calls = ("make", "remove", "move")
        return [[random.choice(calls), random.choice(_NAMES + ("e", "f"))] for _ in range(count)]

    def simpler(self, value):
        return [value[:i] + value[i + 1 :] for i in range(len(value))]


def _offset(random):
    chance = random.random()
    if chance < 0.06:
        return random.choice(_FAR)
    if chance < 0.75:
        return random.choice(_EDGES)
    return random.randrange(5 * PAGE)


def _length(random):
    return random.choice(_EDGES) if random.random() < 0.7 else random.randrange(3 * PAGE)


def _size(random):
    """How long to make a file, or a range of it."""
    return random.choice(_FAR) if random.random() < 0.08 else _length(random)


def _open_flags(random):
    flags = random.choice((os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_RDWR, os.O_RDWR))
    if random.random() < 0.03:
        flags = 3
    chances = (
        (os.O_CREAT, 0.5),
        (os.O_EXCL, 0.1),
        (os.O_TRUNC, 0.12),
        (os.O_APPEND, 0.12),
        (os.O_DIRECTORY, 0.1),
        (os.O_NOFOLLOW, 0.1),
        (os.O_DIRECT, 0.1),
        (os.O_PATH, 0.05),
        (os.O_NOATIME, 0.05),
        (os.O_SYNC, 0.04),
        (os.O_DSYNC, 0.04),
        (os.O_TMPFILE, 0.04),
    )
    for flag, chance in chances:
        if random.random() < chance:
            flags |= flag
    return flags


def _mode(random):
    if random.random() < 0.15:
        return random.randrange(0o10000)
    special = random.choice((0, 0, 0, 0, stat.S_ISUID, stat.S_ISGID, stat.S_ISVTX, 0o6000))
    return special | random.choice((0o777, 0o777, 0o755, 0o666, 0o644, 0o770, 0o750, 0o600, 0o111, 0))


def _file_type(random):
    types = (stat.S_IFREG, stat.S_IFREG, stat.S_IFIFO, stat.S_IFIFO, stat.S_IFSOCK, 0)
    odd = (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFDIR, stat.S_IFLNK)
    return random.choice(types + odd) | _mode(random)


def _xattr_length(random):
    return random.choice((65535, 65536, 65537)) if random.random() < 0.02 else random.choice((0, 1, 5, 300))


def _named(module, prefix, *names):
    return {prefix + name: getattr(module, prefix + name) for name in names}


PATH = Path("aaaabbbcccde")
NEW_PATH = Path("abccccddeee")
DIRECTORY_PATH = Path("dddcba")
SLOT = Slot()
NEW_SLOT = NewSlot()
MAPPING = Mapping()
OFFSET = Number(_offset)
LENGTH = Number(_length)
RANGE = Number(_size, simplest=1)
SIZE = Number(_size)
START = Number(lambda random: random.randrange(100))
MODE = Number(_mode, 0o777, oct)
FILE_TYPE = Number(_file_type, stat.S_IFREG | 0o777, oct)
MASK = Choice(0o022, 0, 0o002, 0o077, 0o777, show=oct)
UID = Choice(0, 1000, 1001, -1)
GID = Choice(0, 1000, 1001, 2000, -1)
EFFECTIVE_UID = Choice(*_USERS)
# Devices that nobody has: what is written to a real one would be seen on both sides.
DEVICE = Choice(0, os.makedev(4095, 1 << 19), show=hex)
WHENCE = Choice(os.SEEK_SET, os.SEEK_CUR, os.SEEK_END, 7)
SOUGHT = Choice(os.SEEK_DATA, os.SEEK_HOLE)
TIME = Time()
TARGET = Choice("a", "b", "d", "d/a", "c", "missing", "x" * 200, "d/", "e" * 4095, show=PATH.show)
ACCESS = Choice(os.F_OK, os.R_OK, os.W_OK, os.X_OK, os.R_OK | os.W_OK | os.X_OK)
ATTRIBUTE = Choice(
    *("user.a", "user.b", "trusted.a", "security.a") * 4, "user.", "odd", "user." + "n" * 250, "user." + "n" * 251
)
ATTRIBUTE_LENGTH = Number(_xattr_length)
ATTRIBUTE_FLAGS = Choice(*[0] * 8, os.XATTR_CREATE, os.XATTR_REPLACE, 3)
ACL = Choice("system.posix_acl_access", "system.posix_acl_default")
ANY_ATTRIBUTE = Choice(
    "user.a", "user.b", "trusted.a", "security.a", "system.posix_acl_access", "system.posix_acl_default"
)
ACL_ENTRIES = AclEntries()
NOFOLLOW = Choice(0, 0x100)
FOLLOW = Choice(0, 0x400)
PAUSE = Choice(1, 0, 2, 5)
PIECE = Choice(1024, 50, 80, 300)
CHANGES = Changes()
MAP_OFFSET = Choice(0, PAGE, 4 * PAGE)
MAP_LENGTH = Choice(PAGE, 1, 3 * PAGE)
MAP_FLAGS = Choice(1, 2)
PROTECTION = Choice(3, 1)
WITHIN = Choice(0, 1, 100, PAGE - 1, PAGE)
PIECE_LENGTH = Choice(1, 10, PAGE)

_OPEN = _named(
    os, "O_", "WRONLY", "RDWR", "CREAT", "EXCL", "TRUNC", "APPEND", "TMPFILE", "DIRECTORY", "NOFOLLOW", "DIRECT"
) | _named(os, "O_", "PATH", "NOATIME", "SYNC", "DSYNC")
OPEN_FLAGS = Flags(_OPEN, _open_flags, "O_RDONLY")
TMPFILE_FLAGS = Choice(os.O_RDWR, os.O_RDWR | os.O_EXCL, os.O_WRONLY, os.O_RDONLY, show=OPEN_FLAGS.show)
STATUS_FLAGS = Choice(0, os.O_APPEND, os.O_DIRECT, os.O_APPEND | os.O_NOATIME, show=OPEN_FLAGS.show)

_RENAME = _named(kernel, "RENAME_", "NOREPLACE", "EXCHANGE", "WHITEOUT")
RENAME_FLAGS = Flags(_RENAME, lambda random: random.choice((*(0, 1, 2, 4) * 4, 0, 0, 0, 0, 3, 5, 6, 7, 8)))

_FALLOCATE = _named(
    kernel, "FALLOC_", "KEEP_SIZE", "PUNCH_HOLE", "COLLAPSE_RANGE", "ZERO_RANGE", "INSERT_RANGE", "UNSHARE_RANGE"
)
FALLOCATE_MODE = Flags(
    _FALLOCATE,
    lambda random: random.choice((0, 0, 1, 1, 3, 3, 3, 16, 17, 2, 8, 32, 64, random.randrange(256))),
)
