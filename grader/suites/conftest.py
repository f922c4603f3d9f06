"""Plain pytest runs the suites, from any folder and in any selection; it never gives points.

pytest grader/suites/test_step_05_attention.py
pytest grader/suites -k gelu -x --impl solutions --seed 7
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from grader.judging.bench import Bench
from grader.judging.plugin import Suites
from grader.judging.reference import Reference
from grader.judging.run import Options, check_folder
from grader.kata.curriculum import ROOT, STEPS
from grader.kata.files import CannotGrade
from grader.kata.sealed import reference_folder
from grader.kata.seeds import random_seed
from grader.mistakes import name_mistakes
from grader.sandbox.host import Host, Limits

NAME = "pico-gpt-kata"


def pytest_addoption(parser: pytest.Parser) -> None:
    with contextlib.suppress(ValueError):  # pytest found them at the top, too
        group = parser.getgroup(NAME)
        group.addoption(
            "--impl", metavar="DIR", help="the folder that holds pico_gpt.py (default: exercises)"
        )
        group.addoption("--seed", type=int, metavar="S", help="repeat a run's fresh cases")
        group.addoption(
            "--in-process",
            action="store_true",
            help="run your code in this process, for breakpoint(); --pdb does it, too",
        )


def pytest_configure(config: pytest.Config) -> None:
    if getattr(config.option, "seed", None) is None:  # pytest-xdist hands it on to every process
        config.option.seed = random_seed()
    config.pluginmanager.register(PlainRun(config), NAME)


class PlainRun(Suites):
    """The suites' plugin, with the student's folder and the seed as pytest was given them."""

    def __init__(self, config: pytest.Config):
        super().__init__(self._open, name_mistakes)
        self._config = config
        self._host: Host | None = None

    @property
    def impl(self) -> Path:
        """The student's folder, as messages name it."""
        given = self._config.getoption("impl", None)
        here, usual = self._config.invocation_params.dir, ROOT / "exercises"
        return Path(given) if given else usual.relative_to(here) if usual.is_relative_to(here) else usual

    def _open(self) -> Bench:
        option, options = self._config.option, Options()
        folder = reference_folder(options.reference)
        try:
            check_folder(self.impl, STEPS)
        except CannotGrade as error:
            pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)
        in_process = getattr(option, "in_process", False) or getattr(option, "usepdb", False)
        limits = Limits(seconds=options.seconds)
        self._host = Host(self.impl, folder, limits=limits, in_process=in_process)
        reference = Reference(folder) if folder else None
        return Bench(self._host, self.impl, option.seed, options.seconds, reference)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if any(terminalreporter.stats.get(outcome) for outcome in ("passed", "failed")):
            terminalreporter.write_line(
                f"{self.impl}, with --seed {self._config.option.seed}. python -m grader step N shows one "
                "step with its numbers; python -m grader run counts the points."
            )

    def pytest_unconfigure(self) -> None:
        if self._host is not None:
            self._host.close()
