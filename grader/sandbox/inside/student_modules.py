"""A student's files as modules, and one function of theirs called: what happens inside the worker.

`--in-process` runs the same code in the judge's own process, for a debugger.
"""

from __future__ import annotations

import builtins
import errno
import importlib
import inspect
import linecache
import marshal
import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.sandbox.counted import WatchedArray
from grader.sandbox.decoder import Decoder
from grader.sandbox.encoder import Encoder
from grader.sandbox.inside.imports import NotHere, StudentFinder
from grader.sandbox.inside.purity import Purity
from grader.sandbox.wire import Node, TooLarge, clean, type_name

MAX_LINE = 240
MAX_ERROR = 300


@dataclass(frozen=True)
class Boot:
    """What a worker is told before its first call.

    Attributes:
        function: the function that this worker serves.
        module: the student's module that holds it.
        files: module name -> (path as shown to the student, the file's bytes, or why there are none).
        own: the functions that the student's code serves -> the module where each is written.
        reference: module name -> source of the reference functions that may be here.
        compiled: module name -> the same as marshalled code, made by the judge.
        provided: the kata's functions among those.
        links: (module, name there, module it comes from, name there), the reference's own imports.
        parameters: the contract's parameters, for naming what was changed.
    """

    function: str
    module: str
    files: Mapping[str, tuple[str, bytes | str]]
    own: Mapping[str, str]
    reference: Mapping[str, str] = field(default_factory=dict)
    compiled: Mapping[str, bytes] = field(default_factory=dict)
    provided: Sequence[str] = ()
    links: Sequence[tuple[str, str, str, str]] = ()
    parameters: Sequence[str] = ()


@dataclass
class Reply:
    """What a call came to; see `grader.sandbox.host.Answer` for the fields."""

    status: str
    value: Node = None
    value_type: str = ""
    error_type: str = ""
    error_base: str = ""
    error: str = ""
    file: str = ""
    line: int | None = None
    source_line: str = ""
    mutated: list[str] = field(default_factory=list)
    looked_up: int = 0


