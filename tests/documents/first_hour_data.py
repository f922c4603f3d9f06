"""Makes reference_activations/first_hour.safetensors: `python tests/documents/first_hour_data.py CORPUS`.

CORPUS is tinyshakespeare, the text that pico was trained on. The scores come from the solutions, and
`test_first_hour.py` compares their best tokens with Hugging Face's.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import numpy as np  # noqa: E402
from worked import golden, pico, prompt_ids, solution  # noqa: E402

from reference_activations.first_hour import FILE  # noqa: E402

CORPUS_SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"


def recorded() -> dict[str, np.ndarray]:
    """The prompt with its greedy continuation, and pico's scores after each start of it."""
    text = golden("greedy").astype(np.int32)
    n_prompt = len(prompt_ids())
    scores = solution().gpt2(text.tolist(), **pico().params, n_head=pico().n_head)[n_prompt - 1 :]
    return {"text": text, "scores": scores.astype(np.float16)}


def pairs(corpus: Path) -> dict[str, np.ndarray]:
    """Every pair of neighbours in the corpus, in order, with how often it occurs."""
    raw = corpus.read_bytes()
    assert hashlib.sha256(raw).hexdigest() == CORPUS_SHA256, f"{corpus} is not tinyshakespeare"
    ids = np.array(pico().encoding.encode_ordinary(raw.decode("utf-8")))
    size = pico().n_vocab
    numbers, times = np.unique(ids[:-1] * size + ids[1:], return_counts=True)
    found = {"first": numbers // size, "next": numbers % size, "times": times}
    return {name: values.astype(np.uint16) for name, values in found.items()}


def main() -> int:
    from safetensors.numpy import save_file

    save_file(recorded() | pairs(Path(sys.argv[1])), FILE)
    print(f"wrote {FILE.name}, {FILE.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
