"""The process in which the web page runs the student's functions; `remote.py` starts it and may end it.

python -m playground.web.worker

It reads questions from its input and answers each on its output, in `pipes.py`'s form. While an answer takes
long it says every second where in the student's files it is. It ends with the page that started it.
"""

from __future__ import annotations

import dataclasses
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from grader.sandbox.wire import WireError
from playground.run.implementation import Implementation, display_path
from playground.run.memory import keep_freed_memory
from playground.run.session import Session, SessionError, Settings, measure, open_implementation
from playground.web.pipes import Broken, receive, send
from reference_activations.models import load_model

SPARE_MEMORY = 3 << 30  # bytes of address space besides the weights
SPEAK_EVERY_S = 1.0


class Worker:
    """One folder, and one session of it at a time."""

    def __init__(self) -> None:
        self.folder = Path()
        self.implementation: Implementation | None = None
        self._session: Session | None = None

    def answer(self, question: str, given: dict[str, Any]) -> Any:
        known: dict[str, Callable[..., Any]] = {
            "load": self.load,
            "open": self.open,
            "step": self.step,
            "stages": self.stages,
            "model_prob": self.model_prob,
            "look": self.look,
            "lens": self.lens,
            "attention": self.attention,
            "own_generate": self.own_generate,
            "tokens_per_second": self.tokens_per_second,
            "compare": self.compare,
        }
        return known[question](**given)

    @property
    def session(self) -> Session:
        assert self._session is not None
        return self._session

    def load(self, folder: str) -> dict[str, Any]:
        """Execute the files of a folder; whose functions they are, and what does not load."""
        self.folder = Path(folder).resolve()
        made = self.implementation = open_implementation(folder)
        return {
            "banner": made.banner,
            "owners": made.owners,
            "problems": list(made.problems),
            "callable": sorted(made.functions),
            "is_reference": made.folder == made.reference_folder,
        }

    def open(self, model: str, ids: Sequence[int], seed: int) -> None:
        assert self.implementation is not None
        loaded = load_model(model)
        keep_small(sum(path.nbytes for path in leaves(loaded.params)))
        self._session = Session(loaded, self.implementation, ids, Settings(), seed=seed, inspect=True)

    def step(self, settings: dict[str, Any]) -> dict[str, Any]:
        self.session.settings = Settings(**settings)
        event = self.session.step()
        facts = ("id", "logits", "prob", "seconds", "cache")
        return {name: getattr(event, name) for name in facts} | {
            "id": int(event.id),
            "prob": float(event.prob),
        }

    def stages(self, index: int, settings: dict[str, Any]) -> list[Any]:
        event = dataclasses.replace(self.session.events[index], settings=Settings(**settings))
        return [[stage.name, stage.probs] for stage in event.stages]

    def model_prob(self, index: int) -> float:
        return self.session.events[index].model_prob

    def look(self, index: int) -> dict[str, Any]:
        seen = self.session.events[index].look
        return {**vars(seen), "shapes": [dataclasses.astuple(row) for row in seen.shapes]}

    def lens(self, index: int) -> list[Any]:
        return [list(row) for row in self.session.events[index].lens]

    def attention(self, n: int | None) -> list[Any]:
        return list(self.session.attention(n))

    def own_generate(self) -> list[int]:
        return self.session.own_generate()

    def tokens_per_second(self, n_tokens: int, use_cache: bool) -> float:
        return measure(self.session, n_tokens, use_cache).tokens_per_second

    def compare(self) -> list[Any]:
        from playground.web.truth import compare_with_reference

        return list(dataclasses.astuple(compare_with_reference(self.session)))


class Voice:
    """Says where the student's code is, while an answer takes long."""

    def __init__(self, worker: Worker, out: BinaryIO) -> None:
        self.worker, self.out = worker, out
        self.lock = threading.Lock()
        self.since: float | None = None
        self.main = threading.get_ident()
        threading.Thread(target=self._speak, daemon=True).start()

    def tell(self, message: Any) -> None:
        with self.lock:
            send(self.out, message)

    def _speak(self) -> None:
        while True:
            time.sleep(SPEAK_EVERY_S)
            since = self.since
            if since is None or time.monotonic() - since < SPEAK_EVERY_S:
                continue
            try:
                self.tell({"at": self._place()})
            except OSError:  # the page has gone, and the student's code would never end
                os._exit(1)

    def _place(self) -> str:
        """`pico_gpt.py:12, in gelu`: the innermost line of the student's that runs."""
        frame = sys._current_frames().get(self.main)
        while frame is not None:
            file = Path(frame.f_code.co_filename)
            if file.parent == self.worker.folder:
                return f"{display_path(file)}:{frame.f_lineno}, in {frame.f_code.co_name}"
            frame = frame.f_back
        return ""


def main() -> int:
    questions = os.fdopen(os.dup(0), "rb")
    out = os.fdopen(os.dup(1), "wb")
    quiet = os.open(os.devnull, os.O_RDWR)
    os.dup2(quiet, 0)  # what the student's code reads and prints is not the page's
    os.dup2(quiet, 1)
    keep_freed_memory()
    worker = Worker()
    voice = Voice(worker, out)
    while True:
        try:
            question, given = receive(questions)
        except Broken:
            return 0
        voice.since = time.monotonic()
        try:
            answer = {"is": worker.answer(question, given)}
        except (SessionError, ValueError, OSError) as error:
            answer = {"error": str(error)}
        except MemoryError:
            answer = {"error": "there is not enough memory for what your code asks for"}
        except (Exception, SystemExit) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        voice.since = None
        try:
            voice.tell(answer)
        except WireError as error:
            voice.tell({"error": f"what came back cannot be shown: {error}"})


def leaves(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [leaf for part in tree.values() for leaf in leaves(part)]
    return [leaf for part in tree for leaf in leaves(part)] if isinstance(tree, list) else [tree]


def keep_small(weights: int) -> None:
    """A bound on the memory of this process, where the system knows one."""
    try:
        import resource
    except ImportError:
        return
    wanted = SPARE_MEMORY + 2 * weights
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))


if __name__ == "__main__":
    sys.exit(main())
