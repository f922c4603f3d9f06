"""`python -m grader gpt2`: judge an implementation on the real GPT-2, by published facts about it."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from grader.arguments import add_impl
from grader.judging.published_facts import Check, judge_facts
from grader.kata.files import CannotGrade, write_json
from grader.report.screen import Screen
from reference_activations.facts import load_facts
from reference_activations.models import REAL, WeightsMissing, load_model

_STYLE = {"passed": "passed", "near tie": "passed", "failed": "failed", "not done": "not_implemented"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_impl(parser)
    parser.add_argument("--model", choices=REAL, default="gpt2", metavar="NAME",
                        help="which model (facts are known about gpt2)")  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every verdict")
    parser.add_argument("--sources", action="store_true", help="say where each fact was published")


def main(args: argparse.Namespace) -> int:
    """0: no fact failed, or there are no weights; 1: one did, or gpt2 is not written yet."""
    screen = Screen()
    if not (args.impl / "pico_gpt.py").is_file():
        raise CannotGrade(f"there is no pico_gpt.py in {args.impl}")
    facts = load_facts(args.model)
    if not facts:
        raise CannotGrade(f"nobody has published facts about {args.model} that are known here; try gpt2")
    try:
        model = load_model(args.model)
    except WeightsMissing:
        screen.line((f"skipped: no weights (make weights MODEL={args.model})", ""))
        return 0
    except ValueError as error:
        raise CannotGrade(f"{error}; make weights MODEL={args.model} fetches them again") from None
    screen.line((f"{args.impl.as_posix()} on {args.model}, all functions its own", "title"))
    checks = judge_facts(args.impl, model, facts, lambda check: _show(check, screen, args.sources))
    if args.json:
        _write(args.json, args.impl, args.model, checks)
    return _summary(checks, screen)


def _show(check: Check, screen: Screen, sources: bool) -> None:
    screen.line(
        (f"{check.status:8}", _STYLE[check.status]), (f"  {check.kind:17}  {check.name}", ""),
    )  # fmt: skip
    screen.lines(screen.wrap(check.detail, " " * 10, "" if check.status == "failed" else "faint"))
    if sources and check.source:
        screen.lines(screen.wrap(f"published in {check.source}", " " * 10, "faint"))
    screen.flush()


def _summary(checks: list[Check], screen: Screen) -> int:
    count = {status: sum(check.status == status for check in checks) for status in _STYLE}
    words = [f"{count['passed'] + count['near tie']} of {len(checks)} facts agree"]
    words += [f"{count['near tie']} of them as near ties"] if count["near tie"] else []
    words += [f"{count['failed']} do not"] if count["failed"] else []
    words += [f"{count['not done']} wait for functions that are not written yet"] if count["not done"] else []
    screen.line((", ".join(words), "title"))
    waiting = any(check.status == "not done" and check.kind == "logits" for check in checks)
    return 1 if count["failed"] or waiting else 0


def _write(path: Path, impl: Path, model: str, checks: list[Check]) -> None:
    report = {
        "schema": "pico-gpt-kata/gpt2/v1",
        "impl": impl.as_posix(),
        "model": model,
        "facts": [asdict(check) for check in checks],
    }
    try:
        write_json(report, path)
    except OSError as error:
        raise CannotGrade(f"cannot write {path}: {error.strerror or error}") from None
