#!/usr/bin/env python3
"""Races fused against tmpfs, against the least that a server can be, and against other FUSE file systems. Needs root and cc.

All are mounted at once, and run each phase in turn, round by round, so that what disturbs the machine disturbs all alike.
The medians go into a report: race.md, race.json, and a chart for names and one for data. Others are skipped, with the
reason, if they are not installed; what one cannot do is an empty cell, with the reason below the table.
"""

import argparse
import collections
import contextlib
import datetime
import glob
import html
import json
import math
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.path.dirname(os.path.dirname(HERE))
TRACING = "/sys/kernel/tracing"
MIB = 1 << 20
PHASE_LIMIT = 60

# Ways of fused to serve: a name, and options as after "fused mount -o".
MODES = {
    "epoll": "transport=epoll",
    "io_uring": "transport=io_uring",
    "cached": "transport=epoll,data=cached",
    "direct": "transport=epoll,data=direct",
    "passthrough": "transport=epoll,data=passthrough",
}


def way_of(mode):
    """The name in the race of fused in a mode."""
    return "fused" if mode == "epoll" else f"fused {mode}"


# Other servers. The command runs in the foreground; {backing} is a directory on a tmpfs, {dir} the mount point, {work} a
# directory for whatever else. "phases" are those that it can do, None for all; "fixed" is one that has the shared file and
# can make nothing else. "busy floor" works for 1 µs with each request. jnr-fuse's file system allocates a file anew with each
# write that lengthens it: it has no data phases.
Peer = collections.namedtuple("Peer", "name package command phases fixed", defaults=[None, False])
PEERS = [
    Peer("floor", None, "{work}/floor {dir} {processors}", "getattr lookup_miss seqread_direct seqwrite_direct randread randwrite", True),
    Peer("busy floor", None, "{work}/floor {dir} {processors} 1000", "getattr lookup_miss randread randwrite", True),
    Peer("bindfs", "bindfs", "bindfs -f {backing} {dir}"),
    Peer("unionfs-fuse", "unionfs-fuse", "unionfs-fuse -f -o cow {backing}=RW {dir}"),
    Peer("fuse-overlayfs", "fuse-overlayfs", "fuse-overlayfs -f -o lowerdir={work}/lower,upperdir={backing}/upper,workdir={backing}/work {dir}"),
    Peer("jnr-fuse", "libfuse2", "{java} -cp {jnr-fuse} " + HERE + "/JnrFuse.java {dir}", "getattr lookup_miss stat openread create unlink mkdir rmdir rename readdir ls_l"),
    Peer("jfuse", "libfuse3-3", "{java} --enable-native-access=ALL-UNNAMED -cp {jfuse} " + HERE + "/JFuse.java {dir} {libfuse3}"),
]

# From Maven's central repository.
JARS = {"jnr-fuse": ("com.github.serceman", "0.5.8"), "jfuse": ("org.cryptomator", "0.7.3")}

Phase = collections.namedtuple("Phase", "name threads what")
NAMES = [
    Phase("getattr", 1, "statx(2) that must ask"),
    Phase("getattr", 8, ""),
    Phase("getattr", 16, ""),
    Phase("lookup_miss", 1, "stat(2) of a new name that does not exist"),
    Phase("lookup_miss", 16, ""),
    Phase("stat", 1, "stat(2) of 1,000 files"),
    Phase("openread", 1, "open, read 4 KiB, close"),
    Phase("create", 1, "open(2) with O_CREAT, close"),
    Phase("create", 8, "in directories of their own"),
    Phase("unlink", 1, ""),
    Phase("unlink", 8, ""),
    Phase("mkdir", 1, ""),
    Phase("mkdir", 8, ""),
    Phase("rmdir", 1, ""),
    Phase("rmdir", 8, ""),
    Phase("rename", 1, "in the same directory"),
    Phase("rename", 8, ""),
    Phase("readdir", 1, "a listing of 10,000 names"),
    Phase("readdir_cold", 1, "after drop_caches"),
    Phase("ls_l", 1, "a listing with stat(2) of each name"),
    Phase("ls_l_cold", 1, "after drop_caches"),
]
DATA = [
    Phase("seqwrite", 1, "1 MiB"),
    Phase("seqread", 1, "1 MiB, with read-ahead"),
    Phase("seqwrite_direct", 1, "1 MiB, O_DIRECT"),
    Phase("seqread_direct", 1, "1 MiB, O_DIRECT"),
    Phase("randwrite", 1, "4 KiB, O_DIRECT"),
    Phase("randwrite", 16, ""),
    Phase("randread", 1, "4 KiB, O_DIRECT"),
    Phase("randread", 16, ""),
]

