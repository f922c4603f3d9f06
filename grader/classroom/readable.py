"""A student's report, in Markdown and HTML: the marks, what to fix first, how to repeat the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.classroom.pricing import whole
from grader.classroom.templating import render
from grader.kata.curriculum import ROOT, find_step
from grader.kata.files import write_text
from grader.report.text import WORDS, fence, first_line, inline, readable

MAX_SHOWN = 3  # problems of one step in full; the others are listed


def write_reports(result: Mapping[str, Any], folder: Path, only_missing: bool = False) -> None:
    """Write one student's report in both forms.

    Args:
        only_missing: leave alone what is there and not empty.
    Raises:
        OSError: one cannot be written.
    """
    for ending, made in ((".md", student_report), (".html", student_page)):
        path = folder / f"{result['submission']['id']}{ending}"
        if not only_missing or not path.is_file() or not path.stat().st_size:
            write_text(made(result), path)


@dataclass(frozen=True)
class Problem:
    """What went wrong in one test, or in all of a file."""

    title: str
    text: str


@dataclass(frozen=True)
class Part:
    """One step of the report.

    Attributes:
        what: what is open in it, in a few words.
        problems: in full; `more` others are only counted.
        page, hint: where to read on; "" where the step is right.
    """

    number: int
    name: str
    title: str
    word: str
    points: str
    passed: str
    what: str
    note: str
    problems: tuple[Problem, ...]
    more: int
    page: str
    hint: str


def student_report(result: Mapping[str, Any]) -> str:
    """The Markdown report of one result, as `grader.classroom.marking` writes them."""
    about = result["submission"]
    lines = [f"# {inline(_names(result))}: {mark(result)} of {result['max_score']} points", ""]
    lines += [f"{taken_off(result)}.", ""] if taken_off(result) else []
    if about["problem"]:
        lines += ["**Nothing was judged.** What was handed in could not be used:", ""]
        lines += [fence(about["problem"]), ""]
    parts = parts_of(result)
    first = fix_first(result, parts)
    lines += [f"**{inline(first)}**", ""] if first else []
    lines += [f"- {inline(note)}" for note in about["notes"]] + [""] * bool(about["notes"])
    lines += ["| step | | points | tests passed | what |", "| --- | --- | --- | --- | --- |"]
    for part in parts:
        what = inline(part.what or part.title)
        lines.append(f"| {part.number} {part.name} | {part.word} | {part.points} | {part.passed} | {what} |")
    lines.append("")
    if not about["problem"]:
        for file, message in file_problems(result).items():
            lines += [f"## All of {file}", "", fence(readable(message, 3_000)), ""]
        for part in parts:
            if part.problems or part.note:
                lines += _step(part)
        lines += ["---", how_to_repeat(result), ""]
    return "\n".join(lines).rstrip() + "\n"


def student_page(result: Mapping[str, Any]) -> str:
    """The same as HTML, which platforms show and mail programs open."""
    about, parts = result["submission"], parts_of(result)
    files = {} if about["problem"] else file_problems(result)
    return render(
        "report.html",
        names=_names(result),
        mark=mark(result),
        taken_off=taken_off(result),
        result=result,
        about=about,
        parts=parts,
        first=fix_first(result, parts),
        files=[Problem(f"All of {file}", readable(text, 3_000)) for file, text in files.items()],
        repeat="" if about["problem"] else how_to_repeat(result).replace("`", ""),
    )


def _names(result: Mapping[str, Any]) -> str:
    return ", ".join(student["name"] for student in result["submission"]["students"])


def _step(part: Part) -> list[str]:
    lines = [f"## Step {part.number}: {part.name}", ""]
    if part.note:
        lines += [inline(part.note), ""]
    for problem in part.problems:
        lines += [f"**{inline(problem.title)}**", "", fence(problem.text), ""]
    if part.more:
        lines += [f"and {part.more} more in this step.", ""]
    return [*lines, f"Read `{part.page}`, or type `{part.hint}`.", ""]


def parts_of(result: Mapping[str, Any]) -> list[Part]:
    """The steps as a report shows them."""
    broken = set() if result["submission"]["problem"] else set(file_problems(result))
    return [_part(step, find_step(step["number"]).file in broken) for step in result["steps"]]


def _part(step: Mapping[str, Any], is_said_of_file: bool) -> Part:
    known, tests = find_step(step["number"]), step["tests"]
    wrong = [test for test in tests if test["status"] not in ("passed", "not_run", "not_implemented")]
    done = [test for test in tests if test["status"] == "passed"]
    judged = [test for test in tests if test["status"] != "not_run"]
    problems: dict[str, Problem] = {}
    if not is_said_of_file and not all(test["message"].startswith("not judged:") for test in wrong):
        for test in wrong:
            text = readable(test["message"], 3_000)
            problems.setdefault(text, Problem(f"{test['name']} ({WORDS[test['status']]})", text))
    shown = tuple(problems.values())
    return Part(
        number=step["number"],
        name=step["name"],
        title=known.title,
        word=WORDS[step["status"]],
        points=f"{step['score']} / {step['max_score']}{' extra' if step.get('extra') else ''}",
        passed=f"{len(done)} of {len(judged)}",
        what=_open(tests),
        note=step["own_stack_message"],
        problems=shown[:MAX_SHOWN],
        more=max(0, len(shown) - MAX_SHOWN),
        page=known.page.relative_to(ROOT).as_posix(),
        hint=f"python -m grader hint {step['number']}",
    )


def _open(tests: list[Mapping[str, Any]]) -> str:
    """Which functions are to do and which are wrong: "to do: sample; wrong: top_k"."""
    said: dict[str, dict[str, None]] = {}
    for test in tests:
        if test["status"] == "not_implemented":
            said.setdefault("to do", {})[test["function"]] = None
        elif test["status"] not in ("passed", "not_run"):
            said.setdefault("to fix", {})[test["function"]] = None
    return "; ".join(f"{word}: {', '.join(names)}" for word, names in sorted(said.items(), reverse=True))


def mark(result: Mapping[str, Any]) -> float:
    """What goes into a gradebook: the points, less what lateness costs."""
    return whole(max(0, result["score"] - result["submission"].get("taken_off", 0)))


def taken_off(result: Mapping[str, Any]) -> str:
    """What lateness costs, in words; "" where it costs nothing."""
    about = result["submission"]
    off, days = about.get("taken_off", 0), about.get("days_late", 0)
    if not off:
        return ""
    reached = result["score"]
    return f"{days} day{'s' if days > 1 else ''} late: {off} points taken off the {reached} that were reached"


def fix_first(result: Mapping[str, Any], parts: list[Part]) -> str:
    """The one next thing to do."""
    if result["submission"]["problem"]:
        return ""
    if result["score"] >= result["max_score"] and all(part.word == "right" for part in parts):
        return "Everything that is judged is right."
    for file, message in file_problems(result).items():
        return f"Fix first: {file}. {first_line(message)}"
    for part in parts:
        if part.problems:
            return f"Fix first: step {part.number}, {part.name}. {first_line(part.problems[0].text)}"
    for part in parts:
        if part.what:
            return f"Next: step {part.number}, {part.name} ({part.what})."
    return ""


def how_to_repeat(result: Mapping[str, Any]) -> str:
    """What was judged, with what, and how to see the same cases at home."""
    files = ", ".join(f"`{name}` {about['sha256'][:12]}" for name, about in result["files"].items())
    versions = [
        f"{name} {result[key]}" for name, key in (("Python", "python"), ("NumPy", "numpy")) if key in result
    ]
    judged_with = f" with {' and '.join(versions)}" if versions else ""
    again = f"`python -m grader run --seed {result['seed']}`"
    return f"Judged{judged_with}: {files}. To see the same cases at home: {again}."


def file_problems(result: Mapping[str, Any]) -> dict[str, str]:
    """File -> what all of its functions have in common, such as that it cannot be loaded."""
    said: dict[str, dict[str, set[str]]] = {}
    for step in result["steps"]:
        for test in step["tests"]:
            if test["status"] != "not_run":
                functions = said.setdefault(find_step(step["number"]).file, {})
                line = first_line(test["message"]) if test["status"] == "error" else ""
                functions.setdefault(test["function"], set()).add(line)
    found = {}
    for file, functions in said.items():
        lines = set.union(*functions.values())
        if len(functions) > 1 and len(lines) == 1 and "" not in lines and file in result["files"]:
            found[file] = _whole(result, file)
    return found


def _whole(result: Mapping[str, Any], file: str) -> str:
    """The message of the file's first test, with its evidence, and which Python said it if that matters."""
    steps = [step for step in result["steps"] if find_step(step["number"]).file == file]
    text = str(next(t["message"] for step in steps for t in step["tests"] if t["status"] == "error"))
    python = (
        f"\n(judged with Python {result['python']})" if "python" in result and "SyntaxError" in text else ""
    )
    return text + python
