"""The verdict in the terminal."""

from __future__ import annotations

from typing import TextIO

from grader.judging.results import RunResult, StepResult
from grader.kata.curriculum import STEPS
from grader.report.failure_page import page, verdict_line
from grader.report.screen import Line, Screen
from grader.report.text import first_line, readable, typed


class Terminal:
    """Writes verdicts for people: in colour where the terminal has it, otherwise as plain lines."""

    def __init__(self, out: TextIO | None = None):
        self.screen = Screen(out)

    def line(self, step: StepResult) -> None:
        """One step in one line, as soon as it is known; below it what there is to fix."""
        screen = self.screen
        screen.line((f"step {step.number:2d}  {step.name:18s} ", ""), *verdict_line(step))
        problem = step.first_problem
        if problem and step.status not in ("passed", "not_implemented"):
            screen.lines(screen.wrap(first_line(problem.message), " " * 9))
        if step.own_stack_message:
            screen.lines(screen.wrap(readable(step.own_stack_message), " " * 9))
        screen.flush()

    def summary(self, result: RunResult) -> None:
        self.screen.line()
        self._points(result, f"sandbox {result.sandbox}, ")

    def following(self, result: RunResult) -> None:
        """What to do next after all steps: the first that is wrong, or else the first that is to do."""
        open_ = [step for step in result.steps if step.status != "passed"]
        wrong = [step for step in open_ if step.status != "not_implemented"]
        for step in (wrong or open_)[:1]:
            self.screen.line((f"next: {typed('step', step.number)}", "next"))
        self.screen.flush()

    def step(
        self,
        step: StepResult,
        result: RunResult,
        following: str | None = None,
        joy: str = "",
        later: int = 0,
    ) -> None:
        """One step in full: the first problem, the tests, what to do next.

        Args:
            following: what to do after a step that passed, instead of judging the next one.
            joy: a sentence for a step that has passed for the first time.
            later: lines that will follow below these.
        """
        self.screen.lines(page(step, self.screen, later=later))
        self.screen.line()
        self._points(result)
        if joy:
            self.screen.lines(self.screen.wrap(joy, style="passed"))
        if step.status == "passed" and not step.own_stack_message:
            if following is None and step.number < len(STEPS):
                following = f"next: {typed('step', step.number + 1)}"
            self.screen.lines(self.screen.wrap(following or "", style="next") if following else [])
        self.screen.flush()

    def _points(self, result: RunResult, more: str = "") -> None:
        marks = result.to_dict()
        points = f"{marks['score']} of {marks['max_score']} points"
        about = f"  (seed {result.seed}, {more}{result.duration_s:.1f} s)"
        fits = not self.screen.is_terminal or len(points + about) < self.screen.width
        lines: list[Line] = [[(points, "title"), (about, "faint")]]
        self.screen.lines(lines if fits else [[(points, "title")], [(about, "faint")]])
        self.screen.flush()
