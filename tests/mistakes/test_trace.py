"""What each line made, and the line at fault where no name fits: real functions in real workers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from by_day import one_of_each
from real_grader import SOLUTIONS, run_grader

from grader.judging.run import judge
from grader.kata.curriculum import STEPS, Step, find_step
from grader.mistakes.edits import edits_of
from grader.mistakes.right_values import right_text
from grader.mistakes.trace import NOTHING
from grader.sandbox.host import Host
from grader.sandbox.looking import MAX_DEAD, Looking
from grader.student.traced import Trace, is_ok, trace_step
from tests.measures.suspects import Sample, look, marked

Student = Callable[..., Path]
TraceHere = Callable[..., Trace]

ATTENTION = """def attention(q, k, v, mask):
    scores = q @ k.transpose(0, 2, 1)
    scores = scores / q.shape[-1] ** 0.25
    w = softmax(scores + mask)
    return w @ v
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with Host(tmp_path_factory.mktemp("impl"), SOLUTIONS) as host:
        yield host


@pytest.fixture(scope="module")
def warm() -> Iterator[Host]:
    with Host(SOLUTIONS, SOLUTIONS) as host:
        yield host


@pytest.fixture(scope="module")
def traces() -> dict[str, Trace]:
    """Of the solutions: what has been traced already, by its function."""
    return {}


@pytest.fixture
def trace_here(warm: Host, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Trace]:
    """`trace_step`, with the host that is warm judging the step's tests."""
    monkeypatch.setattr("grader.student.traced.judge", partial(judge, host=warm))

    def trace(impl: Path, step: Step, function: str = "") -> Trace:
        warm.turn_to(impl)
        return trace_step(impl, step, function)

    return trace


def words(trace: Trace) -> dict[str, str]:
    return {one.name: one.words for one in trace.made}


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.nightly)])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_trace_of_the_solution_marks_no_line(
    step: Step, every: bool, trace_here: TraceHere, traces: dict[str, Trace]
) -> None:
    """By day of the last function of each step, by night of all of them."""
    functions = [name for name in step.function_names if name != "sample"]  # it draws: nothing to look into
    for function in functions if every else functions[-1:]:
        trace = traces[function] = trace_here(SOLUTIONS, step, function)
        assert trace.status == "passed" and trace.marked == (None, ""), function
        assert trace.made, function


def test_the_lines_of_mha_are_said_in_plain_words(trace_here: TraceHere, traces: dict[str, Trace]) -> None:
    trace = traces.get("mha") or trace_here(SOLUTIONS, find_step(6), "mha")
    said = words(trace)
    assert said["qkv"] == "= c_attn's output" and said["q"] == "= the queries"
    assert said["return"] == "= the output of mha"
    assert all(is_ok(one) for one in trace.made if one.name in ("qkv", "q", "k", "v", "heads"))


def test_what_is_not_finished_is_said_and_the_line_at_fault_is_marked(
    student: Student, trace_here: TraceHere
) -> None:
    folder = student("solutions", attention=ATTENTION)
    trace = trace_here(folder, find_step(5), "attention")
    first = trace.source.definitions("attention")[-1].first
    by_line = {one.line - first: one for one in trace.made if one.name in ("scores", "w")}
    assert by_line[1].words == "= q k^T, not scaled yet" and not is_ok(by_line[1])
    assert by_line[2].words == NOTHING
    assert trace.marked[0] == first + 2


def test_the_command_shows_values_and_writes_json_without_expected_numbers(
    student: Student, tmp_path: Path
) -> None:
    folder = student("solutions", attention=ATTENTION)
    out = tmp_path / "trace.json"
    done = run_grader("trace", "5", "--function", "attention", "--impl", str(folder), "--json", str(out))
    assert done.returncode == 0, done.stderr
    assert "q k^T, not scaled yet" in done.stdout and "look at this line first" in done.stdout
    data = json.loads(out.read_text(encoding="utf-8"))
    assert data["schema"] == "pico-gpt-kata/trace/v1" and data["marked"]["line"] > 0
    assert "e-10" not in out.read_text(encoding="utf-8")
    made = [one for line in data["lines"] for one in line["made"]]
    assert {"name", "shape", "dtype", "words", "ok", "count"} <= made[0].keys()
    assert not any(key in one for one in made for key in ("value", "expected"))


def test_a_step_that_is_not_written_yet_is_one_line(student: Student) -> None:
    done = run_grader("trace", "3", "--impl", str(student("exercises")))
    assert done.returncode == 1 and done.stdout == "layer_norm is not written yet\n"


# By day one of each function whose line is not found in the tests below; by night the others.
BELOW = ("mha", "gpt2", "attention", "apply_frequency_penalty")
MARKED = [sample for sample in list(marked("marked_lines"))[::6] if sample.function not in BELOW]


@pytest.mark.parametrize(
    "sample",
    [
        *one_of_each(MARKED, attrgetter("function"), attrgetter("name")),
        *(
            pytest.param(sample, id=sample.name, marks=pytest.mark.nightly)
            for sample in list(marked("marked_lines"))[::6]
            if sample.function in BELOW
        ),
    ],
)
def test_the_marked_line_is_pointed_at_or_nothing_is_said(sample: Sample, host: Host) -> None:
    verdict, line, _, _ = look(sample, host)
    assert verdict in ("right", "silent"), line


