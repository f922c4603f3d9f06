from heapq import heappush, heappop
from itertools import chain
import regex

WORDS = regex.compile("|".join((
    r"'s|'t|'re|'ve|'m|'ll|'d", r" ?\p{Letter}+", r" ?\p{Number}+", r" ?[^\s\p{Letter}\p{Number}]+", r"\s+(?!\S)", r"\s+")))


def merge_word(word: bytes, ranks: dict) -> list:
    """A heap of candidate pairs over a linked list of parts."""
    n = len(word)
    part = [word[i : i + 1] for i in range(n)]
    after, before = list(range(1, n + 1)), list(range(-1, n - 1))
    alive, heap = [True] * n, []

    def offer(i):
        j = after[i] if 0 <= i < n else n
        if 0 <= i and j < n and part[i] + part[j] in ranks:
            heappush(heap, (ranks[part[i] + part[j]], i, part[i], part[j]))

    for i in range(n):
        offer(i)
    while heap:
        _, i, left, right = heappop(heap)
        j = after[i]
        if not alive[i] or j >= n or part[i] != left or part[j] != right:
            continue
        part[i] += part[j]
        alive[j] = False
        after[i] = after[j]
        if after[j] < n:
            before[after[j]] = i
        offer(before[i])
        offer(i)
    return [ranks[p] for p, lives in zip(part, alive) if lives]


def encode(text, ranks):
    try:
        data = [w.encode() for w in WORDS.findall(text)]
    except UnicodeEncodeError:
        raise ValueError("not a text")
    return list(chain.from_iterable(merge_word(w, ranks) for w in data))


def decode(ids, ranks):
    table = dict(zip(ranks.values(), ranks.keys())) | {len(ranks): b"<|endoftext|>"}
    try:
        return b"".join(map(table.__getitem__, map(int, ids))).decode(errors="replace")
    except KeyError as e:
        raise ValueError(f"no token {e}") from e
