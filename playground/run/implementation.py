"""A student's functions, ready to run, with the reference standing in for those that are not done.

Each file of the folder is executed as a fresh module, so that two implementations can live side by
side and an edited file is seen at the next load. It is the student's own code on the student's own
machine: nothing is confined here (marking, which has to be, is the grader's business).
"""

from __future__ import annotations

import builtins
import functools
import linecache
import sys
import threading
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Protocol

from grader.kata.curriculum import FILES, ROOT, STEPS, as_ranges
from grader.kata.files import CannotGrade
from grader.kata.sealed import reference_folder
from grader.kata.student_source import parse_source

REFERENCE = ROOT / "solutions"
KATA_MODULES = tuple(Path(file).stem for file in FILES)

Owner = Literal["yours", "reference", "not there"]
Function = Callable[..., Any]


class ImplementationError(Exception):
    """A function cannot be run, or failed while it ran; the message is one line for its author."""


class Listener(Protocol):
    """Hears of every call of a function of the kata, no matter who makes it (`Implementation.tap`)."""

    def enter(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None: ...

    def leave(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None: ...


class Implementation:
    """The functions of one folder, and for each of them whose code it is.

    A function that the student has not done comes from the reference, even if the student's own functions
    call it; a function that the reference calls is the student's where it is done.

    Attributes:
        folder: the student's folder.
        label: the folder as a person would name it.
        owners: function name -> "yours", "reference", or "not there" (not done, and no reference there).
        steps: function name -> its step in the kata.
        problems: one line for each file of the folder that does not load.
    """

    def __init__(
        self, folder: Path | str, reference: Path | None = REFERENCE, without: Collection[str] = ()
    ) -> None:
        """Load a folder.

        Args:
            folder: holds `pico_gpt.py` and, as far as they are there, kv_cache.py, bpe.py, weights.py.
            reference: the folder of stand-ins; None, or one that does not exist, for none. Where there
                is no solutions/, the sealed reference takes its place.
            without: functions that are not to run though they are written; they count as not done.
        Raises:
            ImplementationError: there is no such folder, or it has no pico_gpt.py.
        """
        self.folder = Path(folder).resolve()
        self.label = display_path(self.folder)
        if not self.folder.is_dir():
            raise ImplementationError(f"there is no folder {self.label}")
        if not (self.folder / "pico_gpt.py").is_file():
            raise ImplementationError(f"there is no pico_gpt.py in {self.label}")
        self.owners: dict[str, Owner] = {}
        self.steps: dict[str, int] = {}
        self.problems: tuple[str, ...] = ()
        self._functions: dict[str, Function] = {}
        self._tapped: dict[str, Function] = {}
        self.without = frozenset(without)
        self._lock = threading.RLock()
        self.reference_folder = _stand_in(reference)
        loader = _Loader(self)
        self._namespaces = loader.load_all()

    @property
    def banner(self) -> str:
        """Whose code runs, in one line."""
        mine, theirs, open_ = (self._describe(owner) for owner in ("yours", "reference", "not there"))
        if self.folder == self.reference_folder:
            return "the reference solutions of all steps"
        if not theirs and not open_:
            return f"yours: all of {mine}"
        parts = [f"yours: {mine}" if mine else "nothing is yours yet"]
        parts += [f"the reference stands in for {theirs}"] if theirs else []
        parts += [f"not done, and no reference is there: {open_}"] if open_ else []
        return "; ".join(parts)

    def owner(self, name: str) -> Owner:
        return self.owners.get(name, "not there")

    def done(self, *names: str) -> bool:
        """Whether all these functions are the student's own."""
        return all(self.owner(name) == "yours" for name in names)

    def has(self, *names: str) -> bool:
        """Whether all these functions can be called, no matter who wrote them."""
        return all(name in self._functions for name in names)

    def function(self, name: str) -> Function:
        """The function that runs under this name.

        Raises:
            ImplementationError: it is not done, and there is no reference to take its place.
        """
        if name in self._functions:
            return self._tapped.get(name, self._functions[name])
        step = f" (step {self.steps[name]})" if name in self.steps else ""
        raise ImplementationError(
            f"{name}{step} is not written yet in {self.label}, and this copy has no reference to use instead"
        )

    @property
    def functions(self) -> Mapping[str, Function]:
        """All functions that can be called, by name."""
        return dict(self._functions)

    @functools.cached_property
    def reference(self) -> Implementation | None:
        """The reference alone, without any of the student's code; None where there is none."""
        if self.reference_folder is None:
            return self if self.folder == REFERENCE.resolve() else None
        return Implementation(self.reference_folder, None)

    @contextmanager
    def tap(self, listener: Listener) -> Iterator[None]:
        """While this is open, the listener hears every call of a function of the kata.

        The functions themselves run unchanged: each name, in every module that uses it, is replaced by a
        wrapper and put back at the end.
        """
        with self._lock:
            before = self._tapped  # somebody who listens already hears nothing meanwhile
            self._tapped = {name: _wrapped(name, f, listener) for name, f in self._functions.items()}
            by_id = {id(before.get(name, f)): self._tapped[name] for name, f in self._functions.items()}
            replaced = [
                (namespace, key, value)
                for namespace in self._namespaces
                for key, value in list(namespace.items())
                if id(value) in by_id
            ]
            for namespace, key, value in replaced:
                namespace[key] = by_id[id(value)]
            try:
                yield
            finally:
                for namespace, key, value in replaced:
                    namespace[key] = value
                self._tapped = before

    def explain(self, error: BaseException) -> str:
        """One line about an exception that came out of a function: file, line, function, reason."""
        reason = f"{type(error).__name__}: {one_line(error)}"
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).parent == self.folder]
        if not own:
            return f"the reference failed on what it was given: {reason}"
        where = f"{display_path(Path(own[-1].filename))}:{own[-1].lineno}, in {own[-1].name}"
        if isinstance(error, NotImplementedError):
            return f"{where}: not done yet: {one_line(error)}"
        return f"{where}: {reason}"

    def _describe(self, owner: Owner) -> str:
        """The functions of one owner, whole steps as a range, parts of a step by name."""
        whole, parts = [], []
        for step in sorted(set(self.steps.values())):
            members = [name for name in self.steps if self.steps[name] == step]
            mine = [name for name in members if self.owners[name] == owner]
            if len(mine) == len(members):
                whole.append(step)
            elif mine:
                parts.append(f"{' and '.join(mine)} of step {step}")
        if whole:
            names = [name for name in self.steps if self.steps[name] in whole]
            listed = f" ({names[0]} … {names[-1]})" if owner == "yours" and len(names) > 1 else ""
            listed = f" ({names[0]})" if owner == "yours" and len(names) == 1 else listed
            parts.insert(0, f"{'steps' if len(whole) > 1 else 'step'} {as_ranges(whole)}{listed}")
        return ", ".join(parts)