@pytest.mark.parametrize(
    "place", ("unseen_marked_lines:26:", "unseen_marked_lines:7:", "unseen_marked_lines:33:")
)
def test_a_function_that_draws_or_repeats_a_bias_or_sorts_bytes_gets_its_line(place: str, host: Host) -> None:
    [sample] = [s for s in marked("unseen_marked_lines") if place in s.name]
    assert look(sample, host)[0] == "right"


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("round_4", ":58:"),  # gain, bias = b, g
        ("round_4", ":60:"),  # the same logits in every round
        ("round_4", ":84:"),  # every head into the columns of the first
        ("round_4", ":114:"),  # a name that nothing reads
        ("round_4", ":129:"),  # counted right, and the sign wrong
        ("round_4", ":132:"),  # kept before the new ones are put to them
        ("round_5", ":50:"),  # a helper inside the function
    ],
)
def test_the_line_is_found_where_the_kind_of_slip_is_a_strangers(file: str, place: str, host: Host) -> None:
    [sample] = [s for s in marked(f"{file}_marked_lines") if place in s.name]
    assert look(sample, host)[0] == "right"


def test_hostile_code_costs_no_more_than_the_line(student: Student, trace_here: TraceHere) -> None:
    folder = student(
        "solutions", gelu="def gelu(x):\n    import os\n    y = x * 2\n    os._exit(3)\n    return y\n"
    )
    trace = trace_here(folder, find_step(1))
    assert trace.marked[0] is None and trace.status == "error"


def test_no_edit_runs_in_the_judge_and_large_functions_are_left_alone() -> None:
    import ast

    small = "def f(x):\n    return x + 1\n"
    tree = ast.parse(small)
    assert isinstance(tree.body[0], ast.FunctionDef)
    texts = {edit.text for edit in edits_of(small, [tree.body[0]])}
    assert "def f(x):\n    return ((x) - (1))\n" in texts and all(compile(t, "f", "exec") for t in texts)
    large = "def f(x):\n" + "    x = x + 1\n" * 300
    tree = ast.parse(large)
    assert isinstance(tree.body[0], ast.FunctionDef)
    assert edits_of(large, [tree.body[0]]) == []


def test_step_points_below_a_verdict_without_a_name_and_never_shows_the_edit(
    student: Student, tmp_path: Path
) -> None:
    slip = """def layer_norm(x, g, b, eps=1e-5):
    d = x - x.mean(axis=-1, keepdims=True)
    var = np.mean(d * d, axis=-1, keepdims=True)
    y = d / (var + eps) ** 0.3
    return y * g + b
"""
    folder = student("solutions", layer_norm=slip)
    out = tmp_path / "out.json"
    done = run_grader("step", "3", "--impl", str(folder), "--seed", "3", "--json", str(out))
    line = 2 + (folder / "pico_gpt.py").read_text(encoding="utf-8").split("\n").index(
        "def layer_norm(x, g, b, eps=1e-5):"
    )
    assert f"no known mistake; look at line {line + 2}: `y = d / (var + eps) ** 0.3`" in done.stdout
    tests = json.loads(out.read_text(encoding="utf-8"))["steps"][0]["tests"]
    suspects = [test["suspect"] for test in tests if test["status"] == "failed"]
    assert {"file": "pico_gpt.py", "line": line + 2, "by": "edit"} in suspects
    assert "0.5" not in str(suspects)


def test_code_that_swallows_every_exception_ends_the_search_and_not_the_verdict(
    student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.sandbox.looking.PATIENCE_S", 0.25)
    stubborn = """def gelu(x):
    n = 0
    while n < len(x):
        try:
            n = n + 1
        except BaseException:
            pass
    return x * n
"""
    folder = student("solutions", gelu=stubborn)
    assert trace_step(folder, find_step(1)).status == "failed"
    endless = stubborn.replace("n = n + 1", "n = sum(iter(int, 1))")  # in C, where no alarm is heard
    with Looking(folder, SOLUTIONS, "gelu") as look:
        args = np.ones(3, np.float32)
        for _ in range(MAX_DEAD):
            assert not look.is_lost
            assert look.try_candidates(stubborn, [endless], [((args,), {})], 0.1) == []
        assert look.is_lost and look.try_candidates(stubborn, [""], [((args,), {})], 0.1) == []


def test_where_no_small_edit_repairs_the_line_that_can_only_be_wrong_is_marked(
    student: Student, trace_here: TraceHere
) -> None:
    hinge = """def feed_forward(x, c_fc, c_proj):
    hidden = linear(x, **c_fc)
    hidden = hidden * np.clip(hidden / 6 + 0.5, 0, 1)
    return linear(hidden, **c_proj)
"""
    folder = student("solutions", feed_forward=hinge)
    trace = trace_here(folder, find_step(7))
    first = trace.source.definitions("feed_forward")[-1].first
    assert trace.found.line == first + 2 and trace.found.by == "trace"


def test_a_right_value_from_an_unusual_way_is_not_taken_for_the_fault(
    student: Student, trace_here: TraceHere
) -> None:
    """`odd` is nothing that GPT-2 goes through, but what is made of it is right; the slip comes later."""
    unusual = """def layer_norm(x, g, b, eps=1e-5):
    odd = x - 3
    d = odd - odd.mean(axis=-1, keepdims=True)
    var = np.mean(d * d, axis=-1, keepdims=True)
    return d / np.sqrt(var + eps) * b + g
"""
    trace = trace_here(student("solutions", layer_norm=unusual), find_step(3))
    first = trace.source.definitions("layer_norm")[-1].first
    assert trace.found.strong is None and trace.found.line == first + 4


def test_right_values_go_into_the_worker_as_code_and_never_as_numbers() -> None:
    text = right_text("mha", SOLUTIONS)
    assert "import grader" not in text and "from grader" not in text
    space: dict[str, Any] = {"__name__": "right"}
    exec(compile(text, "right", "exec"), space)
    assert {"mha", "attention", "_VALUES"} <= space.keys()
