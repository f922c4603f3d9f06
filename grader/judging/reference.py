"""The reference in the judge's own process: `solutions/`, run in float64, where it is present.

Expected values of fresh inputs are computed here, after the student's reply has arrived.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from grader.kata.curriculum import FILES
from grader.kata.stubs import SOLUTIONS


class Reference:
    """Every function of the kata, as the solutions write them.

    Args:
        folder: where the solutions are.
    """

    def __init__(self, folder: Path = SOLUTIONS):
        self._folder = folder
        self._modules: dict[str, types.ModuleType] = {}

    def __getitem__(self, function: str) -> Callable[..., Any]:
        for file in FILES:
            module = self._load(file)
            if hasattr(module, function):
                return getattr(module, function)  # type: ignore[no-any-return]
        raise KeyError(function)

    def _load(self, file: str) -> types.ModuleType:
        if file in self._modules:
            return self._modules[file]
        path = self._folder / file
        module = types.ModuleType(path.stem)
        module.__file__ = str(path)
        self._modules[file] = module
        if not path.exists():
            return module
        pico_gpt = self._load("pico_gpt.py") if file != "pico_gpt.py" else module
        outer = sys.modules.get("pico_gpt")
        sys.modules["pico_gpt"] = pico_gpt
        try:
            exec(compile(path.read_bytes(), str(path), "exec"), vars(module))
        finally:
            if outer is None:
                del sys.modules["pico_gpt"]
            else:
                sys.modules["pico_gpt"] = outer
        return module


def in_float64(value: Any) -> Any:
    """The same tree with every floating array in float64."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.astype(np.float64)
    if isinstance(value, dict):
        return {key: in_float64(item) for key, item in value.items()}
    if isinstance(value, list):
        return [in_float64(item) for item in value]
    if isinstance(value, tuple):
        return tuple(in_float64(item) for item in value)
    return value


def in_float32(value: Any) -> Any:
    """The same tree with every float64 array in float32, as a student's function is called.

    What has none stays the very object that it is.
    """
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return np.ascontiguousarray(value, dtype=np.float32)
    if isinstance(value, dict):
        items = {key: in_float32(item) for key, item in value.items()}
        return items if any(items[key] is not item for key, item in value.items()) else value
    if isinstance(value, (list, tuple)):
        parts = [in_float32(item) for item in value]
        changed = any(new is not item for new, item in zip(parts, value))
        return type(value)(parts) if changed else value
    return value
