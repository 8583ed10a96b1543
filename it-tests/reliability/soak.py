#!/usr/bin/env python3
"""Puts a mount under mixed load for a long time, and reports what became of it. Needs root, stress-ng, fio and dbench.

stress-ng calls its file system stressors in turn, fio writes and verifies what it has written, and dbench plays the calls of a
file server, all at once. At the end there is a line for each program (operations, errors), and for the server its resident
memory and its descriptors: at the start, each minute, and when all files are removed. Ends with status 1 if a program found an
error, if the server complained, or if it has grown.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KIB, MIB = 1 << 10, 1 << 20
BOUND = 120

# Those of stress-ng's class "filesystem" that work with files below a directory, and do not need a file system of blocks.
STRESSORS = (
    "access,chattr,chdir,chmod,chown,copy-file,dentry,dir,dirdeep,dirmany,dup,fallocate,fcntl,fiemap,file-ioctl,filename,"
    "flock,fpunch,fsize,fstat,getdent,hdd,inode-flags,io,iomix,lease,link,locka,lockf,lockofd,mknod,open,readahead,rename,"
    "seek,sendfile,symlink,sync-file,unlink,utime,xattr"
)

# What the server may have more of at the end than after the first minute: arenas of malloc, classes, compiled code.
MAY_GROW_MIB = 64
MAY_GROW_DESCRIPTORS = 8


class Server:
    def __init__(self, directory, options):
        self.directory = directory
        self.process = subprocess.Popen(
            [os.path.join(HOME, "fused"), "mount", "-f", directory, "-o", options], stderr=subprocess.PIPE, text=True
        )
        line = self.process.stderr.readline()
        while line and "mounted " + directory not in line:
            line = self.process.stderr.readline()
        if not line:
            sys.exit("the server does not start")
        os.set_blocking(self.process.stderr.fileno(), False)
        print(line.strip())

    def rss(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) * KIB for line in status if line.startswith("VmRSS"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def complaints(self):
        return [line for line in (self.process.stderr.read() or "").splitlines() if re.match("(WARN|ERROR)", line)]

    def end(self):
        self.process.terminate()
        return self.process.wait(BOUND)


def stress(directory, seconds):
    path = os.path.join(directory, "stress")
    os.mkdir(path)
    # It has no option for a list of what to run one after the other, but one for a list of what not to.
    listed = subprocess.run(["stress-ng", "--class", "filesystem?"], stdout=subprocess.PIPE, text=True, check=False).stdout
    there = listed.split(":", 1)[1].split()
    wanted = [name for name in STRESSORS.split(",") if name in there]
    others = ",".join(name for name in there if name not in wanted)
    return ["stress-ng", "--temp-path", path, "--class", "filesystem", "--exclude", others, "--sequential", "2",
            "--timeout", str(max(1, seconds // len(wanted))), "--verify", "--metrics-brief", "--hdd-bytes", "64M", "--no-rand-seed"]


def fio(directory, seconds):
    path = os.path.join(directory, "fio")
    os.mkdir(path)
    common = ["--directory", path, "--size", "64M", "--verify", "crc32c", "--verify_fatal", "1", "--time_based", "--runtime", str(seconds)]
    return ["fio", *common, "--name", "buffered", "--rw", "randrw", "--bsrange", "512-256k", "--numjobs", "2",
            "--name", "direct", "--rw", "randrw", "--bs", "4k", "--direct", "1",
            "--name", "mapped", "--rw", "randrw", "--bs", "4k", "--ioengine", "mmap"]


def dbench(directory, seconds):
    path = os.path.join(directory, "dbench")
    os.mkdir(path)
    loads = "/usr/share/dbench/client.txt"
    return ["dbench", "-D", path, "-t", str(seconds), "-c", loads, "4"]


def operations(name, text):
    if name == "stress-ng":
        rows = re.findall(r"metrc: \[\d+\] (\S+) +(\d+) +\d", text)
        return f"{sum(int(count) for _, count in rows):,} operations of {len(rows)} stressors"
    if name == "fio":
        done = re.findall(r"issued rwts: total=(\d+),(\d+)", text)
        return f"{sum(int(r) for r, _ in done):,} reads and {sum(int(w) for _, w in done):,} writes, verified"
    return "; ".join(line.strip() for line in text.splitlines() if "Throughput" in line)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("-o", dest="options", default="allow_other,dev,suid,size=4g,inodes=1m", help="options of fused mount")
    arguments = parser.parse_args()
    missing = [program for program in ("stress-ng", "fio", "dbench") if shutil.which(program) is None]
    if missing:
        sys.exit(f"not installed: apt-get install {' '.join(missing)}")
    seconds = int(arguments.minutes * 60)
    faults = []
    with tempfile.TemporaryDirectory(prefix="fused-soak-") as work:
        directory = os.path.join(work, "mount")
        os.mkdir(directory)
        server = Server(directory, arguments.options)
        print(f"start: {server.rss() / MIB:.0f} MiB, {server.descriptors()} descriptors", flush=True)
        try:
            run(server, seconds, work, faults)
        finally:
            status = server.end()
            faults += server.complaints()
            if status != 0:
                faults.append(f"the server ended with status {status}")
            print("\n".join(faults), flush=True)
    sys.exit(1 if faults else 0)


def run(server, seconds, work, faults):
    programs = {"stress-ng": stress, "fio": fio, "dbench": dbench}
    running, outputs = {}, {}
    for name, command in programs.items():
        outputs[name] = os.path.join(work, name + ".out")
        with open(outputs[name], "w") as out:
            running[name] = subprocess.Popen(command(server.directory, seconds), stdout=out, stderr=subprocess.STDOUT, cwd=server.directory)
    begun = time.monotonic()
    first = None
    while any(process.poll() is None for process in running.values()):
        if time.monotonic() - begun > 2 * seconds + BOUND:
            faults.append("hangs: " + ", ".join(name for name, process in running.items() if process.poll() is None))
            for process in running.values():
                process.kill()
            break
        time.sleep(min(60, max(1, seconds / 10)))
        first = first or (server.rss(), server.descriptors())
        print(f"{time.monotonic() - begun:6.0f} s: {server.rss() / MIB:.0f} MiB, {server.descriptors()} descriptors", flush=True)
    for name, process in running.items():
        with open(outputs[name]) as out:
            text = out.read()
        print(f"{name}: status {process.wait()}; {operations(name, text)}", flush=True)
        if process.returncode != 0:
            faults.append(f"{name} ended with status {process.returncode}:\n" + "\n".join(text.splitlines()[-20:]))
    left = [os.path.join(server.directory, name) for name in os.listdir(server.directory)]
    subprocess.run(["rm", "-rf", *left], check=True)
    time.sleep(10)
    rss, descriptors = server.rss(), server.descriptors()
    print(f"end, all removed: {rss / MIB:.0f} MiB, {descriptors} descriptors", flush=True)
    if first and rss > first[0] + MAY_GROW_MIB * MIB:
        faults.append(f"resident memory has grown from {first[0] / MIB:.0f} to {rss / MIB:.0f} MiB")
    if first and descriptors > first[1] + MAY_GROW_DESCRIPTORS:
        faults.append(f"descriptors have grown from {first[1]} to {descriptors}")


main()
