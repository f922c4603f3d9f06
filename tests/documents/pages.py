"""Reads the pages as Markdown: their headings, links, tables, code blocks, and the comments that
say how a test runs a block."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = {".git", ".venv", ".venv-golden", ".kata", ".shims", "__pycache__", "weights", ".pytest_cache"}
MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Block:
    """A fenced block. `run` is what a comment right above it says: `<!-- run: … -->`."""

    page: Path
    line: int
    language: str
    text: str
    run: str | None = None

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"


@dataclass(frozen=True)
class Table:
    page: Path
    line: int
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, name: str) -> list[str]:
        return [row[self.header.index(name)] for row in self.rows]

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"


@dataclass
class Page:
    """One page: its text and what is in it."""

    path: Path
    text: str
    blocks: list[Block] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    links: list[tuple[int, str, str]] = field(default_factory=list)  # line, target, words or alt text
    images: list[tuple[int, str, str]] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)  # level, words
    prose: list[tuple[int, str]] = field(default_factory=list)  # line, text without code and comments
    code_spans: list[tuple[int, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def anchors(self) -> set[str]:
        """The fragments that GitHub gives to this page's headings."""
        found: dict[str, int] = {}
        anchors = set()
        for _, words in self.headings:
            slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
            anchors.add(slug if slug not in found else f"{slug}-{found[slug]}")
            found[slug] = found.get(slug, 0) + 1
        return anchors

    def section(self, heading: str) -> str:
        """The Markdown under `## heading`, up to the next heading of its level."""
        match = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", self.text, re.MULTILINE | re.DOTALL)
        assert match, f"{self.name} has no section '{heading}'"
        return match[1]


def page_paths() -> list[Path]:
    """Every page that git holds or would hold, in order."""
    pages = {name for name in shipped_files() if name.endswith(".md") and not name.startswith("tests/")}
    names = pages - {"CLAUDE.md"}  # one line, which sends an assistant to AGENTS.md
    return sorted(ROOT / name for name in names)


@lru_cache
def shipped_files() -> frozenset[str]:
    """Every file that git holds or would hold, and every folder on the way to one."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.split("\n")  # fmt: skip
        files = {line for line in listed if line and (ROOT / line).exists()}
    else:  # a copy without its history
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        files = {path.as_posix() for path in found if not LEFT_OUT & set(path.parts)}
    return frozenset(files | {parent.as_posix() for line in files for parent in Path(line).parents})


@lru_cache(maxsize=64)
def read_page(path: Path) -> Page:
    """The page at this path."""
    return parse_page(path, path.read_text(encoding="utf-8"))


def parse_page(path: Path, text: str) -> Page:
    """A page with this text, as if it were at this path."""
    page = Page(path, text)
    tokens = MARKDOWN.parse(page.text)
    run = None
    row: list[str] = []
    rows: list[tuple[str, ...]] = []
    in_heading = in_table = 0
    for token in tokens:
        line = token.map[0] + 1 if token.map else 0
        if token.type in ("fence", "code_block"):
            language = token.info.split()[0] if token.info.strip() else ""
            page.blocks.append(Block(path, line, language, token.content, run))
        if token.type == "html_block" and (
            match := re.fullmatch(r"<!-- run: (.*?) -->\s*", token.content, re.DOTALL)
        ):
            run = match[1]
        else:
            run = None
        if token.type == "heading_open":
            in_heading = int(token.tag[1])
        elif token.type == "heading_close":
            in_heading = 0
        elif token.type == "table_open":
            in_table, rows = line, []
        elif token.type == "table_close":
            page.tables.append(Table(path, in_table, rows[0], tuple(rows[1:])))
            in_table = 0
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            rows.append(tuple(row))
        elif token.type == "inline":
            if in_heading:
                page.headings.append((in_heading, plain(token)))
            if in_table:
                row.append(token.content)
            _inline(page, token, line)
    return page


def plain(token: Token) -> str:
    """The words of an inline token: code spans with their text, no comments, no markup."""
    return "".join(child.content for child in token.children or () if child.type in ("text", "code_inline"))


def _inline(page: Page, token: Token, line: int) -> None:
    target = words = ""
    prose: list[str] = []
    for child in token.children or ():
        if child.type == "link_open":
            target, words = str(child.attrs["href"]), ""
        elif child.type == "link_close":
            page.links.append((line, target, words))
            target = ""
        elif child.type == "image":
            page.images.append((line, str(child.attrs["src"]), child.content))
        elif child.type == "code_inline":
            page.code_spans.append((line, child.content))
            prose.append(" ` ")
            words += child.content
        elif child.type == "text":
            prose.append("" if target.startswith("https:") else child.content)  # titles are as they are
            words += child.content
        elif child.type in ("softbreak", "hardbreak"):
            prose.append("\n")
    page.prose.append((line, "".join(prose)))
