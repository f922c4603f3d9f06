"""A CSV file from another program: changed in some cells, and otherwise byte for byte as it was."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.kata.files import CannotGrade


@dataclass(frozen=True)
class Cell:
    """One cell, and its place in the text, quotes included."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Table:
    """A CSV file.

    Attributes:
        rows: the header is the first of them.
        separator: what separates cells.
    """

    text: str
    codec: str
    mark: bytes
    separator: str
    rows: list[list[Cell]]

    def with_cells(self, changed: Mapping[tuple[int, int], str]) -> bytes:
        """The file with these cells (row, column) replaced; a cell that was quoted stays so."""
        pieces, at = [], 0
        for (row, column), value in sorted(changed.items()):
            cell = self.rows[row][column]
            quoted = self.text[cell.start : cell.end].startswith('"')
            pieces += [self.text[at : cell.start], f'"{value}"' if quoted else value]
            at = cell.end
        return self.mark + "".join([*pieces, self.text[at:]]).encode(self.codec)


def read_table(path: Path) -> Table:
    """Read a CSV file as platforms write them: UTF-8 or UTF-16, split at commas, semicolons or tabs.

    Raises:
        CannotGrade: it cannot be read, or there is no table in it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CannotGrade(f"cannot read {path}: {error.strerror or error}") from None
    codec, mark = "utf-8", b""
    for name, start in (("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE),
                        ("utf-16-be", codecs.BOM_UTF16_BE)):  # fmt: skip
        if data.startswith(start):
            codec, mark = name, start
    try:
        text = data[len(mark) :].decode(codec)
    except UnicodeDecodeError:
        codec = "latin-1"  # gives every byte back as it was
        text = data[len(mark) :].decode(codec)
    header = text.split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    rows = _rows(text, separator)
    if len(rows) < 2 or len(rows[0]) < 2:
        raise CannotGrade(f"{path} is not a gradebook: there is no table in it")
    return Table(text, codec, mark, separator, rows)


def _rows(text: str, separator: str) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    row: list[Cell] = []
    at = 0
    while at < len(text):
        start = at
        if text[at] == '"':
            end = _closing(text, at)
            value = text[at + 1 : end].replace('""', '"')
            at = end + 1
        else:
            while at < len(text) and text[at] not in (separator, "\r", "\n"):
                at += 1
            value = text[start:at]
        row.append(Cell(value, start, at))
        if at < len(text) and text[at] == separator:
            at += 1
            if at == len(text):
                row.append(Cell("", at, at))
            continue
        while at < len(text) and text[at] in "\r\n":
            at += 1
        rows.append(row)
        row = []
    if row:
        rows.append(row)
    return rows


def _closing(text: str, at: int) -> int:
    """Where the quote that opens here is closed."""
    place = at + 1
    while (place := text.find('"', place)) != -1:
        if text[place + 1 : place + 2] != '"':
            return place
        place += 2
    return len(text)
