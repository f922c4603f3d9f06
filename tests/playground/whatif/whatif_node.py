"""The page's engine under node: a process that answers one line of JSON with numbers, as bytes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground.whatif.pack import model_facts, model_numbers, token_bytes
from playground.whatif.sources import ENGINE, joined
from reference_activations.models import load_model

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(
    NODE is None, reason="node is missing: the page's engine cannot run without it"
)
END = "})();\n"
PARTS = (
    *("unpackModel", "makeEngine", "makeTokenizer", "encode", "decode", "run", "logits", "nextTokenProbs"),
    *("surprise", "MISTAKES", "rivals", "erf"),
)
DRIVER = Path(__file__).with_name("driver.js")


class Engine:
    """The engine with pico's weights in one of the two formats."""

    def __init__(self, folder: Path, format: str = "float32") -> None:
        model = load_model("pico")
        script, data = folder / "engine.js", folder / f"{format}.json"
        script.write_text(f"{DRIVER.read_text('utf-8')}\n{_open(joined(ENGINE))}", encoding="utf-8")
        contents = {
            "facts": model_facts(model, format),
            "numbers": model_numbers(model, format),
            "tokens": token_bytes(model),
        }
        data.write_text(json.dumps(contents), encoding="utf-8")
        assert NODE is not None
        self.process = subprocess.Popen(
            [NODE, str(script), str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, **question: Any) -> Any:
        """One question; the answer is an array where the engine sent numbers, and JSON otherwise."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"error": "node ended"}')
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(answer["error"])
        if isinstance(answer, dict) and "shape" in answer:
            data = self.process.stdout.read(8 * int(np.prod(answer["shape"])))
            return np.frombuffer(data, "<f8").reshape(answer["shape"])
        return answer

    def close(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()


def _open(script: str) -> str:
    """The joined script with the driver's loop started at the end of its scope."""
    return f"{script.removesuffix(END)}serve({{ {', '.join(PARTS)} }});\n{END}"
