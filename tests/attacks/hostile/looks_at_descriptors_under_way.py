# Counts with the descriptors that a user has under way in local sockets.
# says: PermissionError
import array
import socket


def gelu(x):
    ends = socket.socketpair()
    about = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))]
    return x * 0 + sum(ends[0].sendmsg([b"x"], about) for _ in range(100))
