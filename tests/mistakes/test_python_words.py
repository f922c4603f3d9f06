"""Python's and NumPy's errors in a beginner's words: each rule speaks for what it is about, and nothing else.

The code below is run, so that the errors are the real ones of the NumPy that is here.
"""
# ruff: noqa: E501

from __future__ import annotations

import json
import math
import re
import traceback
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from grader.judging.reference import Reference
from grader.mistakes import register
from grader.mistakes.python_words import RULES, Raised, in_words

REFERENCE = Reference()
RNG = np.random.default_rng(1)
X = RNG.normal(size=(7, 48))
HEADS = RNG.normal(size=(4, 7, 12))
LAYER = {"w": RNG.normal(size=(48, 48)), "b": RNG.normal(size=48)}
WIDE = {"w": RNG.normal(size=(48, 144)), "b": RNG.normal(size=144)}
NORM = {"g": np.ones(48), "b": np.zeros(48)}
BLOCK = {"ln_1": NORM, "attn": {"c_attn": WIDE, "c_proj": LAYER}, "ln_2": NORM}
RANKS = {bytes([i]): i for i in range(256)}
INPUTS: dict[str, tuple[Any, ...]] = {
    "gelu": (X,),
    "softmax": (X,),
    "layer_norm": (X, np.ones(48), np.zeros(48)),
    "linear": (X, WIDE["w"], WIDE["b"]),
    "causal_mask": (7,),
    "attention": (HEADS, HEADS, HEADS, np.zeros((7, 7))),
    "split_heads": (X, 4),
    "merge_heads": (HEADS,),
    "mha": (X, WIDE, LAYER, 4),
    "feed_forward": (X, WIDE, LAYER),
    "transformer_block": (X, {}, BLOCK["attn"], NORM, NORM, 4),
    "gpt2": ([3, 1, 2], np.ones((97, 48)), np.ones((32, 48)), [BLOCK], NORM, 4),
    "generate": (
        [3, 1, 2],
        {"wte": np.ones((97, 48)), "wpe": np.ones((32, 48)), "blocks": [], "ln_f": NORM},
        4,
        3,
    ),
    "apply_frequency_penalty": (np.zeros(9), [1, 1, 2], 0.5),
    "next_token_probs": (np.zeros(9), 1.0, 20, 0.9),
    "sample": (np.ones(4) / 4, None),
    "mha_cached": (X, WIDE, LAYER, 4, None),
    "merge_word": (b"hi", RANKS),
    "encode": ("hi", RANKS),
    "decode": ([104, 8582], RANKS),
    "to_params": ({"h.0.ln_1.weight": np.ones(3), "wte.weight": np.ones(3)},),
}


def raised_by(function: str, body: str) -> Raised:
    """What a function with this body raises, called as the suites call it."""
    names = {n: REFERENCE[n] for n in INPUTS if n != function}
    parameters = {
        "generate": "inputs, params, n_head, n_tokens_to_generate",
        "gpt2": "inputs, wte, wpe, blocks, ln_f, n_head",
        "next_token_probs": "logits, temperature=1.0, top_k=None, top_p=1.0",
        "transformer_block": "x, mlp, attn, ln_1, ln_2, n_head",
        "mha": "x, c_attn, c_proj, n_head",
        "mha_cached": "x, c_attn, c_proj, n_head, past",
        "feed_forward": "x, c_fc, c_proj",
        "attention": "q, k, v, mask",
        "layer_norm": "x, g, b, eps=1e-5",
        "linear": "x, w, b",
        "causal_mask": "n_seq",
        "split_heads": "x, n_head",
        "apply_frequency_penalty": "logits, generated_tokens, penalty",
        "sample": "probs, rng",
        "merge_word": "word, ranks",
        "encode": "text, ranks",
        "decode": "ids, ranks",
        "to_params": "tensors",
    }.get(function, "x")
    text = f"def {function}({parameters}):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    space: dict[str, Any] = {"np": np, "math": math, "re": re, "json": json, "pairwise": pairwise, **names}
    exec(compile(text, "student.py", "exec"), space)
    try:
        space[function](*INPUTS[function])
    except Exception as error:
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == "student.py"]
        line = text.splitlines()[(lines[-1] or 1) - 1]
        said = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return Raised(function, said, line, text, text)
    raise AssertionError(f"nothing was raised by\n{text}")


