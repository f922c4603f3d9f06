"""What slows a student's own functions down, found in their code while it runs, with what it costs there."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from playground.bench.clock import best
from playground.bench.measure import Workload
from playground.run.implementation import KATA_MODULES, Implementation

# Appended to a copy of the student's file: the leaking functions, with their results back in float32.
_MENDED = """

import numpy as _numpy

def _in_float32(function):
    return lambda *args, **kwargs: _numpy.asarray(function(*args, **kwargs), dtype=_numpy.float32)

for _name in {names!r}:
    globals()[_name] = _in_float32(globals()[_name])
"""


@dataclass(frozen=True)
class Advice:
    """One finding: in which function, by which factor it slows what, and the sentence that says so."""

    what: str
    function: str
    factor: float
    text: str


class _Ear:
    """Hears every call: which functions turn float32 into float64, and how many rows pass through linear."""

    def __init__(self) -> None:
        self.leaks: list[str] = []
        self.rows: list[int] = []
        self.logit_rows: list[int] = []
        self._inner: list[bool] = []  # for every call that is open, whether one inside it leaked

    def enter(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._inner.append(False)
        if name == "linear":
            x = args[0] if args else kwargs.get("x")
            self.rows.append(len(x) if isinstance(x, np.ndarray) else 0)

    def leave(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        given = {array.dtype for array in _arrays((args, kwargs)) if array.dtype.kind == "f"}
        made = {array.dtype for array in _arrays(result) if array.dtype.kind == "f"}
        inherited = self._inner.pop()
        leaked = np.dtype("f8") in made and given <= {np.dtype("f4")}
        if leaked and not inherited and name not in self.leaks:
            self.leaks.append(name)
        if leaked and self._inner:
            self._inner[-1] = True
        if name == "gpt2_cached" and isinstance(result, tuple) and isinstance(result[0], np.ndarray):
            self.logit_rows.append(len(result[0]))


def _arrays(value: Any) -> list[Any]:
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)) and not (value and isinstance(value[0], (int, np.integer))):
        return [array for item in value for array in _arrays(item)]
    return []


def advise(own: Implementation, work: Workload) -> list[Advice]:
    """Look for the float64 leak and the recomputed past in a student's functions.

    Raises:
        Exception: whatever the student's functions raise.
    """
    found = []
    if own.done("gpt2", "generate"):
        found += _float64_leak(own, work)
    if own.done("gpt2_cached", "generate_cached"):
        found += _recomputed_past(own, work)
    elif own.done("generate"):
        found += _no_cache_yet(own, work)
    return found


def _float64_leak(own: Implementation, work: Workload) -> list[Advice]:
    model, ids = work.model, work.prompt

    def run(implementation: Implementation) -> Any:
        return implementation.function("gpt2")(ids, **model.params, n_head=model.n_head)

    names: list[str] = []
    fixed = own
    while True:  # after the first leak all is float64: a second one shows only once the first is fixed
        ear = _Ear()
        with fixed.tap(ear):
            run(fixed)
        new = [name for name in ear.leaks if own.owner(name) == "yours" and name not in names]
        if not new:
            break
        names += new
        fixed = _in_float32(own, names)
    if not names:
        return []
    slow, quick = best(lambda: run(own), work.repeats), best(lambda: run(fixed), work.repeats)
    factor = slow / quick
    text = (
        f"float64 leak: {_listed(names)} gets float32 and returns float64. With float32 kept, your gpt2 "
        f"takes {quick * 1e3:.0f} ms for {len(ids)} tokens instead of {slow * 1e3:.0f} ms "
        f"({factor:.1f} times faster). Look for numbers that NumPy made, such as np.sqrt(2 / np.pi): "
        "math.sqrt gives a plain one"
    )
    return [Advice("float64", names[0], factor, text)]


def _in_float32(own: Implementation, names: list[str]) -> Implementation:
    """The same code, with the results of some functions of pico_gpt.py put back into float32."""
    with tempfile.TemporaryDirectory() as folder:
        for module in KATA_MODULES:
            path = own.folder / f"{module}.py"
            if path.is_file():
                text = path.read_text(encoding="utf-8")
                mended = _MENDED.format(names=names) if module == "pico_gpt" else ""
                (Path(folder) / path.name).write_text(text + mended, encoding="utf-8")
        return Implementation(folder, own.reference_folder)


def _recomputed_past(own: Implementation, work: Workload) -> list[Advice]:
    model, ear, n_new = work.model, _Ear(), 4
    generate_cached = own.function("generate_cached")
    with own.tap(ear):
        own.function("generate_cached")(work.prompt, model.params, model.n_head, n_new)
    new_rows = [n for n in ear.rows[-2 * model.n_layer :] if n > 1]
    if not new_rows:
        return []
    ours = own.reference
    if ours is None or not ours.has("generate_cached"):
        return []
    slow = best(lambda: generate_cached(work.prompt, model.params, model.n_head, n_new), work.repeats)
    reference = ours.function("generate_cached")
    quick = best(lambda: reference(work.prompt, model.params, model.n_head, n_new), work.repeats)
    factor = slow / quick
    text = (
        f"recomputed past: for its last token your generate_cached sends {max(new_rows)} rows through "
        f"linear, where one is new. {n_new} tokens after {len(work.prompt)} take {slow * 1e3:.0f} ms; with "
        f"only new rows computed they take {quick * 1e3:.0f} ms ({factor:.1f} times faster)"
    )
    return [Advice("past", "generate_cached", factor, text)]


def _no_cache_yet(own: Implementation, work: Workload) -> list[Advice]:
    model, ours = work.model, own.reference
    if ours is None or not ours.has("generate_cached"):
        return []
    n_text = len(work.prompt) + work.n_new // 2
    text_ids, generate = work.long[:n_text], own.function("generate")
    slow = best(lambda: generate(text_ids, model.params, model.n_head, 1), work.repeats)
    _, past = ours.function("gpt2_cached")(text_ids, None, **model.params, n_head=model.n_head)
    cached = ours.function("gpt2_cached")
    quick = best(lambda: cached(text_ids[-1:], past, **model.params, n_head=model.n_head), work.repeats)
    factor = slow / quick
    text = (
        f"recomputed past: your generate computes all {n_text} tokens again to add one, {slow * 1e3:.0f} ms; "
        f"with their keys and values kept it is {quick * 1e3:.0f} ms ({factor:.1f} times faster), and the "
        "gap grows with the text. That is step 12"
    )
    return [Advice("past", "generate", factor, text)]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"each of {', '.join(names[:-1])} and {names[-1]}"
