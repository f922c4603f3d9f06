"""Follow a folder: at each save judge what has changed, take an x-ray, and keep the newest page."""

from __future__ import annotations

import json
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grader.kata.curriculum import STEPS
from playground.live.verdicts import Runner, Verdict, Verdicts
from playground.xray.command import LIVE_SCRIPTS, fill

LOOK_EVERY_S = 0.2
PICTURE_S = 60.0  # by the clock, on a busy machine; its own bound is seconds of work
ALL_FUNCTIONS = tuple(name for step in STEPS for name in step.function_names)


class Follower:
    """The newest page of a folder, and what is being done; waiting readers are told of changes.

    Attributes:
        page: the page as bytes; None before the first.
        version: one more with each page.
        says: what a person is told at the moment.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.page: bytes | None = None
        self.version = 0
        self.says = "The first look at your files …"
        self.changed = threading.Condition()
        self.ended = False
        self._runner = Runner()
        self._verdicts = Verdicts(folder)
        self._data: dict[str, Any] | None = None

    def run(self) -> None:
        """Until `end`: look at the files, and whenever they have changed, work out a new page."""
        seen: object = None
        while not self.ended:
            now = stamp(self.folder)
            if now != seen:
                seen = now
                self._follow(now)
            with self.changed:
                self.changed.wait_for(lambda: self.ended, LOOK_EVERY_S)

    def first_page(self, seconds: float) -> bytes | None:
        """The newest page; waits for the very first one."""
        with self.changed:
            self.changed.wait_for(lambda: self.ended or self.page is not None, seconds)
            return self.page

    def news_after(self, told: tuple[int, str], seconds: float) -> tuple[int, str]:
        """The number of the newest page and what is said, as soon as they differ from what was told."""
        with self.changed:
            self.changed.wait_for(lambda: self.ended or (self.version, self.says) != told, seconds)
            return self.version, self.says

    def end(self) -> None:
        with self.changed:
            self.ended = True
            self.changed.notify_all()
        self._runner.stop()

    def _follow(self, saved: object) -> None:
        for step in self._verdicts.steps_to_judge():
            self._say(f"Judging step {step} …")
            if not self._verdicts.judge(step, self._runner) and not self.ended:
                self._say(f"The grader could not judge step {step}; python -m grader doctor says why.")
            if self.ended or stamp(self.folder) != saved:
                return  # a newer save: its page is the one to show
            if self._verdicts.first_wrong() is not None:
                self._publish()  # the first wrong box is known; the later steps can wait
        self._publish()

    def _publish(self) -> None:
        """A new page from what is known now."""
        hurting = [v.function for v in self._verdicts.known.values() if v.kind in ("timeout", "error")]
        data, drawn = self._picture(hurting), True
        if data is None:
            data, drawn = self._picture(list(ALL_FUNCTIONS)) or self._data, False
        if data is None or self.ended:
            return
        self._data = data
        first = self._verdicts.first_wrong()
        says = "Every function that you have written is right." if first is None else said(first)
        if not drawn:
            says += " (Your run did not end, so the numbers below are not yours.)"
        live = live_data(self._verdicts.known, first, self.version + 1, says)
        page = fill({**data, "live": live}, LIVE_SCRIPTS, connect=True)
        with self.changed:  # who is told of a version finds its page
            self.page, self.says, self.version = page, says, self.version + 1
            self.changed.notify_all()

    def _picture(self, without: list[str]) -> dict[str, Any] | None:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "picture.json"
            words = [
                "-m",
                "playground.live.picture",
                str(self.folder),
                str(out),
                "--without",
                ",".join(without),
            ]
            self._runner.run(words, PICTURE_S)
            try:
                data: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                return None
            return data

    def _say(self, text: str) -> None:
        with self.changed:
            self.says = text
            self.changed.notify_all()


def said(first: Verdict) -> str:
    """One line about the first wrong function."""
    headline = first.message.strip().splitlines()[0] if first.message.strip() else "it is wrong"
    return f"Step {first.step}, {first.function}: {headline}"


def live_data(known: dict[str, Verdict], first: Verdict | None, version: int, says: str) -> dict[str, Any]:
    """What the page needs to know of the verdicts."""
    boxes = {}
    next_step = min((v.step for v in known.values() if v.status == "todo"), default=0)
    for name, verdict in known.items():
        waiting = verdict.status == "todo" and verdict.step != next_step
        boxes[name] = "reference" if waiting else verdict.status
    return {
        "version": version,
        "says": says,
        "boxes": boxes,
        "steps": {name: step.number for step in STEPS for name in step.function_names},
        "first": None if first is None else asdict(first),
    }


def stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes at a save."""
    found = []
    for path in sorted(folder.glob("*.py")):
        try:
            state = path.stat()
        except OSError:  # an editor is exchanging it
            continue
        found.append((path.name, state.st_mtime_ns, state.st_size))
    return tuple(found)
