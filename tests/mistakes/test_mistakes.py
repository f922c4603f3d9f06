"""The register of mistakes: whole, well formed, and a sample of it through the real grader.

`make mistakes` runs all of it, and CI calls that each time: here every fourth function by day, all by night.
"""

from __future__ import annotations

import re

import pytest
from real_grader import run_grader

from grader.judging.direct import judge_directly
from grader.judging.reference import Reference
from grader.kata.curriculum import function_names, step_of
from grader.mistakes import Mistake, forms, mistakes_of, register
from grader.mistakes.naming import name_mistakes
from grader.mistakes.variants import Patch, Worlds
from tests.measures.mistakes import try_mistake

REFERENCE = Reference()
REGISTER = register()
SAMPLE = [ids[len(ids) // 2] for ids in ([m.id for m in mistakes_of(f)] for f in function_names())]


def test_there_are_at_least_1000_mistakes_and_some_of_every_function() -> None:
    assert len(REGISTER) >= 1000
    assert {m.function for m in REGISTER.values()} == set(function_names())


def test_every_mistake_is_named_in_one_sentence_and_has_a_hint() -> None:
    for id, mistake in REGISTER.items():
        assert re.fullmatch(r"[a-z_0-9]+\.[A-Za-z0-9._-]+", id)
        for text in (mistake.sentence, mistake.hint):
            assert text and "\n" not in text and len(text) <= 300, text
        assert f"def {mistake.function}(" in mistake.source


def test_every_form_of_a_mistake_is_a_function_of_its_own() -> None:
    for id in REGISTER:
        sources = [form.source for form in forms(id)]
        assert len(set(sources)) == len(sources), id
        assert {form.sentence for form in forms(id)} == {REGISTER[id].sentence}


def test_no_two_mistakes_of_one_function_have_one_sentence() -> None:
    seen: dict[tuple[str, str], str] = {}
    for mistake in REGISTER.values():
        key = mistake.function, mistake.sentence
        assert key not in seen, f"{mistake.id} and {seen.get(key)}"
        seen[key] = mistake.id


def judged_inline(mistake: Mistake, function: str) -> tuple[set[str], set[str | None], list[str]]:
    """(statuses, diagnoses, first lines) of a function that has this mistake of another one inline."""
    wrong = Worlds(REFERENCE).build(function, [Patch(mistake)])
    results, bench = judge_directly(step_of(function), {function: wrong}, seed=2, reference=REFERENCE)
    name_mistakes(step_of(function), results, bench)
    bad = [r for r in results if r.status != "passed"]
    return {r.status for r in bad}, {r.diagnosis for r in bad}, [r.message.splitlines()[0] for r in bad]


@pytest.mark.parametrize(
    "id", [pytest.param(id, marks=[pytest.mark.nightly] if i % 4 else []) for i, id in enumerate(SAMPLE)]
)
def test_a_student_who_makes_a_mistake_is_told_its_name(id: str) -> None:
    tried = try_mistake((id, 0, 2, True))
    assert tried.caught and tried.diagnosis == id
    assert REGISTER[id].sentence in tried.first_line


@pytest.mark.parametrize(
    ("id", "function"),
    [
        ("attention.no-scale", "mha"),
        ("attention.no-scale", "mha_cached"),
        ("gelu.erf", "feed_forward"),
        ("gelu.relu", "transformer_block"),
        ("layer_norm.no-eps", "transformer_block"),
    ],
)
def test_a_mistake_written_inline_in_a_function_above_is_named_there(id: str, function: str) -> None:
    statuses, diagnoses, first = judged_inline(REGISTER[id], function)
    assert statuses
    assert diagnoses == {id}
    assert first[0].startswith("inside " + function)


def test_a_wrong_answer_that_nobody_registered_gets_no_name() -> None:
    def gelu(x):  # type: ignore[no-untyped-def]
        return x * 0.777 + 0.111

    results, bench = judge_directly(step_of("gelu"), {"gelu": gelu}, seed=2, reference=REFERENCE)
    name_mistakes(step_of("gelu"), results, bench)
    assert {r.status for r in results} == {"failed"}
    assert {r.diagnosis for r in results} == {None}
    assert results[0].message.startswith("gelu is wrong at")


def test_make_mistakes_ends_with_its_counts() -> None:
    done = run_grader("mistakes", "--only", "linear.no-bias", "linear.minus", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.strip().splitlines()[-1]
    match = re.fullmatch(r"caught (\d+)/(\d+) by the owning step, named (\d+)/(\d+) right", last)
    assert match and match[1] == match[2] == match[4] and int(match[1]) >= 1


def test_make_mistakes_refuses_an_unknown_name_in_one_line() -> None:
    done = run_grader("mistakes", "--only", "nothing.like-this")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
