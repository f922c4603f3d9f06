"""The code is looked at before the numbers, and what is said of a failure is the student's own."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from real_grader import SOLUTIONS, Graded

from grader.kata.curriculum import step_of
from grader.kata.student_code import thrown_away

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
        (
            "def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):\n"
            "    x = x.astype(np.float16)\n"
            "    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)\n"
            "    return (x + feed_forward(layer_norm(x, **ln_2), **mlp)).astype(np.float32)",
            "transformer_block is wrong at",
            "somewhere in here the numbers have only half precision",
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
CASES = [(name, *rest) for name, cases in SAYS.items() for rest in cases]


@pytest.mark.parametrize("function, code, first, action", CASES, ids=range(len(CASES)))
def test_the_code_is_looked_at_before_the_numbers(
    function: str, code: str, first: str, action: str, grade: Grade, student: Student
) -> None:
    graded = grade(student(**{function: code}), "--steps", str(step_of(function).number))
    problem = next(t for t in graded.tests(function) if t["status"] != "passed")
    assert first in problem["message"], problem["message"]
    assert action in problem["message"]
    if problem["diagnosis"] is None and "the first is" not in first and "yours" not in first:
        assert first in problem["message"].splitlines()[0]


def test_a_generate_that_still_only_decodes_greedily_is_said_to(grade: Grade, student: Student) -> None:
    text = (
        "def generate(inputs, params, n_head, n_tokens_to_generate):\n"
        "    if not 0 < len(inputs) <= len(params['wpe']) - n_tokens_to_generate:\n"
        "        raise ValueError('does not fit')\n"
        "    ids = list(inputs)\n"
        "    for _ in range(n_tokens_to_generate):\n"
        "        ids.append(int(np.argmax(gpt2(ids, **params, n_head=n_head)[-1])))\n"
        "    return ids"
    )
    graded = grade(student(generate=text), "--steps", "10,11")
    assert graded.step(10)["status"] == "passed"
    failed = [t for t in graded.step(11)["tests"] if t["function"] == "generate" and t["status"] != "passed"]
    assert failed
    for test in failed:
        says = "generate does not use apply_frequency_penalty, next_token_probs or sample yet"
        assert test["message"].splitlines()[0] == says


def test_two_numbers_that_differ_never_look_equal(grade: Grade, student: Student) -> None:
    code = "def linear(x, w, b):\n    return (x @ w + b) * np.float32(1 + 2e-4)"
    [first, *_] = grade(student(linear=code), "--steps", "4").tests("linear")
    words = first["message"].splitlines()[0].split("yours ")[1].split(", expected ")
    assert words[0] != words[1]


def test_progress_bars_and_the_references_warnings_are_not_the_students_prints() -> None:
    from grader.judging.verdict import own_prints

    bar = "generating:  65%|██████▌   | 13/20 [00:00<00:00, 58.11it/s]"
    warning = "<reference pico_gpt>:9: RuntimeWarning: invalid value\n  return e / e.sum()\n"
    assert own_prints(f"mine\n\r{bar}\r{bar}\n{warning}mine too\n").split() == ["mine", "mine", "too"]
    assert own_prints(bar) == "" and own_prints("100% | sure\n") == "100% | sure\n"


def test_the_solutions_are_quiet(grade: Grade) -> None:
    assert all(
        t["message"] == "" for s in grade(SOLUTIONS, "--steps", "1-11").result["steps"] for t in s["tests"]
    )


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
