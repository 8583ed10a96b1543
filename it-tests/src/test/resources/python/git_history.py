"""Prints a history for git fast-import: branch main with 300 commits, branch side with 100 more."""

import random
import sys

rng = random.Random(1)
out = sys.stdout.buffer


def text(lines):
    return "".join(
        " ".join(rng.choice("alpha beta gamma delta epsilon".split()) for _ in range(8)) + f" {i}\n"
        for i in range(lines)
    ).encode()


def commit(branch, number, changes, parent=None):
    """A commit on top of its branch, or of a numbered commit of main."""
    message = f"{branch} {number}".encode()
    out.write(b"commit refs/heads/%s\n" % branch.encode())
    if branch == "main":
        out.write(b"mark :%d\n" % (number + 1))
    out.write(b"committer A U Thor <author@example.com> %d +0000\n" % (1_600_000_000 + number * 60))
    out.write(b"data %d\n%s\n" % (len(message), message))
    if parent is not None:
        out.write(b"from :%d\n" % (parent + 1))
    for mode, path, content in changes:
        out.write(b"M %s inline %s\ndata %d\n%s\n" % (mode, path.encode(), len(content), content))


def main():
    files = [f"src/part{i % 9}/deep/er/file{i}.txt" for i in range(120)]
    start = [(b"100644", path, text(30)) for path in files]
    start.append((b"100755", "bin/run", b"#!/bin/sh\necho run\n"))
    start.append((b"120000", "link", b"bin/run"))
    start.append((b"100644", "large.bin", rng.randbytes(2_000_000)))
    start.append((b"100644", "src/one", b"1\n"))
    commit("main", 0, start)
    for number in range(1, 300):
        changes = [(b"100644", path, text(30)) for path in rng.sample(files, 3)]
        commit("main", number, changes)
    for number in range(100):
        change = (b"100644", f"side/file{number % 17}", text(10))
        commit("side", number, [change], 294 if number == 0 else None)


main()
