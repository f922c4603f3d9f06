"""`make test-gpt2`, on a random model of the real layout: facts made from it agree, all others do not."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from real_grader import ROOT, SOLUTIONS, run_grader

from grader.judging.published_facts import Check, judge_facts
from grader.judging.reference import Reference
from reference_activations.facts import load_facts
from reference_activations.models import Model, read_model
from reference_activations.random_weights import Shape, write_random_folder
from reference_activations.tokens import encoding

SMALL = Shape(n_layer=2, n_head=3, n_embd=24)  # with all of GPT-2's 50257 tokens
REFERENCE = Reference()
PUBLISHED = load_facts("gpt2")


def in_float64(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: in_float64(branch) for name, branch in tree.items()}
    if isinstance(tree, list):
        return [in_float64(branch) for branch in tree]
    return np.asarray(tree, dtype=np.float64)


class Truth:
    """The model in float64, and what can be said of it."""

    def __init__(self, model: Model):
        self.params, self.n_head, self.d_head = in_float64(model.params), model.n_head, model.d_head

    def logits(self, ids: list[int]) -> NDArray[np.float64]:
        return np.asarray(REFERENCE["gpt2"](ids, **self.params, n_head=self.n_head))

    def logprobs(self, ids: list[int]) -> list[float]:
        rows = REFERENCE["softmax"](self.logits(ids[:-1]))
        return [float(np.log(rows[i, token])) for i, token in enumerate(ids[1:])]

    def greedy(self, prompt: list[int], n_new: int) -> list[int]:
        return list(REFERENCE["generate"](prompt, self.params, self.n_head, n_new)[len(prompt) :])

    def after_ln_f(self, ids: list[int]) -> NDArray[np.float64]:
        x = self.params["wte"][ids] + self.params["wpe"][: len(ids)]
        for block in self.params["blocks"]:
            x = REFERENCE["transformer_block"](x, **block, n_head=self.n_head)
        return np.asarray(REFERENCE["layer_norm"](x, **self.params["ln_f"]))

    def block0_scores(self, ids: list[int]) -> list[Any]:
        block, p = self.params["blocks"][0], self.params
        x = REFERENCE["layer_norm"](p["wte"][ids] + p["wpe"][: len(ids)], **block["ln_1"])
        qkv = x @ block["attn"]["c_attn"]["w"] + block["attn"]["c_attn"]["b"]
        heads = qkv.reshape(len(ids), 3, self.n_head, self.d_head)
        return np.einsum("qhd,khd->hqk", heads[:, 0], heads[:, 1]).tolist()  # type: ignore[no-any-return]


def facts_about(model: Model) -> dict[str, Any]:
    """The published facts, with every number replaced by what is true of this model; fewer of them."""
    truth, facts = Truth(model), copy.deepcopy(PUBLISHED)
    facts["greedy_124M"] = [f for f in facts["greedy_124M"] if f["name"] in ("today_is", "the_dog", "eot")]
    for fact in facts["greedy_124M"]:
        fact["expected_new_ids"] = truth.greedy(fact["prompt_ids"], len(fact["expected_new_ids"]))
        if "logprobs" in fact:
            logprobs = truth.logprobs(fact["prompt_ids"] + fact["expected_new_ids"])
            fact["logprobs"] = [round(p, 3) for p in logprobs[len(fact["prompt_ids"]) - 1 :]]
    for fact in facts["logits_124M"]:
        row = truth.logits(fact["prompt_ids"])[-1]
        if "argmax" in fact:
            fact |= {"argmax": int(row.argmax()), "logit": round(float(row.max()), 4)}
        else:
            top = np.argsort(-row)[:10]
            fact |= {"top10_ids": top.tolist(), "top10_logits": row[top].tolist()}
            fact["summary_max_min_mean_std"] = [row.max(), row.min(), row.mean(), row.std()]
    rolling, *sums = facts["logprobs_124M"]
    ids = rolling["prefix_ids"] + rolling["ids"]
    rolling["logprobs"] = truth.logprobs(ids)
    windows = [ids[0:6], ids[5:11], ids[10:16], ids[12:18]]  # the last one predicts two new tokens
    rolling["window5"] = [p for w in windows[:3] for p in truth.logprobs(w)] + truth.logprobs(windows[3])[-2:]
    for fact in sums:
        n = len(fact["continuation_ids"])
        fact["logprob"] = sum(truth.logprobs(fact["context_ids"] + fact["continuation_ids"])[-n:])
    short, tokens = facts["losses_124M"]
    short["mean_nll"] = -float(np.mean(truth.logprobs(short["ids"])))
    t = tokens["tokens_257"]
    tokens["mean_nll"] = -float(np.mean([truth.logprobs(t[i : i + 65]) for i in (0, 64, 128, 192)]))
    one, three = facts["perplexity_124M"]
    one["ppl"] = round(float(np.exp(-np.mean(truth.logprobs(one["ids"])))), 2)
    perplexities = [np.exp(-np.mean(truth.logprobs(encoding().encode(text)))) for text in three["texts"]]
    three["mean_ppl"] = round(float(np.mean(perplexities)), 2)
    for fact in facts["hidden_124M"]:
        fact["first5"] = [round(float(x), 4) for x in truth.after_ln_f(fact["ids"])[0, :5]]
    facts["transformer_explainer"]["examples"] = facts["transformer_explainer"]["examples"][:2]
    for fact in facts["transformer_explainer"]["examples"]:
        fact["block0_scores"] = truth.block0_scores(fact["ids"])
    return facts


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("weights") / "gpt2"
    write_random_folder(folder, SMALL, seed=5)
    model = read_model(folder, "gpt2")
    # Logits as large as GPT-2's; in a model that is so small they would hide an erf gelu.
    ln_f = {"g": 20 * model.params["ln_f"]["g"], "b": model.params["ln_f"]["b"]}
    return replace(model, params={**model.params, "ln_f": ln_f})


@pytest.fixture(scope="module")
def facts(model: Model) -> dict[str, Any]:
    return facts_about(model)


def statuses(checks: list[Check], kind: str = "") -> set[str]:
    return {check.status for check in checks if kind in ("", check.kind)}


def test_the_solutions_agree_with_everything_that_is_true_of_a_model(
    model: Model, facts: dict[str, Any]
) -> None:
    seen: list[Check] = []
    checks = judge_facts(SOLUTIONS, model, facts, seen.append)
    assert [check for check in checks if check.status != "passed"] == []
    assert seen == checks
    assert {check.kind for check in checks} == {
        "logits", "log-probabilities", "loss", "perplexity", "hidden row", "scores of block 0", "greedy ids",
        "generate", "generate_cached",
    }  # fmt: skip
    assert all(check.source and check.detail for check in checks)


def test_the_published_facts_are_not_true_of_a_random_model(model: Model) -> None:
    checks = judge_facts(SOLUTIONS, model, {**PUBLISHED, "greedy_124M": PUBLISHED["greedy_124M"][:2]})
    assert statuses(checks) == {"failed"}


NUMBERS: list[tuple[str, int, str, float]] = [
    ("logits_124M", 0, "top10_logits", 2e-3),
    ("logits_124M", 0, "summary_max_min_mean_std", 2e-3),
    ("logits_124M", 1, "logit", 2e-3),
    ("logprobs_124M", 0, "logprobs", 2e-3),
    ("logprobs_124M", 0, "window5", 2e-3),
    ("logprobs_124M", 1, "logprob", 2e-3),
    ("logprobs_124M", 2, "logprob", 1e-2),
    ("losses_124M", 0, "mean_nll", 2e-4),
    ("losses_124M", 1, "mean_nll", 2e-4),
    ("perplexity_124M", 0, "ppl", 0.0),
    ("perplexity_124M", 1, "mean_ppl", 0.0),
    ("hidden_124M", 0, "first5", 0.02),
]


def test_one_number_a_little_off_is_noticed_in_every_kind_of_fact(
    model: Model, facts: dict[str, Any]
) -> None:
    wrong = copy.deepcopy(facts)
    for key, index, name, offset in NUMBERS:
        fact = wrong[key][index]
        if isinstance(fact[name], list):
            fact[name][len(fact[name]) // 2] += offset
        else:
            fact[name] += offset or 0.02 + 1e-3 * fact[name]
    for example in wrong["transformer_explainer"]["examples"]:
        example["block0_scores"][1][2][3] += 2e-3
    for fact in wrong["greedy_124M"]:
        fact["expected_new_ids"][2] = (fact["expected_new_ids"][2] + 1) % 50257
    assert statuses(judge_facts(SOLUTIONS, model, wrong)) == {"failed"}


ERF_GELU = """def gelu(x):
    erf = np.vectorize(math.erf, otypes=[np.float64])
    return 0.5 * x * (1 + erf(x / math.sqrt(2)))
