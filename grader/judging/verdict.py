"""A call that did not pass: what is said where it raised, hung, or changed what it was given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grader.judging.bench import Bench
from grader.judging.failure import Failure, cut
from grader.judging.results import Status
from grader.kata.curriculum import Function, step_of

if TYPE_CHECKING:
    from grader.sandbox.host import Answer

# A line of a progress bar, and a warning out of the reference's own lines: neither is the student's print.
_BAR = re.compile(r"\d+%\|.*\||\d+it \[|it/s\]")
_REFERENCE_LINE = re.compile(r"^<reference [\w.]+>:\d+: ")


class Verdict(Exception):
    """A call was judged and did not pass."""

    def __init__(self, status: Status, failure: Failure):
        failure.first = cut(failure.first)
        super().__init__(failure.first)
        self.status = status
        self.failure = failure


def stopped(function: Function, case: str, answer: Answer, bench: Bench) -> tuple[Status, Failure]:
    """What is said of a call that did not return."""
    name, step = function.name, step_of(function.name)
    file = bench.impl / step.file
    if answer.status == "not_implemented":
        line = f", line {answer.line}" if answer.line else ""
        first = f"step {step.number}: {name} is not written yet"
        return "not_implemented", Failure(first, [], f"write {name} in {file}{line}", name, case)
    if answer.status == "missing":
        first = answer.error or f"there is no function {name} in {step.file}"
        return "error", Failure(first, [], f"define {function.signature} in {file}", name, case)
    failure = Failure(answer.error, [f"on {case}"], "", name, case)
    if answer.status == "timeout":
        failure.first = f"{name} was stopped: it had not answered after {bench.seconds:g} s"
        if bench.timeouts.get(name, 0) > 1:
            failure.first = f"{name} was stopped: it timed out again"
        failure.action = "look for a loop that never ends"
        return "timeout", failure
    if answer.status in ("refused", "load_error", "crashed"):
        failure.evidence = []
    elif answer.status != "too_large":
        failure.first = f"{name} raised {answer.error_type}: {_bare(answer)}"
        if answer.line is None and answer.error_type == "TypeError":
            failure.action = f"the contract is {function.signature}"
    return "error", failure


def changed_arguments(name: str, case: str, answer: Answer) -> Failure:
    """What is said of a call that changed its caller's arguments."""
    places = ", ".join(answer.mutated[:3])
    if len(answer.mutated) > 3:
        places += f" and {len(answer.mutated) - 3} more"
    advice = "work on a new array (x = x + y makes one; x += y changes the caller's)"
    if set(answer.mutated) & {"inputs", "ids", "generated_tokens"}:
        advice = "work on a copy of the list: list(inputs) makes one"
    first = f"{name} changed its caller's {places}: it must leave its arguments as they are"
    return Failure(first, [f"on {case}"], advice, name, case)


def not_as_before(name: str, case: str, answer: Answer) -> Failure:
    """What is said of a call that was right, and is not when it gets the very same arguments once more."""
    first = (
        f"{name} was right, but not when it got the same lists again: it must leave its arguments as they are"
    )
    evidence = [f"on {case}"]
    if answer.status == "raised":
        evidence.append(f"then it raised {answer.error_type}: {_bare(answer)}")
    return Failure(first, evidence, "work on a copy: list(inputs) makes one", name, case)


def add_answer(failure: Failure, answer: Answer) -> Failure:
    """Add what is known of the student's own line and prints."""
    failure.printed = own_prints(answer.printed)
    if answer.line:
        failure.file, failure.line = answer.file, answer.line
        failure.source_line = answer.source_line
        if answer.status != "not_implemented":
            place = f"{Path(answer.file).name}, line {answer.line}"
            failure.evidence.insert(0, f"{place}: {answer.source_line.strip()}".rstrip(": "))
    return failure


def own_prints(printed: str) -> str:
    """What the student's code printed, without progress bars and without warnings of the reference's."""
    if "<reference " not in printed and not _BAR.search(printed):
        return printed
    kept: list[str] = []
    lines: Sequence[str] = re.split(r"\r\n|\n|\r", printed)
    skip = False
    for line in lines:
        if skip and line.startswith("  "):  # the line of code below a warning
            skip = False
            continue
        skip = bool(_REFERENCE_LINE.match(line))
        if not skip and not _BAR.search(line):
            kept.append(line)
    text = "\n".join(kept)
    return text if text.strip() else ""


def _bare(answer: Answer) -> str:
    """The exception's text without its type in front."""
    text = answer.error
    prefix = f"{answer.error_type}: "
    return text[len(prefix) :] if text.startswith(prefix) else text or "(no message)"
