"""Mistakes of step 13."""
# Wrong on purpose, written as students write; names such as regex and SPLIT_PATTERN are the solutions' own.
# mypy: ignore-errors
# ruff: noqa

from grader.mistakes import Chapter

chapter = Chapter(13)
form = chapter.form
mistake = chapter.mistake
right = chapter.right
slip = chapter.slip

# ---------------------------------------------------------------------------------- merge_word


@mistake(
    "merge_word.leftmost-first",
    "this merges the leftmost pair that makes a token; the pair with the lowest rank comes first",
    "Two pairs of a word are tokens. Which of them was learned earlier?",
)
def merge_word(word, ranks):
    parts = [bytes([byte]) for byte in word]
    while True:
        for i in range(len(parts) - 1):
            if parts[i] + parts[i + 1] in ranks:
                parts[i : i + 2] = [parts[i] + parts[i + 1]]
                break
        else:
            return [ranks[part] for part in parts]


@mistake(
    "merge_word.rightmost-first",
    "this merges the rightmost pair that makes a token; the pair with the lowest rank comes first",
    "Two pairs of a word are tokens. Which of them was learned earlier?",
)
def merge_word(word, ranks):
    parts = [bytes([byte]) for byte in word]
    while True:
        for i in reversed(range(len(parts) - 1)):
            if parts[i] + parts[i + 1] in ranks:
                parts[i : i + 2] = [parts[i] + parts[i + 1]]
                break
        else:
            return [ranks[part] for part in parts]


@mistake(
    "merge_word.longest-match",
    "this takes the longest token that fits, from the left, and never merges by rank",
    "How is a token built in byte-pair encoding: all at once, or by merges in the order in which they "
    "were learned?",
)
def merge_word(word, ranks):
    ids = []
    while word:
        n = max(n for n in range(1, len(word) + 1) if word[:n] in ranks)
        ids.append(ranks[word[:n]])
        word = word[n:]
    return ids


@mistake(
    "merge_word.longest-match-from-right",
    "this takes the longest token that fits, from the right, and never merges by rank",
    "How is a token built in byte-pair encoding: all at once, or by merges in the order in which they "
    "were learned?",
)
def merge_word(word, ranks):
    ids = []
    while word:
        n = max(n for n in range(1, len(word) + 1) if word[-n:] in ranks)
        ids.insert(0, ranks[word[-n:]])
        word = word[:-n]
    return ids


@mistake(
    "merge_word.highest-rank-first",
    "this merges the pair with the highest rank first",
    "Does a low rank mean that a pair was learned early, or late?",
)
def merge_word(word, ranks):
    parts = [bytes([byte]) for byte in word]
    while True:
        pairs = [left + right for left, right in pairwise(parts)]
        best = max(pairs, key=lambda pair: ranks.get(pair, -1), default=None)
        if best not in ranks:
            return [ranks[part] for part in parts]
        at = pairs.index(best)
        parts[at : at + 2] = [best]


@form("merge_word.highest-rank-first")
def merge_word(word, ranks):
    parts = [bytes([byte]) for byte in word]
    while len(parts) > 1:
        pairs = [(ranks.get(left + right, -1), at) for at, (left, right) in enumerate(pairwise(parts))]
        best, at = max(pairs)
        if best == -1:
            break
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return [ranks[part] for part in parts]


@mistake(
    "merge_word.one-merge",
    "this merges the best pair once, and stops",
    "When is a word finished: after one merge, or when no two neighbours make a token?",
)
def merge_word(word, ranks):
    parts = [bytes([byte]) for byte in word]
    pairs = [left + right for left, right in pairwise(parts)]
    best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)), default=None)
    if best in ranks:
        at = pairs.index(best)
        parts[at : at + 2] = [best]
    return [ranks[part] for part in parts]


@mistake(
    "merge_word.two-at-a-time",
    "this merges neighbours two by two in every round, without asking which pair comes first",
    "Two pairs of a word are tokens. Which of them was learned earlier?",
)
def merge_word(word, ranks):
    parts = [bytes([byte]) for byte in word]
    while True:
        merged, i = [], 0
        while i < len(parts):
            if i + 1 < len(parts) and parts[i] + parts[i + 1] in ranks:
                merged.append(parts[i] + parts[i + 1])
                i += 2
            else:
                merged.append(parts[i])
                i += 1
        if merged == parts:
            return [ranks[part] for part in parts]
        parts = merged


