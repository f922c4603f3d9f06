"""An implementation on the real GPT-2, judged by numbers that others published about it.

The student's functions run in the worker, all of them their own; what was published stays here. What
is compared is what a source printed: ids, logits, log-probabilities, losses, hidden rows, scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from grader.kata.curriculum import function_names, step_of
from grader.sandbox.host import Answer, Host, Limits
from reference_activations.models import Model
from reference_activations.tokens import encoding

Array = NDArray[np.float64]
Fact = Mapping[str, Any]
Status = Literal["passed", "near tie", "failed", "not done"]

OWN = frozenset(function_names())
LIMITS = Limits(seconds=300.0, address_space=24 << 30, reply_bytes=4 << 30)
GENERATED = ("today_is", "the_dog")  # short continuations that generate, which computes all again, writes too

# Two logits closer than this may change places between two right programs in float32.
NEAR_TIE = 0.02
# How far right float32 programs are from one another on this model: about 1e-4 for a logit. An erf gelu is
# 5e-3 away or more. What a source rounded gets half of its last digit on top.
NOISE = 1e-3
MEAN_NOISE = 5e-5  # of a mean over several tokens
RELATIVE_NOISE = 2e-4  # of a perplexity, which is the exponential of a mean


@dataclass(frozen=True)
class Check:
    """The verdict on one published fact; `detail` holds the numbers."""

    kind: str
    name: str
    status: Status
    detail: str
    source: str


class _NotJudged(Exception):
    """A function has no answer; carries the status and the line that says why."""

    def __init__(self, status: Status, line: str):
        super().__init__(line)
        self.status: Status = status


def judge_facts(
    impl: Path, model: Model, facts: Mapping[str, Any], on_check: Callable[[Check], None] = lambda check: None
) -> list[Check]:
    """Judge the functions of a folder by every fact.

    Args:
        impl: holds pico_gpt.py and, for generate_cached, kv_cache.py.
        model: the model that the facts are about.
        facts: as `load_facts` returns them.
        on_check: called with each verdict as soon as it is known.
    Raises:
        WorkerError: no worker process can be started.
    """
    checks = []
    with Host(impl, None, limits=LIMITS) as host:
        run = _Run(host, model)
        for check in _all_checks(run, facts):
            checks.append(check)
            on_check(check)
        if any(check.kind == "logits" and check.status == "failed" for check in checks):
            for check in _erf_gelu(run, facts):
                checks.append(check)
                on_check(check)
    return checks


class _Run:
    """The student's functions on one model."""

    def __init__(self, host: Host, model: Model):
        self.host = host
        self.model = model
        self.params = host.put("params", model.params)
        self._logits: dict[tuple[int, ...], Array] = {}

    def call(self, function: str, *args: Any, **kwargs: Any) -> Any:
        """What the function returned.

        Raises:
            _NotJudged: it returned nothing.
        """
        answer = self.host.call(function, *args, own=OWN, **kwargs)
        if answer.status != "returned":
            raise _NotJudged(*_reason(function, answer))
        return answer.value

    def array(self, function: str, shape: tuple[int, ...], *args: Any, **kwargs: Any) -> Array:
        """The array that the function returned.

        Raises:
            _NotJudged: it is none of this shape.
        """
        value = self.call(function, *args, **kwargs)
        if not isinstance(value, np.ndarray) or value.shape != shape or value.dtype.kind not in "fiu":
            got = f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
            raise _NotJudged("failed", f"{function} returned {got}, not an array {shape}")
        return value.astype(np.float64)

    def logits(self, ids: Sequence[int]) -> Array:
        """gpt2's answer, [len(ids), n_vocab]; each prompt is computed once."""
        key = tuple(ids)
        if key not in self._logits:
            shape = (len(key), self.model.n_vocab)
            self._logits[key] = self.array("gpt2", shape, list(key), **self.params, n_head=self.model.n_head)
        return self._logits[key]

    def logprobs(self, ids: Sequence[int]) -> Array:
        """log p of ids[1:], each given all before it."""
        logits = self.logits(list(ids)[:-1])
        peak = logits.max(axis=-1, keepdims=True)
        normed = logits - peak - np.log(np.exp(logits - peak).sum(axis=-1, keepdims=True))
        return np.asarray(normed[np.arange(len(normed)), list(ids)[1:]])


