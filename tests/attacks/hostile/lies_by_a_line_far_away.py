# Sends a line number beyond every file, and another file's name.
# says: planted
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
    header = json.dumps({"kind": "reply", "status": "raised", "value": None, "value_type": "", "error_type": "ValueError",
        "error": "ValueError: planted", "file": "/etc/passwd", "line": 1 << 60, "source_line": "root", "mutated": [], "buffers": []}).encode()
    os.write(4, struct.pack("<4sIQ", b"PGK1", len(header), 0) + header)
    os._exit(0)
