"""The register of known mistakes: one module a step, one small wrong function a mistake.

    mistake = Chapter(5).mistake

    @mistake("attention.no-scale", "this is attention without dividing by sqrt(d_head)",
             "How large do scores get when d_head grows, and what does softmax make of that?")
    def attention(q, k, v, mask):
        return softmax(q @ k.swapaxes(-1, -2) + mask) @ v

The same mistake written another way, with other wrong numbers, is a form of it: `@form(id)`.
Where a function is long and the mistake a slip in one place, the place says more than the whole. The
module then has a right version of the function (`@right`), and each slip says what is wrong in it:

    slip("generate.first-row", "this reads the logits of the first position, …", "Which row …?",
         ("n_head=n_head)[-1]", "n_head=n_head)[0]"))

Names that a wrong function uses (softmax, np, math, …) are the solutions' own: before it runs, it is
bound to a namespace of the reference, in which another function may itself be wrong.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import pkgutil
import textwrap
import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from grader.kata.sealed import SEALED, unsealed

if TYPE_CHECKING:
    from grader.judging.judge import Bench
    from grader.judging.results import TestResult
    from grader.kata.curriculum import Step

__all__ = [
    "Mistake",
    "accusing",
    "mistake",
    "mistakes_of",
    "name_mistakes",
    "naming",
    "python_words",
    "register",
    "right",
    "right_versions",
    "slip",
    "suspect",
    "trace",
]
_REGISTER: dict[str, Mistake] = {}
_FORMS: dict[str, list[Mistake]] = {}
_RIGHT: dict[str, Callable[..., Any]] = {}
Edit = tuple[str, str]  # a part of the right function's text, and what the wrong one has there


@dataclass(frozen=True, eq=False)
class Mistake:
    """A wrong implementation that people write.

    Attributes:
        id: "function.what", as results carry it.
        sentence: names the mistake, in the student's words; one line.
        hint: a question or a pointer that leads to the fix without giving the line away.
        step: number of the step whose suite tells it from a right answer.
        written: the wrong function itself, or what is to be replaced in the right one: (part, wrong part).
    """

    id: str
    sentence: str
    hint: str
    step: int
    written: Callable[..., Any] | tuple[Edit, ...]

    @property
    def function(self) -> str:
        return self.id.split(".")[0]

    @cached_property
    def source(self) -> str:
        """The wrong function's text."""
        if callable(self.written):
            return _text_of(self.written)
        text = _text_of(_RIGHT[self.function])
        for part, wrong in self.written:
            if text.count(part) != 1:
                raise ValueError(f"{self.id}: {part!r} occurs {text.count(part)} times, not once")
            text = text.replace(part, wrong)
        return text

    def bound_to(self, namespace: dict[str, Any]) -> Callable[..., Any]:
        """The wrong function, calling the functions of this namespace; with fresh default arguments."""
        f: Any = self._template
        bound: Any = types.FunctionType(f.__code__, namespace, f.__name__, copy.deepcopy(f.__defaults__))
        bound.__kwdefaults__ = copy.deepcopy(f.__kwdefaults__)
        return bound  # type: ignore[no-any-return]

    @property
    def code(self) -> types.CodeType:
        """The wrong function's."""
        return self._template.__code__

    @cached_property
    def remembers(self) -> bool:
        """Whether it keeps something from one call to the next (in a default argument)."""
        f: Any = self._template
        defaults = [*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()]
        return any(isinstance(default, (list, dict)) for default in defaults)

    @cached_property
    def _template(self) -> types.FunctionType:
        if isinstance(self.written, types.FunctionType):
            return self.written
        space: dict[str, Any] = {}
        exec(compile(self.source, f"<{self.id}>", "exec"), space)
        made = space[self.function]
        assert isinstance(made, types.FunctionType)
        return made


class Chapter:
    """What the module of one step writes into the register.

    Args:
        step: number of the step whose suite tells these mistakes from right answers.
    """

    def __init__(self, step: int):
        self._step = step

    def mistake(
        self, id: str, sentence: str, hint: str
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register the decorated wrong function."""

        def register(implementation: Callable[..., Any]) -> Callable[..., Any]:
            self._add(Mistake(id, sentence, hint, self._step, _named(id, implementation)))
            return implementation

        return register

    def form(self, id: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register the decorated function as another form of a mistake that this chapter has already."""
        known = _REGISTER[id]

        def register(implementation: Callable[..., Any]) -> Callable[..., Any]:
            _FORMS.setdefault(id, []).append(replace(known, written=_named(id, implementation)))
            return implementation

        return register

    def right(self, implementation: Callable[..., Any]) -> Callable[..., Any]:
        """Register a right, plainly written function, of which slips say what is wrong."""
        _RIGHT[implementation.__name__] = implementation
        return implementation

    def slip(self, id: str, sentence: str, hint: str, *edits: Edit) -> None:
        """Register the right function with these parts in it replaced: (part, wrong part)."""
        self._add(Mistake(id, sentence, hint, self._step, edits))

    def slip_form(self, id: str, *edits: Edit) -> None:
        """Register another form of a mistake: the right function with these parts replaced."""
        _FORMS.setdefault(id, []).append(replace(_REGISTER[id], written=edits))

    def _add(self, mistake: Mistake) -> None:
        if mistake.id in _REGISTER:
            raise ValueError(f"two mistakes are called {mistake.id}")
        _REGISTER[mistake.id] = mistake


def _named(id: str, implementation: Callable[..., Any]) -> Callable[..., Any]:
    if id.split(".")[0] != implementation.__name__:
        raise ValueError(f"{id} must start with the name of its function, {implementation.__name__}")
    return implementation


@lru_cache(maxsize=1)
def register() -> dict[str, Mistake]:
    """Every known mistake, by id, in the order of the steps; the modules of all steps are imported once."""
    if SEALED.is_file():  # the student's edition: the modules of the steps are not in this folder
        __path__.append(str(unsealed() / "mistakes"))
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name.startswith("step_")):
        importlib.import_module(f"{__name__}.{module}")
    return dict(_REGISTER)


@lru_cache
def mistakes_of(function: str) -> tuple[Mistake, ...]:
    """The known mistakes of one function, in the order of the register."""
    return tuple(m for m in register().values() if m.function == function)


def forms_of(function: str) -> tuple[Mistake, ...]:
    """The known mistakes of one function in all their forms, in the order of the register."""
    return tuple(form for m in mistakes_of(function) for form in forms(m.id))


def forms(id: str) -> tuple[Mistake, ...]:
    """Every way of writing one mistake that is known, the register's own first."""
    return register()[id], *_FORMS.get(id, ())


def name_mistakes(step: Step, tests: list[TestResult], bench: Bench) -> None:
    """Give every failed test the id and the sentence of the mistake that explains it, if one does.

    What this needs is imported when the first wrong answer is there.
    """
    from grader.mistakes.naming import name_mistakes

    name_mistakes(step, tests, bench)


def right_versions() -> dict[str, Callable[..., Any]]:
    """The right functions that slips are made of, by name."""
    register()
    return dict(_RIGHT)


def _text_of(function: Callable[..., Any]) -> str:
    """A function's text, without its decorator."""
    text = "\n" + textwrap.dedent(inspect.getsource(function))
    return text[text.index("\ndef ") + 1 :]
