"""No page uses a word of the trade before the page that explains it, unless it links to the word list there.

The pages are read in the order of `ORDER`. A word's home is the page that explains it, and it is in
bold there. A page before its home may use it if the first use on that page is a link to its entry in
instructions/words.md. What counts is prose: paragraphs and lists, not headings, tables, code, or what is
generated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import refresh
from markdown_it.token import Token
from pages import MARKDOWN, ROOT, read_page

from grader.kata.curriculum import STEPS

INSTRUCTIONS = ROOT / "instructions"
GUIDE, TRAINING = INSTRUCTIONS / "LEARNING_GUIDE.md", INSTRUCTIONS / "training.md"
FURTHER = INSTRUCTIONS / "going_further.md"
FIRST_HOUR = INSTRUCTIONS / "steps" / "00_first_hour.md"
_PAGES = [step.page for step in STEPS]
ORDER = [GUIDE, FIRST_HOUR, *_PAGES[:3], TRAINING, *_PAGES[3:], FURTHER]


@dataclass(frozen=True)
class Word:
    """`entry`: its heading in the word list. `pattern`: how a page says it. `home`: where it is explained."""

    entry: str
    pattern: str
    home: Path | None

    @property
    def anchor(self) -> str:
        return re.sub(r"[^\w\- ]", "", self.entry.lower()).replace(" ", "-")


def _word(entry: str, home: Path | int | None, pattern: str = "") -> Word:
    return Word(
        entry,
        pattern or entry.replace(" ", r"\s+") + "s?",
        _PAGES[home - 1] if isinstance(home, int) else home,
    )


WORDS = [
    _word("124M", FIRST_HOUR),
    _word("pico", GUIDE, "pico"),
    _word("Hugging Face", GUIDE),
    _word("recorded activations", GUIDE, r"recorded\s+activations|goldens?"),
    _word("fixture", GUIDE),
    _word("core tests", GUIDE, r"core\s+tests?"),
    _word("fresh tests", GUIDE, r"fresh\s+(?:tests?|cases?)"),
    _word("edge tests", GUIDE, r"edges?(?:\s+tests?)?"),
    _word("own stack", GUIDE),
    _word("seed", GUIDE),
    _word("x-ray", None, "x-ray"),
    _word("token", GUIDE),
    _word("token id", GUIDE),
    _word("vocabulary", FIRST_HOUR, "vocabular(?:y|ies)"),
    _word("prompt", FIRST_HOUR),
    _word("weights", FIRST_HOUR, "weights"),
    _word("byte-pair encoding", 13, r"byte-pair|BPE"),
    _word("UTF-8", 13, "UTF-8"),
    _word("transformer", 8),
    _word("feature", 3),
    _word("embedding", 9),
    _word("activation function", 1),
    _word("ReLU", 1, "ReLU"),
    _word("softmax", 2, "softmax"),
    _word("layer norm", 3),
    _word("gain and bias", 3, r"gains?|bias(?:es)?"),
    _word("linear layer", 4),
    _word("attention", 5),
    _word("query, key, value", 5, "quer(?:y|ies)"),
    _word("causal mask", 5),
    _word("head", 5, r"(?<!\bin your )heads?"),
    _word("feed-forward part", 7, "feed-forward"),
    _word("hidden unit", 7),
    _word("block", 8),
    _word("residual stream", 8, r"the\s+stream|residual"),
    _word("pre-norm", 8, "pre-norm"),
    _word("logit", 9),
    _word("logit lens", FURTHER),
    _word("greedy", 10, "greed(?:y|ily)"),
    _word("autoregressive", 10, "autoregressive"),
    _word("temperature", 11),
    _word("top-k and top-p", 11, "top-[kp]|nucleus"),
    _word("frequency penalty", 11, r"frequency\s+penalt|penalt(?:y|ies)"),
    _word("cache", 12, "cached?s?"),
    _word("safetensors", 14, "safetensors"),
    _word("training", FIRST_HOUR, r"train(?:ed|ing)"),
    _word("loss", TRAINING, "loss(?:es)?"),
    _word("nats", TRAINING, "nats"),
    _word("gradient", TRAINING),
    _word("learning rate", TRAINING),
    _word("backpropagation", TRAINING, "backpropagation"),
    _word("dropout", TRAINING, "dropout"),
]


def prose(path: Path) -> list[tuple[str, str, str]]:
    """The page's prose as pieces, in order: the words, the link around them, and "bold" or nothing."""
    text = refresh.without_generated(path.read_text(encoding="utf-8"))
    text = re.sub(r"\$[^$\n]+\$|<!--.*?-->", "", text, flags=re.DOTALL)
    pieces: list[tuple[str, str, str]] = []
    skip = ""
    for token in MARKDOWN.parse(text):
        if token.type in ("heading_open", "table_open"):
            skip = token.type.replace("open", "close")
        elif token.type == skip:
            skip = ""
        elif token.type == "inline" and not skip:
            pieces += _pieces(token)
    return pieces


def _pieces(token: Token) -> list[tuple[str, str, str]]:
    found, target, bold = [], "", ""
    for child in token.children or ():
        if child.type == "link_open":
            target = str(child.attrs["href"])
        elif child.type == "link_close":
            target = ""
        elif child.type in ("strong_open", "strong_close"):
            bold = "bold" if child.type == "strong_open" else ""
        elif child.type in ("softbreak", "hardbreak"):
            found.append((" ", target, bold))
        elif child.type == "text" and not target.startswith("https:"):
            found.append((child.content, target, bold))
    return [*found, ("\n", "", "")]


def first_use(word: Word, pieces: list[tuple[str, str, str]]) -> tuple[str, str] | None:
    """Where a page first uses a word: the link around it, and the words around it."""
    text = "".join(piece[0] for piece in pieces)
    # a link to another page, such as those in a page's last line, does not count as a use
    said = rf"(?<![\w/-])(?:{word.pattern})(?![\w-])"
    match = re.search(said, _without_navigation(pieces), re.IGNORECASE)
    if match is None:
        return None
    end, target = 0, ""
    for words, link, _ in pieces:
        end += len(words)
        if end > match.start():
            target = link
            break
    return target, text[max(0, match.start() - 40) : match.end() + 40].replace("\n", " ")


def _without_navigation(pieces: list[tuple[str, str, str]]) -> str:
    return "".join(
        " " * len(words) if link.split("#")[0].endswith(".md") and "words.md" not in link else words
        for words, link, _ in pieces
    )


@pytest.mark.parametrize("path", ORDER, ids=lambda path: path.name)
def test_no_word_is_used_before_it_is_explained(path: Path) -> None:
    pieces, missing = prose(path), []
    for word in WORDS:
        if word.home is not None and ORDER.index(word.home) <= ORDER.index(path):  # explained by now
            continue
        use = first_use(word, pieces)
        if use and not use[0].endswith(f"words.md#{word.anchor}"):
            missing.append(f"{word.entry}: …{use[1]}…")
    assert not missing, f"{path.name} uses these without a link to words.md:\n" + "\n".join(missing)


@pytest.mark.parametrize("word", [word for word in WORDS if word.home], ids=lambda word: word.entry)
def test_the_page_that_explains_a_word_has_it_in_bold(word: Word) -> None:
    bold = " ".join(words for words, _, kind in prose(word.home) if kind == "bold") if word.home else ""
    said = rf"(?<![\w-])(?:{word.pattern})(?![\w-])"
    in_italics = re.search(rf"\*(?:{word.pattern})\*", word.home.read_text(encoding="utf-8"), re.IGNORECASE)
    headings = " ".join(words for _, words in read_page(word.home).headings)
    assert re.search(said, bold, re.IGNORECASE) or in_italics or word.entry in headings


def test_the_list_has_an_entry_for_every_word_and_no_other() -> None:
    entries = [words for level, words in read_page(INSTRUCTIONS / "words.md").headings if level == 3]
    assert sorted(entries) == sorted(word.entry for word in WORDS)
    assert len(entries) == len(set(entries)) >= 45


def test_every_page_that_a_learner_reads_links_to_the_list() -> None:
    for path in ORDER:
        targets = {target.partition("#")[0].rpartition("/")[2] for _, target, _ in read_page(path).links}
        assert "words.md" in targets, f"{path.name} does not link to the word list"


def test_a_word_that_comes_too_early_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Logits\n\n`logits` are code.\n\nThe best logit wins. A [logit](words.md#logit) is a score.\n"
    )
    word = next(word for word in WORDS if word.entry == "logit")
    assert first_use(word, prose(page)) == ("", " are code. The best logit wins. A logit is a score. ")