def _reason(function: str, answer: Answer) -> tuple[Status, str]:
    if answer.status in ("not_implemented", "missing"):
        return "not done", f"{function} (step {step_of(function).number}) is not written yet"
    place = f", {Path(answer.file).name} line {answer.line}" if answer.line else ""
    return "failed", f"{function}: {answer.error}{place}"


# ------------------------------------------------------------------------------------- the facts


def _all_checks(run: _Run, facts: Mapping[str, Any]) -> Iterator[Check]:
    greedy = facts.get("greedy_124M", ())
    for fact in facts.get("logits_124M", ()):
        yield _judged(run, "logits", fact, _logits)
    for fact in facts.get("logprobs_124M", ()):
        yield _judged(run, "log-probabilities", fact, _logprobs)
        if "window5" in fact:
            yield _judged(run, "log-probabilities", fact, _windows, " (windows of 5)")
    for fact in facts.get("losses_124M", ()):
        yield _judged(run, "loss", fact, _loss)
    for fact in facts.get("perplexity_124M", ()):
        yield _judged(run, "perplexity", fact, _perplexity)
    for fact in facts.get("hidden_124M", ()):
        yield _judged(run, "hidden row", fact, _hidden)
    explainer = facts.get("transformer_explainer", {})
    for fact in explainer.get("examples", ()):
        fact = {**fact, "source": explainer.get("source", "")}
        yield _judged(run, "scores of block 0", fact, _block0_scores)
    for fact in greedy:
        yield _judged(run, "greedy ids", fact, _greedy)
        if "logprobs" in fact:
            yield _judged(run, "log-probabilities", fact, _greedy_logprobs)
    for fact in greedy:
        if fact["name"] in GENERATED:
            yield _judged(run, "generate", fact, partial(_generated, "generate"))
    for fact in greedy:
        yield _judged(run, "generate_cached", fact, partial(_generated, "generate_cached"))


def _judged(
    run: _Run, kind: str, fact: Fact, verdict: Callable[[_Run, Fact], tuple[Status, str]], more: str = ""
) -> Check:
    try:
        status, detail = verdict(run, fact)
    except _NotJudged as problem:
        status, detail = problem.status, str(problem)
    return Check(kind, _name(fact) + more, status, detail, str(fact.get("source", "")))


def _name(fact: Fact) -> str:
    """How a person finds the fact: its text, or its ids."""
    if fact.get("prompt_text"):
        return repr(fact["prompt_text"])
    if "texts" in fact or "text" in fact:
        return ", ".join(repr(text) for text in fact.get("texts", [fact.get("text")]))
    names = ("prompt_ids", "ids", "context_ids", "tokens_257")
    ids = next((list(fact[name]) for name in names if name in fact), [])
    return f"ids {str(ids[:6])[1:-1]}{', …' if len(ids) > 6 else ''}"


def _near(mine: Any, published: Any, allowed: float) -> tuple[Status, str]:
    """Whether all numbers are close, and the largest distance."""
    mine, published = np.asarray(mine, dtype=np.float64), np.asarray(published, dtype=np.float64)
    if mine.shape != published.shape:
        return "failed", f"yours has the shape {mine.shape}, published {published.shape}"
    worst = int(np.argmax(np.where(np.isfinite(mine), np.abs(mine - published), np.inf)))
    error = float(np.abs(mine - published).flat[worst])
    numbers = f"yours {mine.flat[worst]:.7g}, published {published.flat[worst]:.7g}"
    detail = f"{numbers}, apart {error:.1e} (allowed {allowed:.1e})"
    return ("passed" if error <= allowed else "failed"), detail