"""
NO_SCALE = """def attention(q, k, v, mask):
    return softmax(q @ k.swapaxes(-1, -2) + mask) @ v
"""


@pytest.mark.parametrize(("name", "body"), [("gelu", ERF_GELU), ("attention", NO_SCALE)])
def test_a_known_mistake_fails_on_the_model(
    model: Model, facts: dict[str, Any], student: Callable[..., Path], name: str, body: str
) -> None:
    checks = judge_facts(student(**{name: body}), model, {**facts, "greedy_124M": []})
    assert statuses(checks, "loss") == statuses(checks, "perplexity") == {"failed"}
    assert "failed" in statuses(checks, "logits") and "failed" in statuses(checks, "log-probabilities")
    assert statuses(checks, "scores of block 0") == {"passed"}  # no gelu and no scale has touched them yet


def test_the_logits_of_the_erf_gelu_are_recognised(
    model: Model, facts: dict[str, Any], student: Callable[..., Path]
) -> None:
    impl = student(gelu=ERF_GELU)
    erf, ids = Reference(impl), facts["transformer_explainer"]["examples"][0]["ids"]
    row = erf["gpt2"](ids, **in_float64(model.params), n_head=model.n_head)[-1]
    known = copy.deepcopy(facts)
    known["transformer_explainer"]["examples"][0]["top10_erf"] = [[float(row[i]), i] for i in range(10)]
    only = {key: known[key] for key in ("logits_124M", "transformer_explainer")}
    assert "erf form of gelu" in judge_facts(impl, model, only)[-1].detail
    assert not any(check.kind == "diagnosis" for check in judge_facts(SOLUTIONS, model, only))


def test_a_near_tie_is_not_a_failure_and_a_wide_gap_is_one(model: Model, facts: dict[str, Any]) -> None:
    truth, fact = Truth(model), copy.deepcopy(facts["greedy_124M"][0])
    prompt = list(fact["prompt_ids"])
    row = truth.logits(prompt)[-1]
    second, tenth = np.argsort(-row)[[1, 9]]
    near = {name: np.array(value) for name, value in model.params.items() if name == "wte"}["wte"]
    near[second] = near[int(row.argmax())] * (1 - 1e-5)  # the second best is now just behind
    tied = replace(model, params={**model.params, "wte": near})
    for token, status in ((int(second), "near tie"), (int(tenth), "failed")):
        fact["expected_new_ids"] = [token]
        checks = judge_facts(SOLUTIONS, tied, {"greedy_124M": [fact]})
        assert statuses(checks) == {status}


def test_stubs_wait_and_a_crash_is_the_students_line(
    model: Model, facts: dict[str, Any], student: Callable[..., Path]
) -> None:
    only = {"logits_124M": facts["logits_124M"], "greedy_124M": facts["greedy_124M"][:1]}
    stub = "def mha_cached(*args, **kwargs):\n    raise NotImplementedError('step 12: mha_cached')\n"
    checks = judge_facts(student(mha_cached=stub), model, only)
    assert statuses(checks, "generate_cached") == {"not done"}
    assert statuses(checks, "logits") == {"passed"}
    checks = judge_facts(student(gelu="def gelu(x):\n    return x.nothing\n"), model, only)
    assert statuses(checks, "logits") == {"failed"}
    assert "AttributeError" in checks[0].detail and "pico_gpt.py line" in checks[0].detail


# ------------------------------------------------------------------------------------ the command


def test_without_weights_the_command_says_so_and_is_content(tmp_path: Path) -> None:
    done = run_grader("gpt2", "--impl", "solutions", env={"PICO_GPT_WEIGHTS": str(tmp_path)})
    assert (done.returncode, done.stdout) == (0, "skipped: no weights (make weights MODEL=gpt2)\n")


def test_the_command_lists_every_fact_and_fails_on_a_model_that_is_not_gpt2(tmp_path: Path) -> None:
    write_random_folder(tmp_path / "gpt2", Shape(n_layer=1, n_head=2, n_embd=8))
    report = tmp_path / "facts.json"
    done = run_grader(
        "gpt2", "--impl", "solutions", "--json", report, env={"PICO_GPT_WEIGHTS": str(tmp_path)}
    )
    assert done.returncode == 1, done.stderr
    assert "0 of " in done.stdout.splitlines()[-1]
    listed = json.loads(report.read_text(encoding="utf-8"))["facts"]
    n_greedy = len(PUBLISHED["greedy_124M"])
    assert sum(check["kind"] == "greedy ids" for check in listed) == n_greedy
    assert {check["status"] for check in listed} == {"failed"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--impl", "nowhere"], "there is no pico_gpt.py in nowhere"),
        (["--model", "gpt2-xl", "--impl", "solutions"], "nobody has published facts about gpt2-xl"),
        (["--model", "gpt3"], "invalid choice: 'gpt3'"),
    ],
)
def test_wrong_usage_gets_one_line(words: list[str], said: str) -> None:
    done = run_grader("gpt2", *words)
    assert done.returncode == 2
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_a_damaged_file_of_weights_gets_one_line(tmp_path: Path) -> None:
    write_random_folder(tmp_path / "gpt2", Shape(n_layer=1, n_head=2, n_embd=8, n_vocab=300))
    path = tmp_path / "gpt2" / "model.safetensors"
    os.truncate(path, path.stat().st_size - 100)
    done = run_grader("gpt2", "--impl", "solutions", cwd=ROOT, env={"PICO_GPT_WEIGHTS": str(tmp_path)})
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "make weights MODEL=gpt2" in done.stderr
