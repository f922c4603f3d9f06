"""A function that fails among the reference's helpers is judged once more among the student's own.

A student who gave a helper one more parameter, or whose mask means something else, may still be right: every
function is judged among right functions or among the student's own, whichever it is right with. A helper that
is wrong costs its own step only, since among the reference's helpers its callers are right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from grader.judging.bench import EVERY_FUNCTION
from grader.judging.judge import Judge, NeedsReference, Verdict
from grader.kata.curriculum import find_function, step_of
from grader.kata.student_code import parameters, parameters_text, required
from grader.kata.student_source import StudentSource

# Where a call ended in one of these ways, other helpers may change it.
OPEN_TO_HELPERS = ("failed", "error")


@dataclass(frozen=True)
class Helper:
    """A function of the kata that the student wrote, and that the judged function uses.

    Attributes:
        takes: its parameters where they are not the contract's: "softmax(x, axis=-1)"; else "".
    """

    name: str
    takes: str = ""

    def __str__(self) -> str:
        return self.takes or self.name


def second_look(judge: Judge, test: Callable[..., None], first: Exception) -> Exception | None:
    """What comes of a test that failed: None where it passes among the student's own helpers.

    Args:
        judge: the judge of the first try.
        test: the suite's function; it takes a judge.
        first: how the first try ended.
    """
    if not isinstance(first, Verdict) or first.status not in OPEN_TO_HELPERS:
        return first
    helpers = list(helpers_of(judge))
    others = [helper for helper in helpers if helper.takes]
    circles = [frozenset({judge.function.name, *(helper.name for helper in others)})] if others else []
    circles += [EVERY_FUNCTION] if helpers else []
    calls = judge.bench.calls
    before = len(calls) - sum(call.test == judge.name and call.step == judge.step.number for call in calls)
    tried = calls[before:]  # the first try's own calls: a test runs alone
    last: Exception | None = first
    for own in circles:
        del calls[before:]
        again = judge.among(own)
        try:
            test(judge=again)
        except Verdict as verdict:
            second = verdict
        except NeedsReference as unjudged:
            return unjudged
        else:
            judge.advice = _note(others, helpers)
            judge.printed = again.printed
            return None
        if others and last is first and first.status == "error" and second.status in OPEN_TO_HELPERS:
            # The reference's helpers could not be called at all: what the student's own give says more.
            second.failure.evidence.append(f"judged with your own {_listed(others)}{_contracts(others)}")
            last, tried = second, calls[before:]
    calls[before:] = tried
    if others and last is first and isinstance(first, Verdict):
        names = " and ".join(helper.name for helper in others[:3])
        first.failure.evidence.append(
            f"the reference's {names} stood in for yours; with your own {_listed(others)} it fails as well"
        )
    return last


def helpers_of(judge: Judge) -> Iterator[Helper]:
    """The functions of the kata that the student's function uses, directly or not, and that are written."""
    name = judge.function.name
    source = judge.bench.source_of(name)
    todo = [(source, name)] if source else []
    seen = {name}
    while todo:
        source, at = todo.pop(0)
        for used in source.kata_functions_in(at):
            home = _home(judge, source, used)
            if used not in seen and home is not None and home.is_written(used):
                seen.add(used)
                yield Helper(used, _takes(home, used))
                todo.append((home, used))


def _home(judge: Judge, source: StudentSource, name: str) -> StudentSource | None:
    """The file whose function of that name this file uses: its own, else the kata's."""
    here = source.node(name) is not None
    return source if here else judge.bench.source(step_of(name).file)


def _takes(source: StudentSource, name: str) -> str:
    node = source.node(name)
    if node is None:
        return ""
    contract = find_function(name)
    mine, theirs = parameters(node), list(contract.parameter_names)
    n_needed = len([part for part in contract.parameters.split(",") if "=" not in part])
    alike = len(mine) == len(theirs) and required(node) == n_needed and not node.args.vararg
    return "" if alike and not node.args.kwonlyargs else f"{name}{parameters_text(node)}"


def _note(others: list[Helper], helpers: list[Helper]) -> str:
    """Why a function counts as right that is wrong among the reference's helpers."""
    if others:
        return f"right with your own {_listed(others)}{_contracts(others)}"
    return f"right with your own {_listed(helpers)}: with the reference's in their place it is not"


def _contracts(others: list[Helper]) -> str:
    """The contracts that these helpers go beyond: "; the contract is softmax(x)"."""
    return "; the contract is " + ", ".join(find_function(helper.name).signature for helper in others[:3])


def _listed(helpers: list[Helper]) -> str:
    words = [str(helper) for helper in helpers[:3]]
    return ", ".join(words) + (f" and {len(helpers) - 3} more" if len(helpers) > 3 else "")
