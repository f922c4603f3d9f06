"""The curriculum: every step, its functions, their contracts and their points, in one table.

Everything that lists steps (the command line, the reports, the README, the pages) reads it from
here. A teacher changes points in `grading.toml`, not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The groups of tests, in the order in which they run. Points of "fresh" and "edges" count only
# once every "core" test of the same function passes, so that no answer earns marks by accident.
GROUPS = ("core", "fresh", "edges")


@dataclass(frozen=True, eq=False)
class Function:
    """One function that a student writes.

    Attributes:
        name: its name in the student's file.
        parameters: the contract's parameters, as they are called.
        axes: for arrays, (dimension, what one place along it is called) for every axis; empty
            where any leading axes are allowed or nothing is an array.
        points: group of tests -> points.
    """

    name: str
    parameters: str
    points: dict[str, int]
    axes: tuple[tuple[str, str], ...] = ()

    @property
    def signature(self) -> str:
        return f"{self.name}({self.parameters})"

    @property
    def parameter_names(self) -> tuple[str, ...]:
        return tuple(part.split("=")[0].strip() for part in self.parameters.split(","))


@dataclass(frozen=True, eq=False)
class Step:
    """One step of the kata.

    Attributes:
        also: functions of earlier steps that this step judges again.
        extra: whether a teacher's points for it count above the others.
    """

    number: int
    name: str
    title: str
    file: str
    functions: tuple[Function, ...]
    also: tuple[str, ...] = ()
    extra: bool = False

    @property
    def points(self) -> int:
        return sum(sum(function.points.values()) for function in self.functions)

    @property
    def suite(self) -> Path:
        return ROOT / "grader" / "suites" / f"test_step_{self.number:02d}_{self.name}.py"

    @property
    def page(self) -> Path:
        return ROOT / "instructions" / "steps" / f"{self.number:02d}_{self.name}.md"

    @property
    def function_names(self) -> tuple[str, ...]:
        """The functions that are new in this step, without those it judges again."""
        return tuple(f.name for f in self.functions if f.name not in self.also)


_HEADS = (("n_head", "head"), ("n_seq", "query"), ("d_head", "feature"))
_ROWS = (("n_seq", "token"), ("n_embd", "feature"))
_LOGITS = (("n_seq", "position"), ("n_vocab", "token id"))
_VOCAB = (("n_vocab", "token id"),)

STEPS: tuple[Step, ...] = (
    Step(
        1, "gelu", "The activation function", "pico_gpt.py",
        (Function("gelu", "x", {"core": 5, "fresh": 3, "edges": 2}),),
    ),
    Step(
        2, "softmax", "Scores into probabilities", "pico_gpt.py",
        (Function("softmax", "x", {"core": 5, "fresh": 3, "edges": 2}),),
    ),
    Step(
        3, "layer_norm", "Keeping numbers in range", "pico_gpt.py",
        (Function("layer_norm", "x, g, b, eps=1e-5", {"core": 5, "fresh": 3, "edges": 2}),),
    ),
    Step(
        4, "linear", "A matrix product and a bias", "pico_gpt.py",
        (Function("linear", "x, w, b", {"core": 5, "fresh": 3, "edges": 2}),),
    ),
    Step(
        5, "attention", "Who looks at whom", "pico_gpt.py",
        (
            Function("causal_mask", "n_seq", {"core": 2, "fresh": 1}, (("n_seq", "query"), ("n_seq", "key"))),
            Function("attention", "q, k, v, mask", {"core": 3, "fresh": 2, "edges": 2}, _HEADS),
        ),
    ),
    Step(
        6, "mha", "Many heads at once", "pico_gpt.py",
        (
            Function(
                "split_heads", "x, n_head", {"core": 1, "fresh": 1},
                (("n_head", "head"), ("n_seq", "token"), ("d_head", "feature")),
            ),
            Function("merge_heads", "x", {"core": 1, "fresh": 1}, _ROWS),
            Function("mha", "x, c_attn, c_proj, n_head", {"core": 3, "fresh": 2, "edges": 1}, _ROWS),
        ),
    ),
    Step(
        7, "feed_forward", "Every token thinks alone", "pico_gpt.py",
        (Function("feed_forward", "x, c_fc, c_proj", {"core": 5, "fresh": 3, "edges": 2}, _ROWS),),
    ),
    Step(
        8, "transformer_block", "One layer of GPT-2", "pico_gpt.py",
        (
            Function(
                "transformer_block", "x, mlp, attn, ln_1, ln_2, n_head",
                {"core": 5, "fresh": 3, "edges": 2}, _ROWS,
            ),
        ),
    ),
    Step(
        9, "gpt2", "From token ids to logits", "pico_gpt.py",
        (
            Function(
                "gpt2", "inputs, wte, wpe, blocks, ln_f, n_head",
                {"core": 5, "fresh": 3, "edges": 2}, _LOGITS,
            ),
        ),
    ),
    Step(
        10, "generate", "Your own code writes", "pico_gpt.py",
        (
            Function(
                "generate", "inputs, params, n_head, n_tokens_to_generate",
                {"core": 5, "fresh": 3, "edges": 2},
            ),
        ),
    ),
    Step(
        11, "sampling", "Choosing among likely words", "pico_gpt.py",
        (
            Function(
                "apply_frequency_penalty", "logits, generated_tokens, penalty",
                {"core": 1, "fresh": 1}, _VOCAB,
            ),
            Function(
                "next_token_probs", "logits, temperature=1.0, top_k=None, top_p=1.0",
                {"core": 2, "fresh": 1, "edges": 1}, _VOCAB,
            ),
            Function("sample", "probs, rng", {"core": 1, "fresh": 1}),
            Function(
                "generate",
                "inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, "
                "top_k=None, top_p=1.0, rng=None",
                {"core": 1, "fresh": 1},
            ),
        ),
        also=("generate",),
    ),
    Step(
        12, "kv_cache", "Never compute the past twice", "kv_cache.py",
        (
            Function(
                "mha_cached", "x, c_attn, c_proj, n_head, past", {"core": 2, "fresh": 1, "edges": 1}, _ROWS
            ),
            Function(
                "gpt2_cached", "inputs, past, wte, wpe, blocks, ln_f, n_head",
                {"core": 2, "fresh": 1}, _LOGITS,
            ),
            Function(
                "generate_cached", "inputs, params, n_head, n_tokens_to_generate",
                {"core": 1, "fresh": 1, "edges": 1},
            ),
        ),
    ),
    Step(
        13, "bpe", "Text into tokens", "bpe.py",
        (
            Function("merge_word", "word, ranks", {"core": 2, "fresh": 1}),
            Function("encode", "text, ranks", {"core": 2, "fresh": 1, "edges": 1}),
            Function("decode", "ids, ranks", {"core": 1, "fresh": 1, "edges": 1}),
        ),
    ),
    Step(
        14, "weights", "GPT-2's own file", "weights.py",
        (
            Function("read_safetensors", "path", {"core": 3, "fresh": 1, "edges": 2}),
            Function("to_params", "tensors", {"core": 2, "fresh": 1, "edges": 1}),
        ),
    ),
)  # fmt: skip

# Which steps a step's functions call in the reference, besides their own.
_BUILDS_ON: dict[int, tuple[int, ...]] = {
    5: (2,),
    6: (4, 5),
    7: (1, 4),
    8: (3, 6, 7),
    9: (3, 8),
    10: (9,),
    11: (2, 9),
    12: (3, 4, 5, 6, 7),
}

FILES: tuple[str, ...] = tuple(dict.fromkeys(step.file for step in STEPS))


def find_step(number: int) -> Step:
    """The step with this number.

    Raises:
        ValueError: there is none; the message says which there are.
    """
    if not 1 <= number <= len(STEPS):
        raise ValueError(f"there is no step {number}: steps are 1 to {len(STEPS)}")
    return STEPS[number - 1]


def find_function(name: str, step: Step | None = None) -> Function:
    """The contract of a function, as the given step judges it (else as its own step does)."""
    for candidate in (step,) if step else STEPS:
        for function in candidate.functions if candidate else ():
            if function.name == name:
                return function
    raise KeyError(name)


@lru_cache
def step_of(function: str) -> Step:
    """The step in which a function is written."""
    for step in STEPS:
        if function in step.function_names:
            return step
    raise KeyError(function)


@lru_cache
def stack_of(step: Step) -> tuple[Step, ...]:
    """All earlier steps that this step builds on, directly or through others, in order."""
    numbers: set[int] = set()
    todo = list(_BUILDS_ON.get(step.number, ()))
    while todo:
        number = todo.pop()
        if number not in numbers:
            numbers.add(number)
            todo += _BUILDS_ON.get(number, ())
    return tuple(s for s in STEPS if s.number in numbers)


def function_names() -> tuple[str, ...]:
    """Every function of the kata, in the order in which they are written."""
    return tuple(name for step in STEPS for name in step.function_names)


def parse_steps(text: str) -> tuple[Step, ...]:
    """Read a selection of steps: "7", "1-11", "1-4,9".

    Raises:
        ValueError: the text is not a selection, or names a step that does not exist.
    """
    chosen: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part)
        if not match:
            raise ValueError(f"'{text}' is not a selection of steps: write 7, 1-11 or 1-4,9")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ValueError(f"'{part.strip()}' runs backwards: write {last}-{first}")
        find_step(first)
        find_step(last)
        chosen.update(range(first, last + 1))
    return tuple(step for step in STEPS if step.number in chosen)


def as_ranges(numbers: Iterable[int]) -> str:
    """The other way round: `[1, 2, 3, 5]` -> `1-3, 5`."""
    parts: list[list[int]] = []
    for number in sorted(set(numbers)):
        if parts and parts[-1][-1] == number - 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ", ".join("-".join(map(str, part)) for part in parts)
