"""What an AI tutor is told: a prompt for each step, and rules that give nothing away."""

from __future__ import annotations

import re

import pytest
from pages import ROOT, read_page

from grader.classroom.edition import leaks
from grader.kata.curriculum import STEPS, Step

PROMPTS = read_page(ROOT / "instructions" / "student_builder_prompts.md")
AGENTS = read_page(ROOT / "AGENTS.md")


def prompt_under(heading: str) -> str:
    match = re.search(
        rf"^### {re.escape(heading)}\n\n```text\n(.*?)```", PROMPTS.text, re.MULTILINE | re.DOTALL
    )
    assert match, f"no prompt under '{heading}'"
    return match[1]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_step_has_a_prompt_that_takes_the_report_and_the_page_and_asks(step: Step) -> None:
    prompt = prompt_under(f"Step {step.number}: {step.name}")
    assert "<failure report>" in prompt and "<step page>" in prompt
    assert re.search(r"\bask me\b", prompt, re.IGNORECASE)
    assert not re.search(r"\b(give|show|write) me the (code|function|solution|answer)", prompt, re.IGNORECASE)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_the_prompts_example_is_not_one_that_the_page_answers(step: Step) -> None:
    prompt, text = prompt_under(f"Step {step.number}: {step.name}"), step.page.read_text(encoding="utf-8")
    for example in re.findall(r"\[[\d., ]+\]|numbers \d+ to \d+", prompt):
        assert example not in text, f"{step.page.name} has {example} as well: take other numbers"


def test_prompts_are_in_the_order_of_the_steps_after_rules_and_general_ones() -> None:
    headings = [words for level, words in PROMPTS.headings if words.startswith("Step ")]
    assert headings == [f"Step {step.number}: {step.name}" for step in STEPS]
    rules = PROMPTS.section("The rules: paste this first")
    assert "Never write the function" in rules and "questions at a time" in rules
    assert PROMPTS.section("For any step").count("```text") >= 5


def test_the_rules_for_assistants_name_the_learners_files_and_what_stays_closed() -> None:
    for step in STEPS:
        assert f"`{step.file}`" in AGENTS.text
    for closed in ("`exercises/`", "`solutions/`", "`grader/mistakes/`", "make hint", "make test-step-N"):
        assert closed in AGENTS.text, closed


def test_no_page_and_no_cell_shows_a_line_of_a_solution() -> None:
    assert leaks(ROOT / "instructions") == []
