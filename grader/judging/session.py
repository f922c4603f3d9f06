"""pytest with the suites of some steps: collected once, run for one implementation after another.

with_suites(steps, seconds, work)     # work(session) may call session.judge(run) as often as it likes
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.judging.bench import Bench
from grader.judging.marked_run import MarkedRun
from grader.judging.plugin import SuiteItem, Suites
from grader.judging.results import StepResult
from grader.kata.curriculum import Step
from grader.kata.files import CannotGrade

# Parts of pytest that no suite needs, and that take time to start: the grader has a terminal of its own.
_UNUSED = (
    "cacheprovider", "doctest", "junitxml", "pastebin", "stepwise", "debugging", "nose", "logging",
    "faulthandler",
    "unraisableexception", "threadexception", "legacypath", "monkeypatch", "recwarn", "setuponly",
    "setupplan", "skipping", "subtests", "terminal", "tmpdir", "unittest",
)  # fmt: skip


class SuiteSession:
    """The items of the suites, while pytest runs.

    Attributes:
        is_broken: whether something of pytest's own has failed; then another session is needed.
    """

    def __init__(self, session: pytest.Session, nobody: Suites):
        self._session, self._nobody = session, nobody
        self.is_broken = False

    def judge(self, run: MarkedRun) -> list[StepResult]:
        """Run the items for one implementation, and forget it.

        It is not a plugin of pytest's: pytest remembers all that were ever registered.

        Raises:
            CannotGrade: the work could not be done.
        """
        session = self._session
        items = [item for item in session.items if isinstance(item, SuiteItem) and run.wants(item)]
        for item in items:
            item.suites = run
        try:
            for item, nextitem in zip(items, [*items[1:], None]):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
                run.after(item, nextitem)
                if session.shouldstop:  # which cannot be taken back
                    self.is_broken = True
                    break
        except BaseException as error:  # the item on which it was stopped has not been taken down
            self.is_broken = True
            if not isinstance(error, Exception):
                raise
            raise CannotGrade(f"the grader itself failed: {type(error).__name__}: {error}") from error
        finally:
            session.testsfailed = 0
            for item in items:
                item.suites = self._nobody
            # pytest keeps its last failure for a debugger: with it, all that was asked and answered.
            for name in ("last_type", "last_value", "last_traceback", "last_exc"):
                vars(sys).pop(name, None)
        return run.results()


class _Collector(Suites):
    """Collects the items, and lets `work` use them."""

    def __init__(self, steps: tuple[Step, ...], work: Callable[[SuiteSession], None]):
        super().__init__(_no_bench, None, steps)
        self.problem: Exception | None = None
        self._work: Callable[[SuiteSession], None] | None = work

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problem = CannotGrade(f"a suite cannot be read: {report.longreprtext.splitlines()[-1]}")

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        self.problem = self.problem or CannotGrade(f"the grader itself failed: {excinfo.exconly()}")
        return True  # it is told: pytest need not print it

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        work, self._work = self._work, None
        if self.problem is None and work is not None:
            try:
                work(SuiteSession(session, self))
            except Exception as error:
                self.problem = error
        return True

    @property
    def has_worked(self) -> bool:
        return self._work is None


def _no_bench() -> Bench:
    raise RuntimeError("no item runs outside of SuiteSession.judge")


def with_suites(
    steps: tuple[Step, ...], seconds: float, work: Callable[[SuiteSession], None], in_process: bool = False
) -> None:
    """Start pytest with nothing but the suites: no settings, plugins or conftest files of this machine.

    Args:
        seconds: how long one test may take.
        work: called once the items are collected.
        in_process: student code runs in this process, beside a debugger.
    Raises:
        CannotGrade: it did not start, or did not come to its end.
        Exception: what `work` raises.
    """
    # Named as modules, so that no character of a folder's name means anything to pytest.
    arguments = ["--pyargs", *(f"grader.suites.{step.suite.stem}" for step in steps)]
    arguments += ["-c", str(Path(__file__).with_name("pytest.ini")), "--noconftest"]
    arguments += [
        "--import-mode=importlib",
        "--assert=plain",
        "--capture=no",  # nothing here prints, and what a worker prints comes by itself
        "-p",
        "no:cacheprovider",
        *(f"-pno:{name}" for name in _UNUSED),
    ]
    collector = _Collector(steps, work)
    plugins: list[object] = [collector]
    if hasattr(signal, "SIGALRM") and not in_process:
        # The host holds the deadline; this is the net below it, for a fault of the grader's own.
        # Handed over as a module: by its name pytest would look through every package of this machine.
        plugins.append(importlib.import_module("pytest_timeout"))
        arguments += [f"--timeout={seconds * 3 + 10}"]
    with _plain_environment():
        code = pytest.main(arguments, plugins=plugins)
    if collector.problem is not None:
        raise collector.problem
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if not collector.has_worked:
        raise CannotGrade(f"the suites did not run (pytest exit {int(code)})")


@contextlib.contextmanager
def _plain_environment() -> Iterator[None]:
    """While this is open, no variable tells pytest to load or to do anything else."""
    outer = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PYTEST_")}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("PYTEST_")]:
            del os.environ[name]
        os.environ.update(outer)