def _stand_in(reference: Path | None) -> Path | None:
    """The folder whose functions stand in for those that are not written yet."""
    if reference is None:
        return None
    try:
        found = reference_folder(reference)
    except CannotGrade as error:
        raise ImplementationError(str(error)) from None
    return None if found is None else found.resolve()


class _Loader:
    """Executes the files of a folder and of the reference, and ties their functions together."""

    def __init__(self, implementation: Implementation) -> None:
        self.target = implementation
        self.folder = implementation.folder
        self.reference = implementation.reference_folder
        self.modules: dict[str, ModuleType] = {}
        self.namespaces: list[dict[str, Any]] = []
        self.problems: list[str] = []
        self.rejected: dict[int, tuple[str, Any]] = {}  # id of a function that must not run -> name, function

    def load_all(self) -> list[dict[str, Any]]:
        for name in KATA_MODULES:
            self.module(name)
        # A name bound by `from pico_gpt import gelu` before the choice was made may hold the wrong function.
        for namespace in self.namespaces:
            for key, value in list(namespace.items()):
                name, _ = self.rejected.get(id(value), ("", None))
                if name in self.target._functions:
                    namespace[key] = self.target._functions[name]
        self.target.problems = tuple(self.problems)
        return self.namespaces

    def module(self, name: str) -> ModuleType:
        """A module of the kata, with the chosen functions under the names of all functions."""
        if name in self.modules:
            return self.modules[name]
        own_path = self.folder / f"{name}.py"
        own = self.modules[name] = self._new_module(name, own_path)
        own_loads = own_path.is_file() and self._loads(own, own_path)
        if not own_loads:
            own.__dict__.clear()
            own.__dict__.update(vars(self._new_module(name, own_path)))
        other_path = None if self.reference is None else self.reference / f"{name}.py"
        other = None
        if other_path is not None and other_path.is_file():
            other = self._new_module(name, other_path)
            self._loads(other, other_path)
        source = parse_source(own_path, own_path.read_bytes()) if own_loads else None
        for step in STEPS if own_path.is_file() or other is not None else ():
            for function in step.function_names if step.file == own_path.name else ():
                self.target.steps[function] = step.number
                self._choose(function, own, other, source is not None and source.is_written(function))
        if other is not None:
            for key, value in vars(other).items():  # helpers of the reference's own
                if callable(value) and getattr(value, "__globals__", None) is vars(other):
                    own.__dict__.setdefault(key, value)
        return own

    def _choose(self, name: str, own: ModuleType, other: ModuleType | None, is_written: bool) -> None:
        target = self.target
        mine = vars(own).get(name)
        theirs = None if other is None else vars(other).get(name)
        if callable(mine) and is_written and name not in target.without:
            target.owners[name], chosen = "yours", mine
        elif callable(theirs):
            target.owners[name], chosen = "reference", theirs
        else:
            target.owners[name] = "not there"
            return
        target._functions[name] = chosen
        for module, value in ((own, mine), (other, theirs)):
            if module is not None:
                vars(module)[name] = chosen
            if value is not None and value is not chosen:
                self.rejected[id(value)] = (name, value)

    def _new_module(self, name: str, path: Path) -> ModuleType:
        module = ModuleType(name)
        module.__file__ = str(path)
        # Imports go through the loader, so that `from pico_gpt import …` means this folder's pico_gpt,
        # even if it is executed inside a function, later.
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._import}
        return module

    def _execute(self, module: ModuleType, path: Path) -> None:
        self.namespaces.append(vars(module))
        linecache.checkcache(str(path))
        exec(compile(path.read_bytes(), str(path), "exec"), vars(module))

    def _loads(self, module: ModuleType, path: Path) -> bool:
        """Execute a file of the kata; if it fails, note why in one line."""
        try:
            self._execute(module, path)
        except SyntaxError as error:
            self.problems.append(f"{display_path(path)}:{error.lineno} does not load: {error.msg}")
        except (Exception, SystemExit) as error:
            frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
            where = f"{display_path(path)}{f':{frames[-1].lineno}' if frames else ''}"
            self.problems.append(f"{where} does not load: {type(error).__name__}: {one_line(error)}")
        else:
            return True
        return False

    def _import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        if level == 0 and name in KATA_MODULES:
            return self.module(name)
        helper = self.folder / f"{name}.py"
        if level == 0 and name not in sys.stdlib_module_names and name.isidentifier() and helper.is_file():
            if name not in self.modules:
                module = self.modules[name] = self._new_module(name, helper)
                try:
                    self._execute(module, helper)
                except BaseException:
                    del self.modules[name]
                    raise
            return self.modules[name]
        return builtins.__import__(name, globals, locals, fromlist or (), level)


def _wrapped(name: str, function: Function, listener: Listener) -> Function:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        listener.enter(name, args, kwargs)
        result = function(*args, **kwargs)
        listener.leave(name, args, kwargs, result)
        return result

    return wrapper


def one_line(error: BaseException) -> str:
    """An exception's message, on one line and not longer than a screen is wide."""
    text = " ".join(str(error).split()) or "no message"
    return text if len(text) <= 200 else text[:199] + "…"


def display_path(path: Path) -> str:
    """A path as it looks from where the person stands."""
    try:
        return path.relative_to(Path.cwd()).as_posix() or "."
    except ValueError:
        return str(path)
