"""A host without a process, for the project's own measurements: it calls Python functions where they are.

It gives the answers that a worker would give, at the cost of a function call, so that hundreds of known
mistakes and right alternatives can be judged by the real suites. It never gives marks.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from grader.judging.bench import Bench
from grader.judging.reference import Reference
from grader.judging.results import TestResult
from grader.judging.step_run import StepRun
from grader.judging.suite import SuiteTest
from grader.kata.curriculum import Step, find_function, step_of
from grader.sandbox.counted import Watched, WatchedArray
from grader.sandbox.host import Answer, Handle, TempFile
from grader.sandbox.trees import map_tree

Implementation = Callable[..., Any]
LARGE = 1000  # a dict with more keys is a table of plain numbers, like the ranks of tokens


class DirectHost:
    """Serves functions of this process, each call on fresh copies of its arguments.

    Args:
        functions: name -> the function under judgement.
    """

    sandbox = "in-process"

    def __init__(self, functions: Mapping[str, Implementation]):
        self._functions = functions

    def call(self, function: str, /, *args: Any, own: frozenset[str], timeout: float | None = None,
             **kwargs: Any) -> Answer:  # fmt: skip
        return self.call_many(function, [(args, kwargs)], own=own, timeout=timeout)[0]

    def call_many(
        self,
        function: str,
        calls: Sequence[tuple[tuple[Any, ...], dict[str, Any]]],
        *,
        own: frozenset[str],
        timeout: float | None = None,
    ) -> list[Answer]:
        answers: list[Answer] = []
        with contextlib.ExitStack() as stack:
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            stack.enter_context(np.errstate(all="ignore"))
            stack.enter_context(contextlib.redirect_stdout(io.StringIO()))

            @lru_cache
            def folder() -> Path:
                return Path(stack.enter_context(tempfile.TemporaryDirectory()))

            generators: dict[int, Any] = {}
            for call in calls:
                args, kwargs = fresh(call, generators, folder)
                answers.append(self._answer(function, args, kwargs, call))
        return answers

    def put(self, name: str, value: Any) -> Handle:
        return Handle(name, value)

    def call_again(self, *args: Any, **kwargs: Any) -> None:
        """Nobody here says anything untrue of its arguments."""

    def digests(self) -> dict[str, str]:
        return {}

    def close(self) -> None:
        pass

    def _answer(self, function: str, args: tuple[Any, ...], kwargs: dict[str, Any], given: Any) -> Answer:
        if function not in self._functions:
            return Answer("missing", error=f"there is no function {function}")
        WatchedArray.looked_up = 0
        try:
            value = self._functions[function](*args, **kwargs)
        except NotImplementedError as error:
            return Answer("not_implemented", error=str(error) or f"{function} is not implemented")
        except Exception as error:
            return Answer("raised", error_type=type(error).__name__, error=error_line(error))
        return Answer(
            "returned",
            fresh(value, {}, Path),  # what is returned may be changed by a later call
            type(value).__name__,
            mutated=changed_arguments(function, (args, kwargs), given),
            looked_up=WatchedArray.looked_up,
        )


def error_line(error: BaseException) -> str:
    """An exception in one line, as a worker reports it."""
    text = " ".join(str(error).split())[:240]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def fresh(value: Any, generators: dict[int, Any], folder: Callable[[], Path]) -> Any:
    """A copy of a tree of arguments; a Generator that occurs twice stays one.

    Args:
        generators: id of a generator -> its copy; shared by the calls of one request.
        folder: where files among the arguments are written.
    """

    def one(leaf: Any) -> Any:
        if isinstance(leaf, np.ndarray):
            return leaf.copy(order="K")
        if isinstance(leaf, np.random.Generator):
            if id(leaf) not in generators:
                bits = type(leaf.bit_generator)(0)
                bits.state = leaf.bit_generator.state
                generators[id(leaf)] = np.random.Generator(bits)
            return generators[id(leaf)]
        if isinstance(leaf, Handle):
            table = isinstance(leaf.value, dict) and len(leaf.value) > LARGE
            return dict(leaf.value) if table else fresh(leaf.value, generators, folder)
        if isinstance(leaf, Watched):
            return WatchedArray.of(leaf.array.copy())
        if isinstance(leaf, TempFile):
            path = folder() / leaf.name
            path.write_bytes(leaf.data)
            return path
        return leaf

    return map_tree(one, value)


def changed_arguments(function: str, after: Any, before: Any) -> tuple[str, ...]:
    """Which arguments a call changed, by their names: "x", "params.blocks[0].ln_1.g".

    Args:
        after, before: positional and keyword arguments, now and as they were given.
    """
    names = parameter_names(function)
    found: list[str] = []
    for i, (now, was) in enumerate(zip(after[0], before[0])):
        found += changes(now, was, names[i] if i < len(names) else f"argument {i + 1}")
    for key, was in before[1].items():
        found += changes(after[1][key], was, key)
    return tuple(found)


@lru_cache
def parameter_names(function: str) -> tuple[str, ...]:
    """What the contract calls a function's parameters."""
    return find_function(function, step_of(function)).parameter_names


def changes(after: Any, before: Any, path: str) -> Iterator[str]:
    """The places where a call changed its arguments (generators aside: drawing changes them)."""
    if isinstance(before, Handle):
        before = before.value
    if isinstance(before, Watched):
        before = before.array
    if isinstance(before, np.ndarray):
        same = isinstance(after, np.ndarray) and after.dtype == before.dtype
        if not same or not _has_its_numbers(after, before):
            yield path
    elif isinstance(before, dict):
        if not isinstance(after, dict) or list(after) != list(before):
            yield path
        elif len(before) > LARGE:
            if after != before:
                yield path
        else:
            for key in before:
                step = f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{key!r}]"
                yield from changes(after[key], before[key], path + step)
    elif isinstance(before, (list, tuple)):
        if type(after) is not type(before) or len(after) != len(before):
            yield path
        else:
            for i, (x, y) in enumerate(zip(after, before)):
                yield from changes(x, y, f"{path}[{i}]")
    elif isinstance(before, (bool, int, float, str, bytes)) and after != before:
        yield path


def _has_its_numbers(after: np.ndarray[Any, Any], before: np.ndarray[Any, Any]) -> bool:
    """Whether the numbers are the same; nearly always the bytes are, which is seen at once."""
    alike = after.shape == before.shape and after.tobytes() == before.tobytes()
    return alike or np.array_equal(after, before, equal_nan=before.dtype.kind == "f")


# ------------------------------------------------------------------------------------ the suites


def judge_directly(
    step: Step,
    functions: Mapping[str, Implementation],
    *,
    seed: int = 0,
    reference: Reference | None,
    only: Callable[[SuiteTest], bool] = lambda test: True,
    bench: Bench | None = None,
) -> tuple[list[TestResult], Bench]:
    """Run the suite of one step on functions of this process.

    Args:
        functions: what is judged, by name; tests of other functions are left out.
        only: which tests.
        bench: one that is already there, so that calls of several steps lie together.
    """
    if bench is None:
        host: Any = DirectHost(functions)
        bench = Bench(host=host, impl=Path(), seed=seed, seconds=600.0, reference=reference)
    run = StepRun(bench, step)
    return [run.judge(test) for test in run.tests if test.function in functions and only(test)], bench
