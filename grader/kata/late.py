"""The `[late]` table of `grading.toml`: what is taken off a mark that came late."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from grader.kata.prices import hint, shown

KEYS = ("due", "per_day", "cap", "grace_minutes", "extensions")
_DAY = timedelta(days=1)
_LONGEST = 3_660  # days; nobody means ten years


@dataclass(frozen=True)
class LateRule:
    """What lateness costs.

    Attributes:
        due: on the clock by which the platform writes when something was handed in.
        per_day: per cent of the points there are, for each day that has begun.
        cap: per cent that are taken off at most.
        grace: after `due`, and nothing is late yet.
        extensions: address, number or name -> more days; None where nothing is ever late.
    """

    due: datetime
    per_day: float
    cap: float = 100.0
    grace: timedelta = timedelta()
    extensions: Mapping[str, float | None] = field(default_factory=dict)

    def days_late(self, handed_in: str, who: Collection[str]) -> int | None:
        """How many days too late, 0 for in time.

        Args:
            handed_in: as the platform has it.
            who: every address, number and name of those whose work it is; the longest extension counts.
        Returns:
            None where the platform does not say when.
        """
        keys = {name.strip().casefold() for name in who}
        more = [days for key, days in self.extensions.items() if key.casefold() in keys]
        if None in more:
            return 0
        try:
            when = datetime.fromisoformat(handed_in)
        except ValueError:
            return None
        due = self.due + max((days for days in more if days is not None), default=0.0) * _DAY
        if when <= due + self.grace:
            return 0
        return math.ceil((when - due) / _DAY)

    def taken_off(self, days: int, most: float) -> float:
        """The points that so many days cost.

        Args:
            most: the points that there are.
        """
        return round(most * min(self.per_day * days, self.cap) / 100, 2)

    def meaning(self) -> list[Any]:
        """The same for two rules exactly if they mean the same."""
        return [str(self.due), self.per_day, self.cap, str(self.grace), sorted(self.extensions.items())]


def read_late(table: Any) -> LateRule:
    """Read the table.

    Raises:
        ValueError: it says something that has no meaning, in one line.
    """
    if not isinstance(table, dict):
        raise ValueError(f"late is a table, [late], not {shown(table)}")
    for key in table:
        if key not in KEYS:
            raise ValueError(f"late: there is no setting '{key}'{hint(key, KEYS)}")
    for key in ("due", "per_day"):
        if key not in table:
            raise ValueError(f"late: {key} is missing")
    return LateRule(
        due=_due(table["due"]),
        per_day=_number("per_day", table["per_day"], 100),
        cap=_number("cap", table.get("cap", 100), 100),
        grace=timedelta(minutes=_number("grace_minutes", table.get("grace_minutes", 0), 1440)),
        extensions=dict(_extension(*item) for item in _table(table.get("extensions", {})).items()),
    )


def _due(value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is not None:
        raise ValueError(
            f"late.due is a day and a time without a zone, as the platform's clock shows them, "
            f"such as 2027-03-01T23:59:00, not {shown(str(value))}"
        )
    return value


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"late.extensions is a table, [late.extensions], not {shown(value)}")
    return value


def _extension(who: str, value: Any) -> tuple[str, float | None]:
    if value == "excused":
        return who, None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _LONGEST:
        raise ValueError(f'late.extensions: {who} gets a number of days or "excused", not {shown(value)}')
    return who, float(value)


def _number(key: str, value: Any, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        raise ValueError(f"late.{key} is a number from 0 to {most:g}, not {shown(value)}")
    return float(value)
