#!/usr/bin/env python3
"""Kills the server of a mount again and again, at random moments of its start and under load. Needs root.

After each SIGKILL every program on the mount must end (its calls fail), no process may hang, and the next server must start
at the same place, although the dead mount is still there. At the end nothing may be left. Ends with status 1 at the first
that is not so, and prints the seed by which the moments are the same again.
"""

import argparse
import collections
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOAD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "any_load.py")
CLIENTS = 6

# Within so many seconds a client must have noticed that its server is gone, and a server must have started.
BOUND = 60

# One in so many is killed within the first second, in which it starts; the others under load.
EARLY = 3


class Fault(Exception):
    pass


def mounts_at(directory):
    with open("/proc/self/mountinfo") as table:
        return sum(line.split()[4] == directory for line in table)


@contextlib.contextmanager
def fusectl():
    """A directory with an entry for each connection, also where the machine has not mounted its own."""
    with tempfile.TemporaryDirectory(prefix="fused-kill-control-") as directory:
        subprocess.run(["mount", "-t", "fusectl", "fusectl", directory], check=True)
        try:
            yield directory
        finally:
            subprocess.run(["umount", directory], check=True)


def state_of(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stack") as stack:
        return stack.read()
    return "?"


def end(process, what):
    try:
        return process.wait(BOUND)
    except subprocess.TimeoutExpired:
        raise Fault(f"{what}, pid {process.pid}, does not end:\n{state_of(process.pid)}") from None


def run(times, options, choice):
    outcomes = collections.Counter()
    with tempfile.TemporaryDirectory(prefix="fused-kill-", ignore_cleanup_errors=True) as work:
        directory = os.path.join(work, "mount")
        os.mkdir(directory)
        for number in range(times):
            outcomes[one_round(directory, options, choice)] += 1
            if sys.stdout.isatty():
                print(f"\r{number + 1} of {times}", end="", flush=True)
        last = subprocess.run([os.path.join(HOME, "fused"), "unmount", directory], capture_output=True, text=True, timeout=BOUND)
        if mounts_at(directory):
            raise Fault(f"the last mount cannot be removed: {last.stdout}{last.stderr}")
    return outcomes


def one_round(directory, options, choice):
    """Which moment it was that the server was killed at."""
    server = subprocess.Popen(
        [os.path.join(HOME, "fused"), "mount", "-f", directory, "-o", options], stderr=subprocess.PIPE, text=True
    )
    clients = []
    try:
        early = choice.randrange(EARLY) == 0
        delay = choice.random()
        answers = wait_for_answer(server, directory, delay if early else BOUND)
        if answers:
            clients = [subprocess.Popen([sys.executable, LOAD, directory, str(number)]) for number in range(CLIENTS)]
            time.sleep(delay)
        elif not early:
            raise Fault("the server does not answer")
        if server.poll() is not None:
            raise Fault(f"the server ended by itself with status {server.returncode}: {server.stderr.read()}")
        server.send_signal(signal.SIGKILL)
        end(server, "the server")
        for client in clients:
            end(client, "a client")
    finally:
        for process in [server, *clients]:
            process.kill()
    left = mounts_at(directory)
    if left > 1:
        raise Fault(f"{left} mounts lie over each other at {directory}")
    return "under load" if answers else "before it answered"


def wait_for_answer(server, directory, bound):
    """True once the mount answers, False if it does not within so many seconds."""
    moment = time.monotonic() + bound
    os.set_blocking(server.stderr.fileno(), False)
    while time.monotonic() < moment:
        if server.poll() is not None:
            raise Fault(f"the server does not start: {server.stderr.read()}")
        with contextlib.suppress(TypeError):  # nothing was written yet
            if "mounted " + directory in (server.stderr.read() or ""):
                return True
        time.sleep(0.005)
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("-o", dest="options", default="size=256m", help="options of fused mount")
    arguments = parser.parse_args()
    started = time.monotonic()
    try:
        with fusectl() as connections:
            before = set(os.listdir(connections))
            outcomes = run(arguments.times, arguments.options, random.Random(arguments.seed))
            time.sleep(1)
            left = set(os.listdir(connections)) - before
        if left:
            raise Fault(f"connections are left: {', '.join(sorted(left))}")
    except Fault as fault:
        sys.exit(f"seed {arguments.seed}: {fault}")
    counted = ", ".join(f"{count} {moment}" for moment, count in sorted(outcomes.items()))
    print(f"killed {counted}; nothing hangs and nothing is left ({time.monotonic() - started:.0f} s, seed {arguments.seed})")


main()
