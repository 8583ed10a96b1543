"""Finds differences between a file system and a tmpfs, by random sequences of system calls.

Runs the same sequences in a directory of a tmpfs, the reference, and in one of the mount under test, as root. The
first difference that is not listed as right is shrunk to a short reproducer, and ends the program with status 1.
"""

import argparse
import functools
import json
import os
import pathlib
import sys
import tempfile

import sequences
from search import Search


def main():
    options = _options()
    search = Search(os.path.abspath(options.reference), os.path.abspath(options.mounted))
    if options.replay:
        failure = search.replay(json.loads(pathlib.Path(options.replay).read_text(encoding="utf-8")))
    else:
        print(f"seed {options.seed}", flush=True)
        draw = functools.partial(
            sequences.draw, drop_caches=options.drop_caches, full=options.full, without=options.without
        )
        failure = search.run(options.seed, options.seconds, draw)
    if failure:
        _report(failure)
        return 1
    print(f"{search.operations} operations on each side in {search.sequences} sequences, no difference")
    search.end()
    return 0


def _options():
    parser = argparse.ArgumentParser(prog="differential", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long to run; 60")
    parser.add_argument(
        "--seed",
        type=int,
        default=int.from_bytes(os.urandom(4), "little"),
        help="number of the first sequence, the next ones follow; random",
    )
    parser.add_argument("--replay", metavar="FILE", help="run one sequence, as it was kept of a failure")
    parser.add_argument(
        "--drop-caches", action="store_true", help="let the kernel forget names now and then, those of all mounts"
    )
    parser.add_argument(
        "--full", action="store_true", help="both get full: leave out what takes space of only one of them"
    )
    parser.add_argument(
        "--without",
        metavar="CALL",
        action="append",
        default=[],
        choices=list(sequences.CALLS),
        help="leave out a call; with data=passthrough setfl, as the kernel goes on appending to a file that it opened"
        " behind one with O_APPEND",
    )
    parser.add_argument("reference", help="a directory of a tmpfs")
    parser.add_argument("mounted", help="a directory of the mount under test")
    return parser.parse_args()


def _report(failure):
    file, path = tempfile.mkstemp(prefix="differential-", suffix=".json")
    with open(file, "w", encoding="utf-8") as kept:
        json.dump(failure.sequence, kept)
    print(failure.said)
    print(f"seed {failure.seed}; to run the sequence again: --replay {path}")
    for operation in failure.sequence:
        print("    " + sequences.show(operation))


if __name__ == "__main__":
    sys.exit(main())
