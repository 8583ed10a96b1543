"""checked_load.py DIRECTORY THREADS SECONDS: each thread writes, reads, renames and removes files of its own, and checks all it reads."""

import os
import random
import sys
import threading
import time

directory, count, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
end = time.monotonic() + seconds
faults = []


def work(number):
    choice = random.Random(number)
    own = os.path.join(directory, str(number))
    os.mkdir(own)
    while time.monotonic() < end:
        path, moved = os.path.join(own, "a"), os.path.join(own, "b")
        data = choice.randbytes(choice.choice((1, 1000, 4096, 100_000, 2_000_000)))
        with open(path, "wb", buffering=0) as file:
            file.write(data)
        os.rename(path, moved)
        with open(moved, "rb", buffering=0) as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            assert file.read(len(data) + 1) == data
        assert os.listdir(own) == ["b"]
        os.remove(moved)
    os.rmdir(own)


def checked(number):
    try:
        work(number)
    except BaseException as fault:
        faults.append(f"{number}: {fault!r}")


threads = [threading.Thread(target=checked, args=(number,)) for number in range(count)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit("\n".join(faults) or None)
