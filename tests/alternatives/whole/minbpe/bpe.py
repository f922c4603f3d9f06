"""As in Karpathy's minbpe."""
import regex as re

GPT2_SPLIT_PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


def get_stats(ids, counts=None):
    counts = {} if counts is None else counts
    for pair in zip(ids, ids[1:]):
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def merge(ids, pair, idx):
    newids, i = [], 0
    while i < len(ids):
        if ids[i] == pair[0] and i < len(ids) - 1 and ids[i + 1] == pair[1]:
            newids.append(idx)
            i += 2
        else:
            newids.append(ids[i])
            i += 1
    return newids


def merge_word(word, ranks):
    parts = [bytes([b]) for b in word]
    while len(parts) >= 2:
        stats = get_stats(parts)
        pair = min(stats, key=lambda p: ranks.get(p[0] + p[1], float("inf")))
        if pair[0] + pair[1] not in ranks:
            break
        parts = merge(parts, pair, pair[0] + pair[1])
    return [ranks[p] for p in parts]


class RegexTokenizer:
    def __init__(self, ranks):
        self.compiled_pattern = re.compile(GPT2_SPLIT_PATTERN)
        self.ranks = ranks
        self.special_tokens = {len(ranks): "<|endoftext|>"}

    def decode(self, ids):
        vocab = {idx: token for token, idx in self.ranks.items()}
        part_bytes = []
        for idx in ids:
            idx = int(idx)
            if idx in vocab:
                part_bytes.append(vocab[idx])
            elif idx in self.special_tokens:
                part_bytes.append(self.special_tokens[idx].encode("utf-8"))
            else:
                raise ValueError(f"invalid token id: {idx}")
        return b"".join(part_bytes).decode("utf-8", errors="replace")

    def encode_ordinary(self, text):
        ids = []
        for chunk in re.findall(self.compiled_pattern, text):
            ids.extend(merge_word(chunk.encode("utf-8"), self.ranks))
        return ids


def encode(text, ranks):
    return RegexTokenizer(ranks).encode_ordinary(text)


def decode(ids, ranks):
    return RegexTokenizer(ranks).decode(ids)
