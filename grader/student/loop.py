"""The loop of `watch`: the student saves, and the verdict is there.

Everything that takes time is done before the save: the grader, pytest, NumPy and the names of all known
mistakes are imported, and a worker with NumPy waits. The first wrong answer is shown as soon as it is
known; the page is completed once all tests, the own stack and the mistake's name are.
"""

from __future__ import annotations

import sys
from collections import deque
from contextlib import ExitStack, suppress
from copy import deepcopy
from pathlib import Path

from grader.judging.bench import Bench
from grader.judging.results import RunResult, StepResult
from grader.judging.run import Options, check_folder, judge
from grader.judging.session import SuiteSession, with_suites
from grader.kata.curriculum import STEPS, Step
from grader.kata.files import CannotGrade
from grader.kata.sealed import reference_folder
from grader.kata.seeds import random_seed
from grader.kata.settings import Settings, load_settings
from grader.kata.student_source import first_open, read_source
from grader.report.failure_page import page, suspect_lines
from grader.report.screen import Screen
from grader.report.terminal import Terminal
from grader.report.text import MARKS, first_line, typed
from grader.sandbox.host import Host, Limits
from grader.student.early import Early, name_if_wanted, warm_up
from grader.student.events import Events
from grader.student.hint import hint_lines
from grader.student.joy import joy
from grader.student.keys import HELP, KEYS, Keys
from grader.student.live_page import live_page
from grader.student.pointing import look_for_suspects
from grader.student.progress import EVERYTHING, board, rows_of, what_follows
from grader.student.reset import plan_reset, shown
from grader.student.saves import Saves
from grader.student.state import State, first_not_passed, load_state
from grader.student.traced import lines_of, trace_judged


