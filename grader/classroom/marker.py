"""The process that marks submissions, one after another: `python -m grader.classroom.marker`.

One is started for every core, because importing NumPy and pytest costs more than judging most
submissions. It reads one order a line on its standard input and writes what it finds, a line each:

    {"steps": [1, 2, …], "prices": […], "seconds": 5.0, "own_stack": false, "needs_sandbox": true}   once
    {"folder": "…/alice", "seed": 123}                  -> {"step": {…}} …, {"done": {…}}, {"forms": {…}}

It runs no student code itself: that happens in the workers of a host of its own for every submission.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from pathlib import Path
from typing import Any, TextIO

from grader.classroom.forms import forms_of
from grader.curriculum import STEPS, Step
from grader.points import priced
from grader.results import CannotGrade, StepResult
from grader.run import NoSandbox, Options, judge


def main() -> None:
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace", newline="\n")
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  what pytest prints is no reply
    orders: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(orders,), daemon=True).start()
    about = json.loads(orders.get())
    prices = {(number, function): groups for number, function, groups in about["prices"]}
    steps = priced(tuple(step for step in STEPS if step.number in about["steps"]), prices)
    while True:
        order = json.loads(orders.get())
        _mark(order, steps, about, replies)


def _read(orders: queue.Queue[str]) -> None:
    """Orders as they come; when whoever gives them is gone, so is this process, whatever it is doing."""
    for line in sys.stdin:
        orders.put(line)
    os._exit(0)


def _mark(order: dict[str, Any], steps: tuple[Step, ...], about: dict[str, Any], replies: TextIO) -> None:
    def say(**reply: Any) -> None:
        print(json.dumps(reply), file=replies, flush=True)

    def on_step(step: StepResult) -> None:
        say(step=step.to_dict())

    options = Options(seed=order["seed"], seconds=about["seconds"], needs_sandbox=about["needs_sandbox"],
                      own_stack=about["own_stack"])  # fmt: skip
    os.chdir(order["folder"])  # so that messages say exercises/pico_gpt.py
    try:
        result = judge(Path("exercises"), steps, options, on_step)
        say(done=result.to_dict())
    except NoSandbox as error:
        say(no_sandbox=str(error))
    except CannotGrade as error:
        say(refused=str(error))
    except Exception as error:
        say(refused=f"the grader itself failed: {type(error).__name__}: {' '.join(str(error).split())}")
    finally:
        os.chdir(os.path.dirname(__file__))  # noqa: PTH120  the folder is about to be removed
    say(forms=forms_of(Path(order["folder"]) / "exercises"))


if __name__ == "__main__":
    main()
