"""What a run would judge, known without running anything: for reports of a run that could not take place."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass
from functools import lru_cache

from grader.judging.results import Status, StepResult, TestResult
from grader.kata.curriculum import GROUPS, Step, find_step


@dataclass(frozen=True)
class SuiteTest:
    """One test as its suite's file writes it."""

    name: str
    function: str
    group: str
    line: int
    source: str  # its body, as reports show it


@lru_cache
def suite_tests(number: int) -> tuple[SuiteTest, ...]:
    """The tests of a step, in the order of its file."""
    text = find_step(number).suite.read_text(encoding="utf-8")
    lines = text.splitlines()
    found = []
    for node in ast.parse(text).body:
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        mark = _mark(node)
        if mark is not None:
            body = textwrap.dedent("\n".join(lines[node.body[0].lineno - 1 : node.end_lineno]))
            name = node.name.removeprefix("test_").replace("_", " ")
            found.append(SuiteTest(name, *mark, node.lineno, body))
    return tuple(found)


def _mark(node: ast.FunctionDef) -> tuple[str, str] | None:
    """(function, group) of the test's `@judges(…)`."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "judges":
            words = [ast.literal_eval(argument) for argument in decorator.args]
            words += [ast.literal_eval(keyword.value) for keyword in decorator.keywords]
            return str(words[0]), str(words[1]) if len(words) > 1 else GROUPS[0]
    return None


def unjudged(steps: tuple[Step, ...], message: str, status: Status = "error") -> list[StepResult]:
    """Every test of these steps with one status and one message, worth what it would be worth."""
    from grader.judging.plugin import share_points

    results = []
    for step in steps:
        known = sorted(suite_tests(step.number), key=lambda test: GROUPS.index(test.group))
        order = [function.name for function in step.functions]
        tests = [TestResult(t.name, t.function, status, message=message, group=t.group) for t in known]
        tests.sort(key=lambda test: order.index(test.function))
        share_points(step, tests)
        results.append(StepResult(step.number, step.name, tests))
    return results
