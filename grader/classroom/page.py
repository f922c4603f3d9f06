"""class.html: what the class can do and what the next lecture should repeat, in one file without scripts."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from grader.classroom.forms import Group, groups
from grader.classroom.grades import remark
from grader.kata.curriculum import find_step
from grader.kata.files import write_text
from grader.report.text import first_line, readable

BINS = 10
STYLE = Path(__file__).with_name("page.css")
_ORDER = ("passed", "failed", "error", "timeout", "not_implemented", "not_run")
_WORDS = {
    "passed": "right", "failed": "wrong", "error": "error", "timeout": "too slow", "not_implemented": "to do",
    "not_run": "not judged",
}  # fmt: skip


@dataclass(frozen=True)
class Mistake:
    """A mistake that several students made.

    Attributes:
        id: as results carry it; "" for what no known mistake explains.
        function: the function, or the file where it concerns all of it.
        sentence: what it is.
        ids: whose submissions show it.
    """

    id: str
    function: str
    sentence: str
    ids: tuple[str, ...]


def write_page(
    manifest: Mapping[str, Any], results: Sequence[Mapping[str, Any]], path: Path, seconds: float
) -> None:
    """Write the class report.

    Args:
        manifest: the class's `class.json`.
        seconds: how long the class took.
    Raises:
        OSError: the file cannot be written.
    """
    write_text(page(manifest, results, seconds), path)


def page(manifest: Mapping[str, Any], results: Sequence[Mapping[str, Any]], seconds: float) -> str:
    style = STYLE.read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    people = _people(results)
    body = [
        _headline(manifest, results, seconds),
        _distribution(results),
        _steps(results),
        _mistakes(common_mistakes(results), people),
        _alike(results, people),
        _table(results, people),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>PicoGPT: {len(results)} submissions</title>\n<style>{style}</style>\n</head>\n"
        "<body>\n<main>\n" + "\n".join(body) + "\n</main>\n</body>\n</html>\n"
    )


def _text(text: Any) -> str:
    return escape(readable(str(text), 2_000))


# ------------------------------------------------------------------------------------------ parts


def _headline(manifest: Mapping[str, Any], results: Sequence[Mapping[str, Any]], seconds: float) -> str:
    scores = sorted(result["score"] for result in results)
    most = max((result["max_score"] for result in results), default=0)
    full = sum(result["score"] == result["max_score"] for result in results)
    odd = sum(bool(result["submission"]["problem"]) for result in results)
    boxes = ", ".join(sorted({r["sandbox"] for r in results if r["files"]})) or "none was needed"
    seed = "from each submission's files" if manifest["seed"] is None else manifest["seed"]
    facts = [
        ("submissions", len(results)),
        ("full marks", full),
        ("median", f"{_median(scores):g} of {most:g}"),
        ("could not be judged", odd),
    ]
    cards = "".join(f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in facts)
    return (
        f"<h1>PicoGPT: the class</h1>\n<dl class=facts>{cards}</dl>\n"
        f"<p class=small>Seed: {_text(seed)}. Sandbox: {_text(boxes)}. Judged in {seconds:.0f} s. "
        f"Grader {_text(manifest['grader'])}, settings {_text(manifest['settings'][:12])}.</p>"
    )


def _median(scores: Sequence[float]) -> float:
    if not scores:
        return 0
    middle = len(scores) // 2
    return scores[middle] if len(scores) % 2 else (scores[middle - 1] + scores[middle]) / 2


def _distribution(results: Sequence[Mapping[str, Any]]) -> str:
    """How many submissions reached which part of the points; full marks have a bar of their own."""
    counts = [0] * (BINS + 1)
    for result in results:
        most = result["max_score"]
        counts[int(BINS * result["score"] / most) if most else 0] += 1
    names = [f"{100 * i // BINS}–{100 * (i + 1) // BINS} %" for i in range(BINS)] + ["full marks"]
    rows = "".join(
        f"<tr><th scope=row>{name}</th><td>{_bar(n, max(counts), 'score')}</td><td class=number>{n}</td></tr>"
        for name, n in zip(names, counts)
    )
    return f"<h2>Distribution</h2>\n<div class=wide><table class=bars><tbody>{rows}</tbody></table></div>"


def _steps(results: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    numbers = [step["number"] for step in results[0]["steps"]] if results else []
    for i, number in enumerate(numbers):
        statuses = Counter(result["steps"][i]["status"] for result in results)
        means = sum(result["steps"][i]["score"] for result in results) / len(results)
        most = max(result["steps"][i]["max_score"] for result in results)
        parts = [(statuses[status], status) for status in _ORDER if statuses[status]]
        said = ", ".join(f"{n} {_WORDS[status]}" for n, status in parts)
        rows.append(
            f"<tr><th scope=row>{number} {_text(find_step(number).name)}</th>"
            f"<td>{_stacked(parts, len(results), said)}</td>"
            f"<td class=number>{100 * statuses['passed'] / len(results):.0f} %</td>"
            f"<td class=number>{means:.1f} / {most:g}</td><td class=small>{_text(said)}</td></tr>"
        )
    head = (
        "<tr><th>step</th><th></th><th class=number>pass</th><th class=number>mean points</th><th></th></tr>"
    )
    return (
        f"<h2>Steps</h2>\n<div class=wide><table class=bars><thead>{head}</thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>\n"
        "<p class=small>Each function is judged on its own: a mistake in one step does not cost another.</p>"
    )


def _bar(n: int, most: int, kind: str) -> str:
    width = 100 * n / most if most else 0
    return (
        f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{n}">'
        f'<rect class="{kind}" width="{width:.2f}" height="10"/></svg>'
    )


def _stacked(parts: Sequence[tuple[int, str]], total: int, said: str) -> str:
    x, bars, label = 0.0, "", _text(said)
    for n, status in parts:
        width = 100 * n / total
        bars += f'<rect class="{status}" x="{x:.2f}" width="{width:.2f}" height="10"/>'
        x += width
    return (
        f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{label}">{bars}</svg>'
    )


# --------------------------------------------------------------------------------------- mistakes


def common_mistakes(results: Sequence[Mapping[str, Any]]) -> list[Mistake]:
    """What went wrong in how many submissions: named mistakes, and what has no name.

    What several functions of a file have in common, such as that it cannot be loaded, is said of the file.
    """
    who: dict[tuple[str, str, str], list[str]] = {}
    for result in results:
        if result["submission"]["problem"]:
            continue
        wrong = [
            (find_step(step["number"]).file, test)
            for step in result["steps"]
            for test in step["tests"]
            if test["status"] in ("failed", "error", "timeout")
        ]
        functions_with: dict[str, set[str]] = {}
        for _, test in wrong:
            functions_with.setdefault(first_line(test["message"]), set()).add(test["function"])
        named = {test["function"] for _, test in wrong if test["diagnosis"]}
        seen: dict[tuple[str, str, str], None] = {}
        for file, test in wrong:
            line = first_line(test["message"])
            if test["diagnosis"]:
                seen[test["diagnosis"], test["function"], _sentence(test)] = None
            elif test["status"] == "error" and len(functions_with[line]) > 1:
                seen["", file, line] = None
            elif test["function"] not in named:
                seen["", test["function"], _NAMELESS[test["status"]]] = None
        for key in seen:
            who.setdefault(key, []).append(result["submission"]["id"])
    found = [Mistake(id, place, sentence, tuple(ids)) for (id, place, sentence), ids in who.items()]
    return sorted(found, key=lambda m: (-len(m.ids), m.function, m.id, m.sentence))


_NAMELESS = {
    "failed": "wrong in a way that has no name here",
    "error": "raises an exception, or ends its process",
    "timeout": "does not answer in time",
}


def _sentence(test: Mapping[str, Any]) -> str:
    return _register().get(test["diagnosis"]) or first_line(test["message"])


@lru_cache(maxsize=1)
def _register() -> dict[str, str]:
    """Mistake -> its sentence; empty in an edition that comes without the register."""
    try:
        from grader.mistakes import register
    except ImportError:
        return {}
    return {id: mistake.sentence for id, mistake in register().items()}


def _mistakes(mistakes: Sequence[Mistake], people: Mapping[str, str]) -> str:
    named = _ranking([mistake for mistake in mistakes if mistake.id], people)
    others = _ranking([mistake for mistake in mistakes if not mistake.id], people)
    return f"<h2>Common mistakes</h2>\n{named}\n<h2>What else went wrong</h2>\n{others}"


def _ranking(mistakes: Sequence[Mistake], people: Mapping[str, str]) -> str:
    if not mistakes:
        return "<p>None.</p>"
    most = len(mistakes[0].ids)
    rows = "".join(
        f"<tr><th scope=row>{_text(m.function)}</th><td>{_bar(len(m.ids), most, 'mistake')}</td>"
        f"<td class=number>{len(m.ids)}</td><td>{_text(m.sentence)}"
        + (f" <code>{_text(m.id)}</code>" if m.id else "")
        + f"</td><td class=small>{_names(m.ids, 6, people)}</td></tr>"
        for m in mistakes[:40]
    )
    left = f"<p class=small>And {len(mistakes) - 40} more.</p>" if len(mistakes) > 40 else ""
    return f"<div class=wide><table class=bars><tbody>{rows}</tbody></table></div>{left}"


def _people(results: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Submission -> whose it is; where several are called the same, what else tells them apart."""
    names = {
        r["submission"]["id"]: ", ".join(student["name"] for student in r["submission"]["students"])
        for r in results
    }
    several = {name for name, times in Counter(names.values()).items() if times > 1}
    return {id: f"{name} ({id})" if name in several else name for id, name in names.items()}


