"""Whether a candidate's answers are the student's: the same numbers up to rounding, the same exception, the
same change of an argument, the same draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.judging.compare import as_array, errors, tolerance
from grader.judging.direct import DirectHost, Implementation
from grader.judging.judge import KINDS_OF, Call
from grader.mistakes.draws import draws_alike, same_draws
from grader.mistakes.evidence import MISMATCH, Evidence, Request, distance
from grader.sandbox.host import Answer


def explains(
    candidate: Callable[[], Implementation],
    evidence: Evidence,
    *,
    remembers: bool = False,
    by_frequency: bool = False,
) -> float:
    """How far a candidate's answers are from the student's, in tolerances; MISMATCH if they are different.

    Args:
        candidate: makes a fresh wrong function.
        remembers: it keeps something from call to call, so that the order of calls matters.
        by_frequency: where chance is involved, other draws explain the student's as well, if they are as
            frequent and repeat themselves in the same places.
    """
    trial = _Trial(DirectHost({evidence.function: candidate()}), remembers, by_frequency)
    farthest = 0.0
    for request in evidence.requests if remembers else evidence.in_order_of_cost:
        farthest = max(farthest, trial.of_draws(request) if request.chance else trial.of_one_call(request))
        if farthest == MISMATCH:
            return MISMATCH
    return farthest if trial.told or trial.says_the_same(evidence) else MISMATCH


class _Trial:
    """One candidate, asked what the student was asked.

    Attributes:
        told: whether the candidate gave a wrong answer of the student's that was not an exception.
    """

    def __init__(self, host: DirectHost, remembers: bool, by_frequency: bool):
        self._host, self._remembers, self._by_frequency = host, remembers, by_frequency
        self._replayed: list[tuple[Sequence[Call], Sequence[Answer]]] = []
        self.told = False

    def of_one_call(self, request: Request) -> float:
        [answer] = self._asked(request)
        if not request.mine:
            return 0.0
        self._note(request)
        return _one_alike(request, answer)

    def of_draws(self, request: Request) -> float:
        """0, or MISMATCH if it draws something else."""
        if not self._remembers:
            beginning = request.beginning()
            if not self._by_frequency or beginning.broke_off:
                request = beginning
            elif len(beginning.calls) < len(request.calls) and not draws_alike(
                [(beginning.calls, self._asked(beginning))]
            ):
                return MISMATCH  # a glance at the beginning is enough for most candidates
        answers = self._asked(request)
        if not request.mine:
            return 0.0
        self._note(request)
        self._replayed.append((request.calls, answers))
        alike = _end_alike(request, answers) and (
            draws_alike(self._replayed) if self._by_frequency else same_draws(request.calls, answers)
        )
        return 0.0 if alike else MISMATCH

    def says_the_same(self, evidence: Evidence) -> bool:
        """Whether exceptions, where they are all that is known, may tell.

        Their words alone never do: other answers of the student's must have been matched in numbers, or the
        right exception was asked for and another one came.
        """
        if not evidence.answers_somewhere and not evidence.refuses_wrongly:
            return False
        return all(_same_words(self._asked(r)[0], r.first.answer) for r in evidence.wrong)

    def _note(self, request: Request) -> None:
        self.told = self.told or (request.wrong and any(c.answer.status == "returned" for c in request.calls))

    def _asked(self, request: Request) -> list[Answer]:
        calls = [(call.args, call.kwargs) for call in request.calls]
        return self._host.call_many(request.first.function, calls, own=frozenset())


def _same_words(theirs: Answer, yours: Answer) -> bool:
    """Whether two exceptions say the same; the words of a student's own `raise` or `assert` are theirs."""
    return theirs.error == yours.error or yours.source_line.strip().startswith(("raise", "assert"))


def how_wrong(call: Call, answer: Answer) -> float:
    """How far an answer is from what is expected, in tolerances; infinite where it cannot be said."""
    yours, right = as_array(answer.value), as_array(call.expected)
    if answer.status != "returned" or yours is None or right is None or yours.shape != right.shape:
        return MISMATCH
    if not np.isfinite(yours).all():
        return MISMATCH
    limit = max(tolerance(call.function) if call.error is None else call.error, 1e-12)
    return float(errors(yours, right).max(initial=0.0)) / limit


def _one_alike(request: Request, answer: Answer) -> float:
    """How far one answer is from the student's; MISMATCH if it is a different one."""
    call = request.first
    yours = call.answer
    if call.expected is None and call.raises is None and not request.wrong:
        return 0.0 if answer.status == yours.status else MISMATCH  # judged by eye, and right
    if answer.status != yours.status:
        return MISMATCH
    if yours.status == "raised":
        kinds = KINDS_OF.get(call.raises, ()) if call.raises and not request.wrong else ()
        alike = yours.is_a(answer.error_type) or (yours.is_a(*kinds) and answer.is_a(*kinds))
        return 0.0 if alike else MISMATCH
    if _roots(answer.mutated) != _roots(yours.mutated) or answer.looked_up != yours.looked_up:
        return MISMATCH
    return distance(yours.value, answer.value, call, truth=call.expected)


def _roots(paths: Sequence[str]) -> set[str]:
    """The arguments in which something was changed."""
    return {path.split(".")[0].split("[")[0] for path in paths}


def _end_alike(request: Request, answers: Sequence[Answer]) -> bool:
    """Whether calls that draw end in the same way: returned, or the same exception first."""
    return _first_odd(answers) == _first_odd([call.answer for call in request.calls])


def _first_odd(answers: Sequence[Answer]) -> tuple[Any, ...] | None:
    for i, a in enumerate(answers):
        if a.status != "returned" or a.mutated:
            return i, a.status, a.error_type, _roots(a.mutated)
    return None