WRONG: list[tuple[str, str, str]] = [
    ("gelu.math-tanh", "gelu", "return math.tanh(x)"),
    ("python.math-on-array", "gelu", "return math.exp(x)"),
    ("python.math-on-array", "softmax", "return [math.exp(row) for row in x]"),
    ("python.one-number-of-an-array", "gelu", "return float(x)"),
    ("python.caret", "gelu", "return x^3"),
    ("python.star-missing", "gelu", "return np.sqrt(2 / np.pi)(x + 1)"),
    ("python.star-missing", "gelu", "return 0.5(x + 1)"),
    ("python.round-brackets", "gelu", "return x(0)"),
    ("python.size-is-a-number", "attention", "return q / np.sqrt(q.size(-1))"),
    ("python.name-taken", "softmax", "max = np.max(x)\nreturn x - max(x)"),
    ("python.call-brackets-missing", "softmax", "return x - x.max"),
    ("python.call-brackets-missing", "softmax", "return x - x.max[0]"),
    ("python.ratio-not-whole", "split_heads", "return x.reshape(7, n_head, 48 / n_head)"),
    ("python.ratio-not-whole", "split_heads", "d = x.shape[1] / n_head\nreturn x.reshape(7, n_head, d)"),
    ("python.torch-words", "softmax", "return x.max(dim=-1, keepdim=True)"),
    ("python.torch-words", "softmax", "return x.sum(dim=-1)"),
    ("python.torch-words", "softmax", "return np.sum(x, axis=-1, keepdim=True)"),
    ("python.torch-transpose", "attention", "return q @ k.transpose(-2, -1)"),
    ("python.torch-transpose", "attention", "return q @ np.transpose(k, (0, 1))"),
    ("python.transpose-axes", "split_heads", "return x.transpose(1, 0, 2)"),
    ("python.not-an-array-method", "attention", "return q @ k.permute(0, 2, 1)"),
    ("python.torch-view", "split_heads", "return x.view(7, n_head, 12)"),
    ("python.not-in-numpy", "attention", "return np.softmax(q)"),
    ("python.not-in-math", "gelu", "return math.maximum(x, 0)"),
    ("python.max-of-rows", "softmax", "return max(x)"),
    ("python.if-on-array", "gelu", "if x > 0:\n    return x"),
    ("python.dict-as-array", "mha", "return x @ c_attn"),
    ("python.dict-as-array", "mha", "return linear(x, c_attn)"),
    ("python.dict-as-array", "transformer_block", "return x + layer_norm(x, ln_1)"),
    ("python.dict-by-dot", "mha", "return x @ c_attn.w"),
    ("python.other-part-names", "mha", 'return x @ c_attn["weight"]'),
    ("python.parts-swapped", "transformer_block", "mlp = {'c_fc': 1, 'c_proj': 2}\nreturn mha(x, **mlp, n_head=n_head)"),
    ("python.torch-is-not-here", "linear", "return torch.matmul(x, w)"),
    ("python.import-missing", "gelu", "return numpy.tanh(x)"),
    ("python.import-missing", "gpt2", "return generate_cached(inputs)"),
    ("python.self", "layer_norm", "return x * self.g"),
    ("python.np-missing", "gelu", "return tanh(x)"),
    ("python.misspelled", "gelu", "inner = x\nreturn innner"),
    ("python.size-without-value", "split_heads", "return x.reshape(7, n_head, n_embd // n_head)"),
    ("python.undefined", "gelu", "return zebra * x"),
    ("python.undefined", "layer_norm", "return x - mean"),
    ("python.np-missing", "gelu", "return x * pi"),
    ("python.name-used-twice", "attention", "softmax = softmax(q)\nreturn softmax @ v"),
    ("python.used-before-it-is-set", "gelu", "if False:\n    y = x\nreturn y"),
    ("python.calls-itself", "softmax", "return softmax(x)"),
    ("python.range-missing", "causal_mask", "for i in n_seq:\n    pass"),
    ("python.list-has-no-shape", "gpt2", "return wpe[: inputs.shape[0]]"),
    ("python.list-with-axes", "gpt2", "return inputs[:, 0]"),
    ("python.list-by-name", "gpt2", 'return blocks["ln_1"]'),
    ("python.number-added-to-list", "generate", "return inputs + 1"),
    ("python.not-in-numpy", "layer_norm", "return np.variance(x)"),
    ("python.no-reverse", "next_token_probs", "return np.argsort(logits, reverse=True)"),
    ("python.shape-in-a-formula", "attention", "return q @ k.swapaxes(1, 2) / np.sqrt(q.shape)"),
    ("python.shape-in-a-formula", "attention", "return q / math.sqrt(q.shape)"),
    ("python.mask-does-not-fit", "mha", "q = split_heads(x, 4)\nreturn attention(q, q, q, causal_mask(n_head))"),
    ("python.calls-itself", "softmax", "x = x - x.max(axis=-1, keepdims=True)\nreturn softmax(x) / x.sum()"),
    ("python.list-arithmetic", "causal_mask", "mask = [[0, 1], [1, 0]]\nreturn mask * -1e10"),
    ("python.list-arithmetic", "causal_mask", "mask = [[0, 1], [1, 0]]\nreturn (1 - mask) * -1e10"),
    ("python.list-arithmetic", "generate", "return -inputs"),
    ("python.past-is-a-pair", "mha_cached", "past = (x, x)\nk = x[0]\nreturn np.concatenate([past, k])"),
    ("python.past-is-a-pair", "mha_cached", "past = (x, x)\nreturn past.shape[1]"),
    ("python.tuple-has-no-shape", "mha", "qkv = x, x, x\nreturn qkv.reshape(3, -1)"),
    ("python.append-returns-none", "generate", "ids = inputs.append(1)\nreturn len(ids)"),
    ("python.past-is-none", "mha_cached", "k = past[0]"),
    ("python.rng-is-none", "sample", "return rng.choice(4, p=probs)"),
    ("python.nothing-returned", "generate", "return print(1)[0]"),
    ("python.two-brackets-for-a-shape", "causal_mask", "return np.zeros(n_seq, n_seq)"),
    ("python.concatenate-takes-one-list", "merge_heads", "return np.concatenate(x[0], x[1])"),
    ("python.concatenate-takes-one-list", "merge_heads", "return np.concatenate(x[0], x[1], axis=-1)"),
    ("python.keepdims-by-place", "softmax", "return x - x.mean(-1, True)"),
    ("python.axes-missing", "softmax", "return x.sum(axis=2)"),
    ("python.shape-has-fewer", "split_heads", "return x.shape[2]"),
    ("next_token_probs.top-k-beyond-vocabulary", "next_token_probs", "return np.argpartition(logits, -top_k)"),
    ("next_token_probs.top-k-beyond-vocabulary", "next_token_probs", "return np.sort(logits)[-top_k]"),
    ("linear.w-times-x", "linear", "return w @ x + b"),
    ("linear.transposed", "linear", "return x @ w.T + b"),
    ("linear.elementwise", "linear", "return x * w + b"),
    ("linear.bias-first", "linear", "return (x + b) @ w"),
    ("python.elementwise-product", "attention", "weights = softmax(q @ k.swapaxes(1, 2))\nreturn weights * v"),
    ("attention.dot-T", "attention", "return q @ k.T"),
    ("attention.key-not-transposed", "attention", "return q @ k"),
    ("mha.bias-not-cut", "mha", "return linear(x, c_attn['w'][:, :48], c_attn['b'])"),
    ("mha.not-all-split", "mha", "q, k, v = np.split(linear(x, **c_attn), 3, -1)\nq = split_heads(q, 4)\nreturn attention(q, k, v, causal_mask(7))"),
    ("mha.mask-of-n-embd", "mha", "q = split_heads(x, 4)\nreturn attention(q, q, q, causal_mask(x.shape[1]))"),
    ("mha.splits-tokens", "mha", "q, k, v = linear(x, **c_attn)"),
    ("mha.splits-tokens", "mha", "q, k, v = np.split(linear(x, **c_attn), 3)"),
    ("split_heads.cuts-tokens", "split_heads", "return np.stack(np.split(x, n_head))"),
    ("gpt2.not-transposed", "gpt2", "return wpe @ wte"),
    ("gpt2.twelve-blocks", "gpt2", "for i in range(12):\n    block = blocks[i]"),
    ("generate.adds-to-every-id", "generate", "ids = inputs\nids = ids + np.argmax(np.arange(99))\nreturn params['wte'][ids]"),
    ("apply_frequency_penalty.no-minlength", "apply_frequency_penalty", "return logits - np.bincount(generated_tokens)"),
    ("layer_norm.no-keepdims", "layer_norm", "return x - x.mean(axis=-1)"),
    ("softmax.no-keepdims-at-all", "softmax", "return x - x.max(axis=-1)"),
    ("softmax.no-keepdims", "softmax", "return x / x.sum(axis=-1)"),
    ("merge_word.ints-not-bytes", "merge_word", "return [ranks[part] for part in word]"),
    ("merge_word.ints-not-bytes", "merge_word", 'return b"".join(list(word))'),
    ("decode.table-the-other-way", "decode", "return [ranks[i] for i in ids]"),
    ("python.text-not-bytes", "encode", "return [ranks[c] for c in text]"),
    ("python.text-not-bytes", "encode", "return merge_word(text, ranks)"),
    ("python.text-and-bytes", "decode", 'return "".join([b"a"])'),
    ("python.text-and-bytes", "merge_word", "return word.encode()"),
    ("to_params.no-prefix", "to_params", 'return tensors["wpe.weight"]'),
    ("to_params.prefix-expected", "to_params", 'return tensors["transformer.wte.weight"]'),
    ("to_params.names-without-weight", "to_params", 'return tensors["wte"]'),
    ("to_params.extra-output-layer", "to_params", 'return tensors["lm_head.weight"]'),
    ("python.reshape", "split_heads", "return x.reshape(7, 5, 12)"),
    ("python.unpacked-shape", "softmax", "a, b, c = x.shape"),
    ("python.matmul-shapes", "feed_forward", 'return linear(x, **c_fc) @ c_proj["w"]'),
    ("python.in-place-whole-numbers", "causal_mask", "mask = np.arange(n_seq)\nmask *= 0.5"),
    ("python.argument-missing", "mha", "return attention(x, x, x)"),
    ("python.argument-missing", "gpt2", "return linear(wte, wpe)"),
    ("python.too-many-arguments", "feed_forward", "return gelu(x, x, x)"),
    ("python.argument-twice", "transformer_block", "return mha(x, n_head, **attn)"),
    ("python.function-not-called", "feed_forward", "return gelu * x"),
    ("python.one-star", "mha", "return linear(x, *c_attn)"),
    ("python.list-after-two-stars", "gpt2", "return transformer_block(wte, **blocks)"),
    ("python.mask-of-an-array", "mha", "return causal_mask(x.shape)"),
    ("python.w-and-b-swapped", "mha", "return linear(x, c_proj['b'], c_proj['w'][:2])"),
    ("python.another-layers-bias", "mha", "return linear(x, c_attn['w'], c_proj['b'])"),
    ("python.row-into-one-place", "linear", "out = np.zeros(7)\nout[0] = x[0]"),
    ("python.unequal-pieces", "split_heads", "return np.array([x[:, :3], x[:, :4]])"),
    ("python.shape-is-a-tuple", "split_heads", "n_seq, n_embd = x.shape()"),
    ("python.matmul-of-three", "linear", "return np.matmul(x, w, b)"),
    ("python.matmul-shapes", "linear", "return np.dot(w.T, x.T[:5])"),
    ("python.stack-without-axis", "merge_heads", "return np.hstack(x, axis=-1)"),
    ("python.range-of-a-list", "gpt2", "return wpe[range(inputs)]"),
    ("python.numbers-as-index", "attention", "scores = q @ k.swapaxes(1, 2)\nscores[mask] = 0"),
    ("python.product-before-sum", "attention", "return q @ k.swapaxes(1, 2) + mask @ v"),
    ("python.product-of-a-row", "layer_norm", "return x @ g + np.ones(3)"),
    ("python.items-missing", "decode", "return {b: a for a, b in ranks}"),
    ("python.smallest-of-nothing", "merge_word", "return min([])"),
    ("python.bytes-of-a-number", "merge_word", "return [ranks[bytes(b)] for b in word]"),
    ("python.pair-without-a-rank", "merge_word", "return min([word], key=lambda pair: ranks[pair])"),
    ("python.not-utf-8", "encode", "return '\\u20ac'.encode('ascii')"),
    ("python.one-match", "encode", "import regex\nreturn list(regex.match('h', text))"),
    ("python.strip-takes-letters", "to_params", "t = {k.strip('transformer.'): 1 for k in tensors}\nreturn t['x']"),
    ("python.probabilities-do-not-sum-to-1", "sample", "return np.random.default_rng(1).choice(4, p=probs * 0.5)"),
]  # fmt: skip

