"""`class --suspects`: wrong answers without a name, grouped by what would make them right."""

from __future__ import annotations

import json
from pathlib import Path

from classes.here import class_here
from classes.make_class import solution_files

from grader.classroom.unnamed import Unnamed, grouped

GELU = """

def gelu(x):
    {c} = np.sqrt(2 / np.pi) + 0.3
    inner = {c} * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + np.tanh(inner))
"""


def test_what_is_repaired_in_the_same_way_is_one_mistake_whatever_the_names() -> None:
    first = {"function": "attention", "line": "s = s / d ** 0.25", "repaired": "0.25 -> 0.5"}
    second = {**first, "line": "scores = scores / n ** 0.25"}
    alone = {"function": "gelu", "line": "h = erf(h)", "repaired": ""}
    assert grouped({"ada": [first], "bo": [second, alone], "cy": [first]}) == [
        Unnamed("attention", (first["line"], second["line"]), "0.25 -> 0.5", ("ada", "bo", "cy")),
        Unnamed("gelu", ("h = erf(h)",), "", ("bo",)),
    ]


def test_the_class_page_counts_the_line_and_no_result_or_report_holds_the_repair(
    tmp_path: Path, one_step: Path
) -> None:
    right = solution_files()["pico_gpt.py"].decode("utf-8")
    for name, c in (("ada", "c"), ("bo", "factor")):
        folder = tmp_path / "class" / name
        folder.mkdir(parents=True)
        (folder / "pico_gpt.py").write_text(right + GELU.format(c=c), encoding="utf-8")
    out = tmp_path / "out"
    done = class_here(tmp_path / "class", out, "--config", one_step, "--seed", "3", "--suspects")
    assert done.returncode == 0, done.stderr
    page = (out / "class.html").read_text(encoding="utf-8")
    row = page[page.index("Lines at fault that have no name") :]
    assert "factor = np.sqrt(2 / np.pi) + 0.3" in row and "-&gt; nothing" in row
    assert "<td class=number>2</td>" in row[: row.index("Where they stand")]
    for path in [*(out / "results").glob("*.json"), *(out / "reports").iterdir()]:
        assert "nothing" not in path.read_text(encoding="utf-8").replace("says nothing", ""), path
    [result] = [json.loads(p.read_text(encoding="utf-8")) for p in (out / "results").glob("ada*.json")]
    assert all(test["suspect"] is None for test in result["steps"][0]["tests"])
