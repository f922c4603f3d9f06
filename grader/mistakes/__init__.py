"""The register of known mistakes: one module a step, one small wrong function a mistake.

    @mistake("attention.no-scale", "this is attention without dividing by sqrt(d_head)",
             "How large do scores get when d_head grows, and what does softmax make of that?")
    def attention(q, k, v, mask):
        return softmax(q @ k.swapaxes(-1, -2) + mask) @ v

The function's name says whose mistake it is. Names that it uses (softmax, np, math, …) are the
solutions' own: before it runs, it is bound to a namespace of the reference, in which another
function may itself be wrong. That is how a mistake written inline in mha is found as well.
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import inspect
import textwrap
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from grader.curriculum import STEPS, step_of

_REGISTER: dict[str, Mistake] = {}


@dataclass(frozen=True)
class Mistake:
    """A wrong implementation that people write.

    Attributes:
        id: "function.what", as results carry it.
        sentence: names the mistake, in the student's words; one line.
        hint: a question or a pointer that leads to the mend without giving the line away.
        implementation: the wrong function itself.
    """

    id: str
    sentence: str
    hint: str
    implementation: Callable[..., Any]

    @property
    def function(self) -> str:
        return self.implementation.__name__

    @property
    def source(self) -> str:
        """The wrong function's text, without its decorator."""
        text = textwrap.dedent(inspect.getsource(self.implementation))
        return text[text.index("def ") :]

    def bound_to(self, namespace: dict[str, Any]) -> Callable[..., Any]:
        """The wrong function, calling the functions of this namespace."""
        f = self.implementation
        assert isinstance(f, types.FunctionType)
        bound = types.FunctionType(
            f.__code__, namespace, f.__name__, copy.deepcopy(f.__defaults__), f.__closure__
        )
        bound.__kwdefaults__ = copy.deepcopy(f.__kwdefaults__)
        return bound


def mistake(id: str, sentence: str, hint: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated wrong function."""

    def register(implementation: Callable[..., Any]) -> Callable[..., Any]:
        if id in _REGISTER:
            raise ValueError(f"two mistakes are called {id}")
        if id.split(".")[0] != implementation.__name__:
            raise ValueError(f"{id} must start with the name of its function, {implementation.__name__}")
        _REGISTER[id] = Mistake(id, sentence, hint, implementation)
        return implementation

    return register


@lru_cache(maxsize=1)
def register() -> dict[str, Mistake]:
    """Every known mistake, by id; the modules of all steps are imported once."""
    for step in STEPS:
        name = f"grader.mistakes.step_{step.number:02d}_{step.name}"
        if importlib.util.find_spec(name):
            importlib.import_module(name)
    return dict(_REGISTER)


def mistakes_of(function: str) -> Iterator[Mistake]:
    """The known mistakes of one function, in the order of the register."""
    module = f"grader.mistakes.step_{step_of(function).number:02d}_{step_of(function).name}"
    if importlib.util.find_spec(module):
        importlib.import_module(module)
    return (m for m in list(_REGISTER.values()) if m.function == function)
