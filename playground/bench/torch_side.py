"""Hugging Face's GPT-2 on the clock. Run as a program of its own, by a Python that has torch:

    python -m playground.bench.torch_side FOLDER PROMPT.json N_NEW REPEATS     prints one line of JSON

PROMPT.json holds {"prompt": [ids], "long": [ids]}. The loop and the numbers are those of `command.py`.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from playground.bench.clock import time_writing


def main(folder: str, prompts: str, n_new: int, repeats: int) -> dict[str, Any]:
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    given = json.loads(Path(prompts).read_text(encoding="utf-8"))
    started = time.perf_counter()
    model = transformers.GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32).eval()
    load_s = time.perf_counter() - started

    def generate(ids: list[int], n: int) -> list[int]:
        with torch.inference_mode():
            tensor = torch.tensor([ids])
            out = model.generate(
                tensor,
                attention_mask=torch.ones_like(tensor),
                max_new_tokens=n,
                min_new_tokens=n,
                do_sample=False,
                use_cache=True,
                eos_token_id=None,
                pad_token_id=0,
            )
        return [int(token) for token in out[0]]

    def every_row(ids: list[int]) -> Any:
        with torch.inference_mode():
            return model(torch.tensor([ids]), use_cache=True).logits

    return {
        **time_writing(generate, given["prompt"], given["long"], n_new, repeats, every_row),
        "load_s": load_s,
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "threads": torch.get_num_threads(),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
