"""Compares what came of the operations of a sequence on two file systems.

The first is the reference, a tmpfs. Numbers of inodes are compared by which are the same; times by what an
operation did to them, and in the end by their order.
"""

import stat
import time
from collections import namedtuple

from differences import LOOSENED, OWN_AFFAIRS, RIGHT
from sequences import TIMES

Status = namedtuple("Status", "ino mode nlink uid gid rdev size blocks atime mtime ctime")

_UNCHANGED, _NOW = "unchanged", "changed to now"
# Within a tick of the clock of file times nobody sees which it is.
_PERHAPS_SAME = {_UNCHANGED, _NOW}
_PRIVILEGES = {"setuid": stat.S_ISUID, "setgid": stat.S_ISGID}
_SECOND = 1_000_000_000
_LONGEST_RUN = 3600 * _SECOND


class Difference(namedtuple("Difference", "call field expected actual")):
    """In what the outcome of a call differs, or the tree in the end if the call is None."""

    def kind(self):
        """What shrinking does not change."""
        return self.call, self.field.split(" ")[0]

    def __str__(self):
        where = f"{self.call}()" if self.call else "The tree in the end"
        return f"{where} differs in {self.field}:\n  reference: {self.expected}\n  mounted:   {self.actual}"


class Comparison:
    """The comparison of one run of a sequence."""

    def __init__(self):
        self._began = time.time_ns() - _SECOND
        self._numbers = ({}, {})
        # By the number of an inode, what need not agree any more, as some difference was right.
        self._loose = {}

    def observe(self, operation, expected, actual):
        """A Difference, or None."""
        if operation is None:
            return self._trees(expected, actual)
        call = operation["call"]
        marks = [
            (what, self._number(side, ino)) for side, result in enumerate((expected, actual)) for what, ino in result[1]
        ]
        outcomes = expected[0], actual[0]
        if outcomes[0] != outcomes[1] and not self._is_right(operation, marks, *outcomes):
            return Difference(call, "outcome", *outcomes)
        for what, number in marks:
            self._loose.setdefault(number, set()).update(LOOSENED.get(what, ()))
        for expected_pair, actual_pair in zip(expected[2], actual[2]):
            found = self._changes(operation, expected_pair, actual_pair)
            if found:
                return Difference(call, *found)
        return None

    def _is_right(self, operation, marks, expected, actual):
        # Whether one who may not change owners fails depends on set-uid and set-gid.
        depends = {"find": "holes", "chown": "setgid"}
        if any(depends.get(what) in self._loose.get(number, ()) for what, number in marks):
            return True
        return any(each.applies(operation, expected, actual) for each in RIGHT)

    def _number(self, side, ino):
        """The inodes of each side are numbered as they are first seen."""
        return self._numbers[side].setdefault(ino, len(self._numbers[side]) + 1)

    def _status(self, side, fields):
        return fields if isinstance(fields, str) else Status(self._number(side, fields[0]), *fields[1:])

    def _changes(self, operation, expected_pair, actual_pair):
        pairs = [
            [self._status(side, fields) for fields in pair] for side, pair in enumerate((expected_pair, actual_pair))
        ]
        for expected, actual in zip(*pairs):
            found = self._statuses(expected, actual)
            if found:
                return found
        (before, after), (actual_before, actual_after) = pairs
        if isinstance(after, str):
            return None
        for field in "mtime", "ctime":
            if "times" not in self._loose.get(after.ino, ()):
                changes = self._change(before, after, field), self._change(actual_before, actual_after, field)
                is_told_apart = operation["watch"] == TIMES or not set(changes) <= _PERHAPS_SAME
                if changes[0] != changes[1] and is_told_apart:
                    return field, *changes
        return None

    def _statuses(self, expected, actual):
        """(field, expected, actual) where two files differ, as stat(2) shows them; or None."""
        if isinstance(expected, str) or isinstance(actual, str):
            return None if expected == actual else ("status", expected, actual)
        loose = self._loose.get(expected.ino, ())
        irrelevant = OWN_AFFAIRS.get(stat.S_IFMT(expected.mode), ())
        for field in Status._fields:
            values = getattr(expected, field), getattr(actual, field)
            if field in irrelevant or (field == "blocks" and "blocks" in loose):
                continue
            if field.endswith("time"):
                if "times" in loose and field != "atime":
                    continue
                # Whether reading renews the access time is up to caches.
                if field == "atime" and any(map(self._is_recent, values)):
                    continue
                values = tuple("recent" if self._is_recent(value) else value for value in values)
            if field == "mode":
                ignored = sum(bit for what, bit in _PRIVILEGES.items() if what in loose)
                values = tuple(oct(value & ~ignored) for value in values)
            if values[0] != values[1]:
                return field, *values
        return None

    def _is_recent(self, nanos):
        return self._began <= nanos <= self._began + _LONGEST_RUN

    def _change(self, before, after, field):
        value = getattr(after, field)
        if not isinstance(before, str) and before.ino == after.ino and getattr(before, field) == value:
            return _UNCHANGED if self._is_recent(value) else value
        return _NOW if self._is_recent(value) else value

    # The trees in the end.

    def _trees(self, expected, actual):
        names = [found[0] for found in expected], [found[0] for found in actual]
        if names[0] != names[1]:
            return Difference(None, "names", *names)
        times = []
        for (path, fields, content, attributes), (_, other_fields, other_content, other_attributes) in zip(
            expected, actual
        ):
            statuses = self._status(0, fields), self._status(1, other_fields)
            found = self._statuses(*statuses)
            if found is None and content != other_content:
                found = "content", content, other_content
            if found is None and attributes != other_attributes:
                found = "extended attributes", attributes, other_attributes
            if found:
                return Difference(None, f"{found[0]} of {path}", *found[1:])
            if "times" not in self._loose.get(statuses[0].ino, ()):
                for field in "mtime", "ctime":
                    times.append((*(getattr(status, field) for status in statuses), f"{field} of {path}"))
        return self._order(times)

    @staticmethod
    def _order(times):
        """What happened first here must not have happened later there. The same time says nothing."""
        times.sort()
        latest = earlier = None
        same = []
        for time_here, time_there, what in times:
            if same and same[-1][0] != time_here:
                for _, there, name in same:
                    if latest is None or there > latest:
                        latest, earlier = there, name
                same = []
            if latest is not None and time_there < latest:
                return Difference(None, "order", f"{earlier} before {what}", "later")
            same.append((time_here, time_there, what))
        return None
