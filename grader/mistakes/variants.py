"""References with a mistake in them: the function under judgement, built on functions that are wrong.

A mistake of one function is tried as the student's own (the function itself is wrong), and as written
inline in a function that calls it: everywhere, only where one function uses it, or only in one of
several uses.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import io
import token
import tokenize
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from grader.judging.reference import Reference
from grader.kata.curriculum import function_names
from grader.mistakes import Mistake, mistakes_of, right_versions

Implementation = Callable[..., Any]
Space = dict[str, Any]
GPT2 = "gpt2"
MOST_USES = 4  # in one run of a caller; more is a loop, and no single place
Mask = Callable[[Any], Any]


@dataclass(frozen=True)
class Patch:
    """One mistake in one place.

    Attributes:
        mistake: what is wrong.
        caller: the function inside which it stands; None: wherever the function is used.
        use: which of the caller's uses (from 0); None: all of them.
        n_uses: how many uses there are.
        mask: how attention's mask is written; None: as the mistake writes it.
    """

    mistake: Mistake
    caller: str | None = None
    use: int | None = None
    n_uses: int = 1
    mask: Mask | None = None


class Worlds:
    """Builds functions of the reference with mistakes in them.

    Args:
        reference: the right functions.
    """

    def __init__(self, reference: Reference):
        self._functions: dict[str, types.FunctionType] = {}
        for name in function_names():
            try:
                found = reference[name]
            except KeyError:
                continue
            assert isinstance(found, types.FunctionType)
            self._functions[name] = found
        self._known_logits: dict[Any, Any] = {}

    def build(self, target: str, patches: Sequence[Patch] = ()) -> Implementation:
        """The target, in a world of its own in which these patches hold."""
        functions = {name: self._functions[name] for name in self._reached(target, patches)}
        world = _World(functions, [patch.caller for patch in patches])
        if target != GPT2 and GPT2 in functions and not self._touches(GPT2, patches):
            world.functions[GPT2] = self._remembering(self._functions[GPT2])
        for patch in sorted(patches, key=lambda patch: patch.caller is not None):
            world.apply(patch)
        return world.joined()[target]

    def _reached(self, target: str, patches: Sequence[Patch]) -> tuple[str, ...]:
        """What the target may come to call in that world: the others need not be made."""
        called = {name for patch in patches for name in _names(patch.mistake.code)}
        named = {patch.mistake.function for patch in patches} | {target}
        if any(patch.mask is not None for patch in patches):
            named.add("attention")
        return self._closed(frozenset(named | called & self._functions.keys()))

    @lru_cache  # noqa: B019 - one short-lived object a run
    def _closed(self, names: frozenset[str]) -> tuple[str, ...]:
        below = {other for name in names for other in self.below(name)}
        return tuple(name for name in function_names() if name in names | below)

    def _touches(self, function: str, patches: Sequence[Patch]) -> bool:
        mine = {function, *self.below(function)}
        return any(patch.mistake.function in mine for patch in patches)

    def _remembering(self, gpt2: Implementation) -> Implementation:
        """The right gpt2, which computes the same logits once for all candidates."""

        def known(inputs: Any, wte: Any, wpe: Any, blocks: Any, ln_f: Any, n_head: Any) -> Any:
            try:
                marks = wte[:2].tobytes(), wpe[:1].tobytes(), ln_f["b"].tobytes(), len(blocks), n_head
                key = (tuple(map(int, inputs)), wte.shape, wte.dtype.str, *marks)
            except (TypeError, ValueError, AttributeError, KeyError, IndexError):
                return gpt2(inputs, wte, wpe, blocks, ln_f, n_head)
            if key not in self._known_logits:
                self._known_logits[key] = gpt2(inputs, wte, wpe, blocks, ln_f, n_head)
            return self._known_logits[key].copy()

        return known

    # ---------------------------------------------------------------------- what calls what

    def uses(self, function: str) -> tuple[str, ...]:
        """The functions of the kata that this one calls itself."""
        if function not in self._functions:
            return ()
        return tuple(n for n in function_names() if n in _names(self._functions[function].__code__))

    @lru_cache  # noqa: B019 - one short-lived object a run
    def below(self, function: str) -> tuple[str, ...]:
        """The functions of the kata that this one calls, directly or not, the nearest first."""
        seen: list[str] = []
        todo = list(self.uses(function))
        while todo:
            name = todo.pop(0)
            if name not in seen and name != function:
                seen.append(name)
                todo += self.uses(name)
        return tuple(seen)

    def inline(self, target: str) -> Iterator[Patch]:
        """Every mistake of a function below, everywhere and then as one caller alone may have it."""
        for name in self.below(target):
            callers = [c for c in (target, *self.below(target)) if name in self.uses(c)]
            for mistake in mistakes_of(name):
                yield Patch(mistake)
                if len(callers) > 1:
                    yield from (Patch(mistake, caller) for caller in callers)

    def other_masks(self, target: str) -> Iterator[Patch]:
        """Mistakes in making a mask, with other hidden places: a row that is all hidden shows it."""
        for name in (target, *self.below(target)):
            if name != "causal_mask" and "attention" not in self.below(name):
                continue
            for mistake in mistakes_of(name):
                if "-1e10" in mistake.source:
                    yield from (Patch(mistake, mask=mask) for mask in (minus_infinity, in_float64))

    def single_uses(self, target: str, uses: dict[tuple[str, str], int]) -> Iterator[Patch]:
        """Every mistake of a function below in one of several uses of one caller.

        Args:
            uses: (caller, function) -> how often the caller calls it.
        """
        for (caller, name), n in uses.items():
            if 1 < n <= MOST_USES and (caller == target or caller in self.below(target)):
                for mistake in mistakes_of(name):
                    yield from (Patch(mistake, caller, use, n) for use in range(n))

    def count_uses(self, target: str, run: Callable[[Implementation], None]) -> dict[tuple[str, str], int]:
        """(caller, function) -> how often one run of the caller calls the function.

        Args:
            run: calls the right target on some input.
        """
        runs: dict[str, int] = {}
        calls: dict[tuple[str, str], int] = {}
        callers: list[str] = []

        def counted(name: str, f: Implementation) -> Implementation:
            def call(*args: Any, **kwargs: Any) -> Any:
                runs[name] = runs.get(name, 0) + 1
                if callers:
                    calls[callers[-1], name] = calls.get((callers[-1], name), 0) + 1
                callers.append(name)
                try:
                    return f(*args, **kwargs)
                finally:
                    callers.pop()

            return call

        world = _World(self._functions)
        world.functions.update({name: counted(name, f) for name, f in world.functions.items()})
        run(world.joined()[target])
        return {pair: n // runs[pair[0]] for pair, n in calls.items()}

    def text(self, function: str) -> str:
        """The text of the right function that its mistakes differ from."""
        return inspect.getsource(right_versions().get(function, self._functions[function]))


class _World:
    """Every function of the reference, bound to copies of their namespaces, some of them wrong.

    Args:
        functions: the right ones, by name.
        callers: functions that see other functions than the rest of their file does.
    """

    def __init__(self, functions: dict[str, types.FunctionType], callers: Sequence[str | None] = ()):
        copies = {id(f.__globals__): dict(f.__globals__) for f in functions.values()}
        self._home = {name: copies[id(f.__globals__)] for name, f in functions.items()}
        for caller in filter(None, callers):
            self._home[caller] = dict(self._home[caller])
        self._inside: list[tuple[str, str, Implementation]] = []  # (caller, function, what it sees there)
        self.functions: dict[str, Implementation] = {
            name: _rebound(f, self._home[name]) for name, f in functions.items()
        }

    def apply(self, patch: Patch) -> None:
        """Make one function wrong; patches that hold everywhere go first."""
        name, caller = patch.mistake.function, patch.caller
        wrong = patch.mistake.bound_to(self._home[name])
        if caller is None:
            self.functions[name] = wrong
        elif patch.use is None:
            self._inside.append((caller, name, wrong))
        else:
            counter = _Counter(wrong, self.functions[name], patch)
            self.functions[caller] = counter.around(self.functions[caller])
            self._inside.append((caller, name, counter))
        if patch.mask is not None:
            self.functions["attention"] = _masked(self.functions["attention"], patch.mask)

    def joined(self) -> dict[str, Implementation]:
        """The functions, now that each sees the others."""
        for space in {id(space): space for space in self._home.values()}.values():  # most share one
            space.update({name: f for name, f in self.functions.items() if name in space})
        for caller, name, seen in self._inside:
            self._home[caller][name] = seen
        return self.functions


class _Counter:
    """Stands for a function that is wrong in one of its uses only."""

    def __init__(self, wrong: Implementation, right: Implementation, patch: Patch):
        self.name = patch.mistake.function
        self._wrong, self._right, self._patch = wrong, right, patch
        self._count = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        use = self._count % self._patch.n_uses
        self._count += 1
        return (self._wrong if use == self._patch.use else self._right)(*args, **kwargs)

    def around(self, caller: Implementation) -> Implementation:
        """The caller, which starts counting again each time."""

        def counted(*args: Any, **kwargs: Any) -> Any:
            self._count = 0
            return caller(*args, **kwargs)

        return counted


def _rebound(f: types.FunctionType, space: Space) -> types.FunctionType:
    bound: Any = types.FunctionType(f.__code__, space, f.__name__, f.__defaults__, f.__closure__)
    bound.__kwdefaults__ = f.__kwdefaults__ and dict(f.__kwdefaults__)
    return bound  # type: ignore[no-any-return]


def _names(code: types.CodeType) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names(constant)
    return names


def _masked(attention: Implementation, mask: Mask) -> Implementation:
    """Attention, given its mask as somebody else would write it."""
    return lambda q, k, v, given: attention(q, k, v, mask(given))


def minus_infinity(mask: Any) -> Any:
    """A mask whose hidden places are -inf."""
    return np.where(mask < -1e3, -np.inf, mask)


def in_float64(mask: Any) -> Any:
    """A mask in float64, which does not swallow the scores that it is added to."""
    return np.asarray(mask, dtype=np.float64)


# ------------------------------------------------------------------ two mistakes in one function


def both(right: str, a: Mistake, b: Mistake) -> Mistake | None:
    """One function with both mistakes, where they change different places of the right text.

    Args:
        right: the text of the right function.
    """
    merged = _merge(_tokens(right), _tokens(a.source), _tokens(b.source))
    if merged is None:
        return None
    space: Space = {}
    try:
        exec(compile(_text(merged), "<two mistakes>", "exec"), space)
    except (SyntaxError, ValueError, NameError):
        return None
    return Mistake(a.id, a.sentence, a.hint, a.step, space[a.function])


@lru_cache(maxsize=512)
def _tokens(text: str) -> tuple[tuple[int, str], ...]:
    """A function's tokens without docstring and comments, spaces made equal."""
    tree = ast.parse(text)
    body = tree.body[0].body  # type: ignore[attr-defined]
    tree.body[0].decorator_list = []  # type: ignore[attr-defined]
    if len(body) > 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        del body[0]
    lines = io.StringIO(ast.unparse(tree) + "\n").readline
    return tuple((t.type, t.string) for t in tokenize.generate_tokens(lines) if t.type != token.NL)


