"""After the verdict: the line at fault, where no name fits."""

from __future__ import annotations

from grader.judging.bench import Bench
from grader.judging.results import StepResult
from grader.judging.run import Options
from grader.kata.curriculum import find_step
from grader.kata.files import CannotGrade
from grader.kata.sealed import reference_folder
from grader.report.failure_page import suspect_lines
from grader.report.screen import Screen

MOST_LINES = 3


def look_for_suspects(result: StepResult, bench: Bench) -> bool:
    """Look for the lines at fault of what has no name; whether the problem on the screen got one.

    It costs at most 2 s of CPU a function, and nothing where everything passed or has a name.
    """
    from grader.mistakes.suspect import find_suspects

    if result.status not in ("failed", "error"):
        return False
    reference = reference_folder(Options().reference)
    try:
        find_suspects(find_step(result.number), result.tests, bench, bench.impl, reference)
    except (CannotGrade, OSError):
        return False  # the verdict stands; there is only no more to say
    problem = result.first_problem
    return bool(problem and problem.suspect_words)


def later(result: StepResult) -> int:
    """How many lines `point` may write."""
    problem = result.first_problem
    searches = result.status in ("failed", "error") and problem is not None and not problem.diagnosis
    return MOST_LINES if searches else 0


def point(result: StepResult, bench: Bench, screen: Screen) -> None:
    """Write the line at fault below a verdict that is already on the screen."""
    problem = result.first_problem
    if look_for_suspects(result, bench) and problem:
        screen.lines(suspect_lines(problem, screen))
        screen.flush()
