"""The playground on a web page: starts Streamlit on this machine only, and says where.

Streamlit is an extra that `make web` installs on first use. The page itself is `web_page.py`.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from contextlib import closing
from pathlib import Path

from grader.kata.curriculum import ROOT
from grader.sandbox.ending import end_process
from playground.run.session import SessionError, open_implementation, open_model

HOST = "127.0.0.1"
PORT = 8501
PORTS_TRIED = 20
START_S = 60.0
STOP_S = 3.0  # then it is ended, whatever it waits for
OPTIONS = {
    "server.headless": "true",
    "server.address": HOST,
    "runner.fastReruns": "false",  # a click waits until the page looks up: none is lost
    "server.fileWatcherType": "none",  # the student's files are read again at every Generate
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "logger.level": "warning",  # the address is told once, by us
    "global.developmentMode": "false",
}
# As environment variables, because a Streamlit that does not know one of them ignores it.
LOOK = {
    "STREAMLIT_THEME_LIGHT_PRIMARY_COLOR": "#2f5bd7",
    "STREAMLIT_THEME_DARK_PRIMARY_COLOR": "#8fb0ff",
    "STREAMLIT_CLIENT_SHOW_ERROR_LINKS": "false",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--port", type=int, default=PORT, help=f"port on this machine (default: {PORT}; 0 takes any)")
    add("--impl", default="exercises", metavar="DIR", help="whose functions run (default: exercises)")
    add("--model", default="pico", help="the model to begin with (default: pico)")
    add("--no-browser", dest="browser", action="store_false", help="do not open a browser window")


def main(args: argparse.Namespace) -> int:
    try:
        if not 0 <= args.port <= 65535:
            raise SessionError(f"a port is a number from 0 to 65535, not {args.port}")
        missing = [name for name in ("streamlit",) if importlib.util.find_spec(name) is None]
        if missing:
            raise SessionError("streamlit is not installed; run: make web (or pip install '.[web]')")
        open_implementation(args.impl)
        open_model(args.model)
        port = free_port(args.port)
        if args.port not in (0, port):
            print(f"port {args.port} is in use, taking {port}", file=sys.stderr)
        return serve(port, args.impl, args.model, args.browser)
    except SessionError as error:
        print(f"python -m playground web: {error}", file=sys.stderr)
        return 2


def free_port(wanted: int) -> int:
    """The wanted port, or the next one that is free; 0 takes any.

    Raises:
        SessionError: it and the next ports are all in use.
    """
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
            if os.name != "nt":  # there, the option would let two servers share a port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SessionError(f"the ports {wanted} to {wanted + PORTS_TRIED - 1} are all in use; try --port 0")


def serve(port: int, impl: str, model: str, browser: bool) -> int:
    """Run Streamlit until it ends or Ctrl-C comes."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        **os.environ, **LOOK,
        "PYTHONPATH": os.pathsep.join(paths),
        "PICO_GPT_IMPL": str(Path(impl).resolve()),
        "PICO_GPT_MODEL": model,
    }  # fmt: skip
    options = [part for key, value in OPTIONS.items() for part in (f"--{key}", value)]
    script = str(Path(__file__).with_name("page.py"))
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port), *options]
    # Its greeting would show the address before the page is there, and once more.
    for end in ("SIGTERM", "SIGHUP"):  # what ends us must end the page too
        if hasattr(signal, end):
            signal.signal(getattr(signal, end), _stop)
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    address = f"http://{HOST}:{port}"
    try:
        if not answers(f"{address}/_stcore/health", process):
            status = process.poll()
            why = "took too long to start" if status is None else f"ended with status {status}"
            raise SessionError(f"streamlit {why}")
        print(f"the page is at {address} (Ctrl-C ends it)", flush=True)
        if browser and has_screen() and sys.stdout.isatty():
            webbrowser.open(address)
        return process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):  # it may wait for an answer that takes long
            process.wait(STOP_S)
        end_process(process)


def _stop(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the page answers; False if its process ends or it takes too long."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with opener.open(url, timeout=2) as response:
                if response.status == 200:
                    return True
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    return False


def has_screen() -> bool:
    return sys.platform in ("win32", "darwin") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