NEAR: list[tuple[str, str]] = [  # the same errors in lines that are not what the rule is about
    ("gelu", "return math.sqrt(int(x))"),
    ("gelu", "return np.zeros(3)[x.astype(object)]"),
    ("softmax", "return np.reshape(x, (7.5, 3)) * 2"),
    ("gelu", "raise TypeError('0.5 is not callable')"),
    ("gelu", "raise KeyError(104)"),
    ("layer_norm", "return x + np.ones(7)"),
    ("linear", "return x + np.ones((3, 5))"),
    ("attention", "return q + np.ones(5)"),
    ("mha", "return x + np.ones(5)"),
    ("mha", "return [split_heads(p, 4) for p in np.split(x + np.ones(5), 3)]"),
    ("gpt2", "return wte[inputs][900]"),
    ("generate", "return [1, 2][7]"),
    ("decode", "return {}[len(ids)]"),
    ("to_params", "raise KeyError('something.else')"),
    ("merge_word", "raise ValueError(word)"),
    ("softmax", "return np.split(x, 5)"),
    ("mha", "return np.ones(3) + np.ones(4) + len([linear])"),
    ("decode", "a, b = [1]"),
    ("linear", "x[0] = np.ones(3)"),
    ("feed_forward", "return (lambda a: a)()"),
]


