# As beginners write it; tests/measures/first_lines.py says how the lines between are read.
# == generate | caller|copy|list, prompt|new tokens
def generate(inputs, params, n_head, n_tokens_to_generate):
    for _ in range(n_tokens_to_generate):
        logits = gpt2(inputs, **params, n_head=n_head)
        next_id = np.argmax(logits[-1])
        inputs.append(int(next_id))
    return inputs[len(inputs) - n_tokens_to_generate:]
# == generate | caller|copy
def generate(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    for _ in range(n_tokens_to_generate):
        logits = gpt2(inputs, **params, n_head=n_head)
        inputs.append(int(np.argmax(logits[-1])))
    return inputs
# == generate | first position|last
def generate(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[0])))
    return ids
# == generate | whole array
def generate(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids.append(int(np.argmax(logits)))
    return ids
# == generate | n_ctx|length
def generate(inputs, params, n_head, n_tokens_to_generate):
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate | first new token|one token|return
def generate(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
        return ids
# == generate | prompt alone|repeats|prompt
def generate(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(inputs, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate | new tokens only, prompt
def generate(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids = list(inputs)
    new = []
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        next_id = int(np.argmax(logits[-1]))
        ids.append(next_id)
        new.append(next_id)
    return new
# == generate | append, None
def generate(inputs, params, n_head, n_tokens_to_generate):
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids = ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate | list, number, added|+
def generate(inputs, params, n_head, n_tokens_to_generate):
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids = ids + np.argmax(logits[-1])
    return ids
# == generate | range
def generate(inputs, params, n_head, n_tokens_to_generate):
    ids = list(inputs)
    for _ in n_tokens_to_generate:
        logits = gpt2(ids, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate | last token
def generate(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids[-1:], **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate | array, list
def generate(inputs, params, n_head, n_tokens_to_generate):
    ids = np.array(inputs)
    if not len(ids) or len(ids) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids = np.append(ids, np.argmax(logits[-1]))
    return ids
# == generate | dictionary
def generate(inputs, params, n_head, n_tokens_to_generate):
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, params, n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate | empty
def generate(inputs, params, n_head, n_tokens_to_generate):
    if len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate | last new token|one too few|one token too few
def generate(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids = list(inputs)
    for _ in range(1, n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate | last one
def generate(inputs, params, n_head, n_tokens_to_generate):
    ids = list(inputs)
    for i in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[i])))
    return ids
# == generate | without wte
def generate(inputs, params, n_head, n_tokens_to_generate):
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate | two stars, params
def generate(inputs, params, n_head, n_tokens_to_generate):
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, *params, n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate | last position
def generate(inputs, params, n_head, n_tokens_to_generate):
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        next_id = np.argmax(logits, axis=-1)
        ids.append(next_id)
    return ids
# == generate | raise
def generate(inputs, params, n_head, n_tokens_to_generate):
    ids = list(inputs)
    n_ctx = len(params["wpe"])
    if len(inputs) + n_tokens_to_generate > n_ctx:
        return ValueError("too long")
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate | changed|change|append|inputs|list|prompt
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    for _ in range(n_tokens_to_generate):
        logits = gpt2(inputs, **params, n_head=n_head)
        inputs.append(int(np.argmax(logits[-1])))
    return inputs
# == generate | none|append
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids = ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate | prompt|length|only|new
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError("bad length")
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        ids.append(int(np.argmax(gpt2(ids, **params, n_head=n_head)[-1])))
    return ids[len(inputs):]
# == generate | argmax|whole|row|last|id|index|out of bounds
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids.append(int(np.argmax(logits)))
    return ids
# == generate | argument|missing|params|**
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, params, n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate | iterable|int|range
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    ids = list(inputs)
    for i in n_tokens_to_generate:
        logits = gpt2(ids, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
