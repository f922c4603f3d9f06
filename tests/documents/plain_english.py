"""Phrases that nobody would say to a colleague, and what to write instead.

Each row: a pattern, the plain way to say it, and a sentence that the pattern finds (most of them were in
this project once). `python tests/documents/plain_english.py [PATH…]` lists where such phrases are left.

Read are all files that git holds and that end in .md or .py: pages as they are, and of code the comments,
docstrings, and messages, but no names. This file and its test are left alone.
"""

from __future__ import annotations

import io
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from pages import ROOT, shipped_files  # noqa: E402

# Words after which "is no" is good English: "there is no file", "this is no longer so".
_FINE = (
    r"(?:longer|more\b|less|better|worse|larger|"
    r"smaller|later|earlier|reason|need|way\b|doubt|matter|different)"
)

PHRASES: list[tuple[str, str, str]] = [
    # ------------------------------------------------------------ words that have a plainer one
    (r"\bmend(?:s|ed|ing)?\b", "fix", "mend step 3 first"),
    (r"\bafresh\b", "again", "start the step afresh"),
    (r"\banew\b", "again", "a version that computes the past anew"),
    (r"\bwhoever\b", "anyone who", "Whoever merges from the left gets other ids."),
    (r"\bwhosoever|whatsoever\b", "anyone; at all", "no number whatsoever"),
    (
        r"\bthereof|therein|thereby|therewith|whereof|wherein|whereby|hereby|hereof\b",
        "of it, in it",
        "the part thereof",
    ),
    (r"\bwhence|hither|thither|hence\b", "so; from where", "hence it is wrong"),
    (r"\bupon\b", "on", "upon every save"),
    (r"\bamongst|whilst\b", "among, while", "amongst the heads"),
    (r"\btill\b", "until", "wait till it ends"),
    (r"\bfor ever\b", "forever", "commands that serve for ever"),
    (r"\bfor want of\b", "because there is no", "builds a venv for want of it"),
    (r"\bto a good part\b", "to a large extent", "a small model is to a good part dictionary"),
    (r"\bas it were\b", "(leave it out)", "a gate, as it were"),
    (r"\bsuch a one\b", "one like that", "such a one is refused"),
    # --------------------------------------------------------------- lie, stand, behind
    (
        r"\b(?:stands?|stood|standing) (?!in for|out\b|up\b|alone\b|still\b|for\b|as\b)(?:in|on|"
        r"at|inside|outside|below|behind|beside|between|there|here|open|above|under|first|last|"
        r"where|before|near|wherever|around|next)\b",
        "is",
        "Inside the bracket stand in order x and its cube; what stands there",
    ),
    (r"\bwhat stands\b", "what is", "what stands before it"),
    (
        r"(?<!one )(?<!a )\b(?:lies?|lay|lying) (?:in|on|at|beside|below|under|there|here|open|"
        r"outside|inside|between|near|where|above|over|ready|deeper|elsewhere)\b",
        "is, are",
        "its templates lie in grader/templates",
    ),
    (r"\blies? about\b", "is left lying around", "nothing lies about at the top"),
    (
        r"\bbehind (?:the past|the last|the first|the second|the other|the point|the title|each|"
        r"every|one another|it\b|them\b|its|this|that|a token|token)",
        "after",
        "their keys are put behind the past ones",
    ),
    (
        r"\bone (?:tensor )?behind the other\b",
        "one after the other",
        "all tensors, one tensor behind the other",
    ),
    (r"\bput behind\b", "appended after", "Their keys and values are put behind"),
    # ------------------------------------------------------- another, other, otherwise, else
    (r"\bin each other's places?\b", "swapped", "this has q and k in each other's place"),
    (r"\bis another(?: one)?[.,;:]", "is different", "its sha256 is another one."),
    (r"\bthe text is another\b", "the text differs", "the text is another from there"),
    (r"\bdiffers first at\b", "first differs at", "decode differs first at character 0"),
    (r"\bgrouped otherwise\b", "in a different shape", "as many numbers, grouped otherwise"),
    (r"\bare otherwise\b|\bis otherwise\b", "differ", "where the numbers are otherwise"),
    (
        r"(?<!or )(?<!thing )(?<!body )(?<!one )(?<!where )(?<!what )(?<!who )(?<!how )"
        r"(?<!all )(?<![:`'\"] )\belse(?=[.;)])(?!\()",
        "otherwise (in front)",
        "half a million would not fit else.",
    ),
    (r"\bsomebody else's\b", "another person's", "nothing of it is somebody else's"),
    # ------------------------------------------------------------------ is no, are no
    (rf"(?<!there )(?<!where )\b(?:is|was) no (?!{_FINE})(?=[a-z])", "is not a", "gelu is no function"),
    (
        rf"(?<!there )(?<!where )\b(?:are|were) no (?!{_FINE})(?=[a-z])",
        "are not",
        "causal masks are no weights",
    ),
    (r"\bbut of type\b", "is an int, not …", "gelu is no function but of type int"),
    (r"\bin no (?:language|way|case|place|folder|file|block)\b", "not in any", "in no language"),
    (r"\ba ndarray\b", "an array", "gelu returned a ndarray"),
    # ------------------------------------------------------------------------ also
    (
        r"\balso (?:not )?(?:if|where|when|while|without|before|after|though)\b",
        "even if, even when",
        "also not if I ask",
    ),
    (r"(?<!written )\balike(?=[.,;:)])(?!\.py)", "in the same way", "in columns and rows alike."),
    # --------------------------------------------------------------- of, with, by: the usual one
    (r"\bmultipl(?:y|ies|ied|ying)(?: it| them| \S+)? with\b", "multiply by", "this multiplies with w.T"),
    (
        r"\bknows? (?:nothing|anything|something|little|enough) of\b",
        "knows nothing about",
        "a mean knows nothing of others",
    ),
    (r"\blearns? of\b", "learns about", "what a token learns of other tokens"),
    (r"\bnothing of (?:it|them|the|this|that|a)\b", "none of", "nothing of the way is foreign"),
    (
        r"\btell(?:s)? nothing of\b|\bsays? nothing of\b",
        "says nothing about",
        "the report says nothing of it",
    ),
    (r"\btaken for the truth\b", "taken as correct", "the implementation that is taken for the truth here"),
    (
        r"\bare the reference's\b|\bis the reference's\b",
        "come from the reference",
        "open functions are the reference's",
    ),
    (r"\bas [A-Z]\w+'s\.", "see", "Args: as ForkServer's."),
    (r"\bas seed\.", "likewise", "seconds: as seed."),
    (r"\bthe settings' own\b", "what the settings say", "it goes before the settings' own"),
    # ------------------------------------------------------------------------ whole sayings
    (r"\bis the matter of\b", "step 6 shows", "Where they come from is the matter of step 6."),
    (r"\bopens for itself\b", "decides how far it opens", "a gate that every number opens for itself"),
    (r"\btalked into\b", "fooled", "a grader that cannot be talked into points"),
    (r"\bpresse[sd]\b[^.]{0,20}\bto within\b", "are within", "gelu presses 120 to within 0.1 of 0"),
    (r"\bright, and counts\b", "correct; it counts", "note: right, and counts once the core tests pass"),
    (r"\bparts in a row are\b", "a pair is", "2 parts in a row are expected"),
    (r"\band an? \w+ is expected\b", "expected …", "gelu returned 3, and an array is expected"),
    (r"\bin time, here too\b", "timed out again", "did not answer in time, here too"),
    (r"\bwith all of its kind\b", "and its process group", "Kill it with all of its kind."),
    (r"\bnot told to this machine\b", "do not notify this machine", "changes are not told to this machine"),
    (r"\bin other clothes\b", "under another name", "a solution in other clothes"),
    (r"\bhint helps\b", "see hint", "next: mend step 5; hint helps"),
    (r"\bthe way in, and not\b", "the hole, not", "close the way in, and not the symptom"),
    (r"\bforeign to you\b", "you will have written", "nothing is foreign to you any more"),
    (
        r"\bcomes? to the same\b|\bcomes? to be\b",
        "are the same; is made",
        "after softmax the two come to the same",
    ),
    (
        r"\bthan one thinks\b|\bwhat one thinks\b",
        "what you think",
        "an axis that is not what one thinks it is",
    ),
    (r"\bso many (?:rows|columns|numbers|tokens)\b", "that many", "so many rows, so many columns"),
    (
        r"\bno where\b|\bno if it\b",
        "False where",
        "Whether there is something; no where it cannot be looked at.",
    ),
    (r"\bfarthest off\b", "the worst is", "farthest off at head 0, query 4"),
    (r"\bgoes? astray\b", "goes wrong", "the text goes astray"),
    (r"\bruns? in circles\b", "goes in circles", "greedy text soon runs in circles"),
    (r"\bat both ends of their way\b", "at the start and the end", "numbers at both ends of their way"),
    (
        r"\bput into order\b|\binto another order\b",
        "put in order; reorder",
        "Put into order: softmax, top-k.",
    ),
    (r"\bas is told\b|\bis told with\b", "comes with", "the seed is told with the result"),
    (
        r"\bin small letters\b|\binto small letters\b",
        "in lower case",
        "this turns the text into small letters",
    ),
    (r"\bgoes on where it (?:was|stopped)\b", "continues", "type the line again: it goes on where it was"),
    (r"\bthat (?:is|are) none\b", "that is not one", "a token that is none"),
    (r"\bvouch(?:es)? for\b", "confirms", "a number that nothing vouches for"),
    (r"\bto the ear\b", "sounds like", "It writes like Shakespeare to the ear"),
    (
        r"\b(?:is|are) told (?:\*|_)?which\b",
        "hears which, the message says which",
        "a wrong one is told *which* mistake it is",
    ),
    (r"\bdeals? (?:\w+ )*out like cards\b", "gives every n-th one", "this deals the columns out like cards"),
    (r"\bwho (?:has )?wrote alike\b", "who has similar code", "distribution, pass rates, who wrote alike"),
    (r"\bof the same kind of\b|\bfrom out of\b", "the same; from", "from out of the cache"),
    (r"\bin front of the step's\b", "before the step's", "goes in front of the step's first function"),
    (
        r"\bfunctions? that (?:is|are) (?:still )?open\b",
        "functions that you have not written yet",
        "functions that are still open",
    ),
    (r"\bleads? out of it\b", "helps to fix it", "a question that leads out of it"),
]


