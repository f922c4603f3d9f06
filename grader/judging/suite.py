"""The tests of a step: one list, for all who run, count, or show them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import import_module

from grader.kata.curriculum import GROUPS, find_step

Test = Callable[..., None]


def judges(function: str, group: str = GROUPS[0]) -> Callable[[Test], Test]:
    """Mark a test: which function it judges, and which of the function's points it carries."""

    def mark(test: Test) -> Test:
        vars(test)["judges"] = (function, group)
        return test

    return mark


@dataclass(frozen=True)
class SuiteTest:
    """One test as its suite's file writes it.

    Attributes:
        run: the test itself; it takes a `judge`.
    """

    run: Test

    @property
    def name(self) -> str:
        """Its name in words."""
        return self.run.__name__.removeprefix("test_").replace("_", " ")

    @property
    def function(self) -> str:
        return str(vars(self.run)["judges"][0])

    @property
    def group(self) -> str:
        return str(vars(self.run)["judges"][1])

    @property
    def line(self) -> int:
        return self.run.__code__.co_firstlineno

    @cached_property
    def source(self) -> str:
        """Its body, as reports show it."""
        text = textwrap.dedent(inspect.getsource(self.run))
        [test] = ast.parse(text).body
        assert isinstance(test, ast.FunctionDef)
        return textwrap.dedent("\n".join(text.splitlines()[test.body[0].lineno - 1 : test.end_lineno]))


@lru_cache
def suite_tests(number: int) -> tuple[SuiteTest, ...]:
    """The tests of a step, in the order in which they run: core, fresh, edges."""
    module = import_module(f"grader.suites.{find_step(number).suite.stem}")
    tests = [SuiteTest(test) for name, test in vars(module).items() if name.startswith("test_")]
    return tuple(sorted(tests, key=lambda test: GROUPS.index(test.group)))
