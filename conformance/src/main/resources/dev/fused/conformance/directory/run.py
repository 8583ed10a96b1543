"""Runs laws in a directory: run.py DIRECTORY SECONDS SCRIPT[,SCRIPT]... [TOPIC.NAME]...

SECONDS is the time limit of a law. A script is named without .py if it lies here, else by its path.
Ends with status 2 and a sentence on standard error if the directory cannot be used, and with 3 if this
Python is too old.
"""

import sys

if sys.version_info < (3, 9):
    sys.stderr.write("%s is Python %d.%d\n" % ((sys.executable,) + sys.version_info[:2]))
    sys.exit(3)

import importlib
import os

import laws


def load(script):
    directory, name = os.path.split(script)
    if directory:
        sys.path.append(directory)
    return importlib.import_module(name.removesuffix(".py")).__name__


def main(directory, seconds, scripts, *names):
    laws.end_on_signals()
    # The caller may have any umask and any encoding.
    os.umask(0o022)
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    modules = [load(script) for script in scripts.split(",")]
    try:
        laws.run_all(directory, float(seconds), modules, frozenset(names))
    except BrokenPipeError:
        # Nobody wants to know any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except OSError as e:
        sys.stderr.write("%s: %s\n" % (e.filename, laws.errno_name(e.errno)))
        sys.exit(2)


main(*sys.argv[1:])
