"""Which modules a student's code can import in the worker: the standard library, NumPy, tqdm, regex,
and the student's own four files. Everything else gets one friendly line, as an ImportError that code
can guard against."""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

GUESTS = ("numpy", "tqdm", "regex")


class NotHere(ModuleNotFoundError):
    """This module is not available to a student's code."""


class StudentFinder(MetaPathFinder, Loader):
    """Imports the student's files from the bytes that the judge read.

    Args:
        files: module name -> (path as shown, bytes).
        loaded: called with every module once it has run.
        stand_in: called with a module that did not load; True where it has been filled otherwise.
    """

    def __init__(
        self,
        files: Mapping[str, tuple[str, bytes]],
        loaded: Callable[[types.ModuleType], None],
        stand_in: Callable[[types.ModuleType], bool],
    ):
        self._files = files
        self._loaded = loaded
        self._stand_in = stand_in

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._files:
            return None
        return ModuleSpec(fullname, self, origin=self._files[fullname][0])

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        shown, data = self._files[module.__name__]
        module.__file__ = shown
        try:
            exec(compile(data, shown, "exec", dont_inherit=True), vars(module))
        except Exception:
            if not self._stand_in(module):
                raise
            return
        self._loaded(module)