@mistake(
    "merge_word.last-occurrence",
    "this merges from the right where a pair overlaps itself, as in aaa",
    "Of three equal letters, which two merge first?",
)
def merge_word(word, ranks):
    parts = [bytes([byte]) for byte in word]
    while True:
        pairs = [left + right for left, right in pairwise(parts)]
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)), default=None)
        if best not in ranks:
            return [ranks[part] for part in parts]
        at = len(pairs) - 1 - pairs[::-1].index(best)
        parts[at : at + 2] = [best]


@mistake(
    "merge_word.bytes-only",
    "this never merges: every byte stays a token of its own",
    "Does your answer ever hold a token of more than one byte?",
)
def merge_word(word, ranks):
    return [ranks[bytes([byte])] for byte in word]


@mistake(
    "merge_word.byte-values",
    "this returns the values of single bytes, not their ids (b'!' is 0, not 33)",
    "Which id does ranks give the byte 33?",
)
def merge_word(word, ranks):
    parts = [bytes([byte]) for byte in word]
    while True:
        pairs = [left + right for left, right in pairwise(parts)]
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)), default=None)
        if best not in ranks:
            return [part[0] if len(part) == 1 else ranks[part] for part in parts]
        at = pairs.index(best)
        parts[at : at + 2] = [best]


@mistake(
    "merge_word.parts-returned",
    "this returns the parts as bytes, not their ids",
    "What is the answer a list of, according to the contract?",
)
def merge_word(word, ranks):
    parts = [bytes([byte]) for byte in word]
    while True:
        pairs = [left + right for left, right in pairwise(parts)]
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)), default=None)
        if best not in ranks:
            return parts
        at = pairs.index(best)
        parts[at : at + 2] = [best]


@mistake(
    "merge_word.letters-not-bytes",
    "this starts from letters of the decoded text; the parts are single bytes",
    "How many bytes does an e with an accent have, and how many parts does the word start with?",
)
def merge_word(word, ranks):
    parts = [letter.encode("utf-8") for letter in word.decode("utf-8")]
    while True:
        pairs = [left + right for left, right in pairwise(parts)]
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)), default=None)
        if best not in ranks:
            return [ranks[part] for part in parts]
        at = pairs.index(best)
        parts[at : at + 2] = [best]


@mistake(
    "merge_word.empty-word",
    "this fails on the empty word",
    "What is min of an empty list?",
)
def merge_word(word, ranks):
    parts = [bytes([byte]) for byte in word]
    while True:
        pairs = [left + right for left, right in pairwise(parts)]
        if len(parts) == 1:
            return [ranks[parts[0]]]
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            return [ranks[part] for part in parts]
        at = pairs.index(best)
        parts[at : at + 2] = [best]


@mistake(
    "merge_word.missing-pair-is-0",
    "this treats a pair that is not a token as the best one of all",
    "Which rank should a pair get that is not in the table?",
)
def merge_word(word, ranks):
    parts = [bytes([byte]) for byte in word]
    while True:
        pairs = [left + right for left, right in pairwise(parts)]
        best = min(pairs, key=lambda pair: ranks.get(pair, 0), default=None)
        if best not in ranks:
            return [ranks[part] for part in parts]
        at = pairs.index(best)
        parts[at : at + 2] = [best]


@mistake(
    "merge_word.sorted-ids",
    "this sorts the ids",
    "Which token comes first in the word?",
)
def merge_word(word, ranks):
    parts = [bytes([byte]) for byte in word]
    while True:
        pairs = [left + right for left, right in pairwise(parts)]
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)), default=None)
        if best not in ranks:
            return sorted(ranks[part] for part in parts)
        at = pairs.index(best)
        parts[at : at + 2] = [best]


# -------------------------------------------------------------------------------------- encode


@right
def encode(text, ranks):
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"half of a surrogate pair at position {error.start}: this is not a text") from None
    words = SPLIT_PATTERN.findall(text)
    return [token for word in words for token in merge_word(word.encode("utf-8"), ranks)]


WORDS = "words = SPLIT_PATTERN.findall(text)"
RETURN = 'return [token for word in words for token in merge_word(word.encode("utf-8"), ranks)]'
SURROGATES = """    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"half of a surrogate pair at position {error.start}: this is not a text") from None
"""

