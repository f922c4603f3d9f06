"""One step in full: the sentence that names the mistake, the evidence, one next action.

Only the first problem is shown in full; the tests follow in one line each.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grader.judging.compare import Failure, tolerance
from grader.judging.results import StepResult, TestResult
from grader.kata.curriculum import Step, find_step
from grader.report.heatmap import CIVIDIS, MOST_ROWS, OF_256, cells_across, draw, picture
from grader.report.screen import Line, Screen, columns
from grader.report.text import MARKS, readable, typed

PRINTED_LINES = 12
FEWEST_ROWS = 4
FEWEST_FACTS = 4  # lines of evidence that go before what the code printed
BELOW = 5  # lines that others put below a page: the points, the keys, the cursor
AROUND_PICTURES = 8  # lines around the pictures' own rows, at most


def page(result: StepResult, screen: Screen, pending: str = "", later: int = 0) -> list[Line]:
    """The page of one step. On a terminal it keeps within its height: what matters least is left out first.

    Args:
        result: the verdict.
        screen: where it will be shown.
        pending: what is still being found out; it takes the place of the next action, and tests that
            have not been judged are left out.
        later: lines that will follow below the usual ones, and must not push the first ones off the screen.
    """
    step = find_step(result.number)
    problem = result.first_problem
    lines: list[Line] = [[(f"step {step.number}: {step.name} - {step.title}", "title")], []]
    ending = [[], [(pending, "faint")]] if pending else _ending(result, step, problem, screen)
    room = screen.height - BELOW - later - len(ending) if screen.height else None
    tests = _tests(result, screen, bool(pending))
    failure = problem.failure if problem else None
    if problem is None:
        prints = _printed(next((test.printed for test in result.tests if test.printed), ""), screen)
        if room is not None and len(lines) + len(tests) + len(prints) > room:
            tests = _folded(result)
            prints = prints[: max(0, room - len(lines) - len(tests))]
        return [*lines, *tests, *prints, *ending]
    lines += _sentence(problem, screen)
    if problem.suspect_words:
        lines += suspect_lines(problem, screen)
    pictures: list[Line] = []
    if failure is not None:
        evidence = _evidence(failure, screen)
        more = [*_shapes(failure), *_printed(failure.printed, screen)]
        if room is not None:
            tests = _tests_that_fit(result, tests, room - len(lines) - len(evidence) - len(more), failure)
            left = room - len(lines) - (len(tests) + 1 if tests else 0)
            if len(evidence) + len(more) > left:
                more = _last_printed(failure.printed, screen) if left > FEWEST_FACTS else []
                evidence = evidence[: max(0, left - len(more))]
        lines += [*evidence, *more]
        rows = MOST_ROWS
        if room is not None:
            rows = min(MOST_ROWS, room - len(lines) - len(tests) - 1 - AROUND_PICTURES)
        pictures = _pictures(failure, screen, rows) if rows >= FEWEST_ROWS else []
    return [*lines, *pictures, *([[]] if tests else []), *tests, *ending]


def _tests_that_fit(result: StepResult, tests: list[Line], room: int, failure: Failure) -> list[Line]:
    """The tests one by one where there is room for them and for the pictures, or else all in one line."""
    pictures = 1 + FEWEST_ROWS + AROUND_PICTURES if failure.yours is not None else 1
    return tests if len(tests) + pictures <= room else _folded(result)


def _sentence(problem: TestResult, screen: Screen) -> list[Line]:
    """The first line of the message: it stands alone, and it is the one to read."""
    word = MARKS[problem.status]
    text = readable(problem.message).split("\n")[0] or word
    rows = screen.wrap(text, f"{word.upper()}  ", "sentence", hanging=" " * (len(word) + 2))
    first = rows[0][0][0]
    return [[(word.upper(), problem.status), (first[len(word) :], "sentence")], *rows[1:]]


def suspect_lines(problem: TestResult, screen: Screen) -> list[Line]:
    """Where no name fits, the line at fault."""
    return screen.wrap(readable(problem.suspect_words), "  ", "next", hanging="    ")


def _evidence(failure: Failure, screen: Screen) -> list[Line]:
    lines: list[Line] = []
    facts = [readable(line) for line in failure.evidence]
    if failure.file and failure.line:
        # The judge's own line for it is the first of the evidence; here it gets a place to click on.
        name = Path(failure.file).name
        own = [fact for fact in facts if fact.startswith(f"{name}, line {failure.line}")]
        facts = [fact for fact in facts if fact not in own]
        if own:
            lines += screen.wrap(f"{_relative(failure.file)}:{failure.line}", "  ", "next")
            if failure.source_line.strip():
                lines += screen.wrap(readable(failure.source_line.strip()), "      ")
    for fact in facts:
        lines += screen.wrap(fact, "  ", hanging="    ")
    return lines


def _relative(file: str) -> str:
    """A path as one types it here: relative where that is shorter."""
    path = Path(file)
    try:
        return path.relative_to(Path.cwd()).as_posix() if path.is_absolute() else path.as_posix()
    except (ValueError, OSError):
        return path.as_posix()


def _shapes(failure: Failure) -> list[Line]:
    if not failure.shapes:
        return []
    rows = columns([("", "yours", "expected"), *failure.shapes])
    lines: list[Line] = [[]]
    for i, (what, yours, expected) in enumerate(rows):
        same = i == 0 or yours.strip() == expected.strip() or what.strip() == "dtype"
        style = "faint" if i == 0 else "" if same else "failed"
        lines.append([(f"  {what}  ", "faint"), (yours, style), (f"  {expected}", "faint" if i == 0 else "")])
    return lines


def _pictures(failure: Failure, screen: Screen, rows: int) -> list[Line]:
    if failure.yours is None or failure.expected is None:
        return []
    shades = screen.shades
    pic = picture(
        failure.yours, failure.expected, failure.axes, tolerance(failure.function), rows,
        cells_across(screen.width, shades),
    )  # fmt: skip
    colours = CIVIDIS if screen.has_true_colour else OF_256
    return [[], *draw(pic, screen.width - 1, shades, colours)] if pic else []


def _printed(printed: str, screen: Screen) -> list[Line]:
    said = readable(printed).rstrip().splitlines()
    if not said:
        return []
    lines: list[Line] = [[], [("  your code printed:", "faint")]]
    for row in said[:PRINTED_LINES]:
        lines += screen.wrap(row, "  | ")
    if len(said) > PRINTED_LINES:
        lines.append([(f"  | … and {len(said) - PRINTED_LINES} more lines", "faint")])
    return lines


def _last_printed(printed: str, screen: Screen) -> list[Line]:
    """The last line that the code printed, where there is no room for all."""
    said = readable(printed).rstrip().splitlines()
    return screen.wrap(said[-1], "  | ")[:1] if said else []


def _tests(result: StepResult, screen: Screen, pending: bool) -> list[Line]:
    """Every test in one line; what is one and the same for all of them is not said for each."""
    lines: list[Line] = []
    noted: set[str] = set()
    judged = [test for test in result.tests if test.status != "not_run" or not pending]
    if len({(t.status, t.message) for t in result.tests}) == 1 and result.status != "passed":
        return []
    for function in dict.fromkeys(test.function for test in judged):
        tests = [test for test in judged if test.function == function]
        if all(test.status == "not_implemented" for test in tests):
            mark = MARKS["not_implemented"]
            lines.append([(f"  {mark:8s} ", "not_implemented"), (f"{function}: {_count(len(tests))}", "")])
            continue
        for test in tests:
            lines.append([(f"  {MARKS[test.status]:8s} ", test.status), (test.name, "")])
            if test.message and test.status in ("passed", "not_run") and test.message not in noted:
                noted.add(test.message)
                lines += screen.wrap(f"note: {test.message}", " " * 11, "faint")
    return lines


def _folded(result: StepResult) -> list[Line]:
    """All tests in one line, where the screen is too low for one each."""
    statuses = [test.status for test in result.tests]
    words = [f"{statuses.count(status)} {word}" for status, word in MARKS.items() if status in statuses]
    return [[(f"  {len(statuses)} tests: {', '.join(words)}", "faint")]]


def _count(n: int) -> str:
    return f"{n} test{'s' if n != 1 else ''} wait{'s' if n == 1 else ''} for it"


def _ending(result: StepResult, step: Step, problem: TestResult | None, screen: Screen) -> list[Line]:
    lines: list[Line] = []
    if result.own_stack_message:
        lines += [[], *screen.wrap(readable(result.own_stack_message), style="sentence")]
    if problem is not None:
        failure = problem.failure
        action = readable(failure.action) if failure else ""
        if not action and failure and failure.line and problem.status == "error":
            action = f"look at {_relative(failure.file)}:{failure.line}"
        action = action or typed("hint", step.number)
        lines += [[], *screen.wrap(action, "next: ", "next", hanging="      ")]
    return lines


def verdict_line(result: StepResult) -> Iterator[tuple[str, str]]:
    """One step's state and points."""
    marks = result.to_dict()
    yield f"{MARKS[result.status]:8s}", result.status
    score = f"{marks['score']}/{marks['max_score']}"
    yield f" {score:>6s}", ""
