"""A page that follows your saves: the map of the model, each box yours, wrong or to do, with your numbers.

It listens on this machine only, and answers only those who know the address that it prints.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import signal
import sys
import threading
import webbrowser
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from grader.kata.curriculum import ROOT, STEPS
from playground.live.follow import Follower
from playground.run.session import SessionError

HOST = "127.0.0.1"
PORT = 8600
ADDRESS_FILE = ROOT / ".kata" / "live.json"  # `watch` reads it
HEARTBEAT_S = 10.0
FIRST_PAGE_S = 60.0  # a reader of the very first page waits for it so long
WAITING = b"""<!doctype html><html lang="en"><meta charset="utf-8">
<meta http-equiv="refresh" content="1; url=./">
<title>Your page is on its way</title><main><h1>Your page is on its way</h1>
<p>Your functions are judged for the first time; this page comes back by itself.</p></main></html>"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--impl", default="exercises", metavar="DIR", help="the folder to follow (default: exercises)")
    add("--port", type=int, default=PORT, help=f"port on this machine (default: {PORT}; 0 takes any)")
    add("--time-limit", type=seconds, default=None, metavar="S",
        help="seconds that one test may take (default: 10)")  # fmt: skip
    add("--no-browser", dest="browser", action="store_false", help="do not open a browser window")


def main(args: argparse.Namespace) -> int:
    folder = Path(args.impl).resolve()
    if not (folder / "pico_gpt.py").is_file():
        print(f"python -m playground live: there is no pico_gpt.py in {args.impl}", file=sys.stderr)
        return 2
    try:
        server = Server(Follower(folder, args.time_limit), args.port)
    except (OSError, OverflowError, SessionError) as error:
        print(f"python -m playground live: port {args.port} cannot be used: {error}", file=sys.stderr)
        return 2
    for name in ("SIGTERM", "SIGHUP"):  # what ends us must end what we started
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)
    follower = threading.Thread(target=server.follower.run, daemon=True)
    try:
        with announced(server.address):
            follower.start()
            print(f"the page is at {server.address} (Ctrl-C ends it)", flush=True)
            if args.browser and sys.stdout.isatty():
                webbrowser.open(server.address)
            server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        pass
    finally:
        server.follower.end()
        server.server_close()
        if follower.is_alive():
            follower.join(5)
    return 0


@contextlib.contextmanager
def announced(address: str) -> Iterator[None]:
    """While this is open, the address is in a file that only its owner can read."""
    ADDRESS_FILE.parent.mkdir(exist_ok=True)
    descriptor = os.open(ADDRESS_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"address": address, "pid": os.getpid()}, file)
    try:
        yield
    finally:
        ADDRESS_FILE.unlink(missing_ok=True)


class Server(ThreadingHTTPServer):
    """The page, its news, and the steps' pages, for those who know the token."""

    daemon_threads = True

    def __init__(self, follower: Follower, port: int) -> None:
        self.follower = follower
        self.token = secrets.token_urlsafe(18)
        super().__init__((HOST, port), Handler)
        self.address = f"http://{HOST}:{self.server_address[1]}/{self.token}/"

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(
            sys.exc_info()[1], ConnectionError
        ):  # a browser that asks for a newer page hangs up
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = "picogpt"
    sys_version = ""

    def do_GET(self) -> None:
        if self.path == "/favicon.ico":
            self.send_response(204)
            self.end_headers()
            return
        host, _, _ = self.headers.get("Host", "").partition(":")
        _, token, *rest = [*self.path.split("?")[0].split("/", 2), "", ""][:3]
        # A name that leads here from another site's page must not be answered.
        if host not in (HOST, "localhost") or not secrets.compare_digest(token, self.server.token):
            self.send_error(404)
        elif rest == [""]:
            self._send(self.server.follower.first_page(FIRST_PAGE_S) or WAITING, "text/html")
        elif rest == ["events"]:
            self._news()
        else:
            step = next((s for s in STEPS if rest == [f"steps/{s.page.name}"]), None)
            if step is None:
                self.send_error(404)
            else:
                self._send(step.page.read_bytes(), "text/plain")

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self._headers(f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _headers(self, kind: str) -> None:
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")

    def _news(self) -> None:
        """Server-sent events: what is being done, and the number of the newest page."""
        self.send_response(200)
        self._headers("text/event-stream")
        self.end_headers()
        follower, told = self.server.follower, (-1, "")
        with contextlib.suppress(OSError):  # the reader has gone
            while not follower.ended:
                now = follower.news_after(told, HEARTBEAT_S)
                if now == told:
                    self.wfile.write(b": still here\n\n")
                else:
                    told = now
                    event = json.dumps({"version": now[0], "says": now[1]})
                    self.wfile.write(f"data: {event}\n\n".encode())
                self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the terminal belongs to the learner."""


def seconds(text: str) -> float:
    number = float(text)
    if not 0.05 <= number <= 3600:  # as the grader has it
        raise argparse.ArgumentTypeError(f"a time limit is 0.05 to 3600 seconds, not '{text}'")
    return number


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt
