"""How hard the pages are to read: Flesch reading ease, by textstat.

    python tests/documents/readability.py [PAGE…]

Counted: the paragraphs and lists that a person wrote, with the words of links. Not counted: headings,
tables, code blocks and code spans, formulas, numbers, shapes, comments, alt texts, everything that is
generated (worked examples, outputs, the register's sentences), and the references under "Going deeper".

textstat takes syllables from the CMU pronouncing dictionary, which its version 0.7.8 brings along.
Later versions download it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import refresh  # noqa: E402
import textstat  # noqa: E402
from markdown_it.token import Token  # noqa: E402
from pages import MARKDOWN, ROOT  # noqa: E402

LEAST = 60.0  # "plain English" on Flesch's scale begins here
_REFERENCES = re.compile(r"^## Going deeper\n.*?(?=^## |^\[|\Z)", re.MULTILINE | re.DOTALL)
_FORMULA = re.compile(r"\$[^$\n]+\$")


def pages() -> list[Path]:
    """The pages that this counts: all of instructions/."""
    return sorted((ROOT / "instructions").rglob("*.md"))


def counted(text: str) -> str:
    """What is counted of a page: plain sentences, one paragraph a line."""
    text = refresh.without_generated(text)
    text = _REFERENCES.sub("", text)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"</?(?:details|summary|br)>", "\n\n", text)
    text = _FORMULA.sub("", text)
    lines: list[str] = []
    skip = ""
    for token in MARKDOWN.parse(text):
        if token.type in ("heading_open", "table_open"):
            skip = token.type.replace("open", "close")
        elif token.type == skip:
            skip = ""
        elif token.type == "inline" and not skip:
            lines.append(_sentences(token))
    return "\n".join(line for line in lines if re.search(r"\w", line))


def _sentences(token: Token) -> str:
    parts: list[str] = []
    for child in token.children or ():
        if child.type == "text":
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    line = re.sub(r"\[[^\]]*\]", "", "".join(parts))  # shapes such as [n_seq, n_embd]
    line = re.sub(r"-?\d[\d,.]*\d|\d", "", line)
    line = re.sub(r" (?=[.,:;?!)])", "", re.sub(r"\s+", " ", line)).strip(" ·")
    return line if not line or line[-1] in ".?!:" else f"{line}."


def ease(text: str) -> float:
    """Flesch reading ease of a page's text."""
    plain = counted(text).replace(":\n", ".\n")
    textstat.set_lang("en_US")
    return float(textstat.flesch_reading_ease(plain))


def main() -> int:
    worst = 0
    for path in pages():
        if sys.argv[1:] and not any(word in path.name for word in sys.argv[1:]):
            continue
        text = path.read_text(encoding="utf-8")
        plain = counted(text)
        words, sentences = textstat.lexicon_count(plain), textstat.sentence_count(plain)
        score = ease(text)
        worst += score <= LEAST
        print(
            f"{path.relative_to(ROOT).as_posix():<50}{score:6.1f}   {words:>5} words, "
            f"{words / sentences:4.1f} a sentence, "
            f"{textstat.syllable_count(plain) / words:.2f} syllables a word"
        )
    return 1 if worst else 0


if __name__ == "__main__":
    sys.exit(main())
