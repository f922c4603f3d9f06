"""A student's report, in Markdown: the marks, what to mend first, how to repeat the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.classroom.problems import file_problems
from grader.kata.curriculum import find_step
from grader.report.text import fence, inline, readable

WORDS = {
    "passed": "right",
    "failed": "wrong",
    "not_implemented": "to do",
    "error": "error",
    "timeout": "too slow",
    "not_run": "not judged here",
}
MAX_SHOWN = 3  # problems of one step in full; the others are listed


def student_report(result: Mapping[str, Any]) -> str:
    """The Markdown report of one result, as `grader.classroom.marking` writes them."""
    about = result["submission"]
    names = ", ".join(student["name"] for student in about["students"])
    lines = [f"# {inline(names)}: {result['score']} of {result['max_score']} points", ""]
    if about["problem"]:
        lines += [
            "**Nothing was judged.** What was handed in could not be used:",
            "",
            fence(about["problem"]),
            "",
        ]
    elif result["score"] == result["max_score"]:
        lines += ["Everything that is judged is right.", ""]
    lines += [f"- {inline(note)}" for note in about["notes"]] + [""] * bool(about["notes"])
    lines += ["| step | | points | what |", "| --- | --- | --- | --- |"]
    for step in result["steps"]:
        title = find_step(step["number"]).title
        points = f"{step['score']} / {step['max_score']}"
        lines.append(
            f"| {step['number']} {step['name']} | {WORDS[step['status']]} | {points} | {inline(title)} |"
        )
    lines.append("")
    if not about["problem"]:
        problems = file_problems(result)
        for file, message in problems.items():
            lines += [f"## All of {file}", "", fence(readable(message, 3_000)), ""]
        for step in result["steps"]:
            if find_step(step["number"]).file not in problems:
                lines += _step(step)
        lines += _how_to_repeat(result)
    return "\n".join(lines).rstrip() + "\n"


def _step(step: Mapping[str, Any]) -> list[str]:
    """What went wrong in one step; nothing for a step that is right, or not begun."""
    problems = [test for test in step["tests"] if test["status"] not in ("passed", "not_run")]
    if step["own_stack_message"]:
        lines = [f"## Step {step['number']}: {step['name']}", "", inline(step["own_stack_message"]), ""]
    elif problems and step["status"] != "not_implemented":
        lines = [f"## Step {step['number']}: {step['name']}", ""]
    else:
        return []
    said: set[str] = set()
    for test in problems:
        text = readable(test["message"], 3_000)
        if text in said:
            continue
        said.add(text)
        if len(said) <= MAX_SHOWN:
            lines += [f"**{inline(test['name'])}** ({WORDS[test['status']]})", "", fence(text), ""]
    if len(said) > MAX_SHOWN:
        lines += [f"and {len(said) - MAX_SHOWN} more in this step.", ""]
    return lines


def _how_to_repeat(result: Mapping[str, Any]) -> list[str]:
    files = ", ".join(f"`{name}` {about['sha256'][:12]}" for name, about in result["files"].items())
    return [
        "---",
        f"Judged: {files}. To see the same cases at home: `python -m grader run --seed {result['seed']}`.",
        "",
    ]
