"""open_reads.py FILE COUNT PAUSE: COUNT reads of FILE at a time, each in a thread, all from processor 0; PAUSE seconds between two.

Prints a line for each text or error that they end with, and its number.
"""

import collections
import errno
import os
import sys
import threading
import time

path, count, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
threading.stack_size(256 * 1024)
os.sched_setaffinity(0, {0})
file = os.open(path, os.O_RDONLY)
results = collections.Counter()
lock = threading.Lock()


def read():
    try:
        result = os.pread(file, 4096, 0).decode().strip()
    except OSError as error:
        result = errno.errorcode[error.errno]
    with lock:
        results[result] += 1


threads = [threading.Thread(target=read) for _ in range(count)]
for thread in threads:
    thread.start()
    time.sleep(pause)
for thread in threads:
    thread.join()
for result, number in sorted(results.items()):
    print(f"{result}: {number}")
