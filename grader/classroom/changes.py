"""changes.csv: whose mark is another than in the run before into the same folder, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.classroom.grades import cell, table
from grader.classroom.plan import JUDGED_ALIKE
from grader.classroom.rows import Row
from grader.kata.files import write_text

_WORDS = {
    "grader": "the grader", "python": "Python", "numpy": "NumPy", "judging": "the settings",
    "steps": "the steps", "seed": "the seed", "own_stack": "the settings", "seconds": "the time limit",
    "submission_seconds": "the time limit",
}  # fmt: skip


def marks_of(rows: Sequence[Row]) -> dict[str, Any]:
    """What the next run compares with: id -> name, points, points there are, files."""
    return {
        row.id: [row.name, row.mark, row.max_score, dict(row.files)] for row in rows if row.mark is not None
    }


def changed_marks(
    before: Mapping[str, Any], manifest: Mapping[str, Any], rows: Sequence[Row]
) -> list[tuple[str, str, Any, Any, str]]:
    """(id, name, points before, points now, why) of every mark that is not what it was.

    Args:
        before: the manifest of the run before, with the marks of that run.
    """
    old: Mapping[str, Any] = before.get("marks", {})
    about = before.get("marks_of", {})
    found = []
    for row in rows:
        was = old.get(row.id)
        if was is None or not _is_mark(was):
            if old:
                why = "not judged" if row.mark is None else "new here"
                found.append((row.id, row.name, "", _shown(row.mark), why))
            continue
        if [row.mark, row.max_score] != [was[1], was[2]]:
            why = _why(was, about, manifest, row)
            found.append((row.id, row.name, _shown(was[1]), _shown(row.mark), why))
    ids = {row.id for row in rows}
    for id, was in old.items():
        if id not in ids and _is_mark(was):
            found.append((id, str(was[0]), _shown(was[1]), "", "no longer there"))
    return found


def _is_mark(was: Any) -> bool:
    return isinstance(was, list) and len(was) == 4


def _shown(points: Any) -> Any:
    return "" if points is None else points


def _why(was: Sequence[Any], before: Mapping[str, Any], manifest: Mapping[str, Any], row: Row) -> str:
    if row.mark is None:
        return f"not judged: {row.not_judged}"
    if was[3] != dict(row.files):
        return "other files were handed in"
    changed = [_WORDS[key] for key in JUDGED_ALIKE if key in before and before[key] != manifest[key]]
    if changed:
        return f"{' and '.join(dict.fromkeys(changed))} changed"
    if before.get("settings") != manifest["settings"]:
        return "the points changed"
    return "judged again with the same files and settings"


def write_changes(changes: Sequence[tuple[str, str, Any, Any, str]], path: Path) -> None:
    """Write the table.

    Raises:
        OSError: it cannot be written.
    """
    lines = ([cell(id), cell(name), before, now, cell(why)] for id, name, before, now, why in changes)
    write_text(table(["submission", "name", "before", "now", "why"], lines), path)
