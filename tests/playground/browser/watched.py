"""What the browser tests hold in their hands: a page that is watched, and the web page's server."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
]
MISSING = [
    *([] if CHROMIUM else ["Chromium (apt-get install chromium, brew install chromium)"]),
    *([] if importlib.util.find_spec("playwright") else ["playwright (make setup-dev)"]),
]
LEFT_OUT = f"the browser tests were left out; they need {' and '.join(MISSING)}"


@dataclass
class Watched:
    """A page in the browser, and what it asked for or complained about."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for event, note in self._notes():
            self.page.on(event, note)

    def end(self) -> None:
        """Listen no more."""
        for event, note in self._notes():
            self.page.remove_listener(event, note)

    def _notes(self) -> list[tuple[str, Any]]:
        return [("request", self._request), ("pageerror", self._error), ("console", self._console)]

    def _request(self, request: Any) -> None:
        self.requests.append(request.url)

    def _error(self, error: Any) -> None:
        self.complaints.append(str(error))

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def foreign(self) -> list[str]:
        """Requests to anywhere but this machine."""
        own = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "file:")
        return [url for url in self.requests if not url.startswith(own)]


@dataclass
class Server:
    """`python -m playground web`, running."""

    address: str
    process: subprocess.Popen[str]
    said: str


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and theirs."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(folder.name)] = int(fields[1])
    found, waiting = [], [pid]
    while waiting:
        parent = waiting.pop()
        children = [child for child, of in parents.items() if of == parent]
        found += children
        waiting += children
    return found