# What is aimed at: one of these ways to serve has in each phase at least so many times the rate that it is measured against.
Aim = collections.namedtuple("Aim", "least against phases ways")
WAYS = [way_of(mode) for mode in MODES]
GETATTR = "floor's getattr"
GETATTR_BY_REQUESTS = GETATTR + " by requests"
CHANGES = ("create", "unlink", "mkdir", "rmdir", "rename")
AIMS = [
    Aim(0.95, "floor", ["getattr", "getattr × 8", "getattr × 16", "lookup_miss"], ["fused"]),
    Aim(1.3, "floor", ["getattr", "getattr × 8", "getattr × 16", "lookup_miss"], ["fused io_uring"]),
    Aim(0.8, "tmpfs", ["stat", "ls_l"], WAYS),
    Aim(0.5, "tmpfs", ["openread"], ["fused cached"]),
    Aim(0.4, GETATTR, ["openread"], ["fused passthrough"]),
    Aim(0.8, "tmpfs", ["seqread", "seqwrite"], ["fused passthrough"]),
    Aim(0.5, "tmpfs", ["seqread", "seqwrite"], ["fused cached"]),
    Aim(0.6, "tmpfs", ["seqread_direct", "seqwrite_direct"], ["fused passthrough"]),
    Aim(0.6, "tmpfs", ["randread", "randwrite", "randread × 16", "randwrite × 16"], ["fused passthrough"]),
    Aim(1, "floor", ["randread × 16"], [way for way in WAYS if way != "fused passthrough"]),
    Aim(1, GETATTR_BY_REQUESTS, [*CHANGES, *(f"{change} × 8" for change in CHANGES)], WAYS),
]

# What is done with a source tree, from a repository elsewhere; "build" is the argument of that name.
TREE = {
    "clone": "git clone --quiet --no-hardlinks {repository} tree",
    "status": "git -C tree status --porcelain",
    "build": "cd tree && {build}",
    "remove": "rm -rf tree",
}
TREE_LIMIT = 600

# So long the compilers of a JVM have for each phase, before anything counts.
WARM_UP_SECONDS = 1.5


def label(phase):
    return phase.name if phase.threads == 1 else f"{phase.name} × {phase.threads}"


class Skipped(Exception):
    """Somebody cannot take part; the message says why."""


def processes(command, **options):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout


def mounted_type(directory):
    """The type of the file system on a directory, from the kernel's table: its server is not asked. None if there is none."""
    with open("/proc/self/mountinfo") as table:
        for line in table:
            before, after = line.split(" - ")
            if before.split()[4] == directory:
                return after.split()[0]
    return None