def _logits(run: _Run, fact: Fact) -> tuple[Status, str]:
    row = run.logits(fact["prompt_ids"])[fact["position"]]
    allowed = max(NOISE, fact.get("tol", 0.0))
    if "argmax" in fact:
        if int(np.argmax(row)) != fact["argmax"]:
            return "failed", f"the largest logit is that of {int(np.argmax(row))}, published {fact['argmax']}"
        return _near(row[fact["argmax"]], fact["logit"], allowed)
    order = np.argsort(-row)[: len(fact["top10_ids"])].tolist()
    status, detail = _near(row[fact["top10_ids"]], fact["top10_logits"], allowed)
    if status == "passed" and order != list(fact["top10_ids"]):
        return "failed", f"the largest logits are those of {order}, published {fact['top10_ids']}"
    if status == "passed":
        spread = [row.max(), row.min(), row.mean(), row.std()]
        status, other = _near(spread, fact["summary_max_min_mean_std"], allowed)
        detail = other if status == "failed" else detail
    return status, detail


def _logprobs(run: _Run, fact: Fact) -> tuple[Status, str]:
    if "logprob" in fact:  # of a whole continuation
        context, continuation = list(fact["context_ids"]), list(fact["continuation_ids"])
        mine = run.logprobs(context + continuation)[-len(continuation) :].sum()
        return _near(mine, fact["logprob"], NOISE * len(continuation) ** 0.5)
    return _near(run.logprobs([*fact["prefix_ids"], *fact["ids"]]), fact["logprobs"], NOISE)


def _windows(run: _Run, fact: Mapping[str, Any], size: int = 5) -> tuple[Status, str]:
    """The same tokens, but no prediction sees more than `size` tokens (rolling windows)."""
    ids = [*fact["prefix_ids"], *fact["ids"]]
    mine: list[float] = []
    while len(mine) < len(fact["ids"]):
        end = min(len(mine) + size, len(fact["ids"])) + 1
        new = end - 1 - len(mine)
        mine += run.logprobs(ids[max(0, end - 1 - size) : end])[-new:].tolist()
    return _near(mine, fact["window5"], NOISE)


def _loss(run: _Run, fact: Fact) -> tuple[Status, str]:
    if "tokens_257" in fact:
        n_rows, n_seq = fact["B"], fact["T"]
        tokens = fact["tokens_257"]
        rows = [tokens[i * n_seq : (i + 1) * n_seq + 1] for i in range(n_rows)]
    else:
        rows = [fact["ids"]]
    mine = -np.concatenate([run.logprobs(row) for row in rows]).mean()
    return _near(mine, fact["mean_nll"], max(MEAN_NOISE, fact["tol"]))


def _perplexity(run: _Run, fact: Fact) -> tuple[Status, str]:
    if "ids" in fact:
        texts = [list(fact["ids"])]
    else:
        texts = [encoding().encode_ordinary(text) for text in fact["texts"]]
    mine = float(np.mean([np.exp(-run.logprobs(ids).mean()) for ids in texts]))
    published = fact.get("ppl", fact.get("mean_ppl"))
    return _near(mine, published, 0.005 + RELATIVE_NOISE * published)  # published with two decimals


def _hidden(run: _Run, fact: Fact) -> tuple[Status, str]:
    model, ids = run.model, list(fact["ids"])
    x = model.params["wte"][ids] + model.params["wpe"][: len(ids)]
    for i in range(model.n_layer):
        block = run.params["blocks"][i]
        x = run.array("transformer_block", x.shape, x, **block, n_head=model.n_head).astype(np.float32)
    x = run.array("layer_norm", x.shape, x, **run.params["ln_f"])
    first = fact["first5"]
    return _near(x[fact["position"], : len(first)], first, fact["tol"])


