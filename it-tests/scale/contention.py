#!/usr/bin/env python3
"""Shows what the server's threads wait for while many processes work in directories of their own.

Mounts a memory file system, lets processes create, write, stat, read and unlink for a while, and has
the JVM record every wait for a monitor and every park, however short. Prints for each lock and place
how often it was waited for and how long in all, also as a share of the time of all event loops. A
lock that all requests take would be at the top with a large share. Needs root, and a JDK (not only a
runtime) to run the server.

    nice -n 10 it-tests/scale/contention.py [--seconds 10] [--processes 8] [-- MOUNT_ARGUMENT...]
"""

import argparse
import collections
import json
import mmap
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

FUSED = pathlib.Path(__file__).resolve().parents[2] / "fused"
FILES = 16
BLOCK = 4096
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<configuration version="2.0">
  <event name="jdk.JavaMonitorEnter">
    <setting name="enabled">true</setting>
    <setting name="stackTrace">true</setting>
    <setting name="threshold">0 ns</setting>
  </event>
  <event name="jdk.ThreadPark">
    <setting name="enabled">true</setting>
    <setting name="stackTrace">true</setting>
    <setting name="threshold">0 ns</setting>
  </event>
</configuration>
"""


def work(directory, until):
    """Works on a few files until the time is over; returns the number of system calls."""
    os.mkdir(directory)
    block = mmap.mmap(-1, BLOCK)
    calls = 0
    while time.monotonic() < until:
        for i in range(FILES):
            path = f"{directory}/{i}"
            # Past the page cache, so that the server sees the read.
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_DIRECT, 0o600)
            os.pwritev(fd, [block], 0)
            os.preadv(fd, [block], 0)
            os.close(fd)
            os.stat(path)
            calls += 5
        with os.scandir(directory) as entries:
            calls += sum(1 for _ in entries)
        for i in range(FILES):
            os.unlink(f"{directory}/{i}")
            calls += 1
    return calls


def work_in_processes(root, processes, seconds):
    """Returns the number of system calls of all processes."""
    until = time.monotonic() + seconds
    children = []
    for i in range(processes):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(writer, b"%d" % work(f"{root}/{i}-{os.getpid()}", until))
                os._exit(0)
            except BaseException as e:
                print(f"process {i}: {e}", file=sys.stderr, flush=True)
                os._exit(1)
        os.close(writer)
        children.append((child, reader))
    calls = 0
    for child, reader in children:
        if os.waitpid(child, 0)[1] != 0:
            sys.exit("a process failed")
        calls += int(os.read(reader, 100))
        os.close(reader)
    return calls


def loops_of(server):
    names = [task.read_text() for task in pathlib.Path(f"/proc/{server}/task").glob("*/comm")]
    return sum(name.startswith("fused /") for name in names)


def seconds_of(duration):
    return float(re.fullmatch(r"PT([\d.E-]+)S", duration)[1])


def place_of(event):
    """The innermost method of ours, and its line."""
    trace = event.get("stackTrace") or {"frames": []}
    for frame in trace["frames"]:
        kind = frame["method"]["type"]["name"].replace("/", ".")
        if kind.startswith("dev.fused."):
            return f"{kind.rpartition('.')[2]}.{frame['method']['name']}:{frame['lineNumber']}"
    return "-"


def waits_in(recording, jdk):
    """By lock and place, how long each wait was."""
    events = "jdk.JavaMonitorEnter,jdk.ThreadPark"
    command = [jdk / "jfr", "print", "--json", "--stack-depth", "32", "--events", events, recording]
    printed = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    waits = collections.defaultdict(list)
    for event in printed["recording"]["events"]:
        values = event["values"]
        lock = values.get("monitorClass") or values.get("parkedClass") or {"name": "nothing"}
        name = lock["name"].replace("/", ".")
        how = "enter" if event["type"] == "jdk.JavaMonitorEnter" else "park"
        waits[how, name, place_of(values)].append(seconds_of(values["duration"]))
    return waits


def report(waits, seconds, loops, calls):
    print(f"{calls} system calls in {seconds:.1f} s, {calls / seconds:.0f} a second, {loops} event loops")
    print(f"{'what':6} {'times':>8} {'total ms':>9} {'max ms':>8} {'share':>8}  lock, place")
    for (how, lock, place), times in sorted(waits.items(), key=lambda wait: -sum(wait[1])):
        share = sum(times) / (seconds * loops)
        line = f"{how:6} {len(times):8} {sum(times) * 1e3:9.2f} {max(times) * 1e3:8.2f} {share:8.3%}"
        print(f"{line}  {lock}, {place}")
    entered = [t for (how, _, _), times in waits.items() if how == "enter" for t in times]
    print(f"enter, all: {len(entered)} times, {sum(entered) / (seconds * loops):.3%} of the loops' time")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("arguments", nargs="*", help="for fused mount")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="contention-") as scratch:
        root = f"{scratch}/mount"
        os.mkdir(root)
        settings = f"{scratch}/waits.jfc"
        recording = f"{scratch}/waits.jfr"
        pathlib.Path(settings).write_text(SETTINGS)
        server = subprocess.Popen([FUSED, "mount", "--foreground", root, *options.arguments])
        try:
            while not os.path.ismount(root):
                if server.poll() is not None:
                    sys.exit("the server ended")
                time.sleep(0.1)
            jdk = pathlib.Path(os.readlink(f"/proc/{server.pid}/exe")).parent
            work_in_processes(root, options.processes, options.seconds / 2)  # warms the JVM up

            def jcmd(*words):
                command = [jdk / "jcmd", str(server.pid), *words]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

            jcmd("JFR.start", "name=waits", f"settings={settings}", f"filename={recording}")
            begin = time.monotonic()
            calls = work_in_processes(root, options.processes, options.seconds)
            seconds = time.monotonic() - begin
            loops = loops_of(server.pid)
            jcmd("JFR.stop", "name=waits")
            report(waits_in(recording, jdk), seconds, loops, calls)
        finally:
            server.terminate()
            server.wait(60)


if __name__ == "__main__":
    main()
