"""What each line of a function made: the function run once in a worker, beside the file's own text."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.judging.bench import Bench, Call
from grader.judging.results import StepResult
from grader.judging.run import Options, judge
from grader.kata.curriculum import Step
from grader.kata.files import CannotGrade
from grader.kata.sealed import reference_folder
from grader.kata.student_source import StudentSource, read_source
from grader.mistakes.accusing import Found
from grader.mistakes.suspect import case_to_show, suspect_of, traced
from grader.mistakes.trace import NOTHING, Made
from grader.report.screen import Line, Screen
from grader.report.text import readable
from grader.sandbox.looking import Looking

CODE_WIDTH = 52
LOOK = "<- look at this line first"
FIRST = "<- the first value that is nothing known"


@dataclass
class Trace:
    """One function's lines, with what they made.

    Attributes:
        status: of the function in its step's tests: "passed", "failed", "error", …
        case: what it was called with, in shapes.
        made: what its lines bound.
        found: the line at fault, where the function is wrong and one was found.
    """

    function: str
    source: StudentSource
    status: str
    seed: int
    case: str = ""
    made: list[Made] = field(default_factory=list)
    found: Found = field(default_factory=Found)

    @property
    def marked(self) -> tuple[int | None, str]:
        """The line to mark, if one is to be, and the words."""
        if self.status == "passed":
            return None, ""
        return (self.found.line, LOOK) if self.found.line else (self.found.strong, FIRST)

    def rows(self) -> Iterator[tuple[int, str, list[Made]]]:
        """(number, text, what it made) of every line of the function and of the helpers it entered."""
        entered = {one.function for one in self.made} | {self.function}
        for name in sorted(entered, key=lambda name: (name != self.function, name)):
            told = _docstring(self.source, name)
            for found in self.source.definitions(name)[-1:]:
                for number in range(found.first, found.last + 1):
                    if number in told:
                        continue
                    text = self.source.lines[number - 1].rstrip("\r\n")
                    yield number, text, [one for one in self.made if one.line == number]

    def to_dict(self, impl: Path) -> dict[str, Any]:
        line, words = self.marked
        return {
            "schema": "pico-gpt-kata/trace/v1",
            "impl": impl.as_posix(),
            "file": self.source.path.name,
            "function": self.function,
            "status": self.status,
            "seed": self.seed,
            "case": self.case,
            "marked": {"line": line, "why": words.removeprefix("<- ")} if line else None,
            "lines": [
                {"line": number, "text": text, "made": [_shown(one, self.status == "passed") for one in made]}
                for number, text, made in self.rows()
            ],
        }


def _docstring(source: StudentSource, function: str) -> range:
    """The lines of a function's docstring, which nobody needs beside its values."""
    node = source.node(function)
    first = node.body[0] if node else None
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return range(first.lineno, (first.end_lineno or 0) + 1) if is_text and first is not None else range(0)


def _shown(one: Made, right: bool) -> dict[str, Any]:
    return {**one.to_dict(), "words": words_of(one, right), "ok": is_ok(one)}


def words_of(one: Made, right: bool) -> str:
    """In right code a value that is nothing known is a way of its own, and nothing to say."""
    return "" if right and one.known is False else one.words


class NothingToTrace(CannotGrade):
    """The function is not written yet, or its file does not load."""


def is_ok(one: Made) -> bool:
    """Whether this is something that GPT-2 computes, and finished."""
    return bool(one.known) and not one.words.endswith(" yet")


def trace_step(impl: Path, step: Step, function: str = "", seed: int = 1) -> Trace:
    """Run the step's tests of one function, then the function once more, looked into.

    Args:
        function: one of the step's; "": the first that does not pass, else the longest.
    Raises:
        NothingToTrace: there is nothing that could run.
    """
    source = read_source(impl / step.file)
    if source.problem:
        raise NothingToTrace(source.problem)
    names = [function] if function else list(step.function_names)
    written = [name for name in names if source.is_written(name) and source.node(name) is not None]
    if not written:
        raise NothingToTrace(f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} not written yet")
    only = function or (written[0] if len(written) == 1 else "")
    bench_of: list[Bench] = []
    options = Options(seed=seed, only=only, own_stack=False)
    [result] = judge(impl, (step,), options, on_bench=bench_of.append).steps
    statuses = {name: _status(result, name) for name in written}
    wrong = [name for name in written if statuses[name] != "passed"]
    chosen = wrong[0] if wrong else max(written, key=lambda name: _length(source, name))
    return _trace(chosen, source, statuses[chosen], bench_of[0], impl, seed)


def trace_judged(step: StepResult, bench: Bench, impl: Path) -> Trace:
    """A step that was just judged, looked into: no test runs again, and no line is looked for.

    Raises:
        CannotGrade: there is nothing that could run.
    """
    problem = step.first_problem
    tested = [test.function for test in step.tests if bench.source_of(test.function) is not None]
    named = [problem.function] if problem else sorted(set(tested), key=lambda f: -_length_in(bench, f))
    source = bench.source_of(named[0]) if named else None
    if source is None or source.node(named[0]) is None or not source.is_written(named[0]):
        raise CannotGrade(
            f"{named[0] if named else 'this step'} is not written yet: there is nothing to trace"
        )
    trace = Trace(named[0], source, _status(step, named[0]), bench.seed)
    call = case_to_show(named[0], bench.calls)
    if call is None:
        raise CannotGrade(f"{named[0]} was not called with anything that can be shown")
    with Looking(impl, reference_folder(Options().reference), named[0]) as look:
        trace.made = traced(look, named[0], bench, call)
    if problem is not None and problem.suspect is not None:
        trace.found.line = problem.suspect.line
    trace.case = _words_of_case(call)
    return trace


