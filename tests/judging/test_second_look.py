"""A function is judged among the reference's helpers or the student's own, whichever it is right with."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from real_grader import ROOT, Graded

Grade = Callable[..., Graded]
Student = Callable[..., Path]

SOFTMAX = """
def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
"""
WRONG_SOFTMAX = SOFTMAX.replace("e.sum(axis=axis, keepdims=True)", "e.sum()")
ATTENTION = """
def attention(q, k, v, mask):
    return softmax(q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1]) + mask, axis=-1) @ v
"""
YES_OR_NO = {
    "attention": """
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    return softmax(np.where(mask, scores, -1e10)) @ v
""",
    "mha": """
def mha(x, c_attn, c_proj, n_head):
    q, k, v = (split_heads(part, n_head) for part in np.split(linear(x, **c_attn), 3, axis=-1))
    may_look = np.tri(len(x), dtype=bool)
    return linear(merge_heads(attention(q, k, v, may_look)), **c_proj)
""",
}


def test_an_attention_is_right_with_a_softmax_that_takes_an_axis(grade_here: Grade, student: Student) -> None:
    graded = grade_here(student(softmax=SOFTMAX, attention=ATTENTION), "--steps", "2,5,6")
    assert graded.result["score"] == 30
    for test in graded.tests("attention"):
        assert test["message"] == "right with your own softmax(x, axis=-1); the contract is softmax(x)"
    assert all(step["own_stack"] == "passed" for step in graded.result["steps"])


def test_a_mask_that_its_own_attention_reads_costs_step_5_and_not_mha(
    grade_here: Grade, student: Student
) -> None:
    graded = grade_here(student(**YES_OR_NO), "--steps", "5,6")
    assert [s["status"] for s in graded.result["steps"]] == ["failed", "passed"]
    notes = {test["message"] for test in graded.tests("mha")}
    assert all(note.startswith("right with your own") and "attention" in note for note in notes)


def test_a_helper_that_is_wrong_and_takes_more_is_said_to_be_the_students(
    grade_here: Grade, student: Student
) -> None:
    graded = grade_here(student(softmax=WRONG_SOFTMAX, attention=ATTENTION), "--steps", "5")
    [first, *_] = graded.tests("attention")
    assert first["status"] == "failed" and "unexpected keyword" not in first["message"]
    assert "judged with your own softmax(x, axis=-1); the contract is softmax(x)" in first["message"]


def test_a_wrong_function_gains_nothing_by_its_own_helpers(grade_here: Grade, student: Student) -> None:
    wrong = ATTENTION.replace("np.sqrt(q.shape[-1])", "q.shape[-1]")
    graded = grade_here(student(softmax=SOFTMAX, attention=wrong), "--steps", "5")
    assert {test["status"] for test in graded.tests("attention") if test["max_score"]} >= {"failed"}
    assert all(test["score"] == 0 for test in graded.tests("attention"))
    assert graded.tests("attention")[0]["diagnosis"] is not None  # named all the same


@pytest.mark.parametrize("fault", ("gelu", "layer_norm"))
def test_the_step_to_fix_first_is_named_where_helpers_differ_from_the_contract(
    fault: str, grade_here: Grade, student: Student
) -> None:
    wrong = {
        "gelu": "\ndef gelu(x):\n    return np.maximum(x, 0)\n",
        "layer_norm": "\ndef layer_norm(x, g, b, eps=1e-5):\n    return g * x + b\n",
    }
    folder = student(softmax=SOFTMAX, attention=ATTENTION, **{fault: wrong[fault]})
    step = grade_here(folder, "--steps", "8").step(8)
    assert step["status"] == "passed" and step["own_stack"] == "failed"
    assert f"({fault})" in step["own_stack_message"]


def test_a_helper_in_kv_cache_may_have_a_name_of_the_kata(grade_here: Grade, student: Student) -> None:
    folder = student()
    shutil.copy(ROOT / "tests" / "alternatives" / "whole" / "block_of_its_own" / "kv_cache.py", folder)
    assert grade_here(folder, "--steps", "12").result["score"] == 10


@pytest.mark.parametrize(("start", "where"), (("solutions", "line "), ("exercises", "later steps ")))
def test_other_names_of_parameters_are_right_and_what_later_code_meets_is_said(
    start: str, where: str, grade_here: Grade, student: Student
) -> None:
    folder = student(start, linear="def linear(x, W, b):\n    return x @ W + b\n")
    step = grade_here(folder, "--steps", "4").step(4)
    assert step["score"] == 10
    said = step["own_stack_message"]
    assert "your linear takes (x, W, b), and the contract is linear(x, w, b)" in said and where in said
    assert step["own_stack"] == ("failed" if start == "solutions" else "passed")


def test_other_names_are_nobodys_concern_where_all_is_handed_over_in_its_order(
    grade_here: Grade, student: Student
) -> None:
    calls = """
def feed_forward(x, c_fc, c_proj):
    return linear(gelu(linear(x, c_fc["w"], c_fc["b"])), c_proj["w"], c_proj["b"])
"""
    folder = student("exercises", linear="def linear(x, W, b):\n    return x @ W + b\n", feed_forward=calls)
    step = grade_here(folder, "--steps", "4").step(4)
    assert (step["own_stack"], step["own_stack_message"]) == ("passed", "")
