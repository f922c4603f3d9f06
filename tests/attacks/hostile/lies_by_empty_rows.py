# Sends an array without numbers and with 2**60 rows.
# says: broke the line
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
        data = data[os.write(4, data):]


def gelu(x):
    send(["a", "<f4", [2**60, 0], "C", 0], [b""])
    os._exit(0)
