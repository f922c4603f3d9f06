"""Follow a folder: at each save judge what has changed, take an x-ray, and keep the newest page."""

from __future__ import annotations

import contextlib
import json
import tempfile
import threading
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from grader.kata.curriculum import STEPS
from playground.live.runner import Ready, Runner
from playground.live.verdicts import Verdict, Verdicts
from playground.xray.command import LIVE_SCRIPTS, fill

LOOK_EVERY_S = 0.2
JUDGING, DRAWING = "grader.student.ready", "playground.live.ready"
QUIET_LOOKS = 3  # after so many without a save the browser has drawn, and the next processes get ready
PICTURE_S = 60.0  # by the clock, on a busy machine; its own bound is seconds of work
Stamp = tuple[tuple[str, int, int], ...]  # of each file its name, time and size
ALL_FUNCTIONS = tuple(name for step in STEPS for name in step.function_names)


class Follower:
    """The newest page of a folder, and what is being done; waiting readers are told of changes.

    Args:
        time_limit: seconds that one test may take; None takes the grader's.
    Attributes:
        page: the page as bytes; None before the first.
        version: one more with each page.
        says: what a person is told at the moment.
    """

    def __init__(self, folder: Path, time_limit: float | None = None) -> None:
        self.folder = folder
        self.page: bytes | None = None
        self.version = 0
        self.says = "The first look at your files …"
        self.changed = threading.Condition()
        self.ended = False
        self._judging, self._drawings = Ready(JUDGING), Ready(DRAWING)
        self._runner = Runner(self._judging)
        self._verdicts = Verdicts(folder, time_limit)
        self._data: dict[str, Any] | None = None
        self._drawing: Drawing | None = None

    def run(self) -> None:
        """Until `end`: look at the files, and whenever they have changed, work out a new page."""
        seen: object = None
        quiet = 0
        while not self.ended:
            now = stamp(self.folder)
            quiet += 1
            if now != seen:
                seen, quiet = now, 0
                self._follow(now)
            elif quiet == QUIET_LOOKS:
                self._judging.prepare()
                self._drawings.prepare()
            with self.changed:
                self.changed.wait_for(lambda: self.ended, LOOK_EVERY_S)
        if self._drawing is not None:
            self._drawing.stop()
        self._judging.close()
        self._drawings.close()

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
        if self._drawing is not None:
            self._drawing.stop()
        self._judging.close()
        self._drawings.close()

    def _follow(self, saved: Stamp) -> None:
        shown, trouble, steps = False, "", self._verdicts.steps_to_judge()
        self._draw(self._hurting("timeout"))  # while the first step is judged
        for step in steps:
            shown = False
            self._say(f"Judging step {step} …")
            is_judged = self._verdicts.judge(step, self._runner, partial(self._publish_first, saved))
            if self.ended or stamp(self.folder) != saved:
                return  # a newer save: its page is the one to show
            if not is_judged:
                trouble = f"The grader could not judge step {step}; python -m grader doctor says why."
                self._say(trouble)
            if self._verdicts.first_wrong() is not None:
                self._publish(saved)  # the first wrong box is known; the later steps can wait
                shown = True
        if not shown:
            self._publish(saved, trouble=trouble)

    def _publish_first(self, saved: Stamp) -> None:
        """A page before the step's verdict is whole, unless a newer save waits."""
        if not self.ended and stamp(self.folder) == saved:
            self._publish(saved, " (Looking for the name of this mistake …)")

    def _publish(self, saved: Stamp, more: str = "", trouble: str = "") -> None:
        """A new page from what is known of the files as they were saved.

        Args:
            more: what is said after the first wrong function.
            trouble: what is said where no function is known to be wrong, and some could not be judged.
        """
        data, drawn = self._draw(self._hurting("timeout")).result(), True
        if data is None and not self.ended:
            data = self._draw(self._hurting("timeout", "error")).result()
        if data is None and not self.ended:
            data, drawn = self._draw(frozenset(ALL_FUNCTIONS)).result() or self._data, False
        if data is None or self.ended:
            return
        self._data = data
        first = self._verdicts.first_wrong()
        says = trouble or "Every function that you have written is right."
        says = says if first is None else said(first) + more
        if not drawn:
            says += " (Your run did not end, so the numbers below are not yours.)"
        live = live_data(self._verdicts.known, first, self.version + 1, says)
        live["saved"] = str(max((time for _, time, _ in saved), default=0))
        page = fill({**data, "live": live}, LIVE_SCRIPTS, connect=True)
        with self.changed:  # who is told of a version finds its page
            self.page, self.says, self.version = page, says, self.version + 1
            self.changed.notify_all()

    def _hurting(self, *kinds: str) -> frozenset[str]:
        """The functions that end in one of these ways, as far as it is known."""
        return frozenset(v.function for v in self._verdicts.known.values() if v.kind in kinds)

    def _draw(self, without: frozenset[str]) -> Drawing:
        """The picture that is being drawn, or a new one where it is to be another."""
        drawing = self._drawing
        files = stamp(self.folder)
        if drawing is None or (drawing.without, drawing.files) != (without, files):
            if drawing is not None:
                drawing.stop()
            drawing = self._drawing = Drawing(self.folder, without, files, Runner(self._drawings))
        return drawing

    def _say(self, text: str) -> None:
        with self.changed:
            self.says = text
            self.changed.notify_all()


class Drawing:
    """An x-ray that is drawn in a process of its own while the grader judges."""

    def __init__(self, folder: Path, without: frozenset[str], files: Stamp, runner: Runner) -> None:
        self.without, self.files = without, files
        self._runner = runner
        self._data: dict[str, Any] | None = None
        self._thread = threading.Thread(target=self._draw, args=(folder,), daemon=True)
        self._thread.start()

    def result(self) -> dict[str, Any] | None:
        """The page's data, as soon as it is there; None where the run did not come to an end."""
        self._thread.join()
        return self._data

    def stop(self) -> None:
        while self._thread.is_alive():  # its process may just be starting
            self._runner.stop()
            self._thread.join(0.05)

    def _draw(self, folder: Path) -> None:
        with tempfile.TemporaryDirectory() as place:
            out = Path(place) / "picture.json"
            words = [str(folder), str(out)]
            self._runner.run([*words, "--without", ",".join(sorted(self.without))], PICTURE_S)
            with contextlib.suppress(OSError, ValueError):
                self._data = json.loads(out.read_text(encoding="utf-8"))


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


def stamp(folder: Path) -> Stamp:
    """What changes at a save."""
    found = []
    for path in sorted(folder.glob("*.py")):
        try:
            state = path.stat()
        except OSError:  # an editor is exchanging it
            continue
        found.append((path.name, state.st_mtime_ns, state.st_size))
    return tuple(found)
