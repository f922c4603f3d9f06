"""Every promise in a docstring is judged, or it is not made: each sentence of the stubs has its test."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest
from real_grader import ROOT

sys.path.insert(0, str(Path(__file__).parent))

from promises import CHANGED, PROMISES

from grader.judging.suite import suite_tests
from grader.kata.curriculum import FILES, STEPS, function_names

STUBS = {
    node.name: ast.get_docstring(node) or ""
    for file in FILES
    for node in ast.parse((ROOT / "exercises" / file).read_text(encoding="utf-8")).body
    if isinstance(node, ast.FunctionDef)
}


def sentences(docstring: str) -> list[str]:
    """The sentences of a docstring; each argument begins a new one, and where it comes from is none."""
    found: list[str] = []
    section, paragraph = "", ""
    for line in [*docstring.splitlines(), ""]:
        text = line.strip()
        heading = re.fullmatch(r"(Args|Returns|Raises|Source):", text)
        argument = section == "Args" and re.match(r"\w[\w, ]*: ", text)
        if not text or heading or argument:
            found += re.split(r"(?<=[.;]) +(?=[A-Z<(`])", paragraph.strip())
            paragraph = ""
        if heading:
            section = heading[1]
        elif section != "Source":
            paragraph += f" {text}"
    return [sentence for sentence in found if sentence]


@pytest.mark.parametrize("function", function_names())
def test_every_sentence_of_a_stub_has_the_test_that_judges_it(function: str) -> None:
    assert list(PROMISES[function]) == sentences(STUBS[function])
    judging = {test.name for step in STEPS for test in suite_tests(step.number) if test.function == function}
    for sentence, test in PROMISES[function].items():
        assert test == CHANGED or test in judging, sentence
