"""What `python -m playground bench` measures: every way of writing on, on the same weights and ids.

Ratios are of numbers of one run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.kata.curriculum import ROOT
from playground.bench.clock import best, time_writing, without_bars
from playground.run.implementation import Implementation
from reference_activations.models import Model

Generate = Callable[..., list[int]]
RECOMPUTED_TOKENS = 3  # so many are timed, in the middle of the run, where the past is of average length


@dataclass(frozen=True)
class Workload:
    """What everybody has to do.

    Attributes:
        prompt: a short prompt, after which `n_new` tokens are generated.
        long: a prompt that leaves room for one token in n_ctx.
        repeats: tries, of which the best counts.
    """

    model: Model
    prompt: list[int]
    long: list[int]
    n_new: int
    repeats: int


@dataclass
class Row:
    """One way of writing on.

    Attributes:
        who: whose code.
        way: what it does.
        token_s: seconds for one more token, after the first.
        first_token_s: seconds from the prompt to the first token.
        prefill_s: the same for the long prompt.
        rows_s: seconds for the logits after every token of the long prompt, the same work for everybody.
        same_ids: whether the ids are the solution's; None where it was not looked at.
        problem: one line, where it could not be measured.
    """

    who: str
    way: str
    token_s: float | None = None
    first_token_s: float | None = None
    prefill_s: float | None = None
    rows_s: float | None = None
    same_ids: bool | None = None
    problem: str = ""

    @property
    def tokens_per_s(self) -> float | None:
        return 1 / self.token_s if self.token_s else None


def make_workload(model: Model, n_prompt: int, n_new: int, repeats: int) -> Workload:
    rng = np.random.default_rng(0)
    long = [int(token) for token in rng.integers(0, model.n_vocab - 1, model.n_ctx - 1)]
    return Workload(model, long[:n_prompt], long, n_new, repeats)


def measure_cached(
    who: str, implementation: Implementation, work: Workload, way: str
) -> tuple[Row, list[int]]:
    """The row of somebody's generate_cached, and the ids that it wrote."""
    model = work.model
    generate_cached = implementation.function("generate_cached")
    gpt2_cached = implementation.function("gpt2_cached")

    def run(ids: list[int], n_new: int) -> list[int]:
        return [int(token) for token in generate_cached(ids, model.params, model.n_head, n_new)]

    def every_row(ids: list[int]) -> Any:
        tree = [model.params[name] for name in ("wte", "wpe", "blocks", "ln_f")]
        return gpt2_cached(ids, None, *tree, model.n_head)

    found = time_writing(run, work.prompt, work.long, work.n_new, work.repeats, every_row)
    first_s, whole_s = found["first_token_s"], found["whole_s"]
    token_s = _token_s(first_s, whole_s, work.n_new)
    return Row(who, way, token_s, first_s, found["prefill_s"], found["rows_s"]), found["ids"]


def _token_s(first_s: float, whole_s: float, n_new: int) -> float:
    """Seconds a token, after the first; the mean over all where a busy machine made the first one slower."""
    return (whole_s - first_s) / n_new if whole_s > first_s else whole_s / (n_new + 1)


def measure_recomputing(
    who: str, generate: Generate, work: Workload, way: str, expected: Sequence[int] | None, long: bool = True
) -> Row:
    """The row of a function that computes the past again for every token.

    Args:
        expected: the ids of the whole run, prompt included; None: they are not known.
        long: whether to time the long prompt, too.
    """
    model, middle = work.model, len(work.prompt) + work.n_new // 2
    text = list(expected[:middle]) if expected else work.long[:middle]
    n_timed = min(RECOMPUTED_TOKENS, work.n_new)

    def run(ids: list[int], n_new: int) -> list[int]:
        return [int(token) for token in generate(ids, model.params, model.n_head, n_new)]

    first_s = best(lambda: run(work.prompt, 1), work.repeats)
    token_s = best(lambda: run(text, n_timed), work.repeats) / n_timed
    same = None
    if expected:
        with without_bars():
            same = run(text, n_timed) == list(expected[: middle + n_timed])
    prefill_s = best(lambda: run(work.long, 1), 1) if long else None
    return Row(who, way, token_s, first_s, prefill_s, same_ids=same)


def weight_matrices(model: Model) -> list[NDArray[Any]]:
    """Every matrix that one token passes through, in order, each [n_in, n_out]."""
    matrices = [
        layer["w"]
        for block in model.params["blocks"]
        for layer in (*block["attn"].values(), *block["mlp"].values())
    ]
    return [*matrices, model.params["wte"].T]