OWN = {"plain_english.py", "test_plain_english.py"}  # they quote the phrases
_GENERATED = re.compile(
    r"<!-- output: .*? -->\n+```text\n.*?```\n|<!-- numbers: (.*?) -->\n.*?<!-- /numbers -->|"
    r"\*\*[^\n]*\*\*<!-- mistake: .*? -->",
    re.DOTALL,
)


@dataclass(frozen=True)
class Find:
    """One stilted phrase: where it is, what it says, and the plain way."""

    path: Path
    line: int
    words: str
    plain: str

    def __str__(self) -> str:
        return f"{self.path.as_posix()}:{self.line}: {self.words!r} -> {self.plain}"


@dataclass(frozen=True)
class Pattern:
    """What is looked for; `glance` finds no less in a text in small letters, in a fifth of the time."""

    exact: re.Pattern[str]
    glance: re.Pattern[str]
    plain: str


# What a pattern begins with and no letter is: with it Python tries the pattern at every place of the text.
_LOOKS_BACK = re.compile(r"(?:\(\?<!(?:[^()\\[]|\\.|\[[^]]*\])*\)|\\b)+")


@lru_cache
def patterns() -> list[Pattern]:
    return [
        Pattern(re.compile(pattern, re.IGNORECASE), _glance(pattern), plain) for pattern, plain, _ in PHRASES
    ]


