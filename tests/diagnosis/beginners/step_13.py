# As beginners write it; tests/measures/first_lines.py says how the lines between are read.
# == merge_word | whole numbers, bytes
def merge_word(word, ranks):
    parts = list(word)
    while len(parts) > 1:
        best, best_i = None, None
        for i in range(len(parts) - 1):
            r = ranks.get(parts[i] + parts[i + 1])
            if r is not None and (best is None or r < best):
                best, best_i = r, i
        if best is None:
            break
        parts = parts[:best_i] + [parts[best_i] + parts[best_i + 1]] + parts[best_i + 2:]
    return [ranks[p] for p in parts]
# == merge_word | left
def merge_word(word, ranks):
    parts = [word[i:i + 1] for i in range(len(word))]
    merged = True
    while merged:
        merged = False
        for i in range(len(parts) - 1):
            if parts[i] + parts[i + 1] in ranks:
                parts[i:i + 2] = [parts[i] + parts[i + 1]]
                merged = True
                break
    return [ranks[p] for p in parts]
# == merge_word | longest
def merge_word(word, ranks):
    ids = []
    i = 0
    while i < len(word):
        for j in range(len(word), i, -1):
            if word[i:j] in ranks:
                ids.append(ranks[word[i:j]])
                i = j
                break
    return ids
# == merge_word | stops|one merge|best pair
def merge_word(word, ranks):
    parts = [bytes([b]) for b in word]
    pairs = [(ranks.get(parts[i] + parts[i + 1], 10**9), i) for i in range(len(parts) - 1)]
    if pairs:
        best, i = min(pairs)
        if best < 10**9:
            parts[i:i + 2] = [parts[i] + parts[i + 1]]
    return [ranks[p] for p in parts]
# == merge_word | bytes, ids
def merge_word(word, ranks):
    parts = [bytes([b]) for b in word]
    while len(parts) > 1:
        pairs = [(ranks.get(parts[i] + parts[i + 1], 10**9), i) for i in range(len(parts) - 1)]
        best, i = min(pairs)
        if best == 10**9:
            break
        parts[i:i + 2] = [parts[i] + parts[i + 1]]
    return parts
# == merge_word | empty
def merge_word(word, ranks):
    parts = [bytes([b]) for b in word]
    while True:
        pairs = [(ranks.get(parts[i] + parts[i + 1], 10**9), i) for i in range(len(parts) - 1)]
        best, i = min(pairs)
        if best == 10**9:
            break
        parts[i:i + 2] = [parts[i] + parts[i + 1]]
        if len(parts) == 1:
            break
    return [ranks[p] for p in parts]
# == merge_word | rank, highest
def merge_word(word, ranks):
    parts = [bytes([b]) for b in word]
    while len(parts) > 1:
        pairs = [(ranks.get(parts[i] + parts[i + 1], -1), i) for i in range(len(parts) - 1)]
        best, i = max(pairs)
        if best == -1:
            break
        parts[i:i + 2] = [parts[i] + parts[i + 1]]
    return [ranks[p] for p in parts]
# == merge_word | text|str, bytes
def merge_word(word, ranks):
    parts = list(word.decode("utf-8", errors="replace"))
    while len(parts) > 1:
        pairs = [(ranks.get(parts[i] + parts[i + 1], 10**9), i) for i in range(len(parts) - 1)]
        best, i = min(pairs)
        if best == 10**9:
            break
        parts[i:i + 2] = [parts[i] + parts[i + 1]]
    return [ranks[p] for p in parts]
# == encode | split|white space|spaces
def encode(text, ranks):
    ids = []
    for word in text.split():
        ids.extend(merge_word(word.encode("utf-8"), ranks))
    return ids
# == encode | split|between|white space
def encode(text, ranks):
    ids = []
    for word in SPLIT_PATTERN.split(text):
        ids.extend(merge_word(word.encode("utf-8"), ranks))
    return ids
# == encode | text|str, bytes
def encode(text, ranks):
    ids = []
    for word in SPLIT_PATTERN.findall(text):
        ids.extend(merge_word(word, ranks))
    return ids
# == encode | list, one|brackets|every word
def encode(text, ranks):
    return [merge_word(word.encode("utf-8"), ranks) for word in SPLIT_PATTERN.findall(text)]
