"""A platform's own gradebook: who is in the class, and where the marks go back to.

The platforms' importers read these columns, and nothing but the one column of the assignment is changed:

Canvas       `ID` (their number for a person), `NAME (NUMBER)` for each assignment, a row "Points Possible"
Moodle       `Identifier` ("Participant 2010"), `Grade`, `Last modified (grade)`: the assignment's worksheet
Brightspace  `OrgDefinedId` or `Username`, `NAME Points Grade <…>`, `End-of-Line Indicator`
Blackboard   `Username`, `NAME [Total Pts: 140 Score] |NUMBER`
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.exports import Student
from grader.classroom.rows import Row
from grader.classroom.table import Table, read_table
from grader.kata.files import CannotGrade

# Header cells by which a platform is known, and the columns that hold a mark there.
_PLATFORMS = {
    "Canvas": (("student", "id"), re.compile(r".+ \(\d+\)")),
    "Brightspace": (("end-of-line indicator",), re.compile(r".+ Points Grade\b.*")),
    "Blackboard": (("username", "last name"), re.compile(r".+\[.*\].*\|\s*\d+\s*")),
    "Moodle": (
        ("identifier",),
        re.compile(
            r"(?i)grade|bewertung|note|calificación|nota|punteggio|valutazione|beoordeling|cijfer|betyg"
        ),
    ),
}
_NUMBERS = ("id", "identifier", "orgdefinedid", "username", "sis user id", "sis login id", "integration id",
            "student id", "email address", "email", "id number")  # fmt: skip
_LOCKED = "grade can be changed"


@dataclass(frozen=True)
class Roster:
    """The class's list beside what was handed in.

    Attributes:
        missing: who handed in nothing.
        unknown: who handed in and is not on the list.
    """

    missing: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Filled:
    """A gradebook with marks in it.

    Attributes:
        data: the file, as it goes back.
        notes: what a teacher should know before it does.
    """

    data: bytes
    roster: Roster
    notes: tuple[str, ...]


def fill(path: Path, rows: Sequence[Row], column: str = "") -> Filled:
    """Put the marks into a gradebook that a platform exported.

    Args:
        column: which one, where several could be it: a part of its name.
    Raises:
        CannotGrade: it is not a gradebook of a known platform, or the column cannot be told.
    """
    table = read_table(path)
    header = [cell.text.strip() for cell in table.rows[0]]
    lower = [name.lower() for name in header]
    platform = next((name for name, (known, _) in _PLATFORMS.items() if set(known) <= set(lower)), "")
    if not platform:
        raise CannotGrade(f"{path} is not a gradebook from Canvas, Moodle, Brightspace or Blackboard")
    place = _column(path, header, _PLATFORMS[platform][1], column, rows)
    people = _People(table, lower)
    changed: dict[tuple[int, int], str] = {}
    unknown: list[str] = []
    seen: dict[int, Row] = {}
    notes: list[str] = []
    comma = table.separator == ";" and bool(re.search(r"(?:^|;)\d+,\d+(?:;|$)", table.text, re.M))
    for row in rows:
        for student in row.students:
            line = people.find(student)
            if line is None:
                unknown.append(f"{student.name} ({row.entry})" if student.name != row.entry else row.entry)
                continue
            if line in seen and seen[line] is not row:
                notes.append(f"{row.entry} and {seen[line].entry} are one person's: the first mark stands")
                continue
            seen[line] = row
            if row.mark is not None and not _is_locked(table, lower, line):
                number = f"{row.mark:g}"
                changed[line, place] = number.replace(".", ",") if comma else number
    missing = tuple(people.name(line) for line in people.lines if line not in seen)
    notes += _out_of(table, place, rows)
    return Filled(table.with_cells(changed), Roster(missing, tuple(unknown)), tuple(notes))


def _column(
    path: Path, header: Sequence[str], pattern: re.Pattern[str], asked: str, rows: Sequence[Row]
) -> int:
    found = [i for i, name in enumerate(header) if pattern.fullmatch(name)]
    if asked:
        found = [i for i, name in enumerate(header) if asked.lower() in name.lower()]
    if len(found) > 1:
        found = [i for i in found if re.search(r"pico ?-?_?gpt", header[i], re.I)] or found
    if len(found) == 1:
        return found[0]
    what = "no column" if not found else f"{len(found)} columns"
    names = ", ".join(repr(header[i]) for i in (found or range(len(header)))[:6])
    raise CannotGrade(f"{path}: {what} can be this assignment's ({names}): name it with --column")


def _is_locked(table: Table, lower: Sequence[str], line: int) -> bool:
    place = lower.index(_LOCKED) if _LOCKED in lower else -1
    cells = table.rows[line]
    return 0 <= place < len(cells) and cells[place].text.strip().lower() == "no"


def _out_of(table: Table, place: int, rows: Sequence[Row]) -> list[str]:
    """A word where the platform expects another maximum than the marks have."""
    most = max((row.max_score for row in rows), default=0)
    said = re.search(r"(?:Total Pts: (?:up to )?|MaxPoints:)\s*([\d.,]+)", table.rows[0][place].text)
    texts = [said[1]] if said else []
    texts += [row[place].text for row in table.rows[1:4] if _is_points(row[0].text) and place < len(row)]
    for text in texts:
        try:
            theirs = float(text.strip().replace(",", "."))
        except ValueError:
            continue
        if theirs != most:
            return [f"the gradebook counts to {theirs:g}, these marks to {most:g}: change one of the two"]
    return []


def _is_points(text: str) -> bool:
    return text.strip().lower().startswith("points possible")


class _People:
    """The persons of a gradebook, found by number, by address, or by a name that only one has."""

    def __init__(self, table: Table, lower: Sequence[str]):
        self._table, self._lower = table, lower
        places = [i for i, name in enumerate(lower) if name in _NUMBERS]
        self.lines = [
            line
            for line, cells in enumerate(table.rows[1:], 1)
            if not _is_points(cells[0].text) and any(cells[i].text.strip() for i in places if i < len(cells))
        ]
        self._keys: dict[str, set[int]] = {}
        self._names: dict[str, set[int]] = {}
        for line in self.lines:
            cells = table.rows[line]
            for i in places:
                if i < len(cells) and (key := _key(cells[i].text, lower[i])):
                    self._keys.setdefault(key, set()).add(line)
            for name in self._spellings(line):
                self._names.setdefault(name, set()).add(line)

    def find(self, student: Student) -> int | None:
        """The line of a student; None where none can be told, or several."""
        for key in filter(None, (student.sid, student.email, student.name)):
            lines = self._keys.get(key.strip().lower(), set())
            if len(lines) == 1:
                return next(iter(lines))
        lines = self._names.get(_letters(student.name), set())
        return next(iter(lines)) if len(lines) == 1 else None

    def name(self, line: int) -> str:
        cells = self._table.rows[line]
        for wanted in ("student", "full name"):
            if wanted in self._lower and self._lower.index(wanted) < len(cells):
                return cells[self._lower.index(wanted)].text.strip()
        return " ".join(
            part for part in (self._cell(line, "first name"), self._cell(line, "last name")) if part
        )

    def _cell(self, line: int, name: str) -> str:
        place = self._lower.index(name) if name in self._lower else -1
        cells = self._table.rows[line]
        return cells[place].text.strip() if 0 <= place < len(cells) else ""

    def _spellings(self, line: int) -> Iterable[str]:
        """A person's name in both orders: "Lovelace, Ada" is "lovelaceada" in Canvas's file names."""
        first, last = self._cell(line, "first name"), self._cell(line, "last name")
        whole = self.name(line)
        if "," in whole:
            last, _, first = whole.partition(",")
        found = {_letters(whole)} | (
            {_letters(first + last), _letters(last + first)} if first or last else set()
        )
        return found - {""}


def _key(text: str, column: str) -> str:
    """A number or address as it is looked up; Moodle's is the number behind a word in the site's language."""
    text = text.strip().lower().lstrip("#")
    if column == "identifier":
        match = re.search(r"(\d+)$", text)
        return match[1] if match else text
    return text


def _letters(name: str) -> str:
    """A name without what platforms change in it: case, accents, blanks, signs."""
    text = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in text if letter.isalnum())
