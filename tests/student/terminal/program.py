"""The real program in a pseudo-terminal: what a person types, and what that person sees."""

from __future__ import annotations

import os
import re
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pexpect
import pyte

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 90  # a busy machine is slow; nothing is ever waited for by sleeping
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Program:
    """`python -m grader WORDS…` in a terminal of its own.

    Args:
        words: the command line behind `python -m grader`, or a whole one with `command`.
        folder: where its state file goes.
        columns, rows: the terminal's size.
        cwd: where it is started.
        env: variables on top of this process's, without those that a run of make leaves behind.
    """

    def __init__(
        self,
        *words: str | Path,
        folder: Path,
        columns: int = 140,
        rows: int = 50,
        env: dict[str, str] | None = None,
        command: list[str] | None = None,
        cwd: Path = ROOT,
    ):
        kept = {
            k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
        }
        variables = {
            **kept,
            "MAKELEVEL": "",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "PICO_GPT_KATA_STATE": str(folder / "state"),
            **(env or {}),
        }
        line = command or [sys.executable, "-m", "grader", *map(str, words)]
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self.screen)
        self.raw = ""
        self._shown = (-1, "")  # how much was written when the screen was read last, and its text
        self.child = pexpect.spawn(
            line[0], line[1:], cwd=str(cwd), env=variables, dimensions=(rows, columns), encoding="utf-8",
            codec_errors="replace", timeout=PATIENCE_S,
        )  # fmt: skip
        self._mode = self.mode()

    @property
    def text(self) -> str:
        """The text on the screen."""
        if self._shown[0] != len(self.raw):
            self._shown = len(self.raw), "\n".join(line.rstrip() for line in self.screen.display).strip()
        return self._shown[1]

    @property
    def said(self) -> str:
        """Everything written so far, without escape sequences."""
        return ESCAPE.sub("", self.raw).replace("\r", "")

    def see(self, *words: str) -> str:
        """Read on until all these words are on the screen; the screen."""
        return self._until(lambda: all(word in self.text for word in words), " and ".join(map(repr, words)))

    def hear(self, word: str, times: int = 1) -> str:
        """Read on until the program has said this so many times, on the screen still or not."""
        self._until(lambda: self.said.count(word) >= times, f"{word!r} said {times} times")
        return self.said

    def press(self, keys: str) -> None:
        self.child.send(keys)

    def ends(self) -> int:
        """Read on until the program has ended; its exit status (negative: the signal that ended it)."""
        self._until(lambda: self._is_over, "the end of the program")
        self.child.close()
        return int(
            self.child.exitstatus if self.child.exitstatus is not None else -(self.child.signalstatus or 0)
        )

    def mode(self) -> tuple[bool, bool]:
        """Whether the terminal collects lines and shows what is typed."""
        flags: int = termios.tcgetattr(self.child.child_fd)[3]
        return bool(flags & termios.ICANON), bool(flags & termios.ECHO)

    def close(self) -> None:
        if self.child.isalive():
            self.child.terminate(force=True)
        self.child.close()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    _is_over = False

    def _until(self, is_there: Callable[[], bool], what: str) -> str:
        end = monotonic() + PATIENCE_S
        while not is_there():
            try:
                piece = self.child.read_nonblocking(65536, timeout=1)
                self.raw += piece
                self._stream.feed(piece)
            except pexpect.TIMEOUT:
                pass
            except pexpect.EOF:
                if self._is_over and not is_there():
                    raise AssertionError(f"the program ended without {what}:\n{self.said[-3000:]}") from None
                self._is_over = True
            if monotonic() > end:
                raise AssertionError(f"waited in vain for {what}; on the screen:\n{self.text}")
        return self.text


def change(path: Path, old: str, new: str) -> None:
    """Save a file as simple editors do: written in place."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new), encoding="utf-8")
