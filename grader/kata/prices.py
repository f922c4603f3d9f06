"""A teacher's own points: the `[points]` table of `grading.toml`, read against the curriculum."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from grader.kata.curriculum import STEPS, Function, Step, function_names, step_of

MAX_POINTS = 10_000

# (step number, function) -> group of tests -> points in hundredths
Prices = Mapping[tuple[int, str], Mapping[str, int]]


def priced(steps: tuple[Step, ...], prices: Prices, extra: Collection[int] = ()) -> tuple[Step, ...]:
    """The same steps, worth what the prices say; those in `extra` count above the others."""
    return tuple(replace(_priced(step, prices), extra=step.number in extra) for step in steps)


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers that add up to `total`, in proportion to the weights (largest remainder first)."""
    whole = sum(weights)
    if not weights:
        return []
    exact = [total * weight / whole if whole else total / len(weights) for weight in weights]
    shares = [math.floor(share + 1e-9) for share in exact]
    order = sorted(range(len(weights)), key=lambda i: (round(shares[i] - exact[i], 9), i))
    for i in order[: total - sum(shares)]:
        shares[i] += 1
    return shares


def read_extra(table: Any) -> tuple[Any, frozenset[int]]:
    """The table without what it says about extra steps, and these: `12.extra = true`, also with
    `12.points = 20` for a whole step that has another price as well."""
    if not isinstance(table, dict):
        return table, frozenset()
    rest: dict[str, Any] = {}
    extra = set()
    for key, value in table.items():
        if key.isdecimal() and isinstance(value, dict) and {"extra", "points"} & set(value):
            said = value.get("extra", False)
            if not isinstance(said, bool):
                raise ValueError(f"points: {key}.extra is true or false, not {shown(said)}")
            prices = {name: price for name, price in value.items() if name not in ("extra", "points")}
            if "points" in value and prices:
                raise ValueError(f"points: {key} is priced as a whole and by its functions: keep one")
            if "points" in value or prices:
                rest[key] = value.get("points", prices)
            extra |= {int(key)} if said else set()
        else:
            rest[key] = value
    unknown = [number for number in sorted(extra) if not 1 <= number <= len(STEPS)]
    if unknown:
        raise ValueError(f"points: there is no step {unknown[0]}")
    return rest, frozenset(extra)


def read_prices(table: Any) -> Iterator[tuple[tuple[int, str], dict[str, int]]]:
    """Every changed function's points, in hundredths by group."""
    if not isinstance(table, dict):
        raise ValueError(f"points is a table, [points], not {shown(table)}")
    changed: dict[tuple[int, str], str] = {}
    known = (*function_names(), *(str(step.number) for step in STEPS))
    for key, value in table.items():
        if value == {}:
            raise ValueError(f"points: the table of {key} is empty; {key} = 0 makes it worth nothing")
        if key.isdecimal() and int(key) in range(1, len(STEPS) + 1):
            found = _of_step(STEPS[int(key) - 1], value)
        elif key in function_names():
            found = iter([_of_function(step_of(key), key, value)])
        else:
            raise ValueError(f"points: there is no function or step '{key}'{hint(key, known)}")
        for place, prices in found:
            if place in changed:
                raise ValueError(f"points: {changed[place]} and {key} both price {place[1]}: keep one")
            changed[place] = key
            yield place, prices


def _of_step(step: Step, value: Any) -> Iterator[tuple[tuple[int, str], dict[str, int]]]:
    if isinstance(value, dict):
        names = [function.name for function in step.functions]
        for name, price in value.items():
            if name not in names:
                raise ValueError(f"points: step {step.number} has no function '{name}'{hint(name, names)}")
            yield _of_function(step, name, price)
        return
    places = [(f.name, group, points) for f in step.functions for group, points in f.points.items()]
    shares = apportion(_hundredths(str(step.number), value), [points for _, _, points in places])
    for function in step.functions:
        yield (
            (step.number, function.name),
            {group: share for (name, group, _), share in zip(places, shares) if name == function.name},
        )


def _of_function(step: Step, name: str, value: Any) -> tuple[tuple[int, str], dict[str, int]]:
    function = next(f for f in step.functions if f.name == name)
    groups = list(function.points)
    if isinstance(value, dict):
        for group in value:
            if group not in groups:
                raise ValueError(f"points: {name} has no tests '{group}', only {', '.join(groups)}")
        prices = {group: _hundredths(f"{name}.{group}", value.get(group, 0)) for group in groups}
    else:
        prices = dict(zip(groups, apportion(_hundredths(name, value), list(function.points.values()))))
    return (step.number, name), prices


def _hundredths(name: str, value: Any) -> int:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not number or not 0 <= value <= MAX_POINTS:
        raise ValueError(f"points: {name} is worth a number from 0 to {MAX_POINTS}, not {shown(value)}")
    hundredths: int = round(value * 100)
    if abs(value * 100 - hundredths) > 1e-6:
        raise ValueError(f"points: {name} has more than two decimals: {shown(value)}")
    return hundredths


def _priced(step: Step, prices: Prices) -> Step:
    def of(function: Function) -> Function:
        changed = prices.get((step.number, function.name))
        if changed is None:
            return function
        return replace(function, points={group: _number(cents) for group, cents in changed.items()})

    return replace(step, functions=tuple(of(function) for function in step.functions))


def _number(hundredths: int) -> Any:
    """Points as the curriculum writes them: whole where they are whole."""
    return hundredths // 100 if hundredths % 100 == 0 else hundredths / 100


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def hint(word: str, known: Sequence[str]) -> str:
    import difflib  # only a wrong word needs it

    near = difflib.get_close_matches(word, known, 1)
    return f": did you mean '{near[0]}'?" if near else ""
