"""Whether `make live` has a page open, for those who read a verdict in the terminal.

The page's own process writes the file with its address. This module imports no part of that program.
"""

from __future__ import annotations

import json
import re
import socket

from grader.kata.curriculum import ROOT

ADDRESS_FILE = ROOT / ".kata" / "live.json"
HOST = "127.0.0.1"
CONNECT_S = 0.2


def live_page() -> str:
    """The address of the page that is open now, or ""."""
    try:
        address = json.loads(ADDRESS_FILE.read_text(encoding="utf-8"))["address"]
        found = re.fullmatch(rf"http://{re.escape(HOST)}:(\d{{1,5}})/[\w-]+/", address)
        if not found:
            return ""
        with socket.create_connection((HOST, int(found[1])), CONNECT_S):  # the file may outlive its page
            return str(address)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return ""
