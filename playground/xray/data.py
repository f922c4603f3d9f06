"""What the x-ray page holds: every number of one run, the truth beside the student's.

The truth is the reference in float64. The student's numbers come from their own functions on the model's
float32 weights; each is compared with the truth before anything is rounded, and cells that differ are
marked one by one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from playground.xray.walk import RETURNED, Array, Functions, Stage, walk
from reference_activations.goldens import load_goldens
from reference_activations.models import Model

# A cell differs when it is off by more than this part of (the stage's root mean square + its own size).
# Right float32 code is off by at most 3e-6 of it on pico, a gelu in its erf form by 3e-4
# (tests/playground/test_xray.py measures both).
TOLERANCE = 3e-5
BLOCKED = -1e4  # a mask entry below this hides its key, whatever number the student chose

NOT_COMPARED = "nothing: these are your own numbers, in float64"
MAX_TOKENS = 16  # wider attention grids cannot be read

BLOCK_STAGES = (
    *("ln_1", "qkv", "q", "k", "v", "scores", "weights", "heads", "merged", "attn", "mid"),
    *("ln_2", "fc", "gelu", "mlp", "out"),
)
FUNCTIONS = (
    *("gelu", "softmax", "layer_norm", "linear", "causal_mask", "attention", "split_heads", "merge_heads"),
    *("mha", "feed_forward", "transformer_block", "gpt2"),
)


@dataclass(frozen=True)
class Kata:
    """Whose functions are walked through.

    Attributes:
        label: the folder as its owner calls it, such as `exercises`.
        functions: the functions of steps 1-9 by name, the student's where they are done; those that
            nobody has are missing.
        origin: for each of FUNCTIONS, "yours", "reference" or "not there".
        reference: the same functions of the reference, all of them; None where there is no reference.
        steps: the step of each function, as far as known.
        show_code: print the source of functions that are "yours" (never for the reference solutions).
        notes: what a reader should know about the folder, one sentence each.
    """

    label: str
    functions: Functions
    origin: Mapping[str, str]
    reference: Functions | None
    steps: Mapping[str, int] = field(default_factory=dict)
    show_code: bool = True
    notes: tuple[str, ...] = ()


@dataclass
class Difference:
    """How a stage of the student's run differs from the truth."""

    cells: Array  # bool, one per number
    largest: float  # inf where a number is not finite
    at: tuple[int, ...]
    yours: float
    truth: float


@dataclass
class Xray:
    """One prompt's run, twice: what is true, and what the student's functions make.

    Attributes:
        truth: every stage's numbers in float64.
        source: where the truth comes from, in words.
        yours: the same stages of the student's run.
        differences: the stages of the student's run that differ from the truth.
    """

    model: Model
    prompt: str
    ids: list[int]
    kata: Kata
    truth: Mapping[str, Array]
    source: str
    yours: Mapping[str, Stage]
    differences: dict[str, Difference] = field(default_factory=dict)

    @property
    def first_difference(self) -> str | None:
        """The key of the first stage, in the order of the journey, that failed or differs."""
        return next((key for key in self.yours if self.is_off(key)), None)

    def is_off(self, key: str) -> bool:
        return key in self.differences or self.yours[key].error is not None


def xray(kata: Kata, model: Model, prompt: str) -> Xray:
    """Run a prompt through the truth and through the student's functions, and compare.

    Raises:
        ValueError: the prompt is empty or too long, the model has no text, or nobody knows the truth;
            one line says why.
    """
    if not prompt:
        raise ValueError("the prompt is empty: give at least one character")
    ids = model.encoding.encode_ordinary(prompt)
    limit = min(MAX_TOKENS, model.n_ctx)
    if len(ids) > limit:
        raise ValueError(
            f"the prompt is too long: it has {len(ids)} tokens of {model.name}, the page holds {limit}"
        )
    truth, source = find_truth(kata, model, ids)
    result = Xray(
        model, prompt, ids, kata, truth, source, walk(kata.functions, model.params, ids, model.n_head, truth)
    )
    for key, stage in result.yours.items():
        difference = compare(key, stage.value, truth[key])
        if difference is not None:
            result.differences[key] = difference
    return result


