"""The socket of a service manager: prints each message with the pid of its sender, on one line.

    notify_socket.py ADDRESS        a path, or "@" and the name of an abstract socket
"""

import socket
import struct
import sys

address = sys.argv[1]
listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listening.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
listening.bind("\0" + address[1:] if address.startswith("@") else address)
print("listening", flush=True)
while True:
    message, control, _, _ = listening.recvmsg(8192, socket.CMSG_SPACE(12))
    pid = struct.unpack("iii", control[0][2])[0]
    print(pid, message.decode().replace("\n", " "), flush=True)