def measure_streaming(model: Model, repeats: int) -> dict[str, float]:
    """How fast this machine can read all weights once, which is what one token takes at the least.

    Returns:
        "bytes" that a token reads, the "token_s" that reading them takes, and "gb_per_s". The faster of
        two ways counts: a matrix-vector product with every matrix, and the plain sum of its numbers.
    """
    matrices = weight_matrices(model)
    rows = {n: np.ones((1, n), dtype=np.float32) for n in {len(w) for w in matrices}}
    n_bytes = float(sum(w.nbytes for w in matrices))
    products = best(lambda: [rows[len(w)] @ w for w in matrices], 3 * repeats)
    sums = best(lambda: [w.sum() for w in matrices], repeats)
    token_s = min(products, sums)
    return {"bytes": n_bytes, "token_s": token_s, "gb_per_s": n_bytes / token_s / 1e9}


def measure_products(model: Model, n_tokens: int, repeats: int) -> float:
    """Seconds of the matrix products alone of a prompt: what its first token takes at the least."""
    matrices = weight_matrices(model)[:-1]
    rows = {n: np.ones((n_tokens, n), dtype=np.float32) for n in {len(w) for w in matrices}}
    last = np.ones((1, model.n_embd), dtype=np.float32) @ model.params["wte"].T
    products = best(lambda: [rows[len(w)] @ w for w in matrices], repeats)
    return products + best(lambda: last @ model.params["wte"], 1)


def measure_cache_copy(model: Model, n_past: int, repeats: int) -> float:
    """Seconds a token that appending to a cache costs, where it is copied each time (np.concatenate)."""
    d_head = model.n_embd // model.n_head
    past = [np.ones((model.n_head, n_past, d_head), np.float32) for _ in range(2 * model.n_layer)]
    new = np.ones((model.n_head, 1, d_head), np.float32)
    return best(lambda: [np.concatenate([part, new], axis=1) for part in past], 3 * repeats)


# ------------------------------------------------------------------------------------------- peers


@dataclass(frozen=True)
class Peer:
    """Another program that writes on, in a process of its own.

    Attributes:
        module: what runs it.
        packages: what its Python must have.
        missing: what to say where no Python has them.
    """

    who: str
    way: str
    module: str
    packages: tuple[str, ...]
    missing: str


HUGGING_FACE = Peer(
    "Hugging Face", "generate, cache, float32", "playground.bench.torch_side", ("torch", "transformers"),
    "torch and transformers are not installed",
)  # fmt: skip
CTRANSLATE2 = Peer(
    "CTranslate2", "generate_batch, cache, float32", "playground.bench.ctranslate2_side", ("ctranslate2",),
    "ctranslate2 is not installed",
)  # fmt: skip


def find_python(peer: Peer, wanted: str | None) -> list[str] | None:
    """The Python that has a peer's packages: the one asked for, this one, or `make setup-golden`'s."""
    from importlib.util import find_spec

    if wanted:
        return [wanted]
    if all(find_spec(package) for package in peer.packages):
        return [sys.executable]
    for place in ("bin/python", "Scripts/python.exe"):
        python = ROOT / ".venv-golden" / place
        if python.is_file() and _has(python, peer.packages):
            return [str(python)]
    return None


def _has(python: Path, packages: Sequence[str]) -> bool:
    asked = f"from importlib.util import find_spec; assert all(map(find_spec, {list(packages)!r}))"
    return subprocess.run([str(python), "-c", asked], capture_output=True, check=False).returncode == 0


def measure_peer(
    peer: Peer, python: list[str] | None, folder: Path, work: Workload, expected: Sequence[int]
) -> tuple[Row, dict[str, Any]]:
    """A peer on the same weights; and what else it says."""
    row = Row(peer.who, peer.way)
    if python is None:
        row.problem = peer.missing
        return row, {}
    with tempfile.TemporaryDirectory() as private:
        prompts = Path(private) / "prompts.json"
        prompts.write_text(json.dumps({"prompt": work.prompt, "long": work.long}), encoding="utf-8")
        words = ["-m", peer.module, str(folder), str(prompts), str(work.n_new), str(work.repeats)]
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "ignore"}
        try:
            done = subprocess.run(
                [*python, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
        except OSError as error:
            row.problem = f"{python[0]} cannot be started: {error.strerror}"
            return row, {}
    try:
        said = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        lines = done.stderr.strip().splitlines() or ["no reason is known"]
        row.problem = f"{peer.who} does not run: {lines[-1]}"
        return row, {}
    row.token_s = _token_s(said["first_token_s"], said["whole_s"], work.n_new)
    row.first_token_s, row.prefill_s = said["first_token_s"], said["prefill_s"]
    row.rows_s = said["rows_s"]
    row.same_ids = said["ids"] == list(expected)
    return row, said
