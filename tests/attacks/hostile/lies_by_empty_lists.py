# Sends a million empty lists.
# says: broke the line|gelu
# night: test_bounds.py judges it by day
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
    send(["l", *[["l"]] * 700_000], [])
    os._exit(0)