def _names(ids: Sequence[str], shown: int, people: Mapping[str, str]) -> str:
    links = ", ".join(f'<a href="reports/{quote(id)}.md">{_text(people[id])}</a>' for id in ids[:shown])
    return links + (f" and {len(ids) - shown} more" if len(ids) > shown else "")


def _alike(results: Sequence[Mapping[str, Any]], people: Mapping[str, str]) -> str:
    found: list[Group] = groups(
        {
            r["submission"]["id"]: {
                name: (form[0], form[1]) for name, form in r["submission"]["forms"].items()
            }
            for r in results
        }
    )
    note = (
        "<p class=small>Names, comments and layout are left out of the comparison; so is what equals the "
        "reference, what is short, and what many wrote. This is a reason to look, not a mark: no points "
        "depend on it.</p>"
    )
    if not found:
        return f"<h2>Written alike</h2>\n<p>None.</p>\n{note}"
    items = "".join(f"<li>{_names(g.ids, 12, people)}: {_text(', '.join(g.functions))}</li>" for g in found)
    return f"<h2>Written alike</h2>\n<ul>{items}</ul>\n{note}"


def _table(results: Sequence[Mapping[str, Any]], people: Mapping[str, str]) -> str:
    numbers = [step["number"] for step in results[0]["steps"]] if results else []
    head = "".join(f"<th class=number>{number}</th>" for number in numbers)
    rows = []
    for result in sorted(results, key=lambda r: people[r["submission"]["id"]].casefold()):
        about = result["submission"]
        cells = "".join(
            f'<td class="number {step["status"]}" title="{_WORDS[step["status"]]}">{step["score"]:g}</td>'
            for step in result["steps"]
        )
        rows.append(
            f"<tr><th scope=row>{_names([about['id']], 1, people)}</th>"
            f"<td class=number>{result['score']:g}</td>{cells}"
            f"<td class=small>{_text(remark(result))}</td></tr>"
        )
    return (
        "<h2>Everybody</h2>\n<div class=wide><table>"
        f"<thead><tr><th>name</th><th class=number>points</th>{head}<th></th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
