"""A session whose functions run in a process of their own, which can be ended at any moment.

The web page holds a `RemoteSession`: it is a `Session` whose text, events and settings are here, and whose
every call of the student's functions is a question to `worker.py`. A question that takes too long ends the
process, and the text so far stays.
"""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from grader.kata.curriculum import ROOT
from grader.sandbox.ending import end_process
from playground.run.events import Prediction, Settings, Stage, TokenEvent
from playground.run.implementation import Owner
from playground.run.introspection import Look, ShapeRow
from playground.run.session import Session, SessionError
from playground.web.pipes import Broken, receive, send
from reference_activations.models import Model

LOAD_S = 10.0  # for executing the student's files
ANSWER_S = 60.0  # for one token, or one panel
TICK_S = 0.1


@dataclass(frozen=True)
class Loaded:
    """What is known of a folder's functions without running them here."""

    folder: str
    banner: str
    owners: Mapping[str, Owner]
    problems: tuple[str, ...]
    callable: frozenset[str]
    is_reference: bool

    def owner(self, name: str) -> Owner:
        return self.owners.get(name, "not there")

    def has(self, *names: str) -> bool:
        return all(name in self.callable for name in names)


class Helper:
    """The process, and what it has to say.

    Attributes:
        asked: the question that has no answer yet.
        at: where the student's code was when it last said so.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "playground.web.worker"], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._said: queue.Queue[Any] = queue.Queue()
        self.asked: str | None = None
        self.at, self.since = "", 0.0
        threading.Thread(target=_listen, args=(self._process.stdout, self._said), daemon=True).start()
        self._finalizer = weakref.finalize(self, end_process, self._process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        return not self._finalizer.alive

    def ask(
        self, question: str, seconds: float, tick: Callable[[str], None] = lambda at: None, **given: Any
    ) -> Any:
        """The answer to a question; one that was asked already is waited for, not asked again.

        Args:
            seconds: then the process is ended.
            tick: called while one waits, with where the code is; what it raises leaves the question open.
        Raises:
            SessionError: the answer is one, or the process has ended or was ended.
        """
        if self.ended:
            raise SessionError("the process of this text was ended: Generate begins a new one")
        if self.asked is None:
            self.asked, self.at, self.since = question, "", time.monotonic()
            try:
                send(self._process.stdin, [question, given])  # type: ignore[arg-type]
            except OSError:
                self._said.put(None)
        while True:
            try:
                said = self._said.get(timeout=TICK_S)
            except queue.Empty:
                if self.waited > seconds:
                    raise self.stop() from None
                tick(self.at)
                continue
            if said is None:
                self.end()
                where = f" ({self.at})" if self.at else ""
                raise SessionError(f"the process that ran your code ended by itself{where}")
            if "at" in said:
                self.at = said["at"]
                continue
            self.asked = None
            if "error" in said:
                raise SessionError(said["error"])
            return said["is"]

    @property
    def waited(self) -> float:
        return time.monotonic() - self.since

    def stop(self) -> SessionError:
        """End the process in the middle of an answer; what there is to say of that."""
        self.end()
        code = f"{self.at} had" if self.at else "the code had"
        return SessionError(f"{code} not come back after {self.waited:.0f} s and was stopped")

    def end(self) -> None:
        self.asked = None
        self._finalizer()


def _listen(pipe: Any, said: queue.Queue[Any]) -> None:
    with contextlib.suppress(Broken, OSError, ValueError):
        while True:
            said.put(receive(pipe))
    said.put(None)


def load(helper: Helper, folder: str) -> Loaded:
    """Have a folder's files executed.

    Raises:
        SessionError: there is no such folder, or its files do not come to an end.
    """
    said = helper.ask("load", LOAD_S, folder=folder)
    said["problems"], said["callable"] = tuple(said["problems"]), frozenset(said["callable"])
    return Loaded(folder, **said)


class RemoteSession(Session):
    """A session of a folder's functions in a process of its own; `end` ends it, as does forgetting it."""

    def __init__(
        self, model: Model, folder: str, prompt: str | Sequence[int], settings: Settings, seed: int
    ) -> None:
        self.helper = Helper()
        try:
            loaded = load(self.helper, folder)
            super().__init__(model, loaded, prompt, settings, seed=seed, inspect=True)  # type: ignore[arg-type]
            self.helper.ask("open", LOAD_S, model=model.name, ids=self.ids, seed=seed)
        except BaseException:
            self.helper.end()
            raise
        self.tick: Callable[[str], None] = lambda at: None

    def step(self) -> TokenEvent:
        self.check_room(1)
        said = self.helper.ask("step", ANSWER_S, self.tick, settings=asdict(self.settings))
        return self.keep(
            said["id"], said["logits"], said["prob"], self.settings, said["seconds"], said["cache"], None
        )

    def finish(self, seconds: float) -> None:
        """Take the token in the making, or end the process where it takes longer.

        Raises:
            SessionError: it was ended.
        """
        if self.helper.asked != "step":
            return
        left = seconds + self.helper.waited
        said = self.helper.ask("step", left)
        self.keep(
            said["id"], said["logits"], said["prob"], self.settings, said["seconds"], said["cache"], None
        )

    def attention(self, n: int | None = None) -> tuple[Any, str]:
        weights, note = self.helper.ask("attention", ANSWER_S, n=n)
        return weights, note

    def own_generate(self) -> list[int]:
        return list(self.helper.ask("own_generate", ANSWER_S))

    def measured(self, n_tokens: int, use_cache: bool) -> float:
        """The speed of the same prompt with or without a cache."""
        return float(self.helper.ask("tokens_per_second", ANSWER_S, n_tokens=n_tokens, use_cache=use_cache))

    def compared(self) -> tuple[str, bool]:
        text, differs = self.helper.ask("compare", ANSWER_S)
        return text, differs

    def end(self) -> None:
        self.helper.end()

    def _stages(self, event: TokenEvent) -> tuple[Stage, ...]:
        settings = asdict(event.settings)
        said = self.helper.ask("stages", ANSWER_S, index=event.index, settings=settings)
        return tuple(Stage(*stage) for stage in said)

    def _model_prob(self, event: TokenEvent) -> float:
        return float(self.helper.ask("model_prob", ANSWER_S, index=event.index))

    def _look(self, event: TokenEvent) -> Look:
        said = self.helper.ask("look", ANSWER_S, index=event.index)
        said["shapes"] = tuple(ShapeRow(*row) for row in said["shapes"])
        said["stages"] = tuple(said["stages"])
        return Look(**said)

    def _lens(self, event: TokenEvent, n_top: int = 5) -> tuple[Prediction, ...]:
        return tuple(
            Prediction(stage, tuple((int(token), float(p)) for token, p in top), chosen, rank)
            for stage, top, chosen, rank in self.helper.ask("lens", ANSWER_S, index=event.index)
        )