class Session:
    """The student's modules, loaded once, and calls of one function in them.

    Args:
        boot: what to load, and what to put beside it.
        passes: exceptions that are not the student's (Ctrl-C in a debugger) and go on to the caller.
        private: the folder that the code runs in; messages show it as ~.
    """

    def __init__(self, boot: Boot, passes: tuple[type[BaseException], ...] = (), private: Path | None = None):
        self.boot = boot
        self._passes = passes
        self._private = private
        self._lines = {shown: data for shown, data in boot.files.values() if isinstance(data, bytes)}
        self._reference = self._make_reference()
        self.finder = StudentFinder(boot.files, self._put_reference, self._stand_in, private or Path())
        self._failed: Reply | None = None
        self._function: Any = None
        self._loaded = False
        self._given: tuple[Any, dict[str, Any]] = (), {}

    # ------------------------------------------------------------------------------------ loading

    def load(self) -> None:
        """Run the student's file. What goes wrong is kept, and is every call's reply."""
        if self._loaded:
            return
        self._loaded = True
        for shown, data in self._lines.items():
            text = data.decode("utf-8", "replace")
            linecache.cache[shown] = (len(data), None, text.splitlines(keepends=True), shown)
        try:
            module = importlib.import_module(self.boot.module)
            self._function = getattr(module, self.boot.function, None)
            self._put_own()
        except BaseException as error:
            self._failed = self._failure(error, loading=True)
            return
        if not callable(self._function):
            shown = Path(self.boot.files[self.boot.module][0]).name
            what = f"there is no function {self.boot.function} in {shown}"
            if self._function is not None:
                kind = clean(type_name(self._function), 100)
                article = "an" if kind[:1].lower() in "aeiou" else "a"
                what = f"{self.boot.function} in {shown} is {article} {kind}, not a function"
            self._failed = Reply("missing", error=what)

    def _make_reference(self) -> dict[str, dict[str, Any]]:
        spaces: dict[str, dict[str, Any]] = {}
        for module, source in self.boot.reference.items():
            shown = f"<reference {module}>"
            spaces[module] = {"__name__": module, "__builtins__": builtins}
            exec(marshal.loads(self.boot.compiled[module]), spaces[module])
            linecache.cache[shown] = (len(source), None, source.splitlines(keepends=True), shown)
        for module, name, origin, original in self.boot.links:
            if original in spaces.get(origin, {}):
                spaces[module][name] = spaces[origin][original]
        return spaces

    def _put_reference(self, module: types.ModuleType) -> None:
        """Every function that is not the student's to serve becomes the reference's, aliases too."""
        theirs, home = vars(module), self._reference.get(module.__name__, {})
        space = {
            name: functions[name]
            for functions in self._reference.values()
            for name in self.boot.provided
            if name in functions and not _is_namesake(theirs.get(name), functions[name], module.__name__)
        }
        replaced = {id(theirs[name]): new for name, new in space.items() if callable(theirs.get(name))}
        for name, value in list(theirs.items()):
            if id(value) in replaced:
                theirs[name] = replaced[id(value)]
        theirs.update({name: new for name, new in space.items() if name in theirs or name in home})

    def _stand_in(self, module: types.ModuleType) -> bool:
        """Where a file that serves nothing here does not load, the reference takes its place."""
        if module.__name__ in self.boot.own.values() or module.__name__ not in self._reference:
            return False
        vars(module).update(self._reference[module.__name__])
        return True

    def _put_own(self) -> None:
        """What the reference calls and the student serves becomes the student's."""
        used = {name for space in self._reference.values() for name in _names_used(space)}
        for name, home in self.boot.own.items():
            if name in used and isinstance(self.boot.files[home][1], bytes):
                function = getattr(importlib.import_module(home), name, None)
                for space in self._reference.values():
                    space[name] = function

    # ------------------------------------------------------------------------------------ calling

    def call(
        self,
        nodes: tuple[Node, Node],
        decoder: Decoder,
        purity: Purity,
        encoder: Encoder,
        again: bool = False,
    ) -> Reply:
        """Call the function with fresh copies of its arguments; or with those that it had the last time."""
        self.load()
        if self._failed is not None:
            return self._failed
        if not again:
            self._given = decoder.decode(nodes[0]), decoder.decode(nodes[1])
        args, kwargs = self._given
        WatchedArray.looked_up = 0
        try:
            value = self._function(*args, **kwargs)
        except BaseException as error:
            return self._failure(error)
        reply = Reply("returned", looked_up=WatchedArray.looked_up)
        try:
            reply.value_type = clean(type_name(value), 100)
            reply.value = encoder.encode(value)
            if isinstance(value, types.CoroutineType):
                value.close()  # or Python would warn, in a line of ours
        except TooLarge as error:
            lists = type(value) is list and len(value) > 0 and type(value[0]) is list
            hint = " (np.array(...) makes one array of lists)" if lists else ""
            return Reply("too_large", error=f"{self.boot.function} returned too much: {error}{hint}")
        except BaseException as error:
            return self._failure(error)
        names = self._parameters()
        items = nodes[0][1:]
        for i, (node, now) in enumerate(zip(items, args)):
            purity.check(node, now, names[i] if i < len(names) else f"argument {i + 1}")
        for key, node in _items(nodes[1]):
            purity.check(node, kwargs[key], key)
        reply.mutated = purity.changed
        return reply

    def _parameters(self) -> Sequence[str]:
        if self.boot.parameters:
            return self.boot.parameters
        try:
            return list(inspect.signature(self._function).parameters)
        except BaseException:
            return []

    # ----------------------------------------------------------------------------------- failures

    def _failure(self, error: BaseException, loading: bool = False) -> Reply:
        """What an exception says to the student: one line, and the line of their file."""
        if isinstance(error, self._passes):
            raise error
        kind = clean(type_name(error), 100)
        text = _text_of(error)
        if self._private is not None:
            text = text.replace(str(self._private), "~")
        reply = Reply("load_error" if loading else "raised", error_type=kind, error_base=base_of(error))
        reply.error = f"{kind}: {text or 'no message'}"
        reply.file, reply.line = self._place(error)
        if isinstance(error, NotImplementedError) and not loading:
            reply.status, reply.error = "not_implemented", text or self.boot.function
        elif isinstance(error, NotHere):
            reply.status, reply.error = "refused", text
        else:
            hint = self._hint(error, text)
            reply.error += f" ({hint})" if hint else ""
            if loading:
                shown = Path(reply.file or self.boot.files[self.boot.module][0]).name
                reply.error = f"{shown} cannot be loaded: {reply.error}"
        reply.error = clean(reply.error, MAX_ERROR)
        if reply.line:
            reply.source_line = clean(linecache.getline(reply.file, reply.line).rstrip("\n"), MAX_LINE)
        return reply

    def _hint(self, error: BaseException, text: str) -> str:
        if isinstance(error, SyntaxError):
            return _slip_of_the_pen(str(error.msg), str(error.text or ""))
        if isinstance(error, SystemExit):
            return "the code ends the program"
        if isinstance(error, RecursionError):
            return "a function calls itself without end"
        if isinstance(error, MemoryError):
            return "the code asks for more memory than a test may have"
        if isinstance(error, ImportError) and "relative import" in text:
            return "write from pico_gpt import ... without the dot"
        if isinstance(error, EOFError):
            return "there is no keyboard here: input() finds nothing"
        if type_name(error) == "BdbQuit":
            return "a debugger needs a keyboard: run the step with --in-process"
        if isinstance(error, OSError) and error.errno in (errno.EPERM, errno.EACCES):
            return "the code may use a folder of its own (tempfile), and no other files, processes, network"
        return ""

    def _place(self, error: BaseException) -> tuple[str, int | None]:
        """The deepest line in the student's files. One of their exceptions may be dishonest about itself."""
        place: tuple[str, int | None] = "", None
        try:
            if isinstance(error, SyntaxError) and error.filename in self._lines:
                return str(error.filename), error.lineno if type(error.lineno) is int else None
            trace = error.__traceback__
            while trace is not None:
                if trace.tb_frame.f_code.co_filename in self._lines:
                    place = trace.tb_frame.f_code.co_filename, trace.tb_lineno
                trace = trace.tb_next
        except BaseException:
            return "", None
        return place


