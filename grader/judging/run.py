"""One run: judge some steps of one implementation, and bring back one result."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from grader.judging.reference import Reference
from grader.judging.results import RunResult, StepResult, TestResult
from grader.kata.curriculum import STEPS, Step, stack_of
from grader.kata.files import CannotGrade
from grader.kata.sealed import reference_folder
from grader.kata.stubs import SOLUTIONS
from grader.sandbox.host import Host, Limits
from grader.sandbox.own_side import bounded_memory
from grader.sandbox.walls import missing_walls

if TYPE_CHECKING:
    from grader.judging.bench import Bench
    from grader.judging.marked_run import MarkedRun
    from grader.judging.session import SuiteSession
    from grader.judging.step_run import NameMistakes


class NoSandbox(CannotGrade):
    """Marks were asked for, and student code cannot be confined here."""


@dataclass(frozen=True)
class Options:
    """How to judge.

    Attributes:
        seed: where the fresh cases of the run come from, or what makes it of the digests of the files.
        seconds: how long one test may take.
        in_process: run the student's code in this process, for a debugger; never for marks.
        needs_sandbox: refuse to judge where student code cannot be confined; for marks.
        own_stack: also judge every step on the student's own earlier functions, which gives no points.
        reference: the folder of the solutions; a folder without them judges by goldens alone.
        only: judge this function alone, for the project's own measurements.
        pairs: how many pairs of mistakes are tried on a function that no single one explains; None: as many
            as there is time for. A class is judged with few, those that people make most.
        naming_limit_s: what naming mistakes may cost in all, in seconds of this process; after that only
            a function's own mistakes are tried.
    """

    seed: int | Callable[[Mapping[str, str]], int] = 0
    seconds: float = 10.0
    in_process: bool = False
    needs_sandbox: bool = False
    own_stack: bool = True
    reference: Path = SOLUTIONS
    only: str = ""
    pairs: int | None = None
    naming_limit_s: float = 8.0


def judge(
    impl: Path,
    steps: tuple[Step, ...] = STEPS,
    options: Options = Options(),
    on_step: Callable[[StepResult], None] = lambda step: None,
    host: Host | None = None,
    on_test: Callable[[StepResult, TestResult], None] = lambda step, test: None,
    on_alone: Callable[[StepResult], None] = lambda step: None,
    name_mistakes: NameMistakes | None = None,
    on_bench: Callable[[Bench], None] = lambda bench: None,
    session: SuiteSession | None = None,
) -> RunResult:
    """Judge an implementation.

    Args:
        impl: the folder that holds `pico_gpt.py` and the other files.
        steps: which steps.
        options: seed, time limit and the like.
        on_step: called with every step's result as soon as it is known.
        host: a worker host that is already warm; otherwise one is started for this run.
        on_test, on_alone: called earlier, see Listeners; for a report that must not wait.
        on_bench: called with what the tests share before they run: its calls are all that was asked.
        name_mistakes: names the mistakes of a step that did not pass; see grader.mistakes.
        session: pytest with these steps' items, which has been started already.
    Raises:
        CannotGrade: the folder, or everything in it that is to be judged, is missing; or a sandbox is
            needed and there is none.
        KeyboardInterrupt: the user stopped it.
    """
    started = perf_counter()
    check_folder(impl, steps)
    own_host = host is None
    folder = reference_folder(options.reference)
    host = host or Host(impl, folder, limits=Limits(seconds=options.seconds), in_process=options.in_process)
    try:
        # pytest is imported while the host's first process comes up.
        from grader.judging.bench import Bench
        from grader.judging.marked_run import Listeners, MarkedRun

        gc.enable()  # all is imported
        if options.needs_sandbox:
            check_sandbox(host.sandbox)
        files = _judged_files(host.digests(), steps)
        seed = options.seed if isinstance(options.seed, int) else options.seed(files)
        bench = Bench(
            host=host,
            impl=impl,
            seed=seed,
            seconds=options.seconds,
            reference=Reference(folder) if folder else None,
            pairs=options.pairs,
            naming_limit_s=options.naming_limit_s,
        )
        on_bench(bench)
        listeners = Listeners(on_step, on_test, on_alone)
        plugin = MarkedRun(bench, steps, listeners, name_mistakes, options.own_stack, options.only)
        with bounded_memory() if options.needs_sandbox else contextlib.nullcontext():
            results = session.judge(plugin) if session else _judge_once(plugin, steps, options)
        sandbox = host.sandbox
    finally:
        if own_host:
            host.close()
    return RunResult(
        impl=impl.as_posix(),
        files=files,
        seed=seed,
        sandbox=sandbox,
        steps=results,
        duration_s=perf_counter() - started,
    )


def check_folder(impl: Path, steps: tuple[Step, ...]) -> None:
    """The folder is there, and holds at least one of the files that are to be judged.

    Raises:
        CannotGrade: it does not.
    """
    if not impl.is_dir():
        raise CannotGrade(f"there is no folder {impl}: give --impl the folder that holds pico_gpt.py")
    wanted = dict.fromkeys(step.file for step in steps)
    if not any(os.path.lexists(impl / file) for file in wanted):
        raise CannotGrade(
            f"there is no {' or '.join(wanted)} in {impl}: give --impl the folder that holds it"
        )


def check_sandbox(sandbox: str) -> None:
    """Marks need student code that is confined.

    Raises:
        NoSandbox: it would not be, here.
    """
    if missing := missing_walls(sandbox):
        raise NoSandbox(
            f"this machine has no sandbox for student code (no {', no '.join(missing)}), so no marks are "
            "given here: use Linux 5.13 or later, or set allow_unsandboxed = true in grading.toml"
        )


def _judged_files(digests: Mapping[str, str], steps: tuple[Step, ...]) -> dict[str, str]:
    """Of the files that were read, those that the verdicts on these steps are about."""
    about = {below.file for step in steps for below in (step, *stack_of(step))}
    return {file: digest for file, digest in digests.items() if file in about}


def _judge_once(plugin: MarkedRun, steps: tuple[Step, ...], options: Options) -> list[StepResult]:
    from grader.judging.session import with_suites

    results: list[StepResult] = []
    with_suites(
        steps, options.seconds, lambda session: results.extend(session.judge(plugin)), options.in_process
    )
    return results