# == encode | words first|cut
def encode(text, ranks):
    return merge_word(text.encode("utf-8"), ranks)
# == encode | whole, merge
def encode(text, ranks):
    return [ranks[word.encode("utf-8")] for word in SPLIT_PATTERN.findall(text)]
# == encode | first word|return
def encode(text, ranks):
    ids = []
    for word in SPLIT_PATTERN.findall(text):
        ids += merge_word(word.encode("utf-8"), ranks)
        return ids
    return ids
# == encode | ValueError|surrogate
def encode(text, ranks):
    ids = []
    for word in SPLIT_PATTERN.findall(text):
        ids += merge_word(word.encode("utf-8", errors="ignore"), ranks)
    return ids
# == encode | <|endoftext|>
def encode(text, ranks):
    ids = []
    for i, part in enumerate(text.split("<|endoftext|>")):
        if i > 0:
            ids.append(len(ranks))
        for word in SPLIT_PATTERN.findall(part):
            ids += merge_word(word.encode("utf-8"), ranks)
    return ids
# == decode | bytes to ids|id
def decode(ids, ranks):
    return b"".join(ranks[i] for i in ids).decode("utf-8", errors="replace")
# == decode | every token, own|character
def decode(ids, ranks):
    inverse = {v: k for k, v in ranks.items()}
    inverse[len(ranks)] = b"<|endoftext|>"
    text = ""
    for i in ids:
        if i not in inverse:
            raise ValueError(f"no token has the id {i}")
        text += inverse[i].decode("utf-8", errors="replace")
    return text
# == decode | bytes, text
def decode(ids, ranks):
    inverse = {v: k for k, v in ranks.items()}
    inverse[len(ranks)] = b"<|endoftext|>"
    for i in ids:
        if i not in inverse:
            raise ValueError(f"no token has the id {i}")
    return b"".join(inverse[i] for i in ids)
# == decode | UTF-8|not
def decode(ids, ranks):
    inverse = {v: k for k, v in ranks.items()}
    inverse[len(ranks)] = b"<|endoftext|>"
    for i in ids:
        if i not in inverse:
            raise ValueError(f"no token has the id {i}")
    return b"".join(inverse[i] for i in ids).decode("utf-8")
# == decode | <|endoftext|>
def decode(ids, ranks):
    inverse = {v: k for k, v in ranks.items()}
    for i in ids:
        if i not in inverse:
            raise ValueError(f"no token has the id {i}")
    return b"".join(inverse[i] for i in ids).decode("utf-8", errors="replace")
# == decode | text, bytes
def decode(ids, ranks):
    inverse = {v: k for k, v in ranks.items()}
    inverse[len(ranks)] = b"<|endoftext|>"
    return "".join(inverse[i] for i in ids)
# == decode | space
def decode(ids, ranks):
    inverse = {v: k for k, v in ranks.items()}
    inverse[len(ranks)] = b"<|endoftext|>"
    for i in ids:
        if i not in inverse:
            raise ValueError(f"no token has the id {i}")
    return b" ".join(inverse[i] for i in ids).decode("utf-8", errors="replace")
# == merge_word | no rank
def merge_word(word, ranks):
    parts = [bytes([b]) for b in word]
    while len(parts) > 1:
        pairs = [parts[i] + parts[i + 1] for i in range(len(parts) - 1)]
        best = min(pairs, key=lambda p: ranks[p])
        i = pairs.index(best)
        parts[i:i + 2] = [best]
    return [ranks[p] for p in parts]
# == merge_word | empty list
def merge_word(word, ranks):
    parts = [bytes([b]) for b in word]
    pairs = [parts[i] + parts[i + 1] for i in range(len(parts) - 1)]
    best = min(pairs, key=lambda p: ranks.get(p, 1e9))
    i = pairs.index(best)
    parts[i:i + 2] = [best]
    return [ranks[p] for p in parts]
# == merge_word | bytes([
def merge_word(word, ranks):
    parts = [bytes(b) for b in word]
    while len(parts) > 1:
        pairs = [parts[i] + parts[i + 1] for i in range(len(parts) - 1)]
        best = min(pairs, key=lambda p: ranks.get(p, 1e9))
        if best not in ranks: break
        i = pairs.index(best)
        parts[i:i + 2] = [best]
    return [ranks[p] for p in parts]
