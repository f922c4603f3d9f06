# Appended to a copy of the student's file, in a worker of its own: what each line made, and small edits of
# one function, tried one after another. Whatever comes from here is a hint for eyes; it is never a mark. It
# knows no expected value. (grader/sandbox/looking.py puts this text there; every name begins with _kata_.)
import copy as _kata_copy
import re as _kata_re
import sys as _kata_sys
import time as _kata_time
from typing import Any as _KataAny

import numpy as _kata_np

_KATA_MAX_EVENTS = 400
_KATA_MAX_BYTES = 4 << 20
_KATA_MAX_VALUE = 1 << 18  # bytes of one candidate's answer
_KATA_TIMES = 20  # as long as the function itself: then a candidate has run away
_KATA_LEAST_S = 0.012
_KATA_LARGE = 4096  # numbers; larger arguments are lent, not copied


class _KataTooSlow(BaseException):
    """A candidate has used up its time."""


class _kata_Tracer:
    """Notes what every line of one file binds; of a loop, the first and the last round."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.frames: dict[int, tuple[int, dict[str, tuple[int, _KataAny]]]] = {}
        self.events: dict[tuple[_KataAny, ...], list[_KataAny]] = {}
        self.counts: dict[tuple[int, int, str], int] = {}
        self.order, self.room, self.calls = 0, _KATA_MAX_BYTES, 0

    def __call__(self, frame: _KataAny, event: str, arg: _KataAny) -> _KataAny:
        code = frame.f_code
        if code.co_filename != self.file or code.co_name.startswith(("<", "_kata_")):
            return None
        key = id(frame)
        if event == "call":
            self.calls += 1
            self.frames[key] = -self.calls, {}
            self.seen(frame, key, code.co_firstlineno, note=False)
            return self
        if key not in self.frames:
            return None
        line, _ = self.frames[key]
        if event in ("line", "return"):
            self.seen(frame, key, line, note=line > 0)
            if event == "return":
                if arg is not None:
                    self.note(key, code.co_name, line, "return", arg)
                del self.frames[key]
            else:
                self.frames[key] = frame.f_lineno, self.frames[key][1]
        return self

    def seen(self, frame: _KataAny, key: int, line: int, note: bool) -> None:
        before = self.frames[key][1]
        now: dict[str, tuple[int, _KataAny]] = {}
        for name, value in frame.f_locals.items():
            mark = id(value), _kata_mark(value)
            now[name] = mark
            if note and before.get(name) != mark:
                self.note(key, frame.f_code.co_name, line, name, value)
        self.frames[key] = self.frames[key][0], now

    def note(self, key: int, function: str, line: int, name: str, value: _KataAny) -> None:
        place = key, line, name
        count = self.counts[place] = self.counts.get(place, 0) + 1
        kept = _kata_kept(value)
        size = _kata_size(kept)
        slot = *place, min(count, 2)  # the first round, and the last one so far
        if slot not in self.events and (len(self.events) >= _KATA_MAX_EVENTS or size > self.room):
            return
        if slot not in self.events:
            self.room -= size
        elif size > _kata_size(self.events[slot][5]):
            return
        self.order += 1
        shape = list(value.shape) if isinstance(value, _kata_np.ndarray) else None
        kind = str(value.dtype) if isinstance(value, (_kata_np.ndarray, _kata_np.generic)) else ""
        self.events[slot] = [
            self.order,
            function,
            line,
            name,
            [count, type(value).__name__, shape, kind],
            kept,
        ]


def _kata_mark(value: _KataAny) -> _KataAny:
    """What changes where a value is changed in place."""
    if isinstance(value, _kata_np.ndarray) and value.dtype.kind in "fiub" and value.size <= 1 << 16:
        return float(_kata_np.nan_to_num(value.astype(float)).sum()), value.shape, hash(value.tobytes())
    return len(value) if isinstance(value, (list, dict)) else None


def _kata_kept(value: _KataAny) -> _KataAny:
    """What is sent of a value: plain arrays and numbers, and short lists of them."""
    if isinstance(value, _kata_np.ndarray):
        plain = value.dtype.kind in "fiub" and value.nbytes <= _KATA_MAX_VALUE
        return _kata_np.array(value) if plain else None
    if isinstance(value, (bool, int, float, _kata_np.integer, _kata_np.floating)):
        return value if not isinstance(value, int) or abs(value) < 1 << 62 else None
    if isinstance(value, (list, tuple)) and len(value) <= 64:
        parts = [_kata_kept(part) for part in value]
        return None if any(part is None for part in parts) or _kata_size(parts) > _KATA_MAX_VALUE else parts
    return None


def _kata_size(value: _KataAny) -> int:
    if isinstance(value, _kata_np.ndarray):
        return int(value.nbytes) + 64
    if isinstance(value, dict):
        return sum(_kata_size(part) for part in value.values()) + 64
    if isinstance(value, (list, tuple)):
        return sum(map(_kata_size, value)) + 64
    return len(value) + 64 if isinstance(value, (str, bytes)) else 64


def _kata_trace(function: _KataAny, args: _KataAny, kwargs: _KataAny) -> _KataAny:
    """One call, with what its lines bound."""
    code = getattr(function, "__code__", None)
    if code is None:
        return {"events": [], "raised": ""}
    tracer, raised = _kata_Tracer(code.co_filename), ""
    outer = _kata_sys.gettrace()
    _kata_sys.settrace(tracer)
    try:
        function(*args, **kwargs)
    except Exception as error:
        raised = type(error).__name__
    finally:
        _kata_sys.settrace(outer)
    return {"events": sorted(tracer.events.values(), key=lambda event: int(event[0])), "raised": raised}


# --------------------------------------------------------------------------------------- small edits


def _kata_try(name: str, base: str, candidates: _KataAny, calls: _KataAny, seconds: float,
              each: float, file: str, right: str = "") -> _KataAny:  # fmt: skip
    """Run edited functions, each in a namespace of its own and on fresh arguments.

    Args:
        base: the function and its helpers, as they are.
        candidates: edited text of one of them; the others are taken from the base.
        calls: (args, kwargs) for each.
        seconds, each: CPU time for all together, and for one.
        right: the right functions as text, for candidates that ask for a right value.
    """
    started = _kata_time.process_time()
    rows: list[_KataAny] = []
    common = compile(base, file, "exec")
    kept = [_kata_lent(call) for call in calls]
    memory: dict[_KataAny, _KataAny] = {}
    rights = [_KataRight(right, name, call) for call in kept] if right else [None] * len(kept)
    if (
        len(kept) == 1 and len(candidates) > 1
    ):  # what the function itself takes says when a candidate has run away
        _kata_one(name, common, "", kept[0], each, memory, file)
        before = _kata_time.process_time()
        _kata_one(name, common, "", kept[0], each, memory, file)
        each = min(each, max(_KATA_LEAST_S, _KATA_TIMES * (_kata_time.process_time() - before)))
    for text in candidates:
        if _kata_time.process_time() - started > seconds:
            break
        rows.append(
            [
                _kata_one(name, common, text, call, each, memory, file, right)
                for call, right in zip(kept, rights)
            ]
        )
    return {"rows": rows, "cpu": _kata_time.process_time() - started}


def _kata_one(name: str, common: _KataAny, text: str, call: _KataAny, each: float,
              memory: _KataAny, file: str, right: _KataAny = None) -> list[_KataAny]:  # fmt: skip
    """[status, value or the exception's name, whether an argument was changed]."""
    space = dict(globals())
    if "gpt2" in space and name == "generate":
        space["gpt2"] = _kata_remembered(space["gpt2"], memory)
    args, kwargs = _kata_fresh(call, {})
    if right is not None:
        space.update(right.names())
    _kata_alarm(each)
    try:
        exec(common, space)
        if text:
            exec(compile(text, file, "exec"), space)
        value = space[name](*args, **kwargs)
        _kata_alarm(0)
    except _KataTooSlow:
        return ["slow", "", False]
    except Exception as error:
        _kata_alarm(0)
        # A kind of the student's own counts as what it is made of.
        return ["raised", next(k.__name__ for k in type(error).__mro__ if k.__module__ == "builtins"), False]
    finally:
        _kata_alarm(0)
    if _kata_size(value) > _KATA_MAX_VALUE:
        return ["large", "", False]
    return ["returned", value, not _kata_same((args, kwargs), call)]


class _KataRight:
    """The values that the right function goes through on one call, by their words."""

    def __init__(self, text: str, name: str, call: _KataAny) -> None:
        self.space, self.name, self.call = _kata_space_of(text), name, call
        self.values: dict[str, _KataAny] = {}
        self.families: dict[str, list[_KataAny]] = {}
        self.refusal: Exception | None = None
        ours = type("ours", (), {k: staticmethod(v) for k, v in self.space.items() if callable(v)})
        args, kwargs = _kata_fresh(call, {})
        try:
            with _kata_np.errstate(all="ignore"):
                for words, value in self.space["_VALUES"][name](ours, *args, **kwargs):
                    self.values.setdefault(words, _kata_np.asarray(value))
        except Exception as error:
            self.refusal = error
        for words, value in self.values.items():
            self.families.setdefault(_kata_re.sub(r"\d+", "#", words), []).append(value)

    def names(self) -> dict[str, _KataAny]:
        """What the text of a candidate may call."""
        turns: dict[_KataAny, int] = {}

        def part(words: str) -> _KataAny:
            return _kata_single(self.found(self.values, words))

        def turn(words: str, site: int) -> _KataAny:
            turns[site] = turns.get(site, -1) + 1
            several = self.families if "#" in words else self.values
            return _kata_single(self.found(several, words)[turns[site]])

        return {"_kata_part": part, "_kata_turn": turn, "_kata_answer": self.answer}

    def found(self, several: dict[str, _KataAny], words: str) -> _KataAny:
        if self.refusal is not None:
            raise self.refusal
        return several[words]

    def answer(self) -> _KataAny:
        args, kwargs = _kata_fresh(self.call, {})
        return self.space[self.name](*args, **kwargs)


_KATA_SPACES: dict[str, dict[str, _KataAny]] = {}


def _kata_space_of(text: str) -> dict[str, _KataAny]:
    """A namespace of the right functions; it is made once."""
    if text not in _KATA_SPACES:
        space: dict[str, _KataAny] = {"__name__": "right"}
        exec(compile(text, "right", "exec"), space)
        _KATA_SPACES[text] = space
    return _KATA_SPACES[text]


def _kata_single(value: _KataAny) -> _KataAny:
    """A copy of an array that may be written to, in float32."""
    return _kata_np.array(value, dtype=_kata_np.float32) if value.dtype.kind == "f" else _kata_np.array(value)


def _kata_alarm(seconds: float) -> None:
    """An exception after so much CPU time, where the system has such a clock; 0 takes it back."""
    import signal

    if not hasattr(signal, "setitimer"):
        return

    def ring(*_: object) -> None:
        raise _KataTooSlow

    signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _kata_lent(value: _KataAny) -> _KataAny:
    """The same tree; its large arrays cannot be written to, so that they need no copies."""
    if isinstance(value, _kata_np.ndarray):
        if value.size > _KATA_LARGE:
            value.flags.writeable = False
        return value
    if isinstance(value, dict):
        return {key: _kata_lent(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([_kata_lent(part) for part in value])
    return value


def _kata_fresh(value: _KataAny, seen: _KataAny) -> _KataAny:
    """A copy of a tree of arguments, but for its large arrays."""
    if isinstance(value, _kata_np.ndarray):
        return value.copy() if value.flags.writeable else value
    if isinstance(value, dict):
        return dict(value) if len(value) > 1000 else {k: _kata_fresh(v, seen) for k, v in value.items()}
    if isinstance(value, list):
        return [_kata_fresh(part, seen) for part in value]
    if isinstance(value, tuple):
        return tuple(_kata_fresh(part, seen) for part in value)
    return _kata_copy.deepcopy(value) if isinstance(value, _kata_np.random.Generator) else value


def _kata_same(now: _KataAny, before: _KataAny) -> bool:
    """Whether a tree of arguments is as it was."""
    if isinstance(before, _kata_np.ndarray):
        return isinstance(now, _kata_np.ndarray) and (now is before or _kata_np.array_equal(now, before))
    if isinstance(before, dict):
        if not isinstance(now, dict) or len(now) != len(before):
            return False
        return len(before) > 1000 or all(k in now and _kata_same(now[k], before[k]) for k in before)
    if isinstance(before, (list, tuple)):
        return len(now) == len(before) and all(map(_kata_same, now, before))
    return True


def _kata_remembered(gpt2: _KataAny, memory: _KataAny) -> _KataAny:
    """gpt2, which is asked the same by most candidates of generate."""

    def remembered(inputs: _KataAny, *args: _KataAny, **kwargs: _KataAny) -> _KataAny:
        try:
            key = tuple(int(i) for i in inputs), tuple(id(a) for a in args), kwargs.get("n_head")
            if len(kwargs) + len(args) != 5:
                return gpt2(inputs, *args, **kwargs)
        except TypeError:
            return gpt2(inputs, *args, **kwargs)
        if key not in memory:
            memory[key] = gpt2(inputs, *args, **kwargs), args
        return _kata_np.array(memory[key][0])

    return remembered


def _kata_looking(function: _KataAny, name: str) -> _KataAny:
    """The student's function; with one of two words before its arguments it is looked into."""

    def looked_into(*args: _KataAny, **kwargs: _KataAny) -> _KataAny:
        word = args[0] if args and isinstance(args[0], str) else ""
        if word == "kata: trace":
            return _kata_trace(function, args[1], args[2])
        if word == "kata: try":
            base, candidates, calls, seconds, each, right = args[1:]
            file = getattr(getattr(function, "__code__", None), "co_filename", "?")
            return _kata_try(name, base, candidates, calls, seconds, each, file, right)
        return function(*args, **kwargs)

    return looked_into
