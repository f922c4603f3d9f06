"""After OpenAI's encoder.py: bytes become printable characters, words become tuples of symbols."""
from functools import lru_cache

import regex as re


@lru_cache()
def bytes_to_unicode():
    bs = list(range(ord("!"), ord("~") + 1)) + list(range(ord("¡"), ord("¬") + 1)) + list(range(ord("®"), ord("ÿ") + 1))
    cs = bs[:]
    n = 0
    for b in range(2**8):
        if b not in bs:
            bs.append(b)
            cs.append(2**8 + n)
            n += 1
    return dict(zip(bs, [chr(n) for n in cs]))


BYTE = bytes_to_unicode()
UNBYTE = {c: b for b, c in BYTE.items()}
pat = re.compile(r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+""")


def raw(symbols):
    return bytes(UNBYTE[c] for c in symbols)


def get_pairs(word):
    pairs = set()
    prev_char = word[0]
    for char in word[1:]:
        pairs.add((prev_char, char))
        prev_char = char
    return pairs


def merge_word(word, ranks):
    if not word:
        return []
    word = tuple(BYTE[b] for b in word)
    while len(word) > 1:
        bigram = min(get_pairs(word), key=lambda pair: ranks.get(raw("".join(pair)), float("inf")))
        if raw("".join(bigram)) not in ranks:
            break
        first, second = bigram
        new_word, i = [], 0
        while i < len(word):
            try:
                j = word.index(first, i)
                new_word.extend(word[i:j])
                i = j
            except ValueError:
                new_word.extend(word[i:])
                break
            if word[i] == first and i < len(word) - 1 and word[i + 1] == second:
                new_word.append(first + second)
                i += 2
            else:
                new_word.append(word[i])
                i += 1
        word = tuple(new_word)
    return [ranks[raw(symbol)] for symbol in word]


def encode(text, ranks):
    cache = {}
    bpe_tokens = []
    for token in re.findall(pat, text):
        if token not in cache:
            cache[token] = merge_word(token.encode("utf-8"), ranks)
        bpe_tokens.extend(cache[token])
    return bpe_tokens


def decode(ids, ranks):
    decoder = [None] * (len(ranks) + 1)
    for token, i in ranks.items():
        decoder[i] = token
    decoder[-1] = b"<|endoftext|>"
    ids = list(map(int, ids))
    if any(not 0 <= i < len(decoder) for i in ids):
        raise ValueError("unknown id among " + repr(ids))
    return b"".join(decoder[i] for i in ids).decode("utf-8", "replace")