def _text(tokens: Sequence[tuple[int, str]]) -> str:
    """A text of these tokens, with spaces wherever some are allowed."""
    parts: list[str] = []
    depth, fresh_line = 0, True
    for kind, string in tokens:
        if kind in (token.INDENT, token.DEDENT):
            depth += 1 if kind == token.INDENT else -1
        elif kind == token.NEWLINE:
            parts.append("\n")
            fresh_line = True
        elif kind != token.ENDMARKER:
            parts.append(" " * depth + string if fresh_line else " " + string)
            fresh_line = False
    return "".join(parts)


@lru_cache(maxsize=512)
def _changes(base: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[tuple[int, int, tuple[Any, ...]], ...]:
    matcher = difflib.SequenceMatcher(None, base, other, autojunk=False)
    return tuple((i, j, other[k:m]) for tag, i, j, k, m in matcher.get_opcodes() if tag != "equal")


def _merge(base: tuple[Any, ...], a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Both sets of changes, if no two of them touch."""
    changes = sorted(set(_changes(base, a)) | set(_changes(base, b)), key=lambda c: c[:2])
    if len(changes) < len(_changes(base, a)) + len(_changes(base, b)):
        return None  # they share a change: not two mistakes, or not these two
    merged: list[Any] = []
    at = 0
    for i, j, new in changes:
        if i < at or (i == at and at and i == j):
            return None
        merged += [*base[at:i], *new]
        at = j
    return (*merged, *base[at:])
