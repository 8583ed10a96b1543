"""Runs laws: functions that do something with files and say what came of it.

A law runs as root in a process of its own, in a new empty directory, which is its working directory.
What came of it is what it returns, or the name of the errno that a system call failed with. The law's
decorator says what that must be. main(DIRECTORY) prints a line for each: name, expected, actual.
"""

import errno
import os
import signal
import sys
import traceback

TIME_LIMIT_SECONDS = 40
NOBODY = 65534

# Where one number has two names, that of the manual pages.
_NAMES = {errno.EOPNOTSUPP: "EOPNOTSUPP", errno.EDEADLK: "EDEADLK"}

_laws = []


def law(expected):
    """Registers a law whose outcome must be `expected`: an errno's name, or what it returns."""

    def register(function):
        _laws.append((function, expected))
        return function

    return register


def outcome(function, *arguments):
    """What a function returns, or the name of the errno that it fails with."""
    try:
        return function(*arguments)
    except OSError as e:
        return _NAMES.get(e.errno) or errno.errorcode[e.errno]


def in_child(function, *arguments):
    """The outcome of a function, as text, in a process of its own; or the signal that ended it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            text = str(outcome(function, *arguments))
        except BaseException:  # whatever it is, it is the outcome
            text = traceback.format_exc()
        os.write(writer, text.encode("utf-8", "backslashreplace")[:50_000])
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:
        text = pipe.read().decode()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return text if status == 0 else signal.Signals(-status).name


def become(uid=NOBODY, gid=NOBODY, groups=()):
    """Makes this process that of another user, for good."""
    os.setgroups(groups)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


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


def read(path):
    with open(path, "rb") as file:
        return file.read()


def _run(function, directory, time_limit_seconds):
    os.mkdir(directory, 0o755)
    os.chmod(directory, 0o755)
    os.chdir(directory)
    os.umask(0o022)
    signal.alarm(time_limit_seconds)
    return function()


def main(time_limit_seconds=TIME_LIMIT_SECONDS):
    root = sys.argv[1]
    for function, expected in _laws:
        name = function.__name__
        actual = in_child(_run, function, os.path.join(root, name), time_limit_seconds)
        print(name, expected, actual.replace("\n", "\\n"), sep="\t", flush=True)