def base_of(error: BaseException) -> str:
    """The name of the built-in exception that this one is: ValueError for a student's own kind of it."""
    try:
        return next((k.__name__ for k in type(error).__mro__ if vars(builtins).get(k.__name__) is k), "")
    except BaseException:  # a class of theirs may be dishonest about itself
        return ""


def _slip_of_the_pen(message: str, line: str) -> str:
    """What a syntax error of the commonest kinds asks for."""
    if re.search(r"\d,\d", line) and "leading zeros" in message:
        return "numbers are written with a point, not a comma"
    if "decimal literal" in message and re.search(r"\d[A-Za-z_(]", line):
        return "a * is missing between a number and a name"
    if "follows keyword argument" in message:
        return "arguments without a name come first, before those with ** or ="
    if "invalid character" in message or "non-printable" in message:
        return "it was copied from a page: type this sign on your keyboard"
    return ""


def _is_namesake(value: Any, reference: Any, module: str) -> bool:
    """Whether this is not a function of the kata, but another file's helper with the same name.

    A copy of the kata's function would take as many arguments, and give at least one of them the same name.
    """
    if not (isinstance(value, types.FunctionType) and isinstance(reference, types.FunctionType)):
        return False
    if reference.__module__ == module or value.__module__ != module:
        return False
    code, wanted = value.__code__, reference.__code__
    if code.co_flags & inspect.CO_VARARGS:
        return False
    mine, theirs = code.co_varnames[: code.co_argcount], wanted.co_varnames[: wanted.co_argcount]
    needed, optional = len(mine) - len(value.__defaults__ or ()), len(reference.__defaults__ or ())
    if len(mine) > len(theirs) or not set(mine) & set(theirs):
        return True
    return not len(theirs) - optional <= needed <= len(theirs)


def _names_used(space: Mapping[str, Any]) -> set[str]:
    return {
        name
        for value in list(space.values())
        if isinstance(value, types.FunctionType)
        for name in value.__code__.co_names
    }


def _items(node: Node) -> list[tuple[str, Node]]:
    return list(zip(node[1][1:], node[2][1:]))


def _text_of(error: BaseException) -> str:
    try:
        # A SyntaxError's own text repeats file and line.
        text = error.msg if isinstance(error, SyntaxError) else str(error)
    except BaseException:
        return "(its message cannot be read)"
    return " ".join(text[: 4 * MAX_LINE].split())[:MAX_LINE] if isinstance(text, str) else ""
