"""Tests the differential tester itself. Both directories lie in one, of a tmpfs, where nothing differs unless the
processes of the mounted side are made to lie.
"""

import errno
import os

import sequences
from calls import Calls
from laws import law
from search import Search

SEED = 1


def lie(call, falsify):
    """Lets a call of the mounted side come to falsify(process, the true call, arguments)."""
    true = getattr(Calls, call)

    def method(self, *arguments):
        if self.is_reference:
            return true(self, *arguments)
        return falsify(self, lambda: true(self, *arguments), arguments)

    setattr(Calls, call, method)


def draw(seed):
    """Without the call that a tmpfs as the mounted side does not know all of."""
    return [operation for operation in sequences.draw(seed) if operation["call"] != "fallocate"]


def search(seconds):
    """The Failure that is found in two new directories, or None."""
    os.mkdir("reference")
    os.mkdir("mounted")
    twins = Search(os.path.abspath("reference"), os.path.abspath("mounted"))
    failure = twins.run(SEED, seconds, draw)
    twins.end()
    return failure


def is_found(call):
    """True if what differs is found, and the sequence shrunk to a few calls, among them the one that lies."""
    failure = search(seconds=60)
    calls = [operation["call"] for operation in failure.sequence]
    return True if call in calls and len(calls) <= 4 else calls


@law("None")
def nothing_is_found_where_nothing_differs():
    return search(seconds=5)


@law("True")
def a_wrong_errno_is_found():
    def falsify(process, true, arguments):
        try:
            return true()
        except FileExistsError as e:
            raise PermissionError(errno.EPERM, "a lie") from e

    lie("mkdir", falsify)
    return is_found("mkdir")


@law("True")
def wrong_data_are_found():
    def falsify(process, true, arguments):
        slot, length, start, offset = arguments
        return true() if length < 100 else Calls.true_pwrite(process, slot, length, start + 1, offset)

    Calls.true_pwrite = Calls.pwrite
    lie("pwrite", falsify)
    return is_found("pwrite")


@law("True")
def a_change_of_attributes_that_is_lost_is_found():
    lie("fchmod", lambda process, true, arguments: process.fstat(arguments[0]))
    return is_found("fchmod")


@law("True")
def a_name_that_stays_is_found():
    lie("unlink", lambda process, true, arguments: process.lstat(arguments[0]))
    return is_found("unlink")


@law("True")
def a_wrong_time_is_found():
    def falsify(process, true, arguments):
        true()
        os.utime(arguments[0], ns=(0, 5))

    lie("utimensat", falsify)
    return is_found("utimensat")
