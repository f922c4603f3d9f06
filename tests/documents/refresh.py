"""Everything in a page that is generated, not written: numbers, sentences, outputs.

<!-- numbers: NAME --> … <!-- /numbers -->      a worked example (worked.py)
3.55<!-- =NAME -->                              one number (sources.py)
**sentence**<!-- mistake: ID -->                a sentence of the register of mistakes
```python with lines `#> …`                     what the statement above prints
<!-- output: COMMAND --> ```text … ```          what a command prints; with "; with ID" after it, for
                                                a student who makes that mistake
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import effort  # noqa: F401  (these register their examples)
import worked_architecture  # noqa: F401
import worked_attention  # noqa: F401
import worked_model  # noqa: F401
import worked_traces  # noqa: F401
import worked_training  # noqa: F401
from pages import ROOT, Page
from sources import SOURCES
from worked import EXAMPLES
from workspace import Workspace, finish

from grader.mistakes import register

_NUMBERS = re.compile(r"(<!-- numbers: ([\w.\-]+) -->\n)(.*?)(<!-- /numbers -->)", re.DOTALL)
_ONE = re.compile(r"-?\d[\d,.]*<!-- =([\w.\-]+) -->")
_MISTAKE = re.compile(r"\*\*[^*\n]*(?:\*[^*\n]+)*\*\*<!-- mistake: ([\w.\-]+) -->")
_OUTPUT = re.compile(r"(<!-- output: (.*?) -->\n+```text\n)(.*?)(```\n)", re.DOTALL)
_DURATION = re.compile(r"\d+(\.\d+)? (s|tokens/s)\b")


def numbers(text: str) -> str:
    """The text with every example, number and sentence as its source gives it now.

    Raises:
        KeyError: a name is in no table.
    """
    text = _NUMBERS.sub(lambda m: f"{m[1]}{EXAMPLES[m[2]]()}\n{m[4]}", text)
    text = _ONE.sub(lambda m: f"{SOURCES[m[1]]()}<!-- ={m[1]} -->", text)
    return _MISTAKE.sub(lambda m: f"**{register()[m[1]].sentence}**<!-- mistake: {m[1]} -->", text)


def without_generated(text: str) -> str:
    """The text as a person wrote it: no examples, and marked numbers left out."""
    text = _NUMBERS.sub("", text)
    text = _OUTPUT.sub("", text)
    text = _MISTAKE.sub("", text)
    return _ONE.sub("", text)


def used_names(text: str) -> tuple[set[str], set[str]]:
    """The examples and the sources that a page uses."""
    return {m[2] for m in _NUMBERS.finditer(text)}, set(_ONE.findall(text))


def snippets(page: Page, workspace: Workspace) -> str:
    """The page's text with the lines `#> …` of its Python blocks as they print now.

    Raises:
        AssertionError: a block raises.
    """
    blocks = [block for block in page.blocks if block.language == "python"]
    bare = [re.sub(r"^#>.*\n?", "", block.text, flags=re.MULTILINE) for block in blocks]
    text = page.text
    for block, source, (prints, problem) in zip(blocks, bare, workspace.python(bare) if bare else []):
        assert not problem, f"{block}: this snippet does not run\n{problem}"
        lines = source.splitlines()
        for last, printed in reversed(prints):
            lines[last:last] = ["#> " + line if line else "#>" for line in printed.splitlines()]
        text = text.replace(block.text, "\n".join(lines) + "\n")
    return text


def outputs(text: str, workspace: Workspace) -> str:
    """The text with the output of every `<!-- output: … -->` as it is now."""
    return _OUTPUT.sub(lambda m: f"{m[1]}{_output(m[2], workspace)}\n{m[4]}", text)


def same_but_for_durations(text: str) -> str:
    return _DURATION.sub(r"… \2", text)


def _output(directive: str, workspace: Workspace) -> str:
    command, _, identifier = directive.partition("; with ")
    if identifier == "stubs":
        for path in (ROOT / "exercises").glob("*.py"):
            (workspace.folder / "exercises" / path.name).write_bytes(path.read_bytes())
    elif identifier:
        _make_mistake(identifier, workspace.folder)
    try:
        done = workspace.shell(command)
    finally:
        finish(workspace.folder)
    assert done.stdout.strip(), f"{command} printed nothing: {done.stderr}"
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def _make_mistake(identifier: str, folder: Path) -> None:
    import ast

    mistake = register()[identifier]
    source = textwrap.dedent(mistake.source)
    for path in (folder / "exercises").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name == mistake.function:
                lines = text.splitlines()
                lines[node.lineno - 1 : node.end_lineno] = source.rstrip().splitlines()
                path.write_text("\n".join(lines) + "\n", encoding="utf-8")
                return
    raise KeyError(identifier)
