"""JUnit XML: one testsuite a step, one testcase a test. GitLab, Jenkins and CodeGrade read it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from grader.judging.results import RunResult, TestResult
from grader.kata.files import write_text
from grader.report.text import first_line, readable

# status -> (the count it belongs to, the element that says so)
_KINDS = {
    "failed": ("failures", "failure"),
    "not_implemented": ("failures", "failure"),
    "not_run": ("skipped", "skipped"),
}


def write(result: RunResult, path: Path) -> None:
    """Write the result as JUnit XML.

    Raises:
        OSError: the file cannot be written.
    """
    root = ET.Element("testsuites", name="pico-gpt-kata", time=f"{result.duration_s:.3f}")
    total = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for step in result.steps:
        counts = dict.fromkeys(total, 0)
        suite = ET.SubElement(root, "testsuite", name=f"step {step.number}: {step.name}")
        suite.set("time", f"{step.duration_s:.3f}")
        for test in step.tests:
            counts["tests"] += 1
            case = ET.SubElement(
                suite, "testcase", name=test.name, classname=f"step_{step.number:02d}.{test.function}"
            )
            case.set("time", f"{test.duration_s:.3f}")
            if test.status != "passed":
                counts[_add_verdict(case, test)] += 1
        for name, value in counts.items():
            suite.set(name, str(value))
            total[name] += value
    for name, value in total.items():
        if name != "skipped":  # Jenkins' xUnit schema knows it of a suite, and not here
            root.set(name, str(value))
    ET.indent(root)
    write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n", path
    )


def _add_verdict(case: ET.Element, test: TestResult) -> str:
    """Say what became of a test that did not pass; returns the count it belongs to."""
    count, tag = _KINDS.get(test.status, ("errors", "error"))
    element = ET.SubElement(case, tag, message=first_line(test.message) or test.status)
    if tag != "skipped":
        element.set("type", test.diagnosis or test.status)
        element.text = readable(test.message) or test.status
    return count
