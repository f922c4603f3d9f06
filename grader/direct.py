"""A host without a process, for the project's own measurements: it calls Python functions where they are.

It gives the answers that a worker would give, at the cost of a function call, so that hundreds of known
mistakes and right alternatives can be judged by the real suites. It never gives marks.
"""

from __future__ import annotations

import copy
import importlib.util
import io
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from grader.curriculum import GROUPS, Step
from grader.host import Answer, Handle, TempFile
from grader.judge import Bench, Judge, NeedsReference, Verdict
from grader.reference import Reference
from grader.results import TestResult

Implementation = Callable[..., Any]


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
        generators: dict[int, Any] = {}
        with tempfile.TemporaryDirectory() as folder:
            return [self._answer(function, *fresh(call, generators, folder), call) for call in calls]

    def put(self, name: str, value: Any) -> Handle:
        return Handle(name, value)

    def close(self) -> None:
        pass

    def _answer(self, function: str, args: tuple[Any, ...], kwargs: dict[str, Any], given: Any) -> Answer:
        if function not in self._functions:
            return Answer("missing", error=f"there is no function {function}")
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"), redirect_stdout(io.StringIO()):
                warnings.simplefilter("ignore")
                value = self._functions[function](*args, **kwargs)
        except NotImplementedError as error:
            return Answer("not_implemented", error=str(error) or f"{function} is not implemented")
        except Exception as error:
            return Answer("raised", error_type=type(error).__name__, error=error_line(error))
        mutated = tuple(changes((args, kwargs), given))
        return Answer("returned", value, type(value).__name__, mutated=mutated)


def error_line(error: BaseException) -> str:
    """An exception in one line, as a worker reports it."""
    text = " ".join(str(error).split())[:240]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def fresh(value: Any, generators: dict[int, Any], folder: str | None = None) -> Any:
    """A copy of a tree of arguments; a Generator that occurs twice stays one.

    Args:
        generators: id of a generator -> its copy; shared by the calls of one request.
        folder: where files among the arguments are written.
    """
    if isinstance(value, np.ndarray):
        return value.copy(order="K")
    if isinstance(value, dict):
        return {key: fresh(item, generators, folder) for key, item in value.items()}
    if isinstance(value, list):
        return [fresh(item, generators, folder) for item in value]
    if isinstance(value, tuple):
        return tuple(fresh(item, generators, folder) for item in value)
    if isinstance(value, np.random.Generator):
        return generators.setdefault(id(value), copy.deepcopy(value))
    if isinstance(value, Handle):
        whole = value.value
        return (
            dict(whole) if isinstance(whole, dict) and _is_flat(whole) else fresh(whole, generators, folder)
        )
    if isinstance(value, TempFile):
        path = Path(folder or tempfile.gettempdir()) / value.name
        path.write_bytes(value.data)
        return path
    return value


def changes(after: Any, before: Any, path: str = "") -> Iterator[str]:
    """The places where a call changed its arguments (generators aside: drawing changes them)."""
    if isinstance(before, Handle):
        before = before.value
    if isinstance(before, np.ndarray):
        same = isinstance(after, np.ndarray) and after.dtype == before.dtype
        if not same or not np.array_equal(after, before, equal_nan=before.dtype.kind == "f"):
            yield path
    elif isinstance(before, (dict, list, tuple)):
        if type(after) is not type(before) or len(after) != len(before):
            yield path
        elif isinstance(before, dict):
            if after.keys() != before.keys() or (_is_flat(before) and after != before):
                yield path
            elif not _is_flat(before):
                for key in before:
                    yield from changes(after[key], before[key], f"{path}.{key}")
        else:
            for i, (x, y) in enumerate(zip(after, before)):
                yield from changes(x, y, f"{path}[{i}]")
    elif isinstance(before, (bool, int, float, str, bytes)) and after != before:
        yield path


def _is_flat(value: dict[Any, Any]) -> bool:
    """Whether a dict holds plain numbers only, like a table of ranks."""
    return all(type(item) is int for item in value.values())


# ------------------------------------------------------------------------------------ the suites


@dataclass(frozen=True)
class Case:
    """One test of a suite: the function that it judges, and with what weight."""

    name: str
    function: str
    group: str
    run: Callable[..., None]


@lru_cache
def suite(step: Step) -> tuple[Case, ...]:
    """The tests of one step, in the order in which they run; empty where there is no suite yet."""
    if not step.suite.is_file():
        return ()
    spec = importlib.util.spec_from_file_location(f"grader.suites.{step.suite.stem}", step.suite)
    assert spec is not None and spec.loader is not None
    module = ModuleType(spec.name)
    module.__file__ = str(step.suite)
    spec.loader.exec_module(module)
    cases = []
    for name, test in vars(module).items():
        for mark in getattr(test, "pytestmark", ()) if name.startswith("test_") else ():
            if mark.name == "judges":
                title = name.removeprefix("test_").replace("_", " ")
                cases.append(Case(title, mark.args[0], mark.args[1], test))
    return tuple(sorted(cases, key=lambda case: GROUPS.index(case.group)))


def judge_directly(
    step: Step,
    functions: Mapping[str, Implementation],
    *,
    seed: int = 0,
    reference: Reference | None,
    only: Callable[[Case], bool] = lambda case: True,
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
    results = []
    for case in suite(step):
        if case.function not in functions or not only(case):
            continue
        judge = Judge(bench, step, case.function, frozenset({case.function}), case.name)
        result = TestResult(case.name, case.function, group=case.group, status="passed")
        try:
            case.run(judge=judge)
        except Verdict as verdict:
            result.status, result.failure = verdict.status, verdict.failure
            result.message = verdict.failure.text()
        except NeedsReference:
            result.status = "not_run"
        results.append(result)
    return results, bench