def _length_in(bench: Bench, function: str) -> int:
    source = bench.source_of(function)
    return _length(source, function) if source is not None and source.definitions(function) else 0


def _trace(function: str, source: StudentSource, status: str, bench: Bench, impl: Path, seed: int) -> Trace:
    trace = Trace(function, source, status, seed)
    reference = reference_folder(Options().reference)
    call = case_to_show(function, bench.calls)
    if call is None:
        raise CannotGrade(f"{function} was not called with anything that can be shown: judge the step first")
    if status != "passed":
        trace.found = suspect_of(function, source, bench.calls, bench, impl, reference)
        trace.made = trace.found.made
    if not trace.made:
        with Looking(impl, reference, function) as look:
            trace.made = traced(look, function, bench, call)
    trace.case = _words_of_case(call)
    return trace


def _status(result: StepResult, function: str) -> str:
    statuses = [test.status for test in result.tests if test.function == function]
    return next((status for status in statuses if status != "passed"), "passed")


def _length(source: StudentSource, function: str) -> int:
    found = source.definitions(function)[-1]
    return found.last - found.first


def _words_of_case(call: Call) -> str:
    words = []
    for value in call.args:
        shape = getattr(value, "shape", None)
        if shape:
            words.append(str(list(shape)))
        elif isinstance(value, (int, float)):
            words.append(str(value))
    return ", ".join(words)


# ------------------------------------------------------------------------------------------ on screen


def lines_of(trace: Trace, screen: Screen) -> list[Line]:
    """A trace as lines: number, text, name, shape, what it is."""
    right = trace.status == "passed"
    verdict = "right" if right else "not right yet"
    case = f" with {trace.case}" if trace.case else ""
    lines = screen.wrap(f"{trace.function} ({verdict}), called once{case}", style="title", hanging="  ")
    if not trace.made:
        lines.append([("  nothing can be shown: the call did not come back", "faint")])
    lines.append([])
    marked, why = trace.marked
    room = max(CODE_WIDTH, 0) if screen.width >= 100 or not screen.is_terminal else 0
    rows = [(number, readable(text), _rounds(made)) for number, text, made in trace.rows()]
    every = [one for _, _, made in rows for one in made]
    widths = (10, 14) if room else (_widest(one.name for one in every), _widest(map(_shape, every)))
    before: Line = [(" " * (7 + room if room else 5), "")]
    for number, code, shown in rows:
        mark: Line = [(f"  {why}", "failed")] if number == marked else []
        if not shown or not room or len(code) > room:
            lines += _code(number, code, screen)
            pending = before
        else:
            pending = [(f"{number:5d}  ", "faint"), (code.ljust(room), "")]
        if mark and not shown:
            lines.append([*lines.pop(), *mark])
        for i, one in enumerate(shown):
            last = i == len(shown) - 1
            lines.append([*pending, *_value(one, right, widths), *(mark if last else [])])
            pending = before
    return [part for line in lines for part in _fitting(line, screen)]


def _code(number: int, code: str, screen: Screen) -> list[Line]:
    """A line of the student's file; where it is wider than the terminal, in parts."""
    if not screen.is_terminal or len(code) + 8 <= screen.width:
        return [[(f"{number:5d}  ", "faint"), (code, "")]]
    indent = " " * (len(code) - len(code.lstrip()) + 11)
    [[(first, _)], *rest] = screen.wrap(code, " " * 7, hanging=indent)
    return [[(f"{number:5d}  ", "faint"), (first[7:], "")], *rest]


def _fitting(line: Line, screen: Screen) -> list[Line]:
    """A line, and below it what would reach over the edge of the terminal."""
    if not screen.is_terminal or len(line) < 3 or sum(len(text) for text, _ in line) < screen.width:
        return [line]
    return [line[:-1], [(f"       {line[-1][0].strip()}", line[-1][1])]]


def _widest(texts: Iterable[str]) -> int:
    return max(map(len, texts), default=0)


def _shape(one: Made) -> str:
    return str(list(one.shape)) if one.shape is not None else one.kind


def _rounds(made: Sequence[Made]) -> list[Made]:
    """What is worth a row: arrays, and lists of them; of a loop, the first and the last round."""
    return [one for one in made if one.shape is not None or one.words or one.name == "return"]


def _value(one: Made, right: bool, widths: tuple[int, int]) -> Line:
    words = words_of(one, right)
    rounds = f"  (round {one.count})" if one.count > 1 else ""
    style = "failed" if words in (NOTHING, "holds NaN") else ""
    ok: Line = [("  ok", "passed")] if is_ok(one) else []
    name, shape = one.name.ljust(widths[0]), _shape(one).ljust(widths[1])
    return [(f"  {name} {shape} ", "faint"), (words, style), *ok, *([(rounds, "faint")] if rounds else [])]
