"""Name the mistake: compare wrong answers with what every known mistake would answer.

The evidence is every call of the function in this run, right and wrong ones. A mistake is named only if it
explains all of them. Mistakes of the functions below are tried too, as if written inline, everywhere or in
one place; then two mistakes at once. Where nothing explains everything, the core tests are tried alone. An
exception that no mistake explains is said in a beginner's words (python_words).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from time import process_time

from grader.judging.direct import DirectHost, Implementation
from grader.judging.judge import Bench
from grader.judging.reference import Reference
from grader.judging.results import TestResult
from grader.kata.curriculum import Step, step_of
from grader.kata.student_source import read_source
from grader.mistakes import Mistake, forms_of, mistakes_of
from grader.mistakes.alike import explains, how_wrong
from grader.mistakes.evidence import MISMATCH, WRONG, Evidence, gather
from grader.mistakes.python_words import SURER, Raised, in_words
from grader.mistakes.variants import Patch, Worlds, both

SECONDS = 3.0  # what naming the mistake of one function may cost; after that it goes out without a name
SECONDS_FOR_TWO = 2.0  # and what may be spent of that on two mistakes at once
SECONDS_KEPT = 1.2  # and what is kept of it for those
SECONDS_FOR_SOME = 1.0  # and, where nothing explains all tests, on one mistake that explains the core
SECONDS_A_STEP = 4.5
SECONDS_FOR_OWN = 0.5  # the function's own mistakes are tried in any case: that is quick
LATER = 4  # places in the register
NAMED_AT_MOST = 2
HOPELESS = 1e6  # tolerances; farther off than that is all the same
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

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(mistake.id for mistake in self.mistakes)

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
    started = process_time()
    last = started + min(SECONDS_A_STEP, bench.naming_limit_s - bench.naming_s)
    for function in dict.fromkeys(t.function for t in tests if t.status in WRONG):
        wrong = [t for t in tests if t.function == function and t.status in WRONG]
        if any(test.failure and test.failure.from_code for test in wrong):
            continue  # the code itself has said what is wrong
        for n, some in enumerate(_looked_at_together(wrong)):
            if bench.reference is None:
                break
            left_out = {t.name for t in wrong if t not in some}
            calls = [call for call in bench.calls if call.test not in left_out]
            evidence = gather(function, step.number, calls, tests)
            until = min(last, process_time() + (SECONDS if n == 0 else SECONDS_FOR_SOME))
            found = explain(evidence, bench.reference, until, bench.pairs if n == 0 else 0)
            if found:
                numbers = any(r.first.answer.status == "returned" for r in evidence.wrong)
                for test in some:
                    if not _translate(test, step, bench, _surer if numbers else _registered):
                        _tell(test, found)
                break
        for test in wrong:
            if test.diagnosis is None:
                _translate(test, step, bench)
    bench.naming_s += process_time() - started


def _looked_at_together(wrong: list[TestResult]) -> Iterator[list[TestResult]]:
    """All tests that failed; without the edges; the core alone: an odd edge must not hide what is wrong.

    Then those of the core whose numbers are wrong: something else may be missing besides, and raise.
    """
    seen = 0
    numbers = [test for test in wrong if test.group == "core" and test.status == "failed"]
    for some in (
        wrong,
        *([t for t in wrong if t.group in g] for g in (("core", "fresh"), ("core",))),
        numbers,
    ):
        if some and len(some) != seen:
            seen = len(some)
            yield some


def _registered(id: str) -> bool:
    """Whether a rule knows more than a name that fits by its exceptions alone: it has read the line."""
    return _surer(id) or not id.startswith("python.")


def _surer(id: str) -> bool:
    return id in SURER


def _translate(
    test: TestResult, step: Step, bench: Bench, speaks: Callable[[str], bool] = lambda id: True
) -> bool:
    """Say an exception in a beginner's words, where the line that raised it fits one of the rules.

    Args:
        speaks: which rules may speak.
    """
    if test.status != "error" or test.failure is None:
        return False
    raised = [
        call
        for call in bench.calls
        if (call.test, call.function, call.answer.status) == (test.name, test.function, "raised")
        and call.answer.line == test.failure.line
    ]
    if not raised:
        return False
    call = raised[-1]
    source = read_source(bench.impl / step_of(test.function).file)
    body = "".join(
        "".join(source.lines[d.first - 1 : d.last])
        for d in source.definitions(test.function)[-1:]
        if call.answer.line is not None and d.first <= call.answer.line <= d.last
    )
    answer = call.answer
    said = in_words(Raised(test.function, answer.error, answer.source_line, body, source.text))
    if said is None or not speaks(said[0]):
        return False
    test.diagnosis, sentence, hint = said
    _say(test, sentence, hint)
    return True


def _tell(test: TestResult, found: Sequence[Explanation]) -> None:
    if test.failure is not None:
        test.diagnosis = found[0].mistakes[0].id
        sentence = " - or ".join(e.sentence(test.function) for e in found[:NAMED_AT_MOST])
        _say(test, sentence, found[0].mistakes[0].hint)


def _say(test: TestResult, sentence: str, hint: str) -> None:
    """Put the sentence first, and what was seen below it."""
    failure = test.failure
    assert failure is not None
    failure.evidence.insert(0, failure.first)
    failure.first, failure.action = sentence, hint
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
    for tier in _tiers(evidence, worlds, pairs):
        found: list[tuple[float, int, Explanation]] = []
        last = min(until - tier.kept, process_time() + tier.seconds)
        for candidate in tier.candidates:
            if process_time() > last:
                break
            if any(candidate.ids == e.ids for _, _, e in found):
                continue  # the same mistake in a narrower place, or in another form, says no more
            distance = explains(
                lambda made=candidate: worlds.build(evidence.function, made.patches),  # type: ignore[misc]
                evidence,
                remembers=any(mistake.remembers for mistake in candidate.mistakes),
                by_frequency=tier.by_frequency,
            )
            if distance < MISMATCH:
                # Up to one tolerance away is all the same; the order of the register decides then.
                found.append((max(1.0, distance), len(found), candidate))
                if len(candidate.mistakes) == 2:
                    break
        if found:
            nearest = min(found)[0]
            near = [e for distance, _, e in sorted(found) if distance == nearest or nearest > 1]
            return [_bigger_first(e, evidence, worlds) for e in near]
    return []


def _bigger_first(explanation: Explanation, evidence: Evidence, worlds: Worlds) -> Explanation:
    """Of two mistakes the one first that alone makes more answers wrong, or makes them more wrong."""
    if len(explanation.mistakes) < 2:
        return explanation
    host = {m.id: DirectHost({evidence.function: worlds.build(evidence.function, [Patch(m)])})
            for m in explanation.mistakes}  # fmt: skip

    def harm(mistake: Mistake) -> tuple[int, float]:
        off = [
            how_wrong(call, host[mistake.id].call(call.function, *call.args, own=frozenset(), **call.kwargs))
            for request in evidence.wrong
            for call in request.calls[:1]
        ]
        return sum(distance > 1 for distance in off), sum(min(distance, HOPELESS) for distance in off)

    return replace(explanation, mistakes=tuple(sorted(explanation.mistakes, key=harm, reverse=True)))


@dataclass(frozen=True)
class _Tier:
    """Candidates that are tried together.

    Attributes:
        by_frequency: draws are compared by their frequencies only.
        seconds: what trying them may cost.
        kept: how much of all the time is left to what comes after them.
    """

    candidates: Iterator[Explanation]
    by_frequency: bool = False
    seconds: float = SECONDS
    kept: float = SECONDS_KEPT


def _tiers(evidence: Evidence, worlds: Worlds, pairs: int | None) -> Iterator[_Tier]:
    """Candidates, the simplest first: own mistakes, inline ones, inline in one use, two at once."""
    target = evidence.function
    own = [Patch(mistake) for mistake in mistakes_of(target)]
    inline = list(worlds.inline(target))
    chance = any(request.chance for request in evidence.requests)
    for patches, kept in (([Patch(form) for form in forms_of(target)], 0.0), (inline, SECONDS_KEPT)):
        yield _Tier(map(Explanation.of, patches), kept=kept)
        if chance:
            yield _Tier(map(Explanation.of, patches), by_frequency=True, kept=kept)
    other_masks = list(worlds.other_masks(target))
    yield _Tier(map(Explanation.of, other_masks))
    yield _Tier(map(Explanation.of, worlds.single_uses(target, _count_uses(evidence, worlds))))
    if evidence.detailed:
        everywhere = [patch for patch in (*inline, *other_masks) if patch.caller is None]
        two = islice(_pairs(target, own, everywhere, worlds), pairs)
        yield _Tier(two, seconds=SECONDS_FOR_TWO, kept=0.0)


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