class Contestant:
    """A mounted file system, and the directory in which its phases run."""

    def __init__(self, name, phases=None, fixed=False):
        self.name = name
        self.phases = phases
        self.fixed = fixed
        self.server = None
        self.directory = tempfile.mkdtemp(prefix=f"race-{name.replace(' ', '-')}-")
        self.mounts = []
        self.workspace = self.directory

    def takes_part_in(self, phase):
        return self.phases is None or phase.name in self.phases.split()

    def mount_tmpfs(self, directory):
        processes(["mount", "-t", "tmpfs", "-o", "size=2g", "race", directory])
        self.mounts.append(directory)

    def serve(self, command, **options):
        """Starts a server in the foreground, and waits until its mount is there."""
        log = tempfile.TemporaryFile("w+")
        try:
            self.server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options)
        except OSError as error:
            raise Skipped(f"cannot start {command[0]}: {error.strerror}") from error
        self.mounts.append(self.directory)
        end = time.monotonic() + 60
        while mounted_type(self.directory) is None:
            if self.server.poll() is not None or time.monotonic() > end:
                log.seek(0)
                raise Skipped(f"did not mount: {' '.join(log.read().split())[-300:]}")
            time.sleep(0.05)
        os.stat(self.directory)

    def close(self):
        for directory in reversed(self.mounts):
            if mounted_type(directory) is not None:
                subprocess.run(["umount", "-l", directory], check=False)
        if self.server is not None:
            self.server.terminate()
            try:
                self.server.wait(20)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
        with contextlib.suppress(OSError):
            os.rmdir(self.directory)


