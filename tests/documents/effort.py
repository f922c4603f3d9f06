"""How long each step takes and how hard it is: one table, for the pages' heads and for the guide.

The minutes are our estimates for somebody who knows NumPy and has never seen a transformer. They were
not measured with students. They include reading the page. Difficulty goes from 1 to 5.
"""

from __future__ import annotations

from dataclasses import dataclass

from worked import example, table

from grader.kata.curriculum import STEPS


@dataclass(frozen=True)
class Effort:
    minutes: int
    difficulty: int

    @property
    def stars(self) -> str:
        return "★" * self.difficulty + "☆" * (5 - self.difficulty)


EFFORT = {
    0: Effort(30, 1), 1: Effort(20, 1), 2: Effort(25, 2), 3: Effort(30, 2), 4: Effort(15, 1),
    5: Effort(75, 4), 6: Effort(75, 4), 7: Effort(20, 1), 8: Effort(30, 2), 9: Effort(40, 3),
    10: Effort(30, 2), 11: Effort(75, 3), 12: Effort(90, 5), 13: Effort(75, 3), 14: Effort(90, 4),
}  # fmt: skip
_PHASES = {4: "bricks", 6: "attention", 9: "the model", 11: "it writes", 14: "text, files, speed"}


def hours() -> str:
    """All steps together, in whole hours."""
    return str(round(sum(effort.minutes for effort in EFFORT.values()) / 60))


def head(number: int) -> str:
    """The line at the top of a step's page."""
    effort = EFFORT[number]
    return f"About {effort.minutes} minutes. Difficulty {effort.difficulty} of 5: {effort.stars}"


for _number in EFFORT:
    example(f"effort.{_number}")(lambda number=_number: head(number))  # type: ignore[misc]


@example("steps")
def _steps() -> str:
    rows = []
    for step in STEPS:
        phase = next(name for last, name in _PHASES.items() if step.number <= last)
        effort = EFFORT[step.number]
        names = ", ".join(f"`{name}`" for name in step.function_names)
        rows.append((f"[{step.number}](steps/{step.page.name})", names, phase, effort.minutes, effort.stars,
                     step.points))  # fmt: skip
    return table(("step", "you write", "phase", "minutes", "difficulty", "points"), rows)
