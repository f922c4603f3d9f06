"""The same calls in the judge's own process, so that `breakpoint()` in a student's function works.

There is no deadline, no confinement and no capture here, and so never a mark.
"""

from __future__ import annotations

import bdb
import contextlib
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from grader.sandbox.base import guests
from grader.sandbox.decoder import Decoder
from grader.sandbox.encoder import Encoder
from grader.sandbox.handles import kept
from grader.sandbox.inside import imports as gate
from grader.sandbox.inside.purity import Purity
from grader.sandbox.inside.student_modules import Boot, Session
from grader.sandbox.lent import put_file
from grader.sandbox.wire import Handle, TempFile

BUDGET = 1 << 34


class InProcess:
    """Sessions in this process, one at a time, the student's modules loaded fresh for each.

    Args:
        beside: names of what else is in the student's folder.
    """

    def __init__(self, beside: Iterable[str]) -> None:
        self._last = gate.LastFinder(beside)
        self._key: Any = None
        self._session: Session | None = None
        self._modules: dict[str, ModuleType] = {}
        self._finders: list[Any] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def calls(
        self,
        boot: dict[str, Any],
        calls: Sequence[tuple[tuple[Any, ...], dict[str, Any]]],
        handles: Mapping[str, Handle],
    ) -> Iterator[tuple[dict[str, Any], Sequence[Any], int]]:
        """Every call's reply, with its buffers and the budget to read it with."""
        session = self._session_for(boot)
        generators: dict[int, Any] = {}
        states: dict[int, tuple[int, Any]] = {}
        known: dict[str, Any] = {}
        for args, kwargs in calls:
            encoder = Encoder(BUDGET, strict=True, generators=states, make_file=self._make_file)
            nodes = encoder.encode(args), encoder.encode(kwargs)
            for name in encoder.handles - known.keys():
                inner = Encoder(BUDGET, strict=True)
                node = inner.encode(handles[name].value)
                known[name] = kept(Decoder(_views(inner.buffers), BUDGET, True).decode(node))
            buffers = _views(encoder.buffers)
            decoder = Decoder(buffers, BUDGET, True, known, generators)
            reply_encoder = Encoder(BUDGET, strict=False)
            with _Visible(self._finders, self._last, self._modules):
                reply = session.call(nodes, decoder, Purity(buffers, known), reply_encoder)
            yield {"kind": "reply", **vars(reply)}, _views(reply_encoder.buffers), BUDGET

    def close(self) -> None:
        """Forget the student's modules, and remove what was written for them."""
        self._key = self._session = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _session_for(self, boot: dict[str, Any]) -> Session:
        key = (boot["function"], frozenset(boot["own"]))
        if self._session is None or key != self._key:
            self._key = key
            self._session = Session(Boot(**boot), passes=(KeyboardInterrupt, bdb.BdbQuit))
            self._modules = {}
            places = [Path(place).resolve() for place in (*gate.standard_places(), *guests().values())]
            self._finders = [self._session.finder, gate.LocatedFinder(places)]
        return self._session

    def _make_file(self, file: TempFile) -> str:
        self._folder = self._folder or tempfile.TemporaryDirectory()
        return str(put_file(Path(self._folder.name), file))


class _Visible:
    """While the student's code runs, its modules are the ones that an import finds."""

    def __init__(self, finders: list[Any], last: gate.LastFinder, modules: dict[str, ModuleType]):
        self._finders, self._last, self._modules = finders, last, modules
        self._names = set(finders[0].names)
        self._outer: dict[str, ModuleType] = {}
        self._kept = contextlib.ExitStack()  # what the student's code may change, and the judge relies on

    def __enter__(self) -> None:
        self._kept.enter_context(np.errstate())
        self._kept.enter_context(warnings.catch_warnings())
        self._outer = {name: sys.modules.pop(name) for name in self._names if name in sys.modules}
        sys.modules.update(self._modules)
        sys.meta_path[:] = [*self._finders, *sys.meta_path, self._last]

    def __exit__(self, *exception: object) -> None:
        for finder in [*self._finders, self._last]:
            sys.meta_path.remove(finder)
        self._modules.update({n: sys.modules.pop(n) for n in self._names if n in sys.modules})
        sys.modules.update(self._outer)
        self._kept.close()


def _views(buffers: Sequence[Any]) -> list[memoryview]:
    """What the other side of a pipe would see: bytes that nobody else holds."""
    return [memoryview(bytes(memoryview(raw).cast("B"))) for raw in buffers]