def _block0_scores(run: _Run, fact: Fact) -> tuple[Status, str]:
    """q k^T of block 0, before scale and mask; the source's other numbers come from another gelu."""
    model, ids = run.model, list(fact["ids"])
    x = model.params["wte"][ids] + model.params["wpe"][: len(ids)]
    block = run.params["blocks"][0]
    x = run.array("layer_norm", x.shape, x, **block["ln_1"]).astype(np.float32)
    n_seq = len(ids)
    qkv = run.array("linear", (n_seq, 3 * model.n_embd), x, **block["attn"]["c_attn"]).astype(np.float32)
    shape = (model.n_head, n_seq, model.d_head)
    q, k = (run.array("split_heads", shape, part, model.n_head) for part in np.split(qkv, 3, axis=-1)[:2])
    return _near(q @ k.swapaxes(-1, -2), fact["block0_scores"], NOISE)


def _erf_gelu(run: _Run, facts: Mapping[str, Any]) -> Iterator[Check]:
    """Wrong logits may be those that were published of a GPT-2 with the other gelu."""
    explainer = facts.get("transformer_explainer", {})
    for fact in explainer.get("examples", ())[:1]:
        logits, ids = (list(column) for column in zip(*fact["top10_erf"]))
        try:
            status, _ = _near(run.logits(fact["ids"])[-1][ids], logits, NOISE)
        except _NotJudged:
            return
        if status == "passed":
            detail = (
                "these are the logits of a GPT-2 with the erf form of gelu; GPT-2's is the tanh form (step 1)"
            )
            yield Check("diagnosis", "gelu", "failed", detail, explainer.get("source", ""))


def _greedy(run: _Run, fact: Fact) -> tuple[Status, str]:
    """The most likely token at every step, when the published ones came before it."""
    prompt, new = list(fact["prompt_ids"]), list(fact["expected_new_ids"])
    rows = run.logits(prompt + new[:-1])[len(prompt) - 1 :]
    gaps = _gaps(rows, new)
    if not gaps:
        top_two = np.sort(rows, axis=-1)[:, -2:]
        margin = float((top_two[:, 1] - top_two[:, 0]).min())
        return "passed", f"{len(new)} ids; the nearest second best is {margin:.3f} behind"
    place, gap = next(iter(gaps.items()))
    yours = int(np.argmax(rows[place]))
    detail = f"new token {place + 1}: yours {yours}, published {new[place]}, {gap:.3f} behind"
    return ("near tie" if max(gaps.values()) < NEAR_TIE else "failed"), detail


def _gaps(rows: Array, new: Sequence[int]) -> dict[int, float]:
    """Step -> by how much the published token is behind, where it is not the most likely one."""
    behind = rows.max(axis=-1) - rows[np.arange(len(new)), list(new)]
    wrong = np.argmax(rows, axis=-1) != np.asarray(new)
    return {int(i): float(behind[i]) for i in np.flatnonzero(wrong | ~np.isfinite(behind))}


def _greedy_logprobs(run: _Run, fact: Fact) -> tuple[Status, str]:
    ids = [*fact["prompt_ids"], *fact["expected_new_ids"]]
    mine = run.logprobs(ids)[-len(fact["logprobs"]) :]
    return _near(mine, fact["logprobs"], NOISE + 0.0005)  # published with three decimals


def _generated(function: str, run: _Run, fact: Fact) -> tuple[Status, str]:
    """What the function writes after the prompt, on its own."""
    prompt, new = list(fact["prompt_ids"]), list(fact["expected_new_ids"])
    ids = run.call(function, prompt, run.params, run.model.n_head, len(new))
    if (
        not isinstance(ids, list)
        or not all(type(token) is int for token in ids)
        or len(ids) != len(prompt + new)
    ):
        return "failed", f"{function} returned no list of {len(prompt)} + {len(new)} ids"
    place = next((i for i, pair in enumerate(zip(ids, prompt + new)) if pair[0] != pair[1]), None)
    if place is None:
        return "passed", f"{len(new)} ids"
    detail = f"new token {place - len(prompt) + 1}: yours {ids[place]}, published {(prompt + new)[place]}"
    try:
        gap = _gaps(run.logits(prompt + new[:-1])[len(prompt) - 1 :], new).get(place - len(prompt), np.inf)
    except _NotJudged:
        gap = np.inf
    return ("near tie" if gap < NEAR_TIE else "failed"), detail
