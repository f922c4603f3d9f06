"""The reference in the judge's own process: `solutions/`, run in float64, where it is present.

Expected values of fresh inputs are computed here, after the student's reply has arrived.
"""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from grader.kata.curriculum import FILES
from grader.kata.stubs import SOLUTIONS
from grader.sandbox.trees import map_tree


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
        with _in_place_of(pico_gpt=pico_gpt, tqdm=_no_bars()):
            exec(_compiled(path.read_bytes(), str(path)), vars(module))
        return module


@lru_cache(maxsize=8)
def _compiled(data: bytes, path: str) -> types.CodeType:
    return compile(data, path, "exec")


def _no_bars() -> types.ModuleType:
    """tqdm without its bars, which nobody would see, and without its imports, which take a while."""
    module = types.ModuleType("tqdm")
    vars(module)["tqdm"] = lambda iterable, *args, **kwargs: iterable
    return module


@contextlib.contextmanager
def _in_place_of(**modules: types.ModuleType) -> Iterator[None]:
    """While this is open, these are the modules of these names."""
    outer = {name: sys.modules[name] for name in modules if name in sys.modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]
        sys.modules.update(outer)


def in_float64(value: Any) -> Any:
    """The same tree with every floating array in float64."""
    return map_tree(lambda leaf: leaf.astype(np.float64) if _is_array(leaf, "f") else leaf, value)


def in_float32(value: Any) -> Any:
    """The same tree with every float64 array in float32, as a student's function is called.

    What has none stays the very object that it is.
    """
    return map_tree(_single, value, sharing=True)


def _single(leaf: Any) -> Any:
    if _is_array(leaf, "f") and leaf.dtype == np.float64:
        return np.ascontiguousarray(leaf, dtype=np.float32)
    return leaf


def _is_array(leaf: Any, kind: str) -> bool:
    return isinstance(leaf, np.ndarray) and leaf.dtype.kind == kind
