#!/usr/bin/env python3
"""Measures how long "fused mount" takes until it has returned and the mount answers, and how much memory the idle server has.

Needs root and a build. Prints the median, the least and the most of some rounds, each with a new server.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.path.dirname(os.path.dirname(HERE))


def server_of(directory):
    """The process that serves a directory, and says so in its command line."""
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                words = os.fsdecode(file.read()).split("\0")
        except OSError:
            continue
        if directory in words and "--ready-fd" in words:
            return int(entry)
    sys.exit(f"no server found for {directory}")


def memory_of(pid):
    """RSS and PSS in MiB."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        fields = dict(line.split()[:2] for line in file if line.startswith(("Rss:", "Pss:")))
    return int(fields["Rss:"]) / 1024, int(fields["Pss:"]) / 1024


def measure(launcher, options, idle):
    with tempfile.TemporaryDirectory(prefix="start-") as work:
        directory = os.path.join(work, "mnt")
        os.mkdir(directory)
        command = [launcher, "mount", directory, "--log-file", os.path.join(work, "log"), *options]
        begin = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        os.stat(directory)
        milliseconds = (time.monotonic() - begin) * 1000
        pid = server_of(directory)
        try:
            time.sleep(idle)
            return milliseconds, *memory_of(pid)
        finally:
            subprocess.run(["umount", directory], check=True)
            while os.path.exists(f"/proc/{pid}"):
                time.sleep(0.02)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11, metavar="N", help="how many servers are started (%(default)s)")
    parser.add_argument("--idle", type=float, default=3, metavar="SECONDS", help="rest before memory is looked at (%(default)s)")
    parser.add_argument("--launcher", default=os.path.join(HOME, "fused"), help="the script fused, of this source tree if it is not named")
    parser.add_argument("options", nargs="*", help="options of fused mount, after --")
    arguments = parser.parse_args()
    measure(arguments.launcher, arguments.options, 0)
    rounds = [measure(arguments.launcher, arguments.options, arguments.idle) for _ in range(arguments.rounds)]
    for what, unit, values in zip(("mount answers", "RSS when idle", "PSS when idle"), ("ms", "MiB", "MiB"), zip(*rounds)):
        print(f"{what}: median {statistics.median(values):.0f} {unit}, {min(values):.0f} to {max(values):.0f}")


if __name__ == "__main__":
    main()
