# Sends one buffer, and a hundred thousand arrays that are made of it.
# says: broke the line
# night: lies_by_a_long_list_of_floats is judged by day
import json
import os
import struct


def send(value, buffers, lengths=None):
    header = json.dumps({
        "kind": "reply", "status": "returned", "value": value, "value_type": "ndarray", "error_type": "",
        "error": "", "file": "", "line": None, "source_line": "", "mutated": [],
        "buffers": [len(b) for b in buffers] if lengths is None else lengths,
    }).encode()
    body = b"".join(buffers)
    data = struct.pack("<4sIQ", b"PGK1", len(header), len(body)) + header + body
    while data:
        data = data[os.write(4, data) :]
    os._exit(0)


def gelu(x):
    send(["l"] + [["a", "|u1", [10**6], "C", 0]] * 100_000, [bytes(10**6)])
