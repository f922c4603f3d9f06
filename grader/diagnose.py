"""Name the mistake: compare a wrong answer with what every known mistake would answer."""

from __future__ import annotations

from grader.curriculum import Step
from grader.judge import Bench
from grader.results import TestResult


def name_mistakes(step: Step, tests: list[TestResult], bench: Bench) -> None:
    """Give every failed test the id and the sentence of the mistake that explains it, if one does."""
