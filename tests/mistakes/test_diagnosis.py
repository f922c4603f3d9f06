"""Mistakes in other words than the register's: named by what they answer, whatever they look like.

`diagnosis/*.py` hold functions as students write them, each below a line that says what it is:
`# == function -> mistake`, two mistakes that were made at once, or nothing that is known. By day one of
each function is judged (of what is not known: of each step, with as many pairs of mistakes as in a class), by
night all; the register's own words for each mistake are judged by `make mistakes`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

import pytest
from by_day import one_of_each
from real_grader import ROOT, SOLUTIONS, replace_function

from grader.classroom.marker import PAIRS
from grader.judging.results import TestResult
from grader.judging.run import Options, judge
from grader.kata.curriculum import step_of
from grader.mistakes import name_mistakes, register
from grader.sandbox.host import Host

Student = Callable[..., Path]
# Of several of a kind these take longest to be looked for, most of them in every pair: they come last.
DEAR = ("16-attention", "17-attention", "21-mha", "29-generate", "31-gpt2", "32-gpt2", "33-gpt2", "34-gpt2",
        "40-sample", "42-sample")  # fmt: skip
# Of large functions, in which every candidate takes long: by night, and by day those of smaller ones.
LARGE = {"two_at_once": ("7-transformer_block", "8-gpt2"),
         "no_known_mistake": ("25-transformer_block", "27-gpt2", "30-generate")}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    function: str
    mistakes: tuple[str, ...]
    source: str
    name: str


def samples(file: str) -> Iterator[Sample]:
    text = (ROOT / "tests" / "diagnosis" / f"{file}.py").read_text(encoding="utf-8")
    for number, part in enumerate(re.split(r"^# == ", text, flags=re.MULTILINE)[1:], 1):
        head, source = part.split("\n", 1)
        function, _, known = head.partition(" -> ")
        yield Sample(function, tuple(known.split()), source, f"{number}-{function}")


def every(file: str) -> pytest.MarkDecorator:
    def kind(sample: Sample) -> str | int:
        return step_of(sample.function).number if file == "no_known_mistake" else sample.function

    cheap_first = sorted(samples(file), key=lambda sample: sample.name in DEAR)
    made = one_of_each(cheap_first, kind, attrgetter("name"))
    large = LARGE.get(file, ())
    marked = [
        pytest.param(*one.values, id=one.id, marks=[pytest.mark.nightly] if one.id in large else one.marks)
        for one in made
    ]
    return pytest.mark.parametrize("sample", marked)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One warm host for all samples; each is written into its folder."""
    with Host(tmp_path_factory.mktemp("impl"), SOLUTIONS) as host:
        yield host


def wrong_tests(sample: Sample, host: Host, pairs: int | None = None) -> list[TestResult]:
    """What the real grader says of this function: the tests that it did not pass, at least one."""
    for path in sorted(SOLUTIONS.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.name == step_of(sample.function).file:
            text = replace_function(text, sample.function, sample.source)
        (host.impl / path.name).write_text(text, encoding="utf-8")
    host.reload()
    options = Options(seed=5, only=sample.function, own_stack=False, pairs=pairs)
    steps = (step_of(sample.function),)
    [step] = judge(host.impl, steps, options, host=host, name_mistakes=name_mistakes).steps
    wrong = [t for t in step.tests if t.function == sample.function and t.status != "passed"]
    assert wrong, f"nobody noticed:\n{sample.source}"
    return wrong


@every("other_words")
def test_a_mistake_is_known_by_its_answers(sample: Sample, host: Host) -> None:
    wrong = wrong_tests(sample, host)
    sentence = register()[sample.mistakes[0]].sentence
    assert {test.diagnosis for test in wrong} == set(sample.mistakes), wrong[0].message
    assert all(sentence in test.message.splitlines()[0] for test in wrong)


@every("two_at_once")
def test_two_mistakes_at_once_are_both_named(sample: Sample, host: Host) -> None:
    for test in wrong_tests(sample, host):
        assert test.diagnosis in sample.mistakes, test.message
        for id in sample.mistakes:
            assert register()[id].sentence in test.message.splitlines()[0]


@pytest.mark.parametrize(
    ("bigger", "source"),
    [
        ("softmax.sum-of-all", "def softmax(x):\n    e = np.exp(x)\n    return e / np.sum(e)"),
        (
            "layer_norm.mean-of-whole-array",
            "def layer_norm(x, g, b, eps=1e-5):\n"
            "    return g * (x - x.mean()) / (x.std(-1, keepdims=True) + eps) + b",
        ),
    ],
)
def test_the_bigger_of_two_mistakes_comes_first(bigger: str, source: str, host: Host) -> None:
    mistake = register()[bigger]
    for test in wrong_tests(Sample(mistake.function, (), source, ""), host):
        assert test.diagnosis == bigger
        assert test.message.startswith(f"two mistakes at once: {mistake.sentence}")
        assert test.message.endswith(f"next: {mistake.hint}")


def test_an_odd_edge_does_not_hide_what_the_core_shows(host: Host) -> None:
    source = """def softmax(x):
    if len(x.shape) == 1 and len(x) == 1:
        return x * 0 + 0.123
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e)"""
    wrong = wrong_tests(Sample("softmax", (), source, ""), host)
    assert wrong[0].group == "core" and wrong[0].diagnosis == "softmax.sum-of-all"
    odd = [test for test in wrong if test.diagnosis is None]
    assert all(test.group != "core" for test in odd)


def test_an_exception_alone_gives_no_name(host: Host) -> None:
    """The same words from NumPy as the register's "bias first" raises, for another reason."""
    source = """def linear(x, w, b):
    out = x @ w
    return out + np.concatenate([b, b, b])"""
    assert {test.diagnosis for test in wrong_tests(Sample("linear", (), source, ""), host)} == {None}


@every("no_known_mistake")
def test_what_is_not_known_gets_no_name(
    sample: Sample, host: Host, capfd: pytest.CaptureFixture[str]
) -> None:
    for test in wrong_tests(sample, host, pairs=PAIRS):
        assert test.diagnosis is None, test.message
    assert "could not be named" not in capfd.readouterr().err  # it was looked for to the end


@pytest.mark.nightly
@pytest.mark.parametrize("sample", list(samples("no_known_mistake")), ids=attrgetter("name"))
def test_what_is_not_known_gets_no_name_from_any_pair_of_mistakes(sample: Sample, host: Host) -> None:
    for test in wrong_tests(sample, host):
        assert test.diagnosis is None, test.message


def test_one_that_is_quick_gets_no_name_from_any_pair_of_mistakes(host: Host) -> None:
    [sample] = [sample for sample in samples("no_known_mistake") if sample.name == "13-linear"]
    assert {test.diagnosis for test in wrong_tests(sample, host)} == {None}


def test_a_fault_in_the_diagnosis_costs_no_verdict(
    student: Student, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise KeyError("oh")

    monkeypatch.setattr("grader.mistakes.naming.name_mistakes", fails)
    folder = student("solutions", gelu="def gelu(x): return x")
    [step] = judge(folder, (step_of("gelu"),), Options(), name_mistakes=name_mistakes).steps
    assert step.status == "failed" and all(test.message for test in step.tests if test.status == "failed")
    assert "could not be named (KeyError: 'oh')" in capfd.readouterr().err