@pytest.mark.parametrize(("id", "function", "body"), WRONG, ids=[f"{w[0]}-{i}" for i, w in enumerate(WRONG)])
def test_a_rule_says_what_this_line_gets_wrong(id: str, function: str, body: str) -> None:
    raised = raised_by(function, body)
    said = in_words(raised)
    assert said is not None and said[0] == id, (raised, said)
    assert said[1] and said[2] and "{" not in said[1] + said[2] and "\n" not in said[1]


@pytest.mark.parametrize(("function", "body"), NEAR)
def test_an_error_alone_says_nothing(function: str, body: str) -> None:
    raised = raised_by(function, body)
    assert in_words(raised) is None, raised


def test_no_rule_speaks_without_the_students_line() -> None:
    for rule in RULES:
        assert (
            in_words(
                Raised("gelu", "TypeError: only 0-dimensional arrays can be converted to Python scalars", "")
            )
            is None
        )
        assert rule.error and rule.line


def test_rules_without_a_sentence_carry_the_id_of_a_registered_mistake() -> None:
    for rule in RULES:
        assert rule.sentence or rule.id in register(), rule.id
        assert bool(rule.sentence) == bool(rule.hint)


def test_a_comment_on_the_line_does_not_count() -> None:
    error = "TypeError: only 0-dimensional arrays can be converted to Python scalars"
    assert in_words(Raised("gelu", error, "y = thing(x)  # not math.tanh(x)")) is None
