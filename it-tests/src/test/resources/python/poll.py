"""Waits until a file can be read, as poll(2) says: poll.py FILE"""

import os
import select
import sys

poller = select.poll()
poller.register(os.open(sys.argv[1], os.O_RDONLY), select.POLLIN)
print("waiting", flush=True)
for _, events in poller.poll():
    print("POLLIN" if events == select.POLLIN else events)
