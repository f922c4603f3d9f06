"""`prompt [N]`: one text with all that an AI tutor needs to help with a step, to paste into a chat.

It holds the rules and the step's prompt from `instructions/student_builder_prompts.md`, the report of the
step as it stands, the step's page without its hints and answers, and the student's own functions. It gives
no solution away.
"""

from __future__ import annotations

import argparse
import io
import random
import re
from pathlib import Path

from grader.arguments import add_impl, step_number
from grader.judging.run import Options, check_folder, judge
from grader.kata.curriculum import ROOT, STEPS, Step
from grader.kata.files import CannotGrade
from grader.kata.settings import load_settings
from grader.kata.student_source import read_source
from grader.mistakes import name_mistakes
from grader.report.terminal import Terminal
from grader.report.text import fence
from grader.student.state import first_not_passed, load_state, remember

PROMPTS = ROOT / "instructions" / "student_builder_prompts.md"
CLOSED = ("Hints", "Check yourself", "Going deeper")  # what a page says beyond the step's question


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="N", nargs="?", type=step_number,
                        help="the step, 1 to 14 (default: the first that does not pass yet)")  # fmt: skip
    add_impl(parser)


def main(args: argparse.Namespace) -> int:
    step = args.number or first_not_passed(args.impl, load_state(), load_settings().steps or STEPS)
    if step is None:
        raise CannotGrade("every step passes: name one, as in python -m grader prompt 5")
    print(tutor_prompt(args.impl, step))
    return 0


def tutor_prompt(impl: Path, step: Step) -> str:
    """Rules, question, report, page and functions, as one text.

    Raises:
        CannotGrade: the prompts or the step's page are missing.
    """
    try:
        prompts = PROMPTS.read_text(encoding="utf-8")
        page = step.page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotGrade(f"a page of the instructions is missing: {error}") from None
    rules = _fenced_under(prompts, r"## The rules[^\n]*")
    question = _fenced_under(prompts, rf"### Step {step.number}: [^\n]*")
    question = question.replace("<failure report>", "The report and").replace(
        "<step page>", "the page are below."
    )
    parts = [
        rules,
        question,
        "The grader's report:\n\n" + fence(_report(impl, step)),
        f"My functions ({step.file}):\n\n" + fence(_functions(impl, step)),
        "The page of the step, without its hints and answers:\n\n" + without_answers(page),
    ]
    return "\n\n".join(part.strip() for part in parts)


def without_answers(page: str) -> str:
    """A step's page up to what it says beyond the question: hints, questions with their answers."""
    kept = [part for part in re.split(r"(?m)^(?=## )", page) if not part[3:].startswith(CLOSED)]
    return re.sub(r"<!--.*?-->\n?", "", "".join(kept), flags=re.DOTALL).strip()


def _fenced_under(text: str, heading: str) -> str:
    found = re.search(rf"(?m)^{heading}\n+```text\n(.*?)```", text, re.DOTALL)
    if found is None:
        raise CannotGrade(f"{PROMPTS} has no prompt under '{heading}'")
    return found[1]


def _report(impl: Path, step: Step) -> str:
    check_folder(impl, STEPS)
    options = Options(seed=random.SystemRandom().randrange(1_000_000))
    result = judge(impl, (step,), options, name_mistakes=name_mistakes)
    remember(impl, result)
    out = io.StringIO()
    Terminal(out).step(result.steps[0], result)
    return out.getvalue().strip()


def _functions(impl: Path, step: Step) -> str:
    source = read_source(impl / step.file)
    if source.problem:
        return source.problem
    shown = []
    for function in step.functions:
        for found in source.definitions(function.name)[-1:]:
            shown.append("\n".join(line.rstrip() for line in source.lines[found.first - 1 : found.last]))
    return "\n\n\n".join(shown) or "nothing yet"
