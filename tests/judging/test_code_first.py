"""The code is looked at before the numbers, and what is said of a failure is the student's own."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from real_grader import Graded

from grader.judging.bench import holds_lists
from grader.kata.curriculum import step_of
from grader.kata.student_code import (
    is_endless,
    kept_of_the_last_round,
    lists_as_numbers,
    pair_as_one,
    shared_rows,
    thrown_away,
)

Grade = Callable[..., Graded]
Student = Callable[..., Path]

# function -> (its code, what the first line of the first failing core test says, what is to be done)
SAYS = {
    "linear": [
        (
            "def linear(w, x, b):\n    return x @ w + b",
            "your linear takes (w, x, b); the contract is linear(x, w, b)",
            "in the contract's order",
        ),
        ("def linear(x, w):\n    return x @ w", "your linear takes (x, w)", "the contract's parameters"),
        ("def linear(x, w, b):\n    return x @ w - 1.5", "linear never uses its argument b", ""),
        (
            "def linear(x, w, b):\n    x = x.astype(np.float16)\n    return (x @ w + b).astype(np.float32)",
            "linear is wrong at",
            "somewhere in here the numbers have only half precision",
        ),
    ],
    "layer_norm": [
        (
            "def layer_norm(x, beta, gamma, eps=1e-5):\n"
            "    centred = x - x.mean(-1, keepdims=True)\n"
            "    return gamma * centred / np.sqrt(x.var(-1, keepdims=True) + eps) + beta",
            "your layer_norm takes (x, beta, gamma, eps=1e-5)",
            "in the contract's order",
        )
    ],
    "transformer_block": [
        (
            "def transformer_block(x, attn, mlp, ln_1, ln_2, n_head):\n"
            "    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)\n"
            "    return x + feed_forward(layer_norm(x, **ln_2), **mlp)",
            "your transformer_block takes (x, attn, mlp, ln_1, ln_2, n_head)",
            "",
        ),
    ],
    "gelu": [
        (
            "def gelu(x):\n    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),",
            "gelu returned a tuple: is there a comma at the end of its return line?",
            "take the comma at the end of line",
        ),
        ("def gelu(x):\n    np.maximum(x, 0)", "gelu returned None: it has no return with a value", "end it"),
        (
            'def gelu(x):\n    raise NotImplementedError("step 1: gelu")\n    return x',
            "your code comes after `raise NotImplementedError(…)`",
            "take line",
        ),
        (
            'def gelu(x):\n    y = x * 2\n    raise NotImplementedError("step 1: gelu")',
            "your code runs into `raise NotImplementedError(…)`",
            "return the result",
        ),
        (
            'def gelu(x):\n    return x\n\n\ndef gelu(x):\n    raise NotImplementedError("step 1")',
            "gelu is defined again in line",
            "take the second gelu out",
        ),
        ("def gelu(x):\n    return 2 * x", "the first is x = ", ""),
    ],
    "split_heads": [
        (
            "def split_heads(x, n_head):\n    return np.split(x, n_head, axis=-1)",
            "split_heads returned a list of 4 arrays; one array is expected",
            "",
        )
    ],
    "attention": [
        (
            "def attention(q, k, v, mask):\n    out = []\n    for a, b, c in zip(q, k, v):\n"
            "        out.append(softmax(a @ b.T / np.sqrt(a.shape[-1]) + mask) @ c)\n"
            "        return np.array(out)",
            "is inside the loop, so the loop ends in its first round",
            "How far to the left does the return belong?",
        )
    ],
    "feed_forward": [  # four tests raise, one odd one gives numbers: the first core test leads
        (
            "def feed_forward(x, c_fc, c_proj):\n"
            "    h = gelu(linear(x, **c_fc))\n"
            "    return linear(x, **c_proj)",
            "feed_forward raised ValueError",
            "return linear(x, **c_proj)",
        ),
        (
            "def feed_forward(x, c_fc, c_proj):\n    hidden = linear(x, **c_fc)\n    gelu(hidden)\n"
            "    return linear(hidden, **c_proj)",
            "throws its result away: gelu(hidden) changes nothing by itself",
            "give the result a name",
        ),
    ],
    "causal_mask": [
        (
            "def causal_mask(n_seq):\n    mask = np.zeros((n_seq, n_seq))\n"
            "    mask[np.triu_indices(n_seq, 1)] == -1e10\n    return mask",
            "compares with ==, which changes nothing",
            "which sign gives a value",
        ),
        (
            "def causal_mask(n_seq):\n    return np.full((n_seq, n_seq), -1e10)",
            "yours -1e+10, expected 0",
            "",
        ),
        (
            "def causal_mask(n_seq):\n    return (1 - np.tri(n_seq)) * -1.0",
            "yours -1, expected hidden (-9000 or lower)",
            "",
        ),
    ],
}
SAYS["causal_mask"] += [
    (
        "def causal_mask(n_seq):\n"
        "    mask = [[0] * n_seq] * n_seq\n"
        "    for i in range(n_seq):\n"
        "        for j in range(i + 1, n_seq):\n"
        "            mask[i][j] = -1e10\n"
        "    return mask",
        "[[0] * n_seq] * n_seq is one row, many times",
        "make a new row for each",
    ),
    (
        "def causal_mask(n_seq):\n"
        "    hidden = [[int(j > i) for j in range(n_seq)] for i in range(n_seq)]\n"
        "    return hidden * -10**10",
        "works on a list, so it repeats the list",
        "make an array of the list first",
    ),
]
SAYS["gpt2_cached"] = [
    (
        "def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):\n"
        "    n_past = 0 if past is None else past[0][0].shape[1]\n"
        "    x = wte[inputs] + wpe[n_past : n_past + len(inputs)]\n"
        "    present = []\n"
        "    for block, old in zip(blocks, past or [None] * len(blocks)):\n"
        "        a = mha_cached(layer_norm(x, **block['ln_1']), **block['attn'], n_head=n_head, past=old)\n"
        "        present.append(a)\n"
        "        x = x + a\n"
        "        x = x + feed_forward(layer_norm(x, **block['ln_2']), **block['mlp'])\n"
        "    return layer_norm(x, **ln_f) @ wte.T, present",
        "mha_cached returns two things, the output and the new (k, v), and a holds both",
        "give each of the two a name",
    )
]
CASES = [(name, *rest) for name, cases in SAYS.items() for rest in cases]


@pytest.mark.parametrize("function, code, first, action", CASES, ids=range(len(CASES)))
def test_the_code_is_looked_at_before_the_numbers(
    function: str, code: str, first: str, action: str, grade_here: Grade, student: Student
) -> None:
    graded = grade_here(student(**{function: code}), "--steps", str(step_of(function).number))
    problem = next(t for t in graded.tests(function) if t["status"] != "passed")
    assert first in problem["message"], problem["message"]
    assert action in problem["message"]
    if problem["diagnosis"] is None and "the first is" not in first and "yours" not in first:
        assert first in problem["message"].splitlines()[0]


def test_a_generate_that_still_only_decodes_greedily_is_said_to(grade_here: Grade, student: Student) -> None:
    text = (
        "def generate(inputs, params, n_head, n_tokens_to_generate):\n"
        "    if not 0 < len(inputs) <= len(params['wpe']) - n_tokens_to_generate:\n"
        "        raise ValueError('does not fit')\n"
        "    ids = list(inputs)\n"
        "    for _ in range(n_tokens_to_generate):\n"
        "        ids.append(int(np.argmax(gpt2(ids, **params, n_head=n_head)[-1])))\n"
        "    return ids"
    )
    graded = grade_here(student(generate=text), "--steps", "10,11")
    assert graded.step(10)["status"] == "passed"
    failed = [t for t in graded.step(11)["tests"] if t["function"] == "generate" and t["status"] != "passed"]
    assert failed
    for test in failed:
        says = "generate does not use apply_frequency_penalty, next_token_probs or sample yet"
        assert test["message"].splitlines()[0] == says


def test_two_numbers_that_differ_never_look_equal(grade_here: Grade, student: Student) -> None:
    code = "def linear(x, w, b):\n    return (x @ w + b) * np.float32(1 + 2e-4)"
    [first, *_] = grade_here(student(linear=code), "--steps", "4").tests("linear")
    words = first["message"].splitlines()[0].split("yours ")[1].split(", expected ")
    assert words[0] != words[1]


def test_progress_bars_and_the_references_warnings_are_not_the_students_prints() -> None:
    from grader.judging.verdict import own_prints

    bar = "generating:  65%|██████▌   | 13/20 [00:00<00:00, 58.11it/s]"
    warning = "<reference pico_gpt>:9: RuntimeWarning: invalid value\n  return e / e.sum()\n"
    assert own_prints(f"mine\n\r{bar}\r{bar}\n{warning}mine too\n").split() == ["mine", "mine", "too"]
    assert own_prints(bar) == "" and own_prints("100% | sure\n") == "100% | sure\n"


@pytest.mark.parametrize(
    "line, is_lost",
    [
        ("np.exp(x)", True),
        ("np.exp(x, x)", False),
        ("np.maximum(x, 0)", True),
        ("np.maximum(x, 0, x)", False),
        ("x.clip(0, 1)", True),
        ("x.clip(0, 1, x)", False),
        ("np.clip(x, 0, 1)", True),
        ("np.clip(x, 0, 1, x)", False),
        ("np.exp(x, out=x)", False),
        ("np.concatenate([x, x], 0)", True),
        ("gelu(x)", True),
        ("x.sort()", False),
        ("x.append(1)", False),
        ("np.append(x, 1)", True),
        ("print(x)", False),
    ],
)
def test_a_line_that_writes_into_an_array_throws_nothing_away(line: str, is_lost: bool) -> None:
    [node] = ast.parse(f"def f(x):\n    {line}\n    return x").body
    assert isinstance(node, ast.FunctionDef)
    assert thrown_away(node, {"gelu"}) == ((2, line) if is_lost else None)


def _function(body: str) -> ast.FunctionDef:
    text = "".join(f"    {line}\n" for line in body.splitlines())
    [node] = ast.parse(f"def f(x, past, ids):\n{text}").body
    assert isinstance(node, ast.FunctionDef)
    return node


@pytest.mark.parametrize(
    "body, as_one",
    [
        ("logits = gpt2_cached(ids, past)\nreturn logits[-1]", True),
        ("a = mha_cached(x, past)\nx = x + a", True),
        ("a = mha_cached(x, past)\nx += a", True),
        ("a = mha_cached(x, past)\nreturn np.argmax(a)", True),
        ("a = mha_cached(x, past)\nreturn layer_norm(a)", True),
        ("a = mha_cached(x, past)\nreturn a", False),
        ("a = mha_cached(x, past)\nreturn a[0] + x, a[1]", False),
        ("a = mha_cached(x, past)\nout, new = a\nreturn out + x, new", False),
        ("out, new = mha_cached(x, past)\nreturn out + x", False),
        ("a = mha_cached(x, past)\nreturn join(*a)", False),
        ("a = linear(x, past)\nreturn a + x", False),
    ],
)
def test_two_things_under_one_name_are_seen_where_they_are_used_as_one(body: str, as_one: bool) -> None:
    assert (pair_as_one(_function(body)) is not None) == as_one


@pytest.mark.parametrize(
    "body, shared",
    [
        ("m = [[0] * 4] * 4\nm[1][2] = 5", True),
        ("m = 4 * [[0, 0]]\nm[1][2] += 5", True),
        ("m = [[]] * 4\nm[1].append(5)", True),
        ("m = [[0] * 4] * 4\nm[1] = [5] * 4", False),
        ("m = [[0] * 4 for _ in x]\nm[1][2] = 5", False),
        ("m = [None] * 4\nm[1] = 5", False),
        ("m = np.array([[0] * 4] * 4)\nm[1][2] = 5", False),
    ],
)
def test_one_row_for_many_is_seen_where_a_place_of_it_is_set(body: str, shared: bool) -> None:
    assert (shared_rows(_function(body)) is not None) == shared


@pytest.mark.parametrize(
    "body, as_numbers",
    [
        ("a = [1, 2]\nreturn a * 3", True),
        ("a = [1, 2]\nb = [3]\nreturn a + b", True),
        ("a = [y for y in x]\nreturn a + list(x)", True),
        ("a = np.array([1, 2])\nreturn a * 3", False),
        ("a = [1, 2]\na = np.array(a)\nreturn a * 3", False),
        ("return [0] * 3", False),
        ("return ids + [1]", False),
        ("a = [1, 2]\nreturn a + x", False),
    ],
)
def test_a_list_that_is_calculated_with_is_seen(body: str, as_numbers: bool) -> None:
    assert (lists_as_numbers(_function(body)) is not None) == as_numbers


def test_a_function_that_nobody_wrote_by_hand_is_not_looked_at() -> None:
    def function(lines: int) -> ast.FunctionDef:
        [node] = ast.parse("def gelu(x):\n" + "    x = x\n" * lines).body
        assert isinstance(node, ast.FunctionDef)
        return node

    assert is_endless(function(20_000)) and not is_endless(function(2_000))


def test_only_calls_with_lists_and_without_a_generator_are_made_again() -> None:
    assert holds_lists(([1],), {}) and not holds_lists((1, (2.0,)), {})
    assert not holds_lists(([1],), {"rng": np.random.default_rng(0)})


@pytest.mark.parametrize(
    "body, line",
    [
        ("for i in ids:\n    out = x[i] + 1\nreturn out", 3),
        ("for i in ids:\n    y = x[i]\n    out = y + 1\nreturn np.array(out)", 4),
        ("out = []\nfor i in ids:\n    out.append(x[i])\nreturn out", None),
        ("for i in ids:\n    x = x + 1\nreturn x", None),
        ("for i in ids:\n    out = x[i]\n    if out > 1:\n        break\nreturn out", None),
        ("best = 0\nfor i in ids:\n    if i > 3:\n        best = i\nreturn best", None),
        ("out = np.zeros(3)\nfor i in ids:\n    out[i] = x[i]\nreturn out", None),
    ],
)
def test_what_only_the_last_round_leaves_is_seen(body: str, line: int | None) -> None:
    found = kept_of_the_last_round(_function(body))
    assert (found and found[0]) == line
