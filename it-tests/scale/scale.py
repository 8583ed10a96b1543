#!/usr/bin/env python3
"""Measures how the memory file system of fused scales, through real mounts. Needs root, and minutes.

Each measurement mounts a server of its own, prints what it finds beside the bar that is to be held,
and the longest pause of the server. Rates are compared with rates of the same run, so that the
machine's speed does not count; all the same it should have nothing else to do.
"""

import argparse
import collections
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
SAFEPOINT = re.compile(r'Safepoint "(\w+)".*Total: +(\d+) ns')
MAX_PAUSE_MILLIS = 10


class Mount:
    """A memory file system, served by a program of its own."""

    def __init__(self, options, java_options):
        self.directory = tempfile.mkdtemp(prefix="fused-scale-")
        self.log = self.directory + ".gc"
        flags = f"-Xlog:safepoint,gc:file={self.log}:uptime:filecount=0 {java_options}"
        self.server = subprocess.Popen(
            [os.path.join(HOME, "fused"), "mount", "-f", self.directory, "-o", options],
            env=dict(os.environ, JDK_JAVA_OPTIONS=flags),
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in self.server.stderr:
            if "mounted" in line:
                break
        else:
            sys.exit("the server did not start")

    def __enter__(self):
        os.chdir(self.directory)
        return self

    def __exit__(self, *_):
        os.chdir("/")
        self.server.terminate()
        self.server.stderr.read()
        self.server.wait()
        self._report_pauses()
        os.rmdir(self.directory)
        os.remove(self.log)

    def rss(self):
        """Resident memory of the server now, in bytes."""
        with open(f"/proc/{self.server.pid}/status") as status:
            return next(int(line.split()[1]) * KIB for line in status if line.startswith("VmRSS"))

    def settled_rss(self, seconds=90):
        """The smallest resident memory within some time: the server gives back when it is idle."""
        smallest = self.rss()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(1)
            smallest = min(smallest, self.rss())
        return smallest

    def _report_pauses(self):
        pauses = collections.defaultdict(list)
        with open(self.log) as log:
            for line in log:
                found = SAFEPOINT.search(line)
                if found:
                    pauses[found[1]].append(int(found[2]) / 1e6)
        longest = max((max(each) for each in pauses.values()), default=0)
        report("longest pause of the server", f"{longest:.1f} ms", longest <= MAX_PAUSE_MILLIS, f"{MAX_PAUSE_MILLIS} ms")
        for kind, millis in sorted(pauses.items(), key=lambda each: -max(each[1]))[:4]:
            print(f"    {kind}: {len(millis)} times, longest {max(millis):.2f} ms, together {sum(millis):.0f} ms")


def report(what, value, holds=None, bar=None):
    verdict = "" if bar is None else f"   [{'holds' if holds else 'DOES NOT HOLD'}: bar {bar}]"
    print(f"  {what}: {value}{verdict}", flush=True)


def in_parallel(action, arguments):
    """Calls `action` with each argument in a process of its own, and waits for all."""
    children = []
    for argument in arguments:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                action(argument)
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    failed = [child for child in children if os.waitpid(child, 0)[1] != 0]
    if failed:
        sys.exit(f"{len(failed)} of {len(children)} clients failed")


def rate(count, action):
    """How many a second, of something that is done `count` times."""
    begin = time.perf_counter()
    action()
    return count / (time.perf_counter() - begin)


def drop_caches():
    """Makes the kernel forget names and attributes, so that the server is asked."""
    with open("/proc/sys/vm/drop_caches", "w") as file:
        file.write("2")


def each(names, call):
    for name in names:
        call(name)


def create(directory, names):
    os.chdir(directory)
    each(names, os.mknod)
    os.chdir("..")


def lookup(directory, names):
    os.chdir(directory)
    each(names, os.stat)
    os.chdir("..")


def unlink(directory, names):
    os.chdir(directory)
    each(names, os.unlink)
    os.chdir("..")


def many_files(arguments):
    """Empty files in 1,000 directories, by eight clients."""
    directories = [f"d{number:04}" for number in range(1000)]
    names = [f"file{number:05}" for number in range(arguments.files // len(directories))]
    groups = [directories[start : start + 8] for start in range(0, len(directories), 8)]
    sample = max(1, len(groups) // 25)
    early, late = groups[sample : 2 * sample], groups[-sample:]
    count = len(directories) * len(names)

    with Mount(f"size=1g,inodes={count + 2 * len(directories)}", arguments.java_options) as mount:
        idle = mount.settled_rss(5)
        peaks = []

        def watched(action, groups):
            results = []
            for group in groups:
                results.append(rate(len(group) * len(names), lambda: in_parallel(lambda name: action(name, names), group)))
                peaks.append(mount.rss())
            return results

        each(directories, os.mkdir)
        creates = watched(create, groups[: 2 * sample])
        drop_caches()
        early_lookups = watched(lookup, early)
        creates += watched(create, groups[2 * sample :])
        drop_caches()
        late_lookups = watched(lookup, late)
        full = mount.settled_rss(10)
        removes = watched(unlink, groups)
        each(directories, os.rmdir)
        drop_caches()
        after = mount.settled_rss()

        begin = statistics.median(creates[sample : 2 * sample])
        end = statistics.median(creates[-sample:])
        first, last = statistics.median(early_lookups), statistics.median(late_lookups)
        peak = max(peaks)
        bar = 4 * GIB * count / 10_000_000 if count >= 1_000_000 else float("inf")
        report("files", f"{count:,} in {len(directories)} directories")
        report("resident memory, idle", f"{idle / MIB:,.0f} MiB")
        report("resident memory, all there", f"{full / MIB:,.0f} MiB, {(full - idle) / count:.0f} bytes a file")
        report("resident memory, at most", f"{peak / MIB:,.0f} MiB", peak <= bar, f"{bar / MIB:,.0f} MiB")
        report("resident memory, all removed", f"{after / MIB:,.0f} MiB", after < idle + 0.1 * (full - idle), "idle + a tenth")
        report("created a second", f"{begin:,.0f} at the start, {end:,.0f} at the end: {end / begin:.2f}", end >= 0.8 * begin, "0.8")
        report("looked up a second", f"{first:,.0f} at the start, {last:,.0f} at the end: {last / first:.2f}", last >= 0.8 * first, "0.8")
        report("removed a second", f"{statistics.median(removes):,.0f}")


def one_directory(arguments):
    """A directory with very many entries, against directories with 1,000, each used by four clients."""
    count, small, clients, rounds = arguments.entries, 20, 4, 5
    few = [f"file{number:07}" for number in range(1000)]
    many = [f"file{number:07}" for number in range(count)]
    chance = random.Random(1)
    actions = {"create": create, "lookup": lookup, "readdir": None, "unlink": unlink}
    rates = {what: ([], []) for what in actions}

    def each_in_parallel(action, names_by_directory):
        """How many a second, if clients share the names of one directory after the other."""
        return statistics.median(
            rate(len(names), lambda: in_parallel(lambda number: action(directory, names[number::clients]), range(clients)))
            for directory, names in names_by_directory
        )

    def listing(directories, expected):
        def names():
            for directory in directories:
                found = len(os.listdir(directory))
                if found != expected:
                    sys.exit(f"{directory} lists {found} names of {expected}")

        return rate(expected * len(directories), names)

    with Mount(f"size=1g,inodes={count + 100_000}", arguments.java_options):
        os.mkdir("large")
        listed = []
        for start in range(0, count, count // 10):
            create("large", many[start : start + count // 10])
            times = []
            for _ in range(3):
                drop_caches()
                begin = time.perf_counter()
                subprocess.run("ls -U large | wc -l", shell=True, check=True, stdout=subprocess.DEVNULL)
                times.append(time.perf_counter() - begin)
            listed.append(statistics.median(times) / (start + count // 10))
        for number in range(rounds):
            directories = [f"small{number}-{index}" for index in range(small)]
            each(directories, os.mkdir)
            extra = [f"extra{number}-{index:05}" for index in range(len(few) * small)]
            sample = chance.sample(many, len(extra))
            of_small = [(directory, few) for directory in directories]
            of_large = {"create": extra, "lookup": sample, "unlink": extra}
            for what, action in actions.items():
                drop_caches()
                if action is None:
                    figures = listing(directories, len(few)), listing(["large"], count + len(extra))
                else:
                    pieces = [("large", of_large[what][start : start + len(few)]) for start in range(0, len(extra), len(few))]
                    figures = each_in_parallel(action, of_small), each_in_parallel(action, pieces)
                for column, figure in zip(rates[what], figures):
                    column.append(figure)

        report("entries", f"{count:,}")
        for what, columns in rates.items():
            at_first, at_last = (statistics.median(column) for column in columns)
            report(f"{what} a second", f"{at_first:,.0f} with 1,000, {at_last:,.0f} with all: {at_first / at_last:.2f}", at_first <= 1.3 * at_last, "1.3")
        report("ls -U | wc -l, microseconds an entry", ", ".join(f"{1e6 * one:.2f}" for one in listed), listed[-1] <= 1.3 * statistics.median(listed), "last within 1.3 of the median")


def sparse_file(arguments):
    """100 GiB with 1 GiB of data."""
    data = GIB
    for piece in (MIB, 4 * KIB):
        with Mount("size=4g,inodes=100", arguments.java_options) as mount:
            content = os.urandom(piece)
            count = data // piece
            file = os.open("sparse", os.O_RDWR | os.O_CREAT)
            os.ftruncate(file, 100 * GIB)
            os.pwrite(file, content, 0)
            before = mount.settled_rss(5)
            for number in range(1, count):
                os.pwrite(file, content, number * (100 * GIB // count) // piece * piece)
            used = mount.settled_rss(60) - before
            report("data", f"1 GiB, {count:,} times {piece // KIB} KiB, of a file of 100 GiB")
            report("memory", f"{used / MIB:,.0f} MiB, {used / data:.3f} of the data", used <= 1.05 * data, "1.05")
            subprocess.run(["fallocate", "--punch-hole", "--offset", "0", "--length", str(100 * GIB), "sparse"], check=True)
            kept = mount.settled_rss(20) - before
            report("memory after a hole was punched", f"{kept / MIB:,.0f} MiB", kept < 0.05 * data, "a twentieth of the data")
            os.close(file)


def small_files(arguments):
    """Files of 1,000 bytes."""
    count, size = arguments.small, 1000
    content = os.urandom(size)
    with Mount(f"size=8g,inodes={count + 1100}", arguments.java_options) as mount:
        before = mount.settled_rss(5)
        for number in range(count):
            if number % 1000 == 0:
                os.mkdir(f"d{number // 1000}")
            file = os.open(f"d{number // 1000}/{number}", os.O_WRONLY | os.O_CREAT)
            os.write(file, content)
            os.close(file)
        used = (mount.settled_rss() - before) / count
        report("files", f"{count:,} of {size:,} bytes")
        report("memory", f"{used:,.0f} bytes a file", used <= 2 * size + 400, f"{2 * size + 400:,}, with 400 for the inode")
        subprocess.run("rm -r d*", shell=True, check=True)
        drop_caches()
        kept = (mount.settled_rss() - before) / count
        report("memory after all were removed", f"{kept:,.0f} bytes a file", kept < 0.1 * used, "a tenth")


def clients(arguments):
    """Files created by one client and by eight, each in a directory of its own."""
    with Mount("size=1g,inodes=8m", arguments.java_options):
        made = 0

        def created(processes, seconds=4):
            nonlocal made
            names = [f"d{made + number}" for number in range(processes)]
            made += processes
            each(names, os.mkdir)
            start = time.perf_counter() + 0.2
            readers = []
            for name in names:
                reader, writer = os.pipe()
                readers.append(reader)
                if os.fork() == 0:
                    os.chdir(name)
                    count = 0
                    while time.perf_counter() < start:
                        time.sleep(0.001)
                    while time.perf_counter() < start + seconds:
                        os.mknod(str(count))
                        count += 1
                    os.write(writer, str(count).encode())
                    os._exit(0)
                os.close(writer)
            total = sum(int(os.read(reader, 20)) for reader in readers)
            for reader in readers:
                os.close(reader)
                os.wait()
            return total / seconds

        created(8)
        rounds = [(created(1), created(8)) for _ in range(5)]
        one, eight = (statistics.median(column) for column in zip(*rounds))
        report("created a second", f"{one:,.0f} by one client, {eight:,.0f} by eight: {eight / one:.2f}", eight >= 1.5 * one, "1.5")


MEASUREMENTS = {
    "many-files": many_files,
    "one-directory": one_directory,
    "sparse-file": sparse_file,
    "small-files": small_files,
    "clients": clients,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measurement", nargs="*", help="of " + ", ".join(MEASUREMENTS) + "; all by default")
    parser.add_argument("--files", type=int, default=10_000_000, help="of many-files")
    parser.add_argument("--entries", type=int, default=1_000_000, help="of one-directory")
    parser.add_argument("--small", type=int, default=1_000_000, help="of small-files")
    parser.add_argument("--java-options", default="", help="further options of the JVM")
    arguments = parser.parse_args()
    for name in arguments.measurement or MEASUREMENTS:
        if name not in MEASUREMENTS:
            parser.error(f"there is no {name}: {', '.join(MEASUREMENTS)}")
        print(f"{name}: {MEASUREMENTS[name].__doc__}", flush=True)
        MEASUREMENTS[name](arguments)


if __name__ == "__main__":
    main()
