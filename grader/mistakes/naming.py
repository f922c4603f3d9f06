"""Name the mistake: compare wrong answers with what every known mistake would answer.

The evidence is every call of the function in this run, right and wrong ones. A mistake is named only if it
explains all of them. Mistakes of the functions below are tried too, as if written inline, everywhere or in
one place; then two mistakes at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from time import process_time

from grader.judging.direct import DirectHost, Implementation
from grader.judging.judge import Bench
from grader.judging.reference import Reference
from grader.judging.results import TestResult
from grader.kata.curriculum import Step
from grader.mistakes import Mistake, mistakes_of
from grader.mistakes.evidence import MISMATCH, WRONG, Evidence, explains, gather
from grader.mistakes.variants import Patch, Worlds, both

SECONDS = 2.5  # what naming the mistake of one function may cost; after that it goes out without a name
SECONDS_FOR_TWO = 1.5  # and what may be spent of that on two mistakes at once
SECONDS_A_STEP = 4.0
SECONDS_FOR_OWN = 0.5  # the function's own mistakes are tried in any case: that is quick
LATER = 4  # places in the register
NAMED_AT_MOST = 2
ORDINALS = ("first", "second", "third", "fourth")


@dataclass(frozen=True)
class Explanation:
    """One mistake, or two at once, that may give the student's answers.

    Attributes:
        mistakes: what is named.
        patches: what makes a wrong function of it.
    """

    mistakes: tuple[Mistake, ...]
    patches: tuple[Patch, ...]

    @classmethod
    def of(cls, *patches: Patch) -> Explanation:
        return cls(tuple(patch.mistake for patch in patches), patches)

    def sentence(self, function: str) -> str:
        sentences = [m.sentence for m in self.mistakes]
        if len(sentences) == 2:
            return f"two mistakes at once: {sentences[0]}; and {sentences[1]}"
        patch = self.patches[0]
        if patch.mistake.function == function:
            return sentences[0]
        if patch.use is not None:
            return f"inside {function}, in the {ORDINALS[patch.use]} {patch.mistake.function}: {sentences[0]}"
        return f"inside {function}: {sentences[0]}"


def name_mistakes(step: Step, tests: list[TestResult], bench: Bench) -> None:
    """Give every failed test the id and the sentence of the mistake that explains it, if one does."""
    if bench.reference is None:
        return
    started = process_time()
    last = started + min(SECONDS_A_STEP, bench.naming_limit_s - bench.naming_s)
    for function in dict.fromkeys(t.function for t in tests if t.status in WRONG):
        if any(t.failure.from_code for t in tests if t.function == function and t.failure):
            continue  # the code itself has said what is wrong
        evidence = gather(function, step.number, bench.calls, tests)
        found = explain(evidence, bench.reference, min(last, process_time() + SECONDS), bench.pairs)
        for test in tests if found else ():
            if test.function == function and test.status in WRONG and test.failure:
                _tell(test, found)
    bench.naming_s += process_time() - started


def _tell(test: TestResult, found: Sequence[Explanation]) -> None:
    """Put the mistake's sentence first, and what was seen below it."""
    failure = test.failure
    assert failure is not None
    test.diagnosis = found[0].mistakes[0].id
    seen = failure.first
    failure.first = " - or ".join(e.sentence(test.function) for e in found[:NAMED_AT_MOST])
    failure.evidence.insert(0, seen)
    failure.action = found[0].mistakes[0].hint
    test.message = failure.text()


def explain(
    evidence: Evidence, reference: Reference, until: float = float("inf"), pairs: int | None = None
) -> list[Explanation]:
    """Every known mistake (else every pair of two) that explains the evidence, the nearest first.

    Args:
        until: when to give up, on the clock of `time.process_time`, which a busy machine does not hurry.
        pairs: how many pairs to try at most.
    """
    if not evidence.explicable:
        return []
    worlds = Worlds(reference)
    until = max(until, process_time() + SECONDS_FOR_OWN)
    for candidates, by_frequency, seconds in _tiers(evidence, worlds, pairs):
        found: list[tuple[float, int, Explanation]] = []
        last = min(until, process_time() + seconds)
        for candidate in candidates:
            if process_time() > last:
                break
            if any(candidate.mistakes == e.mistakes for _, _, e in found):
                continue  # the same mistake in a narrower place says no more
            distance = explains(
                lambda made=candidate: worlds.build(evidence.function, made.patches),  # type: ignore[misc]
                evidence,
                remembers=any(mistake.remembers for mistake in candidate.mistakes),
                by_frequency=by_frequency,
            )
            if distance < MISMATCH:
                # Up to one tolerance away is all the same; the order of the register decides then.
                found.append((max(1.0, distance), len(found), candidate))
                if len(candidate.mistakes) == 2:
                    break
        if found:
            nearest = min(found)[0]
            return [e for distance, _, e in sorted(found) if distance == nearest or nearest > 1]
    return []


def _tiers(
    evidence: Evidence, worlds: Worlds, pairs: int | None
) -> Iterator[tuple[Iterator[Explanation], bool, float]]:
    """Candidates, the simplest first: own mistakes, inline ones, inline in one use, two at once.

    With each, whether draws are compared by their frequencies only, and what trying them may cost.
    """
    target = evidence.function
    own = [Patch(mistake) for mistake in mistakes_of(target)]
    inline = list(worlds.inline(target))
    chance = any(request.chance for request in evidence.requests)
    for candidates in (own, inline):
        yield map(Explanation.of, candidates), False, SECONDS
        if chance:
            yield map(Explanation.of, candidates), True, SECONDS
    other_masks = list(worlds.other_masks(target))
    yield map(Explanation.of, other_masks), False, SECONDS
    yield map(Explanation.of, worlds.single_uses(target, _count_uses(evidence, worlds))), False, SECONDS
    if evidence.detailed:
        everywhere = [patch for patch in (*inline, *other_masks) if patch.caller is None]
        yield islice(_pairs(target, own, everywhere, worlds), pairs), False, SECONDS_FOR_TWO


def _pairs(
    target: str, own: Sequence[Patch], inline: Sequence[Patch], worlds: Worlds
) -> Iterator[Explanation]:
    """Two mistakes in two functions, and two in the function itself where they do not touch.

    First two of the function itself, then those that stand early in the register of their function, which
    people make most; two inline ones a little later than one inline and one of the function itself.
    """
    right = worlds.text(target)
    patches = [*own, *inline]
    functions = {patch.mistake.function for patch in patches}
    ranks = {m.id: i for function in functions for i, m in enumerate(mistakes_of(function))}
    rank = [ranks[patch.mistake.id] for patch in patches]
    pairs = [(i, j) for j in range(len(rank)) for i in range(j)]
    n_own = len(own)
    for i, j in sorted(
        pairs, key=lambda p: (p[1] >= n_own, rank[p[0]] + rank[p[1]] + LATER * (p[0] >= n_own))
    ):
        a, b = patches[i], patches[j]
        if j < n_own:
            merged = both(right, a.mistake, b.mistake)
            if merged is not None:
                yield Explanation((a.mistake, b.mistake), (Patch(merged),))
        elif a.mistake.function != b.mistake.function:
            yield Explanation.of(a, b)


def _count_uses(evidence: Evidence, worlds: Worlds) -> dict[tuple[str, str], int]:
    """(caller, function) -> how often the right caller calls the function, on the smallest input."""
    call = evidence.in_order_of_cost[0].first

    def run(right: Implementation) -> None:
        DirectHost({evidence.function: right}).call(
            evidence.function, *call.args, own=frozenset(), **call.kwargs
        )

    return worlds.count_uses(evidence.function, run)