slip(
    "encode.not-split",
    "this does not cut the text into words first, or only at spaces: merges reach across signs and lines",
    "May a merge reach from one word into the next?",
    (WORDS, "words = [text]"),
)
slip(
    "encode.split-at-spaces",
    "this cuts the text with split(), which drops all white space",
    "Where do the spaces of the text go?",
    (WORDS, "words = text.split()"),
)
slip(
    "encode.spaces-behind",
    "this leaves the space at the end of a word; GPT-2 has it at the start of the next word",
    "Is it ' dog' or 'The ' that becomes one word?",
    (WORDS, r'words = regex.findall(r"\S+\s*|\s+", text)'),
)
slip(
    "encode.space-in-front",
    "this puts a space before the text",
    "Does 'The' at the start of a text have a space before it?",
    (WORDS, 'words = SPLIT_PATTERN.findall(" " + text)'),
)
slip(
    "encode.space-as-a-word",
    "this makes every space a word of its own",
    "What comes first in most of GPT-2's tokens?",
    (WORDS, r'words = regex.findall(r"\s|\p{L}+|\p{N}+|[^\s\p{L}\p{N}]+", text)'),
)
slip(
    "encode.no-white-space-rule",
    "this pattern lacks \\s+(?!\\S): the last of several spaces should belong to the next word",
    "In 'a  b' there are two spaces. Which word does each belong to?",
    (
        WORDS,
        r"""words = regex.findall(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+", text)""",
    ),
)
slip(
    "encode.no-last-white-space",
    r"this pattern lacks its last part, \s+: a single newline is lost",
    "Which part of the pattern matches one newline between two words?",
    (
        WORDS,
        r"""words = regex.findall(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)", text)""",
    ),
)
slip(
    "encode.no-contractions",
    "this pattern lacks the contractions ('s, 't, 're, ...)",
    "Into which words does GPT-2 cut it's?",
    (WORDS, r'words = regex.findall(r" ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", text)'),
)
slip(
    "encode.few-contractions",
    "this pattern lacks some of the contractions",
    "Which seven endings does GPT-2's pattern list?",
    (
        WORDS,
        r"""words = regex.findall(r"'s|'t|'re| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", text)""",
    ),
)
slip(
    "encode.ascii-letters",
    "this pattern knows the letters a to z only",
    "Is an e with an accent a letter? And a Japanese character?",
    (
        WORDS,
        r"words = regex.findall("
        r"""r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+", text)""",
    ),
)
slip(
    "encode.three-digits",
    "this cuts numbers into groups of three digits, as GPT-4 does",
    "How long may a number be in GPT-2's pattern?",
    (
        WORDS,
        r"words = regex.findall("
        r"""r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", text)""",
    ),
)
slip(
    "encode.single-digits",
    "this cuts numbers into single digits",
    "How long may a number be in GPT-2's pattern?",
    (
        WORDS,
        r"words = regex.findall("
        r"""r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", text)""",
    ),
)
slip(
    "encode.single-signs",
    "this makes every sign a word of its own",
    "Is '...' one word for GPT-2, or three?",
    (
        WORDS,
        r"words = regex.findall("
        r"""r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]|\s+(?!\S)|\s+", text)""",
    ),
)
slip(
    "encode.lower-case",
    "this turns the text into lower case",
    "Does the text come back the same from decode?",
    (WORDS, "words = SPLIT_PATTERN.findall(text.lower())"),
)
slip(
    "encode.stripped",
    "this strips white space from both ends of the text",
    "Does the text come back the same from decode?",
    (WORDS, "words = SPLIT_PATTERN.findall(text.strip())"),
)
slip(
    "encode.composed",
    "this joins letters and accents into one character (NFC)",
    "Does the text come back the same from decode?",
    (WORDS, "import unicodedata\n\n    words = SPLIT_PATTERN.findall(unicodedata.normalize('NFC', text))"),
)
slip(
    "encode.ascii-only",
    "this drops every character that is not ASCII",
    "Where do accents and emoji go?",
    (WORDS, 'words = SPLIT_PATTERN.findall(text.encode("ascii", "ignore").decode())'),
)
slip(
    "encode.latin-1",
    "this uses one byte per character (Latin-1); it should be UTF-8",
    "Which encoding turns text into bytes here?",
    (
        RETURN,
        'return [token for word in words for token in merge_word(word.encode("latin-1", "replace"), ranks)]',
    ),
)
slip(
    "encode.utf-16",
    "this uses UTF-16; it should be UTF-8",
    "Which encoding turns text into bytes here?",
    (RETURN, 'return [token for word in words for token in merge_word(word.encode("utf-16-le"), ranks)]'),
)
slip(
    "encode.whole-words-only",
    "this looks up every word as a whole, and never merges",
    "What happens to a word that is not a token itself?",
    (RETURN, 'return [ranks[word.encode("utf-8")] for word in words]'),
)
slip(
    "encode.nested",
    "this returns a list of ids for every word; it should be one list",
    "How many brackets does your answer begin with?",
    (RETURN, 'return [merge_word(word.encode("utf-8"), ranks) for word in words]'),
)
slip(
    "encode.end-of-text-is-special",
    "this turns <|endoftext|> in a text into the special token",
    "What does the docstring say about <|endoftext|> in a text?",
    (
        WORDS,
        "if END_OF_TEXT in text:\n        before, after = text.split(END_OF_TEXT, 1)\n"
        "        return encode(before, ranks) + [len(ranks)] + encode(after, ranks)\n    " + WORDS,
    ),
)
slip(
    "encode.end-of-text-behind",
    "this puts <|endoftext|> after the text",
    "Does the docstring ask for an end-of-text token?",
    (RETURN, RETURN + " + [len(ranks)]"),
)
slip(
    "encode.end-of-text-in-front",
    "this puts <|endoftext|> before the text",
    "Does the docstring ask for an end-of-text token?",
    (RETURN, RETURN.replace("return ", "return [len(ranks)] + ")),
)
slip(
    "encode.repeats-dropped",
    "this drops words that occurred before",
    "What happens to the order and the repeats of a text in a dict or a set?",
    (WORDS, "words = list(dict.fromkeys(SPLIT_PATTERN.findall(text)))"),
)
slip(
    "encode.array-returned",
    "this returns an array; the contract says a list",
    "What type does the docstring promise?",
    (RETURN, "import numpy as np\n\n    " + RETURN.replace("return ", "return np.array(") + ")"),
)
slip(
    "encode.half-pairs-replaced",
    "this replaces half of a surrogate pair; the contract says ValueError",
    "What does the docstring say under Raises?",
    (SURROGATES, ""),
    (
        RETURN,
        'return [token for word in words for token in merge_word(word.encode("utf-8", "replace"), ranks)]',
    ),
)

