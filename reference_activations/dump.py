"""Dump the golden activations of a GPT-2 from Hugging Face, in float64.

    python -m reference_activations.dump                       pico and fixture, into goldens/
    python -m reference_activations.dump --check               recompute, compare, write nothing
    python -m reference_activations.dump --model gpt2          the real one, beside its weights

Needs torch and transformers (`make setup-golden`). Nothing is pickled: arrays go into safetensors
files, everything else into `manifest.json`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from reference_activations.goldens import MANIFEST, SCHEMA, Goldens, goldens_dir
from reference_activations.models import REAL, SHIPPED, Model, load_model, weights_dir
from reference_activations.tensor_file import Array

AGREES = 1e-9  # regenerated goldens may differ by this much from the committed ones
CHUNKS = (4, 2, 1, 3)  # how a prompt is cut for the cache: over and over again
N_LAST_ROWS = 8  # rows of logits that are kept of a sparse prompt
CLEAR_LEAD = 2e-4  # of every greedily chosen token of a shipped model: float32 noise is below 1e-4
CLEAR_MASS = 2e-5  # between top_p and the nearest cumulated probability; noise is below 1e-6
MADE_BY = ("numpy", "torch", "transformers", "safetensors", "tiktoken")


@dataclass(frozen=True)
class Prompt:
    """What a model is run on. A sparse prompt keeps only its ends, to stay small."""

    ids: Sequence[int]
    text: str | None = None
    n_greedy: int = 0
    sparse: bool = False


# The first prompt is the one that most is judged with.
TEXTS = {
    "romeo": "ROMEO:\nWhat light is that I see?",
    "one_token": "\n",
    "repeated": "the the the the the the the",
    "non_ascii": "café 🤗 日",
    "turing": "Alan Turing theorized that computers would one day become",
}
# As You Like It, act 2, scene 7: long enough to fill pico's context.
LONG_TEXT = """\
All the world's a stage,
And all the men and women merely players;
They have their exits and their entrances,
And one man in his time plays many parts,
His acts being seven ages. At first, the infant,
Mewling and puking in the nurse's arms.
Then the whining schoolboy, with his satchel
And shining morning face, creeping like snail
Unwillingly to school. And then the lover,
Sighing like furnace, with a woeful ballad
Made to his mistress' eyebrow. Then a soldier,
Full of strange oaths and bearded like the pard,
Jealous in honour, sudden and quick in quarrel,
Seeking the bubble reputation
Even in the cannon's mouth. And then the justice,
In fair round belly with good capon lined,
With eyes severe and beard of formal cut,
Full of wise saws and modern instances;
And so he plays his part.
"""


def prompts_of(model: Model) -> dict[str, Prompt]:
    """The prompts that a model's goldens are made of."""
    if model.name == "fixture":
        return {
            # Repeats, an id larger than n_ctx, and rows of wte of very different size.
            "seven": Prompt([13, 40, 71, 5, 40, 88, 13], n_greedy=20),
            "one_token": Prompt([53], n_greedy=20),
            "all_equal": Prompt([7] * 9, n_greedy=20),
            "full_context": Prompt([(37 * i + 11) % model.n_vocab for i in range(model.n_ctx)]),
        }
    encode = model.encoding.encode_ordinary
    prompts = {name: Prompt(encode(text), text, n_greedy=60) for name, text in TEXTS.items()}
    passage = encode(LONG_TEXT)
    long = (passage * (model.n_ctx // len(passage) + 1))[: model.n_ctx]
    return prompts | {"full_context": Prompt(long, sparse=True)}


# Settings of next_token_probs, and a frequency penalty before it; the generated tokens are the
# most likely ones, so that the penalty changes something. Any of them may be nudged by `clear`.
SAMPLING: dict[str, dict[str, Any]] = {
    "plain": {},
    "cool": {"temperature": 0.7},
    "hot": {"temperature": 2.0},
    "top_k_1": {"top_k": 1},
    "top_k_6": {"top_k": 6},
    "top_k_above_n_vocab": {"top_k": 100_000},
    "top_p": {"top_p": 0.9},
    "top_p_tiny": {"top_p": 0.01},
    "temperature_before_top_p": {"temperature": 2.5, "top_p": 0.7},
    "top_k_before_top_p": {"temperature": 1.6, "top_k": 8, "top_p": 0.6},
    "penalised": {"frequency_penalty": 0.75},
    "everything": {"frequency_penalty": 0.75, "temperature": 1.3, "top_k": 12, "top_p": 0.8},
}


def sampling_cases(row: Array) -> tuple[dict[str, dict[str, Any]], dict[str, Array]]:
    """Every sampling case on one row of logits: (settings by case, arrays by key)."""
    from reference_activations.hugging_face import sampling_probs

    raw = row.astype(np.float32).astype(np.float64)  # what a float32 implementation can be given
    order = np.argsort(-raw).tolist()
    settings: dict[str, dict[str, Any]] = {}
    arrays: dict[str, Array] = {}
    for name, wanted in SAMPLING.items():
        case = {"temperature": 1.0, "top_k": None, "top_p": 1.0, "frequency_penalty": 0.0} | wanted
        # One token three times, two once: a penalty that does not count is told from one that does.
        generated = [order[0], order[1], order[0], order[2], order[0]] if case["frequency_penalty"] else []
        logits = raw - case["frequency_penalty"] * np.bincount(generated, minlength=len(raw))
        case = clear(logits, case)
        probs = sampling_probs(raw, generated, **case)
        settings[name] = {"generated": generated, **case}
        key = f"sampling/{name}"
        arrays |= {f"{key}/raw": raw, f"{key}/logits": logits, f"{key}/probs": probs}
    return settings, arrays


def clear(logits: Array, case: dict[str, Any]) -> dict[str, Any]:
    """Nudge top_k and top_p a little, so that no rounding changes which tokens are kept."""
    case = dict(case)
    scores = np.sort(logits / case["temperature"])[::-1]
    if case["top_k"] is not None and case["top_k"] < len(scores):
        while case["top_k"] > 1 and scores[case["top_k"] - 1] - scores[case["top_k"]] < CLEAR_LEAD:
            case["top_k"] += 1
        scores = scores[: case["top_k"]]
    mass = np.cumsum(np.exp(scores - scores[0]) / np.sum(np.exp(scores - scores[0])))
    if case["top_p"] < 1:
        nudged = [round(case["top_p"] - 0.0003 * n, 4) for n in range(30) if case["top_p"] > 0.0003 * n]
        distance = [float(np.min(np.abs(mass - top_p))) for top_p in nudged]
        far = [n for n, d in enumerate(distance) if d >= CLEAR_MASS]
        case["top_p"] = nudged[far[0] if far else int(np.argmax(distance))]
    return case


def chunks_of(n_seq: int) -> list[int]:
    """4, 2, 1, 3, 4, 2, ... until n_seq tokens are covered."""
    chunks: list[int] = []
    while (left := n_seq - sum(chunks)) > 0:
        chunks.append(min(CHUNKS[len(chunks) % len(CHUNKS)], left))
    return chunks


def compute(name: str) -> tuple[dict[str, Any], dict[str, Array]]:
    """Run a model on all its prompts: (its part of the manifest, without files; arrays by key)."""
    ours = load_model(name)  # before the slow imports: the weights may be missing

    from reference_activations import hugging_face
    from reference_activations.cases import make_cases

    if name in SHIPPED:
        hugging_face.one_thread()
    theirs = hugging_face.load(weights_dir(name))
    prompts: dict[str, Any] = {}
    arrays: dict[str, Array] = {}
    for label, prompt in prompts_of(ours).items():
        ids, last = list(prompt.ids), f"h.{ours.n_layer - 1}.out"
        found: dict[str, Array] = dict(hugging_face.activations(theirs, ids))
        cached = hugging_face.cached_logits(theirs, ids, chunks_of(len(ids)))
        facts: dict[str, Any] = {"text": prompt.text, "n_seq": len(ids), "sparse": prompt.sparse}
        facts["chunks"] = chunks_of(len(ids))
        facts["cached_max_abs_difference"] = float(np.max(np.abs(cached - found["logits"])))
        if facts["cached_max_abs_difference"] > AGREES:
            raise SystemExit(f"{name}, {label}: Hugging Face's cache disagrees with its full pass")
        if prompt.sparse:
            found = {last: found[last], "logits.last": found["logits"][-N_LAST_ROWS:]}
        elif name == "fixture" or label == next(iter(TEXTS)):
            arrays[f"cached/{label}/logits"] = cached
        if prompt.n_greedy:
            found["greedy"], lead = hugging_face.greedy(theirs, ids, prompt.n_greedy)
            facts["greedy"] = {"n_new": prompt.n_greedy, "smallest_lead": lead}
            if name in SHIPPED and lead < CLEAR_LEAD:
                raise SystemExit(
                    f"{name}, {label}: a greedy choice leads by {lead:.1e} only; change the prompt"
                )
        found["ids"] = np.array(ids, np.int64)
        arrays |= {f"{label}/{key}": array for key, array in found.items()}
        prompts[label] = facts
    first = next(iter(prompts))
    sampling, rows = sampling_cases(arrays[f"{first}/logits"][-1])
    arrays |= rows
    cases: dict[str, dict[str, list[str]]] = {}
    if name == "fixture":
        for function, of_function in make_cases().items():
            cases[function] = {case: list(parts) for case, parts in of_function.items()}
            for case, parts in of_function.items():
                arrays |= {f"cases/{function}/{case}/{part}": array for part, array in parts.items()}
    return {"prompts": prompts, "sampling": sampling, "cases": cases}, arrays


def write(name: str, part: dict[str, Any], arrays: dict[str, Array], folder: Path) -> None:
    """Write `{name}.safetensors`, and the model's part of `manifest.json`.

    An array that is equal to an earlier one, bit by bit, is stored once: a block's input is the
    output of the block before, and the cache holds the same keys and values as the full pass.
    """
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, dict[str, Any]] = {}
    stored: dict[bytes, str] = {}
    for key, array in arrays.items():
        array = np.ascontiguousarray(array).reshape(array.shape)  # 0-d stays 0-d
        tensors[key] = {"shape": list(array.shape), "dtype": str(array.dtype)}
        same = hashlib.sha256(f"{array.dtype}{array.shape}".encode() + array.tobytes()).digest()
        if (first := stored.setdefault(same, key)) != key:
            tensors[key]["stored_as"] = first
    file = folder / f"{name}.safetensors"
    save_file(
        {key: np.ascontiguousarray(arrays[key]).reshape(arrays[key].shape) for key in stored.values()}, file
    )
    file.chmod(0o644)  # safetensors writes files that only their owner can read
    weights = weights_dir(name) / "model.safetensors"
    path = folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    models = manifest.get("models", {}) if manifest.get("schema") == SCHEMA else {}
    models[name] = {
        "file": file.name,
        "bytes": file.stat().st_size,
        "sha256": sha256(file),
        "weights_sha256": sha256(weights),
        "made_by": {
            "python": platform.python_version(),
            **{library: version(library) for library in MADE_BY},
        },
        **part,
        "tensors": tensors,
    }
    text = one_line_an_entry({"schema": SCHEMA, "models": dict(sorted(models.items()))})
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def compare(name: str, part: dict[str, Any], arrays: dict[str, Array], folder: Path) -> list[str]:
    """What differs from the goldens in a folder, one line each; prints the largest difference."""
    goldens = Goldens(folder, name)
    problems = [f"{key} is new" for key in arrays.keys() - goldens.keys()]
    problems += [f"{key} is no longer made" for key in goldens.keys() - arrays.keys()]
    if goldens.manifest["weights_sha256"] != sha256(weights_dir(name) / "model.safetensors"):
        problems.append("the weights have changed since")
    for what in ("sampling", "cases"):
        if goldens.manifest[what] != part[what]:
            problems.append(f"the {what} cases in the manifest differ")
    largest = 0.0
    for key in sorted(arrays.keys() & goldens.keys()):
        old, new = goldens[key], arrays[key]
        if old.shape != new.shape or old.dtype != new.dtype:
            problems.append(f"{key} was {old.dtype}{list(old.shape)}, is {new.dtype}{list(new.shape)}")
            continue
        difference = float(np.max(np.abs(old - new)))
        largest = max(largest, difference)
        if not difference <= (AGREES if old.dtype == np.float64 else 0):
            problems.append(f"{key} differs by {difference:.2e}")
    print(f"{name}: {len(goldens)} arrays, largest difference {largest:.1e}")
    return problems


def one_line_an_entry(value: Any, depth: int = 4, indent: str = "") -> str:
    """JSON with one line for each entry `depth` levels down, so that a diff shows what changed."""
    if depth == 0 or not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    deeper = indent + " "
    rows = [f"{deeper}{json.dumps(k)}: {one_line_an_entry(v, depth - 1, deeper)}" for k, v in value.items()]
    return "{\n" + ",\n".join(rows) + f"\n{indent}}}"


def sha256(path: Path) -> str:
    """The hash of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m reference_activations.dump", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--model", choices=SHIPPED + REAL, help="default: both shipped models")
    parser.add_argument("--check", action="store_true", help="compare, write nothing; exit 1 if it differs")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="default: goldens/, or beside the real weights"
    )
    args = parser.parse_args(argv)
    problems: list[str] = []
    try:
        for name in [args.model] if args.model else sorted(SHIPPED):
            folder = args.out or goldens_dir(name)
            part, arrays = compute(name)
            if args.check:
                problems += [f"{name}: {line}" for line in compare(name, part, arrays, folder)]
            else:
                write(name, part, arrays, folder)
                print(f"{folder / name}.safetensors: {len(arrays)} arrays")
    except (FileNotFoundError, ValueError) as error:
        parser.error(str(error))
    except ModuleNotFoundError as error:
        parser.error(f"{error.name} is needed to make goldens; run: make setup-golden")
    for line in problems:
        print(line, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
