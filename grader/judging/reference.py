"""The reference in the judge's own process: `solutions/`, run in float64, where it is present.

Expected values of fresh inputs are computed here, after the student's reply has arrived. The same
loader builds references with one function replaced, which is how known mistakes are tried out.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.kata.curriculum import FILES, ROOT

if TYPE_CHECKING:
    from grader.mistakes import Mistake

SOLUTIONS = ROOT / "solutions"


class Reference:
    """Every function of the kata, as the solutions write them, some of them replaced.

    Args:
        folder: where the solutions are.
    """

    def __init__(self, folder: Path = SOLUTIONS):
        self._folder = folder
        self._worlds: dict[tuple[Mistake, ...], Reference] = {}
        self._modules: dict[str, types.ModuleType] = {}

    def __getitem__(self, function: str) -> Callable[..., Any]:
        for file in FILES:
            module = self._load(file)
            if hasattr(module, function):
                return getattr(module, function)  # type: ignore[no-any-return]
        raise KeyError(function)

    def with_mistakes(self, mistakes: tuple[Mistake, ...]) -> Reference:
        """A reference in which these functions are wrong, and all others call them."""
        if mistakes not in self._worlds:
            world = Reference(self._folder)
            for mistake in mistakes:
                module = world._module_of(mistake.function)
                world._replace(mistake.function, mistake.bound_to(vars(module)))
            self._worlds[mistakes] = world
        return self._worlds[mistakes]

    def _module_of(self, function: str) -> types.ModuleType:
        for file in FILES:
            module = self._load(file)
            if function in vars(module) and getattr(module, function).__module__ == module.__name__:
                return module
        raise KeyError(function)

    def _replace(self, name: str, function: Callable[..., Any]) -> None:
        for file in FILES:
            if name in vars(self._load(file)):
                setattr(self._load(file), name, function)

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


def present(folder: Path = SOLUTIONS) -> bool:
    """Whether the reference is here; the student's edition of the kata comes without it."""
    return (folder / "pico_gpt.py").is_file()


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
