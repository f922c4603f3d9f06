"""The process that marks submissions, one after another: `python -m grader.classroom.marker`.

One is started for every core, because importing NumPy and pytest costs more than judging most
submissions. It reads one order a line on its standard input and writes what it finds, a line each:

    {"steps": [1, 2, …], "seconds": 5.0, "own_stack": false, "needs_sandbox": true, "scratch": "…"}      once
    {"order": 1, "folder": "…/scratch/1", "seed": 123}
        -> {"order": 1, "step": {…}} …, then one of {"order": 1, "done": {…}}, "refused", "no_sandbox"

Every line carries the order's number, and nothing is said after the last: so no answer is ever taken for
another submission's. It judges with the curriculum's own points; the class puts its prices on the verdicts.
It runs no student code itself: that happens in the workers of its host, new ones for every submission.
Only the base that they are forked from stays, which has seen nothing of any student's.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Any, TextIO

from grader.judging.results import StepResult
from grader.judging.run import NoSandbox, Options, judge
from grader.judging.session import SuiteSession, with_suites
from grader.kata.curriculum import STEPS, Step
from grader.kata.files import CannotGrade
from grader.kata.sealed import reference_folder
from grader.mistakes import name_mistakes
from grader.sandbox.ending import GRACE_S
from grader.sandbox.host import Host, Limits

# What naming mistakes may cost, in a whole submission; what a student runs may take longer.
PAIRS, NAMING_S = 200, 3.0
_idle, _alone = threading.Event(), threading.Event()


def main() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # even if the parent ignores it
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace", newline="\n")
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  not pytest's lines
    orders: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read, args=(orders,), daemon=True).start()
    about = json.loads(orders.get() or "{}")
    steps = tuple(step for step in STEPS if step.number in about["steps"])
    # The scratch folder holds no file of the kata's: the host only keeps it out of sight.
    reference = reference_folder(Options().reference)
    host = Host(Path(about["scratch"]), reference, limits=Limits(about["seconds"]))
    _idle.set()
    marking = _Marking(orders, steps, about, host, replies)
    try:
        while not marking.is_over:
            with_suites(steps, about["seconds"], marking.serve)
    except (KeyboardInterrupt, BrokenPipeError):
        pass
    finally:
        host.close()
        if _alone.is_set():
            shutil.rmtree(about["scratch"], ignore_errors=True)
        _idle.set()


def _read(orders: queue.Queue[str | None]) -> None:
    """Orders as they come; when the sender is gone, the current judgement is given up."""
    for line in sys.stdin:
        orders.put(line)
    _alone.set()
    orders.put(None)
    if not _idle.is_set() and os.name == "posix":
        os.kill(os.getpid(), signal.SIGINT)  # the host then ends its workers and removes their folders
        _idle.wait(GRACE_S)
    if not _idle.is_set():
        os._exit(1)


class _Marking:
    """Orders, taken one after another while pytest runs."""

    def __init__(
        self, orders: queue.Queue[str | None], steps: tuple[Step, ...], about: dict[str, Any], host: Host,
        replies: TextIO,
    ):  # fmt: skip
        self.is_over = False
        self._orders, self._steps, self._about, self._host = orders, steps, about, host
        self._replies = replies
        self._frozen = False

    def serve(self, session: SuiteSession) -> None:
        """Until there are no more orders, or pytest has to be started again."""
        while not session.is_broken:
            order = self._orders.get()
            if order is None:
                self.is_over = True
                return
            _idle.clear()
            self._mark(json.loads(order), session)
            if not self._frozen:  # modules, goldens, tables: no garbage to be collected
                gc.collect()
                gc.freeze()
                gc.set_threshold(10_000)
                self._frozen = True
            _idle.set()

    def _mark(self, order: dict[str, Any], session: SuiteSession) -> None:
        def say(**reply: Any) -> None:
            print(json.dumps({"order": order["order"], **reply}), file=self._replies, flush=True)

        def on_step(step: StepResult) -> None:
            say(step=step.to_dict())

        about, host = self._about, self._host
        options = Options(seed=order["seed"], seconds=about["seconds"], needs_sandbox=about["needs_sandbox"],
                          own_stack=about["own_stack"], pairs=PAIRS, naming_limit_s=NAMING_S)  # fmt: skip
        os.chdir(order["folder"])  # so that messages say exercises/pico_gpt.py
        try:
            host.turn_to(Path("exercises"))
            result = judge(Path("exercises"), self._steps, options, on_step, host,
                           name_mistakes=name_mistakes, session=session)  # fmt: skip
            say(done=result.to_dict())
        except NoSandbox as error:
            say(no_sandbox=str(error))
        except CannotGrade as error:
            say(refused=str(error))
        except Exception as error:
            say(refused=f"the grader itself failed: {type(error).__name__}: {' '.join(str(error).split())}")
        finally:
            os.chdir(Path(__file__).parent)  # the folder is about to be removed


if __name__ == "__main__":
    main()
