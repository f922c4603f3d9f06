"""Drives the grader over hostile files, and says what came of it. It runs in processes of its own, so that an
attack that ends the judge ends only them.

    python tests/attacks/drive.py SCRATCH < jobs > outcomes        one JSON object a line, each way

All folders to judge are in SCRATCH. They are judged one after another by one host, in one session of pytest,
as a class is (`grader/classroom/marker.py`): a file must not only gain nothing, it must also leave nothing
for the next one to meet. A job says which `tests` judge it: all, the first of each group (core, fresh, edges)
of each function, or the first of each function. The last line says what is there once the host is closed.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from grader.judging.results import RunResult, StepResult
    from grader.judging.session import SuiteSession
    from grader.kata.curriculum import Step
    from grader.sandbox.host import Host

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 10.0
PRIVATE = re.compile(r"(?<=/)tmp\w{8}\b")  # a worker's folder


def grade(job: dict[str, Any], reports: str, host: Host, session: SuiteSession) -> dict[str, Any]:
    """Judge a folder as `python -m grader run` does, but with a host and a session that are there.

    Names of mistakes are looked for as in a class, which stops earlier: no file here is to get one.
    """
    from grader.classroom.marker import NAMING_S, PAIRS
    from grader.cli import run_command
    from grader.judging.run import Options, judge
    from grader.student import run

    report = Path(reports, "result.json")
    report.unlink(missing_ok=True)
    shutil.rmtree(Path(reports, "state"), ignore_errors=True)  # of whom was judged before
    words = ["--impl", job["impl"], "--steps", job["steps"], "--time-limit", str(job["limit"]), "--seed", "7"]
    said = io.StringIO()
    host.turn_to(Path(job["impl"]))

    def warm(
        impl: Path,
        steps: tuple[Step, ...],
        options: Options,
        on_step: Callable[[StepResult], None],
        **more: Any,
    ) -> RunResult:
        options = replace(options, pairs=PAIRS, naming_limit_s=NAMING_S)
        return judge(impl, steps, options, on_step, host=host, session=session, **more)

    started = perf_counter()
    with (
        mock.patch("grader.student.judging.judge", warm),
        with_tests(job["tests"]),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        status = run_command("run", run, [*words, "--json", str(report)])
    seconds = perf_counter() - started
    result = json.loads(report.read_text("utf-8")) if report.exists() else {}
    return {"exit": status, "said": said.getvalue()[-2000:], "seconds": seconds, "result": result}


@contextlib.contextmanager
def with_tests(which: str) -> Iterator[None]:
    """While this is open, a step has only these of its tests: "all", one "of each group", "one"."""
    from grader.judging import marked_run, marks, step_run
    from grader.judging.plugin import SuiteItem
    from grader.judging.suite import SuiteTest, suite_tests

    def kind(test: SuiteTest) -> tuple[str, ...]:
        whole = {"all": test.name, "of each group": test.group, "one": ""}
        return test.function, whole[which]

    def first_tests(number: int) -> tuple[SuiteTest, ...]:
        first = {kind(test): test for test in reversed(suite_tests(number))}
        return tuple(test for test in suite_tests(number) if test in first.values())

    every = marked_run.MarkedRun.wants

    def wants(run: marked_run.MarkedRun, item: SuiteItem) -> bool:
        return every(run, item) and item.test in first_tests(item.step.number)

    with (
        mock.patch.object(step_run, "suite_tests", first_tests),
        mock.patch.object(marks, "suite_tests", first_tests),
        mock.patch.object(marked_run.MarkedRun, "wants", wants),
    ):
        yield


def things_in(folder: str) -> Counter[str]:
    """The files and processes of the host: all of its processes have its folder's name in them."""
    places = [str(path) for path in Path(folder).rglob("*")]
    for process in Path("/proc").glob("[0-9]*"):
        command = where = ""
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes().decode("utf-8", "replace")
        with contextlib.suppress(OSError):  # not ours to read without root
            where = str((process / "cwd").readlink())
        if int(process.name) != os.getpid() and (folder in command or where.startswith(folder)):
            places.append(f"process in {where}: {command[:100]}")
    return Counter(PRIVATE.sub("tmp", place) for place in places)


def left_in(folder: str, at_first: Counter[str]) -> list[str]:
    """What stays there that was not there at first. The worker of the next file may be coming up just now."""
    until = perf_counter() + SECONDS
    while (left := things_in(folder) - at_first) and perf_counter() < until:
        os.sched_yield()
    return sorted(left.elements())


def peak_mib() -> int:
    """The most memory that this process, the judge, has held since its peak was set back."""
    [line] = [x for x in Path("/proc/self/status").read_text("utf-8").splitlines() if x.startswith("VmHWM:")]
    return int(line.split()[1]) >> 10


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from grader.judging.session import with_suites
    from grader.kata.curriculum import STEPS
    from grader.kata.stubs import SOLUTIONS
    from grader.sandbox.clearing import wait_for_removals
    from grader.sandbox.host import Host

    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    sys.stdout = sys.stderr
    scratch = Path(sys.argv[1])
    is_over = is_frozen = False

    def say(outcome: dict[str, Any]) -> None:
        answers.write(json.dumps(outcome) + "\n")
        answers.flush()

    with tempfile.TemporaryDirectory() as reports, tempfile.TemporaryDirectory(prefix="host-") as folder:
        tempfile.tempdir = folder
        os.environ["PICO_GPT_KATA_STATE"] = str(Path(reports, "state"))
        host = Host(scratch, SOLUTIONS)
        assert host.sandbox  # its first worker is up, and waits
        at_first = things_in(folder)

        def serve(session: SuiteSession) -> None:
            nonlocal is_over, is_frozen
            while not session.is_broken:
                if not (line := sys.stdin.readline()):
                    is_over = True
                    return
                Path("/proc/self/clear_refs").write_text("5", "utf-8")  # the peak begins again
                outcome = grade(json.loads(line), reports, host, session)
                host.turn_to(scratch)  # where nothing is
                wait_for_removals()
                outcome["peak_mib"] = peak_mib()
                outcome["left"] = left_in(folder, at_first)
                say(outcome)
                if not is_frozen:  # modules, goldens, tables: as a marker does
                    gc.collect()
                    gc.freeze()
                    is_frozen = True

        while not is_over:
            with_suites(STEPS, SECONDS, serve)
        host.close()
        say({"left": sorted(things_in(folder).elements())})
        tempfile.tempdir = None


if __name__ == "__main__":
    main()
