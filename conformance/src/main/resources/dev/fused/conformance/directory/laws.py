"""Runs laws: functions that do something with files and say what came of it.

A law runs in a process of its own, in a new empty directory, which is its working directory. What came
of it is what it returns, or the name of the errno that a system call failed with. The law's decorator
says what that must be, and what it needs beyond an ordinary directory.
"""

import ctypes
import errno
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback

NOBODY = 65534

# How long processes that were killed may take to end, and a directory to be gone. Both take a moment, unless a
# server does not answer.
KILL_SECONDS = 3
REMOVE_SECONDS = 10

_END_SIGNALS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP

_PR_SET_CHILD_SUBREAPER = 36

# Where one number has two names, that of the manual pages.
_NAMES = {errno.EOPNOTSUPP: "EOPNOTSUPP", errno.EDEADLK: "EDEADLK"}

_FOREIGN_ATTRIBUTES = ("security.", "btrfs.", "trusted.SGI_ACL_", "trusted.overlay.")

_MOST_TEXT = 50_000
_END = b"\0"
_MISSING = "\1"


class Missing(Exception):
    """Something that a law needs is not there; the message says what was tried and what came of it."""


class Law:
    """A law; its topic is the name of its script, less what all these names end with."""

    def __init__(self, function, expected, needs):
        self.function = function
        self.expected = expected
        self.needs = needs
        self.name = function.__name__
        self.topic = function.__module__.replace("_laws", "")


_laws = []


def law(expected, needs=()):
    """Registers a law whose outcome must be `expected`: an errno's name, or what it returns.

    `needs` are probes of the module needs; where one finds something missing, the law is skipped.
    """

    def register(function):
        _laws.append(Law(function, expected, needs))
        return function

    return register


def errno_name(number):
    return _NAMES.get(number) or errno.errorcode.get(number, f"errno {number}")


def outcome(function, *arguments):
    """What a function returns, or the name of the errno that it fails with."""
    try:
        return function(*arguments)
    except OSError as e:
        return errno_name(e.errno)


def _outcome_as_text(function, *arguments):
    try:
        return str(outcome(function, *arguments))
    except Missing as e:
        return _MISSING + str(e)
    except BaseException:  # whatever it is, it is the outcome
        return traceback.format_exc()


def _send(pipe, text):
    content = text.encode("utf-8", "backslashreplace").replace(_END, b"?")[:_MOST_TEXT] + _END
    while content:
        content = content[os.write(pipe, content) :]


