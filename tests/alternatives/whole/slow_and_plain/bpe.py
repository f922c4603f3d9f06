import regex


def merge_word(word, ranks):
    tokens = []
    for i in range(len(word)):
        tokens.append(word[i:i+1])
    while True:
        best_rank = None
        best_place = None
        for i in range(len(tokens) - 1):
            together = tokens[i] + tokens[i + 1]
            if together in ranks:
                if best_rank is None or ranks[together] < best_rank:
                    best_rank = ranks[together]
                    best_place = i
        if best_place is None:
            break
        tokens[best_place:best_place + 2] = [tokens[best_place] + tokens[best_place + 1]]
    ids = []
    for token in tokens:
        ids.append(ranks[token])
    return ids


def split_into_words(text):
    pattern = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    words = []
    for match in regex.finditer(pattern, text):
        words.append(match.group())
    return words


def encode(text, ranks):
    ids = []
    for word in split_into_words(text):
        ids = ids + merge_word(bytes(word, "utf8"), ranks)
    return ids


def decode(ids, ranks):
    backwards = {}
    for token in ranks:
        backwards[ranks[token]] = token
    data = b""
    for i in ids:
        if i == len(ranks):
            data += b"<|endoftext|>"
        elif i in backwards:
            data += backwards[i]
        else:
            raise ValueError("there is no token " + str(i))
    return str(data, "utf8", "replace")