class Race:
    def __init__(self, arguments):
        self.arguments = arguments
        self.work = tempfile.mkdtemp(prefix="race-work-")
        self.contestants = []
        self.skipped = {}
        for program in ("load", "floor"):
            processes(["cc", "-O2", "-pthread", "-o", f"{self.work}/{program}", f"{HERE}/{program}.c"])

    def close(self):
        for contestant in self.contestants:
            contestant.close()
        shutil.rmtree(self.work)

    def admit(self, name, enter, phases=None, fixed=False):
        only = self.arguments.only
        if only and name not in only:
            return
        contestant = Contestant(name, phases, fixed)
        self.contestants.append(contestant)
        try:
            enter(contestant)
            if not fixed:
                contestant.workspace = os.path.join(contestant.directory, "race")
                os.mkdir(contestant.workspace)
        except (Skipped, OSError, subprocess.CalledProcessError) as reason:
            self.skipped[name] = str(reason)
            print(f"{name}: skipped: {reason}", flush=True)
            self.contestants.pop().close()

    def enter_all(self):
        self.admit("tmpfs", lambda contestant: contestant.mount_tmpfs(contestant.directory))
        modes = MODES | dict(mode.split("=", 1) for mode in self.arguments.mode)
        for mode, options in modes.items():
            self.admit(way_of(mode), lambda contestant: self.enter_fused(contestant, options))
        for peer in PEERS:
            self.admit(peer.name, lambda contestant: self.enter_peer(contestant, peer), peer.phases, peer.fixed)

    def enter_fused(self, contestant, options):
        options = ",".join(filter(None, ["size=2g", "inodes=1m", options]))
        contestant.serve([os.path.join(HOME, "fused"), "mount", "-f", contestant.directory, "-o", options])

    def enter_peer(self, contestant, peer):
        if peer.package and version_of(peer.package) is None:
            raise Skipped(f"not installed: apt-get install {peer.package}")
        names = {"work": self.work, "dir": contestant.directory, "processors": os.cpu_count()}
        if peer.name in JARS:
            names[peer.name] = self.jars(peer.name)
            names["java"] = java()
        if "{libfuse3}" in peer.command:
            names["libfuse3"] = re.search(r"libfuse3\.so\S* .*=> (\S+)", processes(["/sbin/ldconfig", "-p"]))[1]
        if "{backing}" in peer.command:
            names["backing"] = os.path.join(self.work, peer.name)
            os.mkdir(names["backing"])
            contestant.mount_tmpfs(names["backing"])
            for directory in ("upper", "work") if "upperdir" in peer.command else ():
                os.mkdir(os.path.join(names["backing"], directory))
            os.makedirs(os.path.join(self.work, "lower"), exist_ok=True)
        contestant.serve(peer.command.format(**names).split(), cwd="/")

    def jars(self, artifact):
        """A class path with an artifact and what it needs, from Maven's repository."""
        group, version = JARS[artifact]
        directory = os.path.join(self.work, artifact)
        os.mkdir(directory)
        with open(os.path.join(directory, "pom.xml"), "w") as pom:
            pom.write(
                "<project><modelVersion>4.0.0</modelVersion><groupId>race</groupId><artifactId>race</artifactId>"
                f"<version>1</version><dependencies><dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
                f"<version>{version}</version></dependency></dependencies></project>"
            )
        goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
        try:
            subprocess.run(["mvn", "-B", "-q", goal, "-DoutputDirectory=lib"], cwd=directory, check=True, stdout=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Skipped(f"Maven cannot load {group}:{artifact}:{version}: {error}") from error
        return f"{directory}/lib/*"

    def load(self, contestant, phase, how, number, around=contextlib.nullcontext):
        """Runs one phase; what `load` printed, or a dictionary with an error."""
        command = [f"{self.work}/load", contestant.workspace, phase.name, str(phase.threads), how, str(number)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        watchdog = threading.Timer(PHASE_LIMIT, process.kill)
        watchdog.start()
        try:
            line = ""
            if process.stdout.readline() == "ready\n":
                with around():
                    process.stdin.write("\n")
                    process.stdin.flush()
                    line = process.stdout.readline()
            _, errors = process.communicate("\n" if line else None)
        finally:
            watchdog.cancel()
        if process.returncode == -signal.SIGKILL:
            errors = f"did not end within {PHASE_LIMIT} s"
        if not line or process.returncode != 0:
            if not contestant.fixed:
                left = [f"{contestant.workspace}/{name}" for name in os.listdir(contestant.workspace) if name != "file"]
                subprocess.run(["rm", "-rf", *left], check=False, stderr=subprocess.DEVNULL)
            return {"error": errors.strip().removeprefix("load: ") or f"ended with {process.returncode}"}
        return json.loads(line)

    def run(self, phases):
        """Medians by phase and contestant."""
        results = collections.defaultdict(lambda: collections.defaultdict(list))
        errors = {}
        for number in range(self.arguments.rounds + 1):
            for index, phase in enumerate(phases):
                # Nobody always comes after the same one.
                shift = (number + index) % len(self.contestants)
                for contestant in self.contestants[shift:] + self.contestants[:shift]:
                    key = label(phase), contestant.name
                    if key in errors or not contestant.takes_part_in(phase):
                        continue
                    # The first round warms up: compilers of a JVM, and the tables of all.
                    seconds = self.arguments.seconds if number > 0 else max(self.arguments.seconds, WARM_UP_SECONDS)
                    result = self.load(contestant, phase, "seconds", seconds)
                    if "error" in result:
                        errors[key] = result["error"]
                        print(f"{contestant.name}: {result['error']}", flush=True)
                    elif number > 0:
                        results[label(phase)][contestant.name].append(result)
            print(f"round {number} of {self.arguments.rounds}", flush=True)
        medians = {
            phase: {name: median_of(each) for name, each in of_phase.items() if (phase, name) not in errors}
            for phase, of_phase in results.items()
        }
        return medians, errors

    def run_tree(self):
        """Median seconds of each step of TREE, and of all, by contestant; and why somebody could not."""
        contestants = [each for each in self.contestants if each.takes_part_in(Phase("tree", 1, ""))]
        times = {each.name: collections.defaultdict(list) for each in contestants}
        errors = {}
        for number in range(self.arguments.rounds + 1):
            shift = number % len(contestants)
            for contestant in contestants[shift:] + contestants[:shift]:
                if contestant.name not in times:
                    continue
                try:
                    taken = self.tree(contestant)
                except subprocess.CalledProcessError as error:
                    errors["source tree", contestant.name] = str(error)
                    print(f"{contestant.name}: {error}", flush=True)
                    times.pop(contestant.name)
                    continue
                if number > 0:
                    for step, seconds in taken.items():
                        times[contestant.name][step].append(seconds)
            print(f"tree {number} of {self.arguments.rounds}", flush=True)
        return {name: {step: statistics.median(each) for step, each in of.items()} for name, of in times.items()}, errors

    def tree(self, contestant):
        taken = {}
        for step, command in TREE.items():
            command = command.format(repository=self.arguments.tree, build=self.arguments.build)
            began = time.monotonic()
            # With a time limit of its own, subprocess.run would look only every 50 ms whether the command has ended.
            bounded = ["timeout", str(TREE_LIMIT), "sh", "-c", command]
            subprocess.run(bounded, check=True, cwd=contestant.workspace, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            taken[step] = time.monotonic() - began
        return taken | {"all": sum(taken.values())}

    def count(self, phases):
        """FUSE requests of one operation, by opcode, as the kernel counts them; FORGET is not among them."""
        counts = {}
        with Tracing() as tracing:
            for phase in (each for each in phases if each.threads == 1):
                for contestant in self.contestants:
                    if contestant.server is None or not contestant.takes_part_in(phase):
                        continue
                    # The rounds came first: what the first use of an operation teaches the kernel (ENOSYS, say) is no part of it.
                    operations = 1 if phase.name.startswith(("readdir", "ls_l")) else 100
                    seen = collections.Counter()
                    result = self.load(contestant, phase, "count", operations, lambda: tracing.of(contestant.directory, seen))
                    if "error" not in result:
                        counts.setdefault(phase.name, {})[contestant.name] = {
                            opcode: number / result["operations"] for opcode, number in sorted(seen.items())
                        }
        return counts


class Tracing:
    """The kernel's tracepoint of FUSE requests, in an instance of our own."""

    def __init__(self):
        if not os.path.isdir(os.path.join(TRACING, "instances")):
            processes(["mount", "-t", "tracefs", "nodev", TRACING])
        self.directory = os.path.join(TRACING, "instances", f"race-{os.getpid()}")

    def __enter__(self):
        os.mkdir(self.directory)
        self._write("buffer_size_kb", "16384")
        return self

    def __exit__(self, *_):
        self._write("events/fuse/fuse_request_send/enable", "0")
        os.rmdir(self.directory)

    def _write(self, file, text):
        with open(os.path.join(self.directory, file), "w") as out:
            out.write(text)

    @contextlib.contextmanager
    def of(self, directory, counter):
        device = os.stat(directory).st_dev
        connection = os.major(device) << 20 | os.minor(device)
        self._write("events/fuse/fuse_request_send/filter", f"connection == {connection}")
        self._write("trace", "")
        self._write("events/fuse/fuse_request_send/enable", "1")
        yield
        # RELEASE goes out when close(2) has returned.
        time.sleep(0.05)
        self._write("events/fuse/fuse_request_send/enable", "0")
        with open(os.path.join(self.directory, "trace")) as trace:
            counter.update(re.findall(r"\(FUSE_(\w+)\)", trace.read()))


def median_of(results):
    return {key: statistics.median(each[key] for each in results) for key in results[0]}


def version_of(package):
    query = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], text=True, capture_output=True, check=False)
    return query.stdout or None


def java():
    """The Java that fused runs on, too."""
    for home in (os.environ.get("FUSED_JAVA_HOME"), os.environ.get("JAVA_HOME"), *sorted(glob.glob("/usr/lib/jvm/*"))):
        with contextlib.suppress(OSError, TypeError):
            with open(os.path.join(home, "release")) as release:
                if int(re.search(r'JAVA_VERSION="(\d+)', release.read())[1]) >= 25:
                    return os.path.join(home, "bin", "java")
    raise Skipped("no JDK 25 under /usr/lib/jvm, and none named in FUSED_JAVA_HOME")


# ---- the report ----


def describe(race):
    with open("/proc/cpuinfo") as cpuinfo:
        model = re.search(r"model name\s*: (.*)", cpuinfo.read())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    commit = subprocess.run(["git", "-C", HOME, "rev-parse", "--short", "HEAD"], text=True, capture_output=True, check=False)
    versions = [f"{peer.package} {version_of(peer.package)}" for peer in PEERS if peer.package and peer.name in names_of(race)]
    versions += [f"{artifact} {version}" for artifact, (_, version) in JARS.items() if artifact in names_of(race)]
    return [
        f"- {datetime.date.today().isoformat()}, commit {commit.stdout.strip() or 'unknown'}",
        f"- {os.cpu_count()} processors ({model[1] if model else platform.machine()}), {memory:.0f} GiB",
        f"- Linux {platform.release()}; {processes([os.path.join(HOME, 'fused'), '--version']).splitlines()[0]}",
        *([f"- others: {', '.join(versions)}"] if versions else []),
        f"- {race.arguments.rounds} rounds of {race.arguments.seconds:g} s a phase, after one of at least {WARM_UP_SECONDS} s that does not count",
    ]


def names_of(race):
    return [contestant.name for contestant in race.contestants]


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def rate_table(phases, names, medians):
    def cell(phase, name):
        result = medians.get(label(phase), {}).get(name)
        if result is None:
            return ""
        value = f"{result['rate'] * result['bytes'] / MIB:,.0f} MiB/s" if result["bytes"] >= MIB else f"{result['rate']:,.0f}"
        base = medians[label(phase)].get("tmpfs")
        return value if base is None or name == "tmpfs" else f"{value} ({multiple(base['rate'] / result['rate'])})"

    return table(["phase", *names], [[label(phase), *(cell(phase, name) for name in names)] for phase in phases])


def multiple(ratio):
    return f"×{ratio:.2g}" if ratio < 9.95 else f"×{ratio:.0f}"


def latency_table(phases, names, medians):
    def micros(value):
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"

    def cell(phase, name):
        result = medians.get(label(phase), {}).get(name)
        return "" if result is None else " / ".join(micros(result[key]) for key in ("p50", "p99", "p999"))

    return table(["phase", *names], [[label(phase), *(cell(phase, name) for name in names)] for phase in phases])


def count_table(names, counts):
    def cell(requests):
        return ", ".join(f"{opcode} {number:.3g}" for opcode, number in requests.items() if number >= 0.005) or "none"

    return table(["phase", *names], [[phase, *(cell(of[name]) if name in of else "" for name in names)] for phase, of in counts.items()])


def reached(aim, phase, way, medians, counts):
    """How many times the rate aimed at is measured against; None if something of it was not measured."""
    name, times, threads = phase.partition(" × ")
    served = medians.get(phase, {}).get(way)
    if aim.against in (GETATTR, GETATTR_BY_REQUESTS):
        base = medians.get("getattr" + times + threads, {}).get("floor")
    else:
        base = medians.get(phase, {}).get(aim.against)
    if served is None or base is None:
        return None
    ratio = served["rate"] / base["rate"]
    if aim.against != GETATTR_BY_REQUESTS:
        return ratio
    requests = counts.get(name, {}).get(way)  # they do not depend on the threads
    return None if requests is None else ratio * (sum(requests.values()) + 0.5)


AIMS_TEXT = """What is aimed at, as a ratio of rates, and what was reached, by the best of the ways to serve that the aim is for; bold is what
was not. The floor's getattr is that with as many threads; by requests, it is divided by the requests of an operation and a half."""


def aims_table(medians, counts):
    rows = []
    for aim in AIMS:
        for phase in aim.phases:
            ratios = {way: reached(aim, phase, way, medians, counts) for way in aim.ways}
            ratios = {way: ratio for way, ratio in ratios.items() if ratio is not None}
            if ratios:
                best = max(ratios, key=ratios.get)
                text = f"{ratios[best]:.2f}"
                rows.append([phase, best, aim.against, f"{aim.least:g}", text if float(text) >= aim.least else f"**{text}**"])
    return rows and table(["phase", "way to serve", "against", "aim", "reached"], rows)


STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .small { font-size: 11px }
  .tiny { font-size: 9px }
  .title { font-size: 14px; font-weight: 600 }
  .grid { stroke: #8c959f; stroke-opacity: .35 }
  .one { stroke: #24292f; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .one { stroke: #e6edf3 }
  }
"""
# Of a brightness that can be told from white and from black.
COLORS = ["#2f81f7", "#8250df", "#1a9c5b", "#8b949e", "#d98b0b", "#cf5b9a", "#d6493f", "#0f9ab0"]


def chart(title, phases, names, medians):
    """Time of an operation as a multiple of that on tmpfs: a bar for each phase and contestant, on a logarithmic scale."""
    names = [name for name in names if name != "tmpfs"]
    ratios = {}
    for phase in phases:
        of_phase = medians.get(label(phase), {})
        if "tmpfs" in of_phase:
            ratios[label(phase)] = {name: of_phase["tmpfs"]["rate"] / of_phase[name]["rate"] for name in names if name in of_phase}
    values = [ratio for of_phase in ratios.values() for ratio in of_phase.values()]
    if not values:
        return None
    lowest = math.floor(math.log10(min(1, *values)))
    highest = math.ceil(math.log10(max(10, *values)))
    left, right, bar, gap, top = 150, 900, 9, 12, 74
    plot = right - left - 50

    def x(ratio):
        return left + plot * (math.log10(ratio) - lowest) / (highest - lowest)

    body, y = [], top
    for phase, of_phase in ratios.items():
        height = bar * len(of_phase)
        body.append(f'<text x="{left - 10}" y="{y + height / 2 + 4:.1f}" text-anchor="end">{html.escape(phase)}</text>')
        for name, ratio in of_phase.items():
            begin, end = sorted((x(1), x(ratio)))
            color = COLORS[names.index(name) % len(COLORS)]
            tip = html.escape(f"{name}, {phase}: {multiple(ratio)}")
            body.append(f'<rect x="{begin:.1f}" y="{y}" width="{max(end - begin, 1):.1f}" height="{bar - 1}" rx="1.5" fill="{color}"><title>{tip}</title></rect>')
            body.append(f'<text class="tiny" x="{max(end, x(1)) + 4:.1f}" y="{y + bar - 1}">{multiple(ratio)}</text>')
            y += bar
        y += gap
    grid = []
    for power in range(lowest, highest + 1):
        kind = "one" if power == 0 else "grid"
        grid.append(f'<line class="{kind}" x1="{x(10**power):.1f}" x2="{x(10**power):.1f}" y1="{top - 6}" y2="{y - gap + 4}"/>')
        text = "tmpfs" if power == 0 else f"×{10**power:g}"
        grid.append(f'<text class="small" x="{x(10**power):.1f}" y="{top - 12}" text-anchor="middle">{text}</text>')
    legend, at = [], left
    for index, name in enumerate(names):
        legend.append(f'<rect x="{at}" y="34" width="10" height="10" rx="2" fill="{COLORS[index % len(COLORS)]}"/>')
        legend.append(f'<text x="{at + 15}" y="43">{html.escape(name)}</text>')
        at += 32 + 7 * len(name)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right} {y}" width="{right}" height="{y}" role="img">',
            f"<title>{html.escape(title)}</title>",
            f"<style>{STYLE}</style>",
            f'<text class="title" x="10" y="20">{html.escape(title)}: time of an operation, as a multiple of tmpfs (shorter is better)</text>',
            *legend,
            *grid,
            *body,
            "</svg>\n",
        ]
    )


def tree_table(names, trees):
    def cell(name, step):
        seconds = trees[name][step]
        text = f"{seconds:.3f}" if seconds < 1 else f"{seconds:.2f}"
        return text if name == "tmpfs" or "tmpfs" not in trees else f"{text} ({multiple(seconds / trees['tmpfs'][step])})"

    names = [name for name in names if name in trees]
    return table(["step", *names], [[step, *(cell(name, step) for name in names)] for step in [*TREE, "all"]])


def report(race, medians, errors, trees, counts):
    names = names_of(race)
    directory = race.arguments.output
    os.makedirs(directory, exist_ok=True)
    charts = {"names": chart("Names and attributes", NAMES, names, medians), "data": chart("Data", DATA, names, medians)}
    for name, content in charts.items():
        if content:
            with open(os.path.join(directory, f"{name}.svg"), "w") as file:
                file.write(content)

    def phases(of):
        return [phase for phase in of if label(phase) in medians]

    parts = ["# The race", "Written by `sudo python3 it-tests/race/race.py`. What it measured is true of this machine:", "\n".join(describe(race))]
    for title, of in (("names", NAMES), ("data", DATA)):
        if not phases(of):
            continue
        parts += [f"## {'Names and attributes' if title == 'names' else 'Data'}"]
        if charts[title]:
            parts += [f"![{title}]({title}.svg)"]
        parts += ["Operations a second, all threads together, the reading of the clock around each included; in parentheses the time of an operation as a multiple of tmpfs.", rate_table(phases(of), names, medians)]
        parts += ["Latency in microseconds: the median, the 99th and the 99.9th percentile.", latency_table(phases(of), names, medians)]
    parts += ["The phases: " + "; ".join(f"{label(each)}: {each.what}" for each in NAMES + DATA if each.what) + "."]
    if trees:
        text = f"Seconds to clone a repository (`{os.path.basename(race.arguments.tree.rstrip('/'))}`), to ask for its status, to build it (`{race.arguments.build}`) and to remove all."
        parts += ["## A source tree", text, tree_table(names, trees)]
    if counts:
        servers = [name for name in names if any(name in of for of in counts.values())]
        parts += ["## Requests", "FUSE requests of one operation, as the kernel counts them (`fuse:fuse_request_send`; FORGET is not among them). Names that are new are looked up first.", count_table(servers, counts)]
    aims = aims_table(medians, counts)
    if aims:
        parts += ["## Aims", AIMS_TEXT, aims]
    if race.skipped or errors:
        missing = [f"- {name} did not take part: {reason}" for name, reason in race.skipped.items()]
        missing += [f"- {name} has no {phase}: {reason}" for (phase, name), reason in errors.items()]
        parts += ["## What is missing", "\n".join(missing)]
    with open(os.path.join(directory, "race.md"), "w") as file:
        file.write("\n\n".join(parts) + "\n")
    with open(os.path.join(directory, "race.json"), "w") as file:
        json.dump({"medians": medians, "tree": trees, "counts": counts}, file, indent=1, sort_keys=True)
        file.write("\n")
    print(f"written: {directory}/race.md")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="of operations in a phase; 1 by default")
    parser.add_argument("--rounds", type=int, default=5, help="5 by default")
    parser.add_argument("--phases", help="names of phases, separated by commas; all by default")
    parser.add_argument("--only", help="contestants, separated by commas; all by default")
    parser.add_argument("--mode", action="append", default=[], metavar="NAME=OPTIONS", help="one more way of fused to serve")
    parser.add_argument("--tree", metavar="REPOSITORY", help="a git repository to clone, build and remove again as a last phase")
    parser.add_argument("--build", default="./configure && make -j2", help="how it is built; %(default)s by default")
    parser.add_argument("--no-count", action="store_true", help="leave out the requests, which need tracefs")
    parser.add_argument("--output", default=os.path.join(HOME, "docs", "performance"), help="docs/performance by default")
    arguments = parser.parse_args()
    arguments.tree = arguments.tree and os.path.abspath(arguments.tree)
    arguments.only = arguments.only and arguments.only.split(",")
    phases = [phase for phase in NAMES + DATA if not arguments.phases or phase.name in arguments.phases.split(",")]
    if not phases and not arguments.tree:
        parser.error(f"no such phase: {arguments.phases}")
    if os.geteuid() != 0:
        parser.error("mounting needs root: sudo python3 it-tests/race/race.py")
    # The end by a signal also unmounts.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    race = Race(arguments)
    try:
        race.enter_all()
        if not race.contestants:
            sys.exit("nobody takes part")
        medians, errors = race.run(phases)
        trees = {}
        if arguments.tree:
            trees, tree_errors = race.run_tree()
            errors |= tree_errors
        report(race, medians, errors, trees, {})
        if not arguments.no_count:
            report(race, medians, errors, trees, race.count(phases))
    finally:
        race.close()


if __name__ == "__main__":
    main()