def _glance(pattern: str) -> re.Pattern[str]:
    looks_back = _LOOKS_BACK.match(pattern)
    rest = pattern[looks_back.end() :] if looks_back else pattern
    return re.compile(rest, re.IGNORECASE if re.search(r"(?<!\\)[A-Z]", rest) else 0)


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """What a person reads of a file: (line on which it begins, text)."""
    source = (ROOT / path).read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".md":  # what is generated is read where it comes from
        yield 1, _GENERATED.sub(lambda match: "\n" * match[0].count("\n"), source)
        return
    comment: list[str] = []
    began = last = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                if comment and token.start[0] != last + 1:
                    yield began, "\n".join(comment)
                    comment = []
                began = began if comment else token.start[0]
                comment.append(token.string.lstrip("# "))
                last = token.start[0]
            elif tokenize.tok_name[token.type] in ("STRING", "FSTRING_MIDDLE"):
                yield token.start[0], token.string
    except (tokenize.TokenError, IndentationError, SyntaxError):  # a file that is broken on purpose
        pass
    if comment:
        yield began, "\n".join(comment)


def finds(path: Path) -> list[Find]:
    """The stilted phrases of one file (relative to the repository)."""
    found = []
    read: list[tuple[int, str, str, str]] = []
    for begins, text in texts(path):
        flat = re.sub(r"\s", " ", re.sub(r"(?<=\n)[#> ]+", lambda m: " " * len(m[0]), text))
        squeezed = re.sub(r"(?<=\S) {2,}(?=\S)", lambda m: " " + "\0" * (len(m[0]) - 1), flat)
        read.append((begins, text, squeezed, squeezed.replace("\0", "")))
    everything = "\0".join(line for _, _, _, line in read)  # a look at it all spares many at its parts
    small = everything.lower()
    wanted = [(p.exact, p.plain) for p in patterns() if p.glance.search(small) and p.exact.search(everything)]
    for begins, text, squeezed, line in read:
        for pattern, plain in wanted:
            for match in pattern.finditer(line):
                before = _place(squeezed, match.start())
                found.append(Find(path, begins + text[:before].count("\n"), match[0], plain))
    return sorted(found, key=lambda find: find.line)


def _place(squeezed: str, index: int) -> int:
    """Where the character at this index of the text without fillers is in the text with them."""
    seen = -1
    for place, character in enumerate(squeezed):
        seen += character != "\0"
        if seen == index:
            return place
    return len(squeezed)


def files() -> list[Path]:
    """Every page and every Python file that git holds or would hold, without this list and its test."""
    names = sorted(Path(name) for name in shipped_files() if name.endswith((".md", ".py")))
    return [name for name in names if name.name not in OWN and (ROOT / name).is_file()]


def room(path: Path) -> str:
    return path.parts[0] if len(path.parts) > 1 else "the top"


def main() -> int:
    chosen = [path for path in files() if not sys.argv[1:] or path.as_posix().startswith(tuple(sys.argv[1:]))]
    found = [find for path in chosen for find in finds(path)]
    print(*found, f"{len(found)} in {len(chosen)} files", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
