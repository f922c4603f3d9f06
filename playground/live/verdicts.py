"""What the grader says of each function, asked as a learner asks: `grader run --steps N --json FILE`.

The judge runs in a process of its own and calls the student's functions in its confined workers, so a loop,
a crash or an array that is too big ends in a sentence there. What is expected never comes near the
student's code.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from grader.kata.curriculum import STEPS, Step
from grader.kata.student_source import parse_source
from playground.live.runner import Runner

LOOKS_FOR_A_NAME = 4  # a name that is there so soon comes with the first page
PATIENCE_S = 120.0  # a step's tests have time limits of their own; this is for a judge that hangs
MOST_TIMEOUTS = 12  # each as long as a test may take: no step's judge needs more than so many


# Step 11's tests also call step 10's generate, with a temperature.
ALSO_JUDGED: dict[tuple[str, ...], tuple[str, ...]] = {
    ("apply_frequency_penalty", "next_token_probs", "sample"): ("generate",),
}


@dataclass(frozen=True)
class Verdict:
    """One function: how it was judged, and the first failing test's words and line."""

    function: str
    step: int
    status: str  # "yours", "wrong" or "todo"
    kind: str = ""  # what the grader calls the failure: failed, error, timeout
    message: str = ""
    diagnosis: str | None = None
    line: int | None = None


@dataclass
class Verdicts:
    """All functions of one folder, judged again where their text has changed."""

    folder: Path
    time_limit: float | None = None
    known: dict[str, Verdict] = field(default_factory=dict)
    _texts: dict[int, str] = field(default_factory=dict)

    def steps_to_judge(self) -> list[int]:
        """The steps whose functions are written and have changed since they were judged, in order.

        Nothing is known of these any more until they are judged again.
        """
        wanted = []
        for step in STEPS:
            text = self._text_of(step.file, step.function_names)
            if text is None:
                self._texts.pop(step.number, None)
                problem = self._problem_of(step.file)
                for name in step.function_names:
                    verdict = Verdict(name, step.number, "todo")
                    if problem is not None:
                        words, line = problem
                        verdict = Verdict(name, step.number, "wrong", "error", words, None, line)
                    self.known[name] = verdict
            elif self._texts.get(step.number) != text:
                wanted.append(step.number)
                self._forget(step)
        return wanted

    def judge(self, step: int, runner: Runner, at_first: Callable[[], None]) -> bool:
        """Ask the grader about one step; False where it was stopped or could not do its work.

        Args:
            at_first: called once a wrong function is known, where the name of its mistake takes longer.
        """
        chosen = next(s for s in STEPS if s.number == step)
        text, digest = self._text_of(chosen.file, chosen.function_names), self._digest_of(chosen.file)
        with tempfile.TemporaryDirectory() as folder:
            out, first = Path(folder) / "result.json", Path(folder) / "first.json"
            words = ["--impl", str(self.folder), "--steps", str(step), "--json", str(out)]
            words += [] if self.time_limit is None else ["--time-limit", f"{self.time_limit:g}"]
            looks = count()

            def look() -> None:
                if first.exists() and next(looks) == LOOKS_FOR_A_NAME and not out.exists():
                    self.known |= verdicts_of(_read(first), step)
                    at_first()

            patience = max(PATIENCE_S, MOST_TIMEOUTS * (self.time_limit or 0))
            runner.run([*words, "--first", str(first)], patience, look)
            result = _read(out)
        if result["files"].get(chosen.file, {}).get("sha256") != digest:
            self._forget(chosen)  # it was stopped, or the file was being saved when the grader read it
            return False
        self.known |= verdicts_of(result, step)
        if text is not None:
            self._texts[step] = text
        return True

    def _forget(self, step: Step) -> None:
        """Nothing is known of a step's functions as they are now."""
        self._texts.pop(step.number, None)
        for name in step.function_names:
            self.known.pop(name, None)

    def first_wrong(self) -> Verdict | None:
        """The earliest function that is wrong, in the order of the kata."""
        order = [name for step in STEPS for name in step.function_names]
        return first_wrong(self.known, order)

    def _text_of(self, file: str, names: Sequence[str]) -> str | None:
        """What a step's verdict depends on: the text of its functions; None where none is written."""
        path = self.folder / file
        try:
            source = parse_source(path, path.read_bytes())
        except OSError:
            return None
        if source.problem or not any(source.is_written(name) for name in names):
            return None
        judged = (*names, *(f for f in ALSO_JUDGED.get(tuple(names), ()) if source.is_written(f)))
        return "\n".join(source.fingerprint(name) for name in judged)

    def _digest_of(self, file: str) -> str:
        try:
            return parse_source(self.folder / file, (self.folder / file).read_bytes()).digest
        except OSError:
            return ""

    def _problem_of(self, file: str) -> tuple[str, int | None] | None:
        """Why a file cannot be read as Python, and the line."""
        path = self.folder / file
        try:
            source = parse_source(path, path.read_bytes())
        except OSError:
            return None
        return (source.problem, source.line) if source.problem else None


def _read(file: Path) -> dict[str, Any]:
    """What the grader has written; nothing where it has not."""
    try:
        result: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"steps": [], "files": {}}
    return result


def first_wrong(known: Mapping[str, Verdict], order: Sequence[str]) -> Verdict | None:
    return next((known[name] for name in order if name in known and known[name].status == "wrong"), None)


def verdicts_of(result: Mapping[str, Any], step: int) -> dict[str, Verdict]:
    """One verdict a function from a result of the grader; its first failing test speaks for it."""
    found: dict[str, Verdict] = {}
    for judged in result["steps"]:
        if judged["number"] != step:
            continue
        for test in judged["tests"]:
            name, status = test["function"], test["status"]
            before = found.get(name)
            if before is not None and before.status == "wrong":
                continue
            if status == "passed":
                found[name] = Verdict(name, step, "yours")
            elif status == "not_implemented":
                found[name] = Verdict(name, step, "todo")
            elif status in ("failed", "error", "timeout"):
                suspect = test.get("suspect") or {}
                found[name] = Verdict(
                    name, step, "wrong", status, test["message"], test.get("diagnosis"), suspect.get("line")
                )
    return found