# -------------------------------------------------------------------------------------- decode


@right
def decode(ids, ranks):
    tokens = {token_id: token for token, token_id in ranks.items()}
    tokens[len(ranks)] = END_OF_TEXT.encode("utf-8")
    for token_id in ids:
        if token_id not in tokens:
            raise ValueError(f"no token has the id {token_id}: ids go from 0 to {len(ranks)}")
    return b"".join(tokens[token_id] for token_id in ids).decode("utf-8", errors="replace")


JOIN = 'return b"".join(tokens[token_id] for token_id in ids).decode("utf-8", errors="replace")'
END = 'tokens[len(ranks)] = END_OF_TEXT.encode("utf-8")'

slip(
    "decode.token-by-token",
    "this turns every token into text on its own: characters that are spread over several tokens break",
    "How many tokens can one character be spread over? When do their bytes come together?",
    (JOIN, 'return "".join(tokens[token_id].decode("utf-8", errors="replace") for token_id in ids)'),
)
slip(
    "decode.token-by-token-ignored",
    "this turns every token into text on its own, and drops what is not a whole character yet",
    "How many tokens can one character be spread over? When do their bytes come together?",
    (JOIN, 'return "".join(tokens[token_id].decode("utf-8", errors="ignore") for token_id in ids)'),
)
slip(
    "decode.strict",
    "this raises an error for bytes that are not UTF-8",
    "What does the docstring say about such bytes?",
    (JOIN, 'return b"".join(tokens[token_id] for token_id in ids).decode("utf-8")'),
)
slip(
    "decode.broken-bytes-dropped",
    "this drops bytes that are not UTF-8; each should become U+FFFD",
    "What does the docstring say about such bytes?",
    (JOIN, 'return b"".join(tokens[token_id] for token_id in ids).decode("utf-8", errors="ignore")'),
)
slip(
    "decode.latin-1",
    "this uses one byte per character (Latin-1); it should be UTF-8",
    "Which encoding turned the text into bytes?",
    (JOIN, 'return b"".join(tokens[token_id] for token_id in ids).decode("latin-1")'),
)
slip(
    "decode.ascii",
    "this reads ASCII only",
    "Which encoding turned the text into bytes?",
    (JOIN, 'return b"".join(tokens[token_id] for token_id in ids).decode("ascii", errors="replace")'),
)
slip(
    "decode.no-end-of-text",
    "this does not know <|endoftext|>, the id after the table",
    "What does the docstring say about the id len(ranks)?",
    (f"    {END}\n", ""),
)
slip(
    "decode.end-of-text-dropped",
    "this leaves <|endoftext|> out of the text",
    "What does the docstring say about the id len(ranks)?",
    (END, 'tokens[len(ranks)] = b""'),
)
slip(
    "decode.end-of-text-is-50256",
    "this treats 50256 as <|endoftext|>, however long the table is",
    "What is the id of <|endoftext|> when the table has only 2048 tokens?",
    (END, 'tokens[50256] = END_OF_TEXT.encode("utf-8")'),
)
slip(
    "decode.spaces-between",
    "this puts a space between tokens; GPT-2's tokens bring their own",
    "Where are the spaces of a text in GPT-2's tokens?",
    (JOIN, 'return b" ".join(tokens[token_id] for token_id in ids).decode("utf-8", errors="replace")'),
)
slip(
    "decode.stripped",
    "this strips white space from both ends of the text",
    "Does the text come back the same?",
    (JOIN, JOIN + ".strip()"),
)
slip(
    "decode.left-stripped",
    "this strips white space from the beginning of the text",
    "Does the text come back the same?",
    (JOIN, JOIN + ".lstrip()"),
)
slip(
    "decode.reversed",
    "this puts the tokens together in reverse order",
    "Which token comes first?",
    (JOIN, JOIN.replace("in ids)", "in reversed(list(ids)))")),
)
slip(
    "decode.bytes-returned",
    "this returns bytes; the contract says text (str)",
    "What type does the docstring promise?",
    (JOIN, 'return b"".join(tokens[token_id] for token_id in ids)'),
)
slip(
    "decode.list-returned",
    "this returns a list of pieces; the contract says one text",
    "What type does the docstring promise?",
    (JOIN, 'return [tokens[token_id].decode("utf-8", errors="replace") for token_id in ids]'),
)
slip(
    "decode.repeats-dropped",
    "this drops tokens that occurred before",
    "What happens to the order and the repeats of ids in a dict or a set?",
    (JOIN, JOIN.replace("in ids)", "in dict.fromkeys(ids))")),
)
slip(
    "decode.first-missing",
    "this leaves the first token out",
    "Where does your loop over the ids start, and where does it stop?",
    (JOIN, JOIN.replace("in ids)", "in list(ids)[1:])")),
)
slip(
    "decode.line-ends-changed",
    "this changes white space: runs of it become one space",
    "Does the text come back the same?",
    (JOIN, 'return " ".join(b"".join(tokens[t] for t in ids).decode("utf-8", errors="replace").split())'),
)

