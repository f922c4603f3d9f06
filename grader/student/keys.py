"""Single keys, as they are pressed: the terminal's line editing is off meanwhile, and comes back whatever
happens. Where nobody sits at a terminal there are simply no keys."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

try:
    import termios
    import tty
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]
try:
    import msvcrt
except ImportError:  # anywhere else
    msvcrt = None  # type: ignore[assignment]

OnKey = Callable[[str], None]

KEYS = "h hint   t trace   n next   l list   r reset   q quit"
HELP = (
    ("h", "the next hint for this step"),
    ("t", "what each line of the function made"),
    ("n", "the next step that does not pass yet"),
    ("l", "the list of all steps"),
    ("r", "put this step's functions back to their stubs (asks first, keeps a backup)"),
    ("q", "quit; so does Ctrl-C"),
)


class Keys:
    """Reads keys in a thread, while the `with` block lasts.

    Args:
        on_key: called in that thread with every key; with "" when the terminal has gone.

    Attributes:
        are_there: whether there is a terminal to read keys from.
    """

    def __init__(self, on_key: OnKey):
        self._on_key = on_key
        self._thread: threading.Thread | None = None
        self._handlers: dict[int, Any] = {}
        self._saved: list[Any] | None = None
        self._stop = threading.Event()
        self._wake: tuple[int, int] | None = None
        self.are_there = _at_a_terminal()

    def __enter__(self) -> Keys:
        if not self.are_there:
            return self
        target = self._read_console
        if termios is not None:
            self._fd = sys.stdin.fileno()
            self._saved = termios.tcgetattr(self._fd)
            self._wake = os.pipe()
            self._raw()
            for number, handler in (
                (signal.SIGTSTP, self._suspend),
                (signal.SIGCONT, self._resume),
                (signal.SIGTERM, self._leave),
                (signal.SIGHUP, self._leave),
            ):
                self._handlers[number] = signal.signal(number, handler)
            target = self._read_terminal
        self._thread = threading.Thread(target=target, name="keys", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        if self._wake is not None:
            os.write(self._wake[1], b"x")
        if self._thread is not None:
            self._thread.join(2)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._restore()
        if self._wake is not None:
            for fd in self._wake:
                os.close(fd)
            self._wake = None

    # ---------------------------------------------------------------------------------------- POSIX

    def _raw(self) -> None:
        """Keys come one by one and are not shown; Ctrl-C and Ctrl-Z work as ever."""
        if _in_foreground(self._fd):
            tty.setcbreak(self._fd, termios.TCSANOW)

    def _restore(self) -> None:
        if self._saved is not None and _in_foreground(self._fd):
            try:
                termios.tcsetattr(self._fd, termios.TCSADRAIN, self._saved)
            except termios.error:
                return  # the terminal itself has gone

    def _suspend(self, number: int, frame: FrameType | None) -> None:
        """Ctrl-Z: give the terminal back before we stop."""
        self._restore()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)

    def _resume(self, number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTSTP, self._suspend)
        self._raw()

    def _leave(self, number: int, frame: FrameType | None) -> None:
        """Somebody ends us, or the terminal: as if it had gone, so that it is given back."""
        self._on_key("")

    def _read_terminal(self) -> None:
        assert self._wake is not None
        while not self._stop.is_set():
            try:
                ready, _, _ = select.select([self._fd, self._wake[0]], [], [])
                data = os.read(self._fd, 64) if self._fd in ready else b""
            except OSError:  # the terminal has gone
                data, ready = b"", [self._fd]
            if self._stop.is_set():
                return
            if self._fd in ready and not data:
                self._on_key("")
                return
            if not data.startswith(b"\x1b"):  # arrow keys and the like are several characters
                for key in data.decode("utf-8", "replace"):
                    self._on_key(key)

    # -------------------------------------------------------------------------------------- Windows

    def _read_console(self) -> None:
        console: Any = msvcrt
        while not self._stop.wait(0.03):
            while console.kbhit():
                key = console.getwch()
                if key in ("\x00", "\xe0"):  # an arrow or function key: its second half follows
                    console.getwch()
                else:
                    self._on_key(key)


def _at_a_terminal() -> bool:
    try:
        both = sys.stdin.isatty() and sys.stdout.isatty()
    except (AttributeError, ValueError):
        return False
    if not both:
        return False
    return _in_foreground(sys.stdin.fileno()) if termios is not None else msvcrt is not None


def _in_foreground(fd: int) -> bool:
    """Whether this process may change the terminal; in the background it would be stopped for trying."""
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return False