def in_child(function, *arguments):
    """The outcome of a function, as text, in a process of its own; or the signal that ended it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _send(writer, _outcome_as_text(function, *arguments))
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:
        text = pipe.read().rstrip(_END).decode("utf-8", "replace")
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if text.startswith(_MISSING):
        raise Missing(text[1:])
    return text if status == 0 else signal.Signals(-status).name


def become(uid=NOBODY, gid=NOBODY, groups=()):
    """Makes this process that of another user, for good."""
    try:
        os.setgroups(groups)
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    except OSError as e:
        raise Missing(f"acting as another user needs root: becoming uid {uid}: {errno_name(e.errno)}") from e


def as_user(function, *arguments, uid=NOBODY, gid=NOBODY, groups=()):
    """The outcome of a function, as text, in a process of another user."""

    def run():
        become(uid, gid, groups)
        return function(*arguments)

    return in_child(run)


def write(path, content=b"", mode=0o644):
    """Makes a file, whatever the umask."""
    fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(fd, view) :]
        os.fchmod(fd, mode)
    finally:
        os.close(fd)


def attribute_names(path, follow_symlinks=True):
    """Names of extended attributes, less those that security modules or the file system itself add."""
    names = os.listxattr(path, follow_symlinks=follow_symlinks)
    return sorted(name for name in names if not name.startswith(_FOREIGN_ATTRIBUTES))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def ignore_signals():
    """Lets nothing disturb the end."""
    for number in _END_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


class TimeLimitExceeded(Exception):
    """A process did not end in time, and was killed."""


class Workplace:
    """A new directory below another, in which processes run, each in a directory of its own.

    What they leave behind is ended and removed, however they end.
    """

    def __init__(self, directory):
        self.path = tempfile.mkdtemp(prefix="fused-conformance-", dir=directory)
        # Others may come here; what the directory hands down is not what laws are about.
        outcome(os.chmod, self.path, 0o755)
        outcome(os.removexattr, self.path, "system.posix_acl_default")
        self._count = 0
        self._group = None
        # Processes whose parent has ended become children of this one, which waits for their end.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def run(self, function, seconds):
        """The outcome of a function, as text.

        Raises Missing, or TimeLimitExceeded after so many seconds.
        """
        self._count += 1
        directory = os.path.join(self.path, str(self._count))
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            self._in_process_of_its_own(function, directory, writer)
        os.close(writer)
        self._group = child
        try:
            outcome(os.setpgid, child, child)  # whoever comes first
            text = _receive(reader, time.monotonic() + seconds)
            status = _status(child) if text is None else 0
        finally:
            os.close(reader)
            self._end_processes()
            _in_time(REMOVE_SECONDS / 2, _remove, directory)
        if text is None:
            return f"ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        if text.startswith(_MISSING):
            raise Missing(text[1:])
        return text

    def _in_process_of_its_own(self, function, directory, writer):
        os.setpgid(0, 0)
        for number in _END_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # some laws crash
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        _leave_results()

        def run():
            os.mkdir(directory, 0o755)
            os.chdir(directory)
            return function()

        _send(writer, _outcome_as_text(run))
        os._exit(0)

    def _end_processes(self):
        """Kills the processes of a group, and waits for them."""
        if self._group is None:
            return
        deadline = time.monotonic() + KILL_SECONDS
        while time.monotonic() < deadline:
            outcome(os.killpg, self._group, signal.SIGKILL)
            try:
                if os.waitpid(-self._group, os.WNOHANG)[0] == 0:
                    time.sleep(0.001)
            except ChildProcessError:
                break
        self._group = None

    def close(self):
        """Removes the directory.

        Raises OSError if that does not succeed after some time: a server may learn late that a file is
        not open any more, and keep it under another name until then.
        """
        self._end_processes()
        number = _in_time(REMOVE_SECONDS, _remove_at_last, self.path)
        if number:
            raise OSError(number, os.strerror(number), self.path)


def _leave_results():
    """The standard output is for results alone, and ends with the runner, even if a child cannot be killed."""
    os.dup2(2, 1)


def _in_time(seconds, function, *arguments):
    """Lets a process of its own touch the file system, which may not answer: 0, or the errno of a failure."""
    child = os.fork()
    if child == 0:
        ignore_signals()
        _leave_results()
        try:
            function(*arguments)
        except OSError as e:
            os._exit(e.errno)
        os._exit(0)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.0005)
    os.kill(child, signal.SIGKILL)
    return errno.ETIMEDOUT


def _receive(reader, deadline):
    """What a process sends, or None if it ends before it has sent all."""
    content = bytearray()
    while not content.endswith(_END):
        seconds = deadline - time.monotonic()
        if seconds <= 0 or not select.select([reader], [], [], seconds)[0]:
            raise TimeLimitExceeded
        piece = os.read(reader, 1 << 16)
        if not piece:
            return None
        content += piece
    return content[:-1].decode("utf-8", "replace")


def _status(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _remove(path):
    """Removes a directory and all below it, and says whether something is left; links are not followed."""
    for _ in range(2):  # what the first round has made removable goes in the second
        shutil.rmtree(path, onerror=_make_removable)
        if not os.path.lexists(path):
            return False
    return True


def _remove_at_last(path):
    deadline = time.monotonic() + REMOVE_SECONDS / 2
    while _remove(path):
        if time.monotonic() > deadline:
            os.rmdir(path)
        time.sleep(0.1)


def _make_removable(_function, path, _failure):
    """Lets its owner list and change a directory that a law has forbidden to."""
    for directory in os.path.dirname(path), path:
        try:
            fd = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        outcome(os.chmod, f"/proc/self/fd/{fd}", 0o700)
        os.close(fd)


class Runner:
    """Runs laws in new directories below one, and says what came of each."""

    def __init__(self, workplace, seconds):
        self._workplace = workplace
        self._seconds = seconds
        self._missing = {}

    def run(self, checked):
        """The outcome of a law, "passed", "failed" or "skipped", and the reason."""
        for need in checked.needs:
            if need not in self._missing:
                self._missing[need] = need.missing(self._workplace, self._seconds)
            if self._missing[need] is not None:
                return "skipped", self._missing[need]
        try:
            actual = self._workplace.run(checked.function, self._seconds)
        except Missing as e:
            return "skipped", str(e)
        except TimeLimitExceeded:
            return "failed", f"did not end within {self._seconds:g} seconds, and was killed"
        if actual == checked.expected:
            return "passed", ""
        return "failed", f"came to {actual}, expected {checked.expected}"


def _print_fields(*fields):
    escaped = [field.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n") for field in fields]
    print(*escaped, sep="\t", flush=True)


def end_on_signals():
    """Lets signals end this process as an exception does, so that the directory is removed."""

    def end(number, _frame):
        ignore_signals()
        sys.exit(128 + number)

    for number in _END_SIGNALS:
        signal.signal(number, end)


def run_all(directory, seconds, modules, names=()):
    """Runs the laws of some modules, all or those that are named, as TOPIC.NAME.

    Prints a line before each and one after it, of fields that tabs separate, in which backslashes, tabs
    and newlines are escaped: "running", topic, name; and outcome, topic, name, nanoseconds, reason.
    """
    workplace = Workplace(directory)
    _print_fields("directory", workplace.path)
    try:
        runner = Runner(workplace, seconds)
        for checked in _laws:
            if checked.function.__module__ not in modules:
                continue  # imported by another
            if names and f"{checked.topic}.{checked.name}" not in names:
                continue
            _print_fields("running", checked.topic, checked.name)
            start = time.monotonic_ns()
            result, reason = runner.run(checked)
            _print_fields(result, checked.topic, checked.name, str(time.monotonic_ns() - start), reason)
    finally:
        ignore_signals()
        workplace.close()