slip(
    "encode.contractions-in-any-case",
    "this pattern also takes contractions in capital letters: O'Malley is cut after 'M",
    "Is 'M a contraction of GPT-2's, or only 'm?",
    (
        WORDS,
        r"""words = regex.findall(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", text)""",
    ),
)
slip(
    "encode.underscore-is-a-letter",
    "this pattern has \\w for letters and digits, which matches the underscore as well",
    "What does \\w match, apart from letters and digits?",
    (
        WORDS,
        r"""words = regex.findall(r"'s|'t|'re|'ve|'m|'ll|'d| ?\w+| ?[^\s\w]+|\s+(?!\S)|\s+", text)""",
    ),
)
slip(
    "encode.decomposed",
    "this takes letters and accents apart (NFD)",
    "Are the bytes of a text to be changed?",
    (WORDS, 'import unicodedata\n\n    words = SPLIT_PATTERN.findall(unicodedata.normalize("NFD", text))'),
)
slip(
    "encode.tabs-to-spaces",
    "this turns tabs into spaces",
    "Are the bytes of a text to be changed?",
    (WORDS, 'words = SPLIT_PATTERN.findall(text.replace("\\t", "    "))'),
)
slip(
    "encode.half-pairs-dropped",
    "this drops half of a surrogate pair; the contract says ValueError",
    "What does the docstring say under Raises?",
    (SURROGATES, ""),
    (
        RETURN,
        'return [token for word in words for token in merge_word(word.encode("utf-8", "ignore"), ranks)]',
    ),
)
slip(
    "encode.half-pairs-encoded",
    "this encodes half of a surrogate pair anyway; the contract says ValueError",
    "What does the docstring say under Raises?",
    (SURROGATES, ""),
    (
        RETURN,
        'return [token for word in words for token in merge_word(word.encode("utf-8", "surrogatepass"), ranks)]',
    ),
)
slip(
    "encode.visible-spaces",
    "this writes Ġ for every space, as GPT-2's vocab.json does; this table has the bytes themselves",
    "Which bytes does the table have for ' the'?",
    (RETURN, RETURN.replace('word.encode("utf-8")', 'word.replace(" ", "Ġ").encode("utf-8")')),
)
slip(
    "encode.words-or-bytes",
    "this looks up every word as a whole, and otherwise falls back to single bytes",
    "What is there between a whole word and its single bytes?",
    (
        RETURN,
        "parts = [[w] if w in ranks else [bytes([b]) for b in w] for w in (word.encode() for word in words)]\n"
        "    return [ranks[part] for some in parts for part in some]",
    ),
)
slip(
    "decode.question-marks",
    "this puts a question mark for bytes that are not UTF-8; each should become U+FFFD",
    "What does the docstring say about bytes that are not UTF-8?",
    (JOIN, JOIN + '.replace("\ufffd", "?")'),
)
slip(
    "decode.stops-at-end-of-text",
    "this stops at <|endoftext|>, which is a token like any other",
    "What happens to the tokens after <|endoftext|>?",
    (JOIN, JOIN.replace("return ", "text = ") + "\n    return text.split(END_OF_TEXT)[0]"),
)
slip(
    "decode.new-line-for-end-of-text",
    "this writes a new line for <|endoftext|>",
    "Which text does the docstring give for the id len(ranks)?",
    (END, 'tokens[len(ranks)] = b"\\n"'),
)
slip(
    "decode.text-of-the-bytes",
    "this writes bytes as Python shows them (b'...'); they have to be decoded",
    "What is the difference between str(b) and b.decode()?",
    (JOIN, 'return str(b"".join(tokens[token_id] for token_id in ids))'),
)
slip(
    "decode.escapes",
    "this writes bytes that are not UTF-8 as escapes (\\xf0); each should become U+FFFD",
    "What does the docstring say about bytes that are not UTF-8?",
    (JOIN, JOIN.replace('"replace"', '"backslashreplace"')),
)


