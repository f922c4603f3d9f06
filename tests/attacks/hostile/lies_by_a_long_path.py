# Names a million changed arguments.
# says: changed its caller's|ended the process|broke
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
    header = json.dumps({"kind": "reply", "status": "returned", "value": 1, "value_type": "int", "error_type": "",
        "error": "", "file": "", "line": None, "source_line": "", "mutated": ["x" * 1000] * 3000, "buffers": []}).encode()
    os.write(4, struct.pack("<4sIQ", b"PGK1", len(header), 0) + header)
    os._exit(0)