class Watch:
    """One session of `watch`.

    Args:
        impl: the folder with the student's files.
        pinned: the step to stay at; None follows the first that does not pass.
        seconds: how long one test may take.
        polling: see Saves.
    """

    def __init__(self, impl: Path, pinned: Step | None, seconds: float, polling: bool | None):
        self._impl, self._seconds, self._polling = impl, seconds, polling
        self._stays = pinned is not None
        self._pinned = pinned
        self._terminal = Terminal()
        self._screen: Screen = self._terminal.screen
        self._events = Events()
        self._keys = Keys(self._on_key)
        self._settings = Settings()
        self._steps = STEPS
        self._state = State()
        self._step: Step = pinned or STEPS[0]  # what is on the screen
        self._was_judged = False
        self._judged: StepResult | None = None
        self._live = ""  # the address of the page that `make live` has open
        self._reference: Path | None = None
        self._host: Host | None = None
        self._session: SuiteSession | None = None  # for the first verdict there is none yet
        self._has_quit = False
        self._benches: deque[Bench] = deque(maxlen=1)  # what the last run's tests shared

    @property
    def has_screen(self) -> bool:
        """Whether pages replace one another; a log grows line by line."""
        return self._screen.height > 0

    def run(self) -> int:
        """Watch until the user quits.

        Raises:
            CannotGrade: there is nothing to watch.
        """
        check_folder(self._impl, STEPS)
        self._settings = load_settings()
        self._steps = self._settings.priced(self._settings.steps or STEPS)
        with ExitStack() as stack, suppress(KeyboardInterrupt):  # Ctrl-C is one way to quit
            self._reference = reference_folder(Options().reference)
            stack.callback(self._close)
            self._host = self._new_host()
            stack.enter_context(self._keys)
            stack.enter_context(Saves(self._impl, self._on_save, self._polling))
            self._round()
            warm_up()
            while not self._has_quit:
                with_suites(self._steps, self._seconds, self._wait)
        return 0

    def _wait(self, session: SuiteSession) -> None:
        """Answer saves and keys, in one session of pytest for all of them."""
        self._session = session
        while not session.is_broken:
            kind, key = self._events.wait()
            if kind == "stop" or key in ("q", "Q", "\x03", "\x04"):
                self._has_quit = True
                return
            if kind == "save":
                self._events.settle(self._impl / (self._pinned or self._step).file)
                self._round()
            else:
                self._press(key)

    # --------------------------------------------------------------------------------------- events

    def _on_save(self) -> None:
        self._events.put(("save", ""))
        self._cancel()

    def _on_key(self, key: str) -> None:
        self._events.put(("key", key) if key else ("stop", ""))
        if key in ("", "q", "Q", "\x03", "\x04"):
            self._cancel()

    def _cancel(self) -> None:
        """What is being judged is not wanted any more; the host notices within a tenth of a second."""
        host = self._host
        if host is not None:
            host.cancel()

    # -------------------------------------------------------------------------------------- judging

    def _round(self) -> None:
        """Judge the current step; where it passes, the ones after it too, up to the first that does not."""
        self._recall()
        self._live = live_page()
        judged: set[int] = set()
        while True:
            step = self._pinned or self._current()
            if step is None:
                return self._show_board()
            if step.number in judged or (judged and self._waits(step)):
                return self._end_page()
            judged.add(step.number)
            self._step, self._was_judged = step, True
            result = self._judge(step)
            if result is None:
                return
            self._judged = result.steps[0]
            before = deepcopy(self._state)
            self._state.remember(self._impl, result)
            self._state.save()
            passed = result.steps[0].status == "passed"
            words = joy(step, before, self._state, self._impl, typed("generate")) if passed else ""
            if passed and not self._stays:
                self._pinned = None
            with self._screen.at_once():
                self._begin_page()
                self._terminal.step(result.steps[0], result, self._following(), words, bool(self._live))
            if not passed or self._pinned:
                self._end_page()
                return None if passed else self._point(result)

    def _point(self, result: RunResult) -> None:
        """Where no name fits, the line at fault. The verdict is on the screen, and a save ends the search."""
        step, bench = result.steps[0], self._benches[-1]
        try:
            found = look_for_suspects(step, bench)
        except KeyboardInterrupt:
            if not bench.host.is_cancelled:  # Ctrl-C
                raise
            return
        problem = step.first_problem
        if not found or problem is None:
            return
        with self._screen.at_once():
            if self.has_screen:
                self._begin_page()
                self._terminal.step(step, result, self._following(), later=bool(self._live))
            else:
                self._screen.lines(suspect_lines(problem, self._screen))
        self._end_page()

    def _current(self) -> Step | None:
        """The first step that does not pass; the one on the screen while its file does not even load."""
        if self._was_judged and read_source(self._impl / self._step.file).problem:
            return self._step
        return first_not_passed(self._impl, self._state, self._steps)

    def _recall(self) -> None:
        """Another command may have judged in the meantime; where nothing can be kept, memory has to do."""
        if self._state.is_kept:
            self._state = load_state()

    def _waits(self, step: Step) -> bool:
        """Whether nobody has begun with this step yet."""
        return first_open(read_source(self._impl / step.file), step) is not None

    def _following(self) -> str:
        words = what_follows(self._impl, self._state, self._steps)
        return words + ("; press n" if self._keys.are_there and self._stays and words != EVERYTHING else "")

    def _judge(self, step: Step) -> RunResult | None:
        """Judge one step; None where that was interrupted, or is not possible (the screen says why)."""
        options = Options(seed=random_seed(), seconds=self._seconds)
        early = Early(self)
        streams = sys.stdout, sys.stderr
        self._host = host = self._host or self._new_host()
        try:
            host.reload()
            return judge(
                self._impl, self._settings.priced((step,)), options, host=host,
                on_test=early.test, on_alone=early.alone, name_mistakes=name_if_wanted,
                on_bench=self._benches.append, session=self._session,
            )  # fmt: skip
        except KeyboardInterrupt:
            if not host.is_cancelled:  # Ctrl-C
                raise
            problem = ""
        except CannotGrade as error:
            problem = str(error)
        except Exception as error:  # the watch goes on, whatever this was
            problem = f"the grader itself failed: {first_line(f'{type(error).__name__}: {error}')}"
        finally:
            sys.stdout, sys.stderr = streams
        self._close()
        if problem:
            with self._screen.at_once():
                self._begin_page()
                self._screen.lines(self._screen.wrap(problem, style="error"))
            self._end_page()
        self._host = self._new_host()
        return None

    def _new_host(self) -> Host:
        return Host(self._impl, self._reference, limits=Limits(seconds=self._seconds))

    def _close(self) -> None:
        host, self._host = self._host, None
        if host is not None:
            host.close()

    # --------------------------------------------------------------------------------------- screen

    def show_early(self, step: StepResult, pending: str) -> None:
        """What is known of a step that is still being judged; a log gets the first wrong answer only."""
        problem = step.first_problem
        if self.has_screen:
            with self._screen.at_once():
                self._begin_page()
                self._screen.lines(page(step, self._screen, pending, later=bool(self._live)))
        elif problem is not None:
            words = first_line(problem.message)
            self._screen.line()
            self._screen.line(
                (f"step {step.number}, {problem.function}: {MARKS[problem.status]}: {words}", "sentence")
            )
            self._screen.flush()

    def _begin_page(self) -> None:
        self._screen.clear()

    def _end_page(self) -> None:
        if self._keys.are_there:
            self._screen.line()
            self._screen.line((KEYS, "faint"))
            if self._live:
                self._screen.line((f"live page: {self._live}", "faint"))
        self._screen.flush()
        if self._host is not None:
            self._host.reload()  # its workers end now, not at the next save

    def _show_board(self) -> None:
        with self._screen.at_once():
            self._begin_page()
            rows = rows_of(self._impl, self._state, self._steps)
            self._screen.lines(board(rows, self._screen, below=3 + bool(self._live)))
        self._end_page()

    # ----------------------------------------------------------------------------------------- keys

    def _press(self, key: str) -> None:
        key = key.lower()
        if key == "n":
            self._next()
        elif key == "l":
            self._show_board()
        elif key == "r":
            self._reset()
        elif key == "h":
            self._screen.line()
            try:
                self._screen.lines(hint_lines(self._step, self._screen, next_key="h"))
            except CannotGrade as error:
                self._screen.lines(self._screen.wrap(str(error), style="error"))
            self._end_page()
        elif key == "t":
            self._trace()
        elif key == "?":
            self._screen.line()
            self._screen.lines([[(f"{letter}  ", "title"), (words, "")] for letter, words in HELP])
            self._screen.flush()

    def _trace(self) -> None:
        """What each line of the function on the screen made, below its verdict."""
        self._screen.line()
        try:
            if not (self._judged and self._judged.number == self._step.number):
                raise CannotGrade(f"step {self._step.number} has not been judged yet")
            trace = trace_judged(self._judged, self._benches[-1], self._impl)
            self._screen.lines(lines_of(trace, self._screen))
        except CannotGrade as error:
            self._screen.lines(self._screen.wrap(str(error), style="error"))
        self._end_page()

    def _next(self) -> None:
        """Go to the next step that does not pass, past the one on the screen if need be."""
        self._stays = False
        self._recall()
        behind = tuple(step for step in self._steps if step.number > self._step.number)
        self._pinned = first_not_passed(self._impl, self._state, behind)
        self._round()

    def _reset(self) -> None:
        screen, step = self._screen, self._step
        screen.line()
        try:
            plan = plan_reset(self._impl, step)
            if plan.changes_nothing:
                screen.line((f"{plan.what}: as at the start, nothing to reset", ""))
                return screen.flush()
            screen.line((f"put {plan.what} in {plan.path} back to the start? y/N", "changed"))
            screen.flush()
            kind, key = self._events.wait_without_saves()
            if kind == "stop":
                return self._events.put((kind, key))
            if key.lower() != "y":
                screen.line(("nothing was changed", ""))
                return screen.flush()
            backup = plan.apply()
        except CannotGrade as error:
            screen.lines(screen.wrap(str(error), style="error"))
            return screen.flush()
        for note in plan.notes:
            screen.line((note, ""))
        if backup:
            screen.line((f"what was there before: {shown(backup)}", "faint"))
        screen.flush()