@mistake(
    "merge_word.end-of-word-lost",
    "this loses the last part of the word when it puts the parts back together",
    "What happens to the last part when it has no right neighbour?",
)
def merge_word(word, ranks):
    parts = [bytes([byte]) for byte in word]
    while len(parts) > 1:
        best = min((a + b for a, b in pairwise(parts)), key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        merged, i = [], 0
        while i < len(parts) - 1:
            if parts[i] + parts[i + 1] == best:
                merged.append(best)
                i += 2
            else:
                merged.append(parts[i])
                i += 1
        parts = merged
    return [ranks[part] for part in parts]


@mistake(
    "merge_word.one-pass",
    "this goes through the word once from the left, and merges whatever makes a token with what it has "
    "so far",
    "Two pairs of a word are tokens. Which of them was learned earlier?",
)
def merge_word(word, ranks):
    parts, i = [bytes([byte]) for byte in word], 0
    while i < len(parts) - 1:
        if parts[i] + parts[i + 1] in ranks:
            parts[i : i + 2] = [parts[i] + parts[i + 1]]
        else:
            i += 1
    return [ranks[part] for part in parts]


@mistake(
    "merge_word.sum-of-ranks",
    "this compares pairs by the sum of their parts' ids; the id of the pair itself counts",
    "Whose id says how early a merge was learned?",
)
def merge_word(word, ranks):
    parts = [bytes([byte]) for byte in word]
    while True:
        pairs = [(ranks[a] + ranks[b], i) for i, (a, b) in enumerate(pairwise(parts)) if a + b in ranks]
        if not pairs:
            return [ranks[part] for part in parts]
        i = min(pairs)[1]
        parts[i : i + 2] = [parts[i] + parts[i + 1]]


@mistake(
    "merge_word.longest-pair-first",
    "this merges the longest pair first; the pair with the lowest rank comes first",
    "Two pairs of a word are tokens. Which of them was learned earlier?",
)
def merge_word(word, ranks):
    parts = [bytes([byte]) for byte in word]
    while True:
        pairs = [(-len(a + b), ranks[a + b], i) for i, (a, b) in enumerate(pairwise(parts)) if a + b in ranks]
        if not pairs:
            return [ranks[part] for part in parts]
        i = min(pairs)[2]
        parts[i : i + 2] = [parts[i] + parts[i + 1]]


slip(
    "encode.pattern-split",
    "this uses SPLIT_PATTERN.split, which returns what is between the words and throws the words away",
    "Which method of a pattern returns everything that it matches?",
    (WORDS, "words = SPLIT_PATTERN.split(text)"),
)
slip(
    "encode.first-word-only",
    "this returns after the first word: the return is inside the loop",
    "How far to the left does the return belong?",
    (WORDS, "words = SPLIT_PATTERN.findall(text)[:1]"),
)
slip(
    "encode.words-stripped",
    "this strips the space from every word: GPT-2's tokens keep it",
    "Which bytes does the table have for ' the'?",
    (WORDS, "words = [word.strip() for word in SPLIT_PATTERN.findall(text)]"),
)
slip(
    "encode.last-word-missing",
    "this leaves the last word out",
    "Where does your loop over the words stop?",
    (WORDS, "words = SPLIT_PATTERN.findall(text)[:-1]"),
)
slip(
    "decode.last-missing",
    "this leaves the last token out",
    "Where does your loop over the ids stop?",
    (JOIN, JOIN.replace("for token_id in ids", "for token_id in list(ids)[:-1]")),
)
slip(
    "decode.new-lines-between",
    "this puts a new line between tokens; GPT-2's tokens bring their own spaces and new lines",
    "What does b''.join put between its parts?",
    (JOIN, JOIN.replace('b"".join', 'b"\\n".join')),
)
slip(
    "decode.key-error",
    "this raises KeyError for an id that no token has; the contract says ValueError",
    "What does the docstring say under Raises?",
    ('            raise ValueError(f"no token', '            raise KeyError(f"no token'),
)
slip(
    "decode.unknown-dropped",
    "this silently drops ids that no token has; the contract says ValueError",
    "How does the caller learn that an id was wrong?",
    (
        '            raise ValueError(f"no token has the id {token_id}: ids go from 0 to {len(ranks)}")',
        "            pass",
    ),
    (JOIN, JOIN.replace("tokens[token_id]", 'tokens.get(token_id, b"")')),
)


@mistake(
    "encode.last-word-only",
    "this keeps the ids of the last word alone: every round of the loop overwrites the one before",
    "What should happen to the ids of the words before?",
)
def encode(text, ranks):
    ids = []
    for word in SPLIT_PATTERN.findall(text):
        ids = merge_word(word.encode("utf-8"), ranks)
    return ids


@form("encode.split-at-spaces")
def encode(text, ranks):
    ids = []
    for word in text.split(" "):
        ids.extend(merge_word(word.encode("utf-8"), ranks))
    return ids


@mistake(
    "decode.joined-with-spaces",
    "this puts a space between the tokens; GPT-2's tokens bring their spaces along",
    "Print a few tokens' bytes: which of them begin with a space?",
)
def decode(ids, ranks):
    tokens = {token_id: token for token, token_id in ranks.items()}
    return b" ".join(tokens[token_id] for token_id in ids).decode("utf-8", errors="replace")


@mistake(
    "decode.printed-form-of-bytes",
    "this gives the printed form of the bytes, with b'…' around it; the text is what they are in UTF-8",
    "Which method of bytes gives a text?",
)
def decode(ids, ranks):
    tokens = {token_id: token for token, token_id in ranks.items()}
    return str(b"".join(tokens[token_id] for token_id in ids))


@form("decode.token-by-token-ignored")
def decode(ids, ranks):
    tokens = {token_id: token for token, token_id in ranks.items()}
    return "".join(tokens.get(token_id, b"").decode("utf-8", errors="ignore") for token_id in ids)