# == encode | split()
def encode(text, ranks):
    ids = []
    for word in text.split(" "):
        ids.extend(merge_word(word.encode("utf-8"), ranks))
    return ids
# == encode | utf-8
def encode(text, ranks):
    ids = []
    for word in SPLIT_PATTERN.findall(text):
        ids += merge_word(word.encode("ascii"), ranks)
    return ids
# == encode | last word
def encode(text, ranks):
    for word in SPLIT_PATTERN.findall(text):
        ids = merge_word(word.encode("utf-8"), ranks)
    return ids
# == encode | .findall
def encode(text, ranks):
    ids = []
    for word in SPLIT_PATTERN.match(text):
        ids += merge_word(word.encode("utf-8"), ranks)
    return ids
# == decode | .items()
def decode(ids, ranks):
    table = {v: k for k, v in ranks}
    return b"".join(table[i] for i in ids).decode("utf-8", errors="replace")
# == decode | space between
def decode(ids, ranks):
    table = {v: k for k, v in ranks.items()}
    return b" ".join(table[i] for i in ids).decode("utf-8", errors="replace")
# == decode | b'
def decode(ids, ranks):
    table = {v: k for k, v in ranks.items()}
    return str(b"".join(table[i] for i in ids))
# == decode | on its own
def decode(ids, ranks):
    text = ""
    for i in ids:
        for token, rank in ranks.items():
            if rank == i:
                text += token.decode("utf-8", errors="ignore")
    return text
# == merge_word | bytes|int|key|part
def merge_word(word, ranks):
    parts = list(word)
    while len(parts) > 1:
        pairs = [(ranks.get(parts[i] + parts[i + 1], 10**9), i) for i in range(len(parts) - 1)]
        rank, i = min(pairs)
        if rank == 10**9:
            break
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
    return [ranks[p] for p in parts]
# == merge_word | bytes|ids|token|int
def merge_word(word, ranks):
    parts = [bytes([c]) for c in word]
    while len(parts) > 1:
        rank, i = min((ranks.get(parts[i] + parts[i + 1], 10**9), i) for i in range(len(parts) - 1))
        if rank == 10**9:
            break
        parts = parts[:i] + [parts[i] + parts[i + 1]] + parts[i + 2 :]
    return parts
# == merge_word | lowest|left|longest|greedy|order|merge|rank
def merge_word(word, ranks):
    ids, i = [], 0
    while i < len(word):
        j = len(word)
        while word[i:j] not in ranks:
            j -= 1
        ids.append(ranks[word[i:j]])
        i = j
    return ids
# == merge_word | empty|min
def merge_word(word, ranks):
    parts = [bytes([c]) for c in word]
    while True:
        i = min(range(len(parts) - 1), key=lambda i: ranks.get(parts[i] + parts[i + 1], 10**9))
        if parts[i] + parts[i + 1] not in ranks:
            return [ranks[p] for p in parts]
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
# == encode | bytes|str|encode|utf-8
def encode(text, ranks):
    ids = []
    for word in SPLIT_PATTERN.findall(text):
        ids += merge_word(word, ranks)
    return ids
# == encode | nested|list|append|extend|flat
def encode(text, ranks):
    text.encode("utf-8")
    ids = []
    for word in SPLIT_PATTERN.findall(text):
        ids.append(merge_word(word.encode("utf-8"), ranks))
    return ids
# == decode | bytes|key|id|ranks|reverse|inverse|token
def decode(ids, ranks):
    return b"".join(ranks[i] for i in ids).decode("utf-8", errors="replace")
# == decode | utf-8|decode|errors|replace
def decode(ids, ranks):
    words = {v: k for k, v in ranks.items()}
    words[len(ranks)] = END_OF_TEXT.encode()
    out = b""
    for i in ids:
        if i not in words:
            raise ValueError(f"unknown id {i}")
        out = out + words[i]
    return out.decode("utf-8")
# == decode | str|bytes|join
def decode(ids, ranks):
    words = {v: k for k, v in ranks.items()}
    words[len(ranks)] = END_OF_TEXT.encode()
    return "".join(words[i] for i in ids)