def find_truth(kata: Kata, model: Model, ids: Sequence[int]) -> tuple[Mapping[str, Array], str]:
    """What every stage should be, and who says so: the golden activations, else the reference in float64.

    A copy without a reference compares other prompts with nothing: their numbers are the student's own.

    Raises:
        ValueError: the prompt is not among the goldens, there is no reference, and a function is missing.
    """
    try:
        goldens = load_goldens(model.name)
    except FileNotFoundError:
        golden_prompts = {}
    else:
        golden_prompts = {tuple(goldens[f"{name}/ids"].tolist()): name for name in goldens.prompts}
        if tuple(ids) in golden_prompts:
            name = golden_prompts[tuple(ids)]
            blocks = (f"h.{i}.{stage}" for i in range(model.n_layer) for stage in BLOCK_STAGES)
            truth = {key: goldens[f"{name}/{key}"] for key in ("embed", *blocks, "ln_f", "logits")}
            truth["mask"] = np.triu(np.full((len(ids), len(ids)), -1e10), 1)
            truth["probs"] = softmax64(truth["logits"])
            return truth, "Hugging Face's GPT-2 in float64 (the golden activations)"
    try:
        stages = walk(kata.reference or kata.functions, as_float64(model.params), ids, model.n_head)
    except (Exception, SystemExit) as error:  # whatever a student's function raises, or one that is missing
        if kata.reference is not None:
            raise
        raise ValueError(
            "this copy has no reference: without your own steps 1-9 only recorded prompts can be shown, "
            f"such as {known[0]!r}"
            if (known := [goldens.text(n) for n in golden_prompts.values()])
            else f"this copy has no reference, and your functions fail: {error}"
        ) from None
    values = {key: stage.value for key, stage in stages.items()}
    if kata.reference is not None:
        return values, "the reference in float64"
    return values, NOT_COMPARED


def as_float64(tree: Any) -> Any:
    """A tree of weights with every array in float64."""
    if isinstance(tree, dict):
        return {name: as_float64(node) for name, node in tree.items()}
    if isinstance(tree, list):
        return [as_float64(node) for node in tree]
    return np.asarray(tree, np.float64)


def softmax64(x: Array) -> Array:
    """Shares along the last axis; what it is given is already float64."""
    powers = np.exp(x - np.max(x, axis=-1, keepdims=True))
    shares: Array = powers / np.sum(powers, axis=-1, keepdims=True)
    return shares


def compare(key: str, yours: Array, truth: Array) -> Difference | None:
    """Which cells of a stage differ from the truth beyond float32 noise; None where none does."""
    yours = yours.astype(np.float64)
    with np.errstate(all="ignore"):
        distance = np.abs(yours - truth)
        if key == "mask":  # any number that hides will do, so only who may look at whom is compared
            hidden = (yours < BLOCKED) & (truth < BLOCKED)
            distance = np.where(hidden, 0.0, distance)
            allowed = np.full_like(truth, TOLERANCE)
        else:
            allowed = TOLERANCE * (math.sqrt(float(np.mean(truth**2))) + np.abs(truth))
        cells = ~(distance <= allowed)  # NaN differs
    if not cells.any():
        return None
    distance = np.where(np.isfinite(distance), distance, np.inf)
    at = np.unravel_index(int(np.argmax(distance)), distance.shape)
    place = tuple(int(i) for i in at)
    return Difference(cells, float(distance[at]), place, float(yours[at]), float(truth[at]))


# ------------------------------------------------------------------------------------- in words


def describe_first_difference(run: Xray) -> str | None:
    """One sentence on the first stage that is off: where, by how much, in whose function."""
    key = run.first_difference
    if key is None:
        return None
    stage, difference = run.yours[key], run.differences.get(key)
    place = place_name(key)
    owner = "your " if run.kata.origin.get(stage.function) == "yours" else "the reference's "
    if stage.error is not None:
        where = f" (line {stage.line})" if stage.line else ""
        failure = f"{place}: {owner}{stage.function} failed{where}: {stage.error}"
        return f"{failure}; the true numbers go on from here"
    assert difference is not None
    how = {RETURNED: "returned by"}.get(stage.how, stage.how)
    cell = ", ".join(f"{name} {i}" for name, i in zip(axes(key, difference.at), difference.at))
    return (
        f"{place}, {how} {owner}{stage.function}: {int(difference.cells.sum())} of {difference.cells.size}"
        f" numbers differ, most at {cell}: {difference.yours:.4g}, expected {difference.truth:.4g}"
    )


def place_name(key: str) -> str:
    """`h.2.scores` -> `block 2, scores`."""
    if key.startswith("h."):
        _, index, name = key.split(".")
        return f"block {index}, {name}"
    return {"embed": "embeddings", "probs": "probabilities"}.get(key, key)


def axes(key: str, at: tuple[int, ...]) -> tuple[str, ...]:
    """The names of a stage's axes."""
    name = key.rpartition(".")[2]
    if name in ("scores", "weights"):
        return ("head", "query", "key")
    if name == "mask":
        return ("query", "key")
    if name in ("logits", "probs"):
        return ("position", "token")
    return ("head", "position", "channel") if len(at) == 3 else ("position", "channel")
