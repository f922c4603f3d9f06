# As beginners write it; tests/measures/first_lines.py says how the lines between are read.
# == generate | sample|apply_frequency_penalty
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate | temperature|top_k|arguments|yet
def generate(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate | prompt
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    if rng is None:
        rng = np.random.default_rng()
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)[-1]
        logits = apply_frequency_penalty(logits, ids, frequency_penalty)
        ids.append(int(sample(next_token_probs(logits, temperature, top_k, top_p), rng)))
    return ids
# == generate | penalty
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    if rng is None:
        rng = np.random.default_rng()
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)[-1]
        ids.append(int(sample(next_token_probs(logits, temperature, top_k, top_p), rng)))
    return ids
# == generate | generator, seed
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)[-1]
        logits = apply_frequency_penalty(logits, ids[len(inputs):], frequency_penalty)
        rng = np.random.default_rng(0)
        ids.append(int(sample(next_token_probs(logits, temperature, top_k, top_p), rng)))
    return ids
# == apply_frequency_penalty | once|often
def apply_frequency_penalty(logits, generated_tokens, penalty):
    out = logits.copy()
    for t in set(generated_tokens):
        out[t] -= penalty
    return out
# == apply_frequency_penalty | caller
def apply_frequency_penalty(logits, generated_tokens, penalty):
    for t in generated_tokens:
        logits[t] -= penalty
    return logits
# == apply_frequency_penalty | adds
def apply_frequency_penalty(logits, generated_tokens, penalty):
    out = logits.copy()
    for t in generated_tokens:
        out[t] += penalty
    return out
# == apply_frequency_penalty | as long as|minlength|largest token
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(generated_tokens)
    return logits - counts * penalty
# == apply_frequency_penalty | place
def apply_frequency_penalty(logits, generated_tokens, penalty):
    out = logits.copy()
    for i, token in enumerate(generated_tokens):
        out[i] -= penalty
    return out
# == apply_frequency_penalty | once|often
def apply_frequency_penalty(logits, generated_tokens, penalty):
    out = logits.copy()
    out[generated_tokens] -= penalty
    return out
# == next_token_probs | temperature 0, zero
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    logits = logits / temperature
    if top_k is not None:
        kth = np.sort(logits)[-min(top_k, len(logits))]
        logits = np.where(logits < kth, -np.inf, logits)
    probs = softmax(logits)
    if top_p < 1.0:
        order = np.argsort(-probs)
        cum = np.cumsum(probs[order])
        n = np.searchsorted(cum, top_p) + 1
        keep = np.zeros(len(probs), dtype=bool)
        keep[order[:n]] = True
        probs = np.where(keep, probs, 0)
        probs = probs / probs.sum()
    return probs
# == next_token_probs | top_k, vocabulary
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        probs = np.zeros_like(logits)
        probs[np.argmax(logits)] = 1
        return probs
    logits = logits / temperature
    if top_k is not None:
        keep = np.argpartition(logits, -top_k)[-top_k:]
        masked = np.full_like(logits, -np.inf)
        masked[keep] = logits[keep]
        logits = masked
    probs = softmax(logits)
    if top_p < 1.0:
        order = np.argsort(-probs)
        cum = np.cumsum(probs[order])
        n = np.searchsorted(cum, top_p) + 1
        keep = np.zeros(len(probs), dtype=bool)
        keep[order[:n]] = True
        probs = np.where(keep, probs, 0)
        probs = probs / probs.sum()
    return probs
# == next_token_probs | top_p, 1
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        probs = np.zeros_like(logits)
        probs[np.argmax(logits)] = 1
        return probs
    logits = logits / temperature
    if top_k is not None:
        kth = np.sort(logits)[-min(top_k, len(logits))]
        logits = np.where(logits < kth, -np.inf, logits)
    probs = softmax(logits)
    order = np.argsort(-probs)
    cum = np.cumsum(probs[order])
    last = np.argmax(cum > top_p)
    probs[order[last + 1:]] = 0
    return probs / probs.sum()
# == next_token_probs | top_k
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        probs = np.zeros_like(logits)
        probs[np.argmax(logits)] = 1
        return probs
    probs = softmax(logits / temperature)
    if top_p < 1.0:
        order = np.argsort(-probs)
        cum = np.cumsum(probs[order])
        n = np.searchsorted(cum, top_p) + 1
        keep = np.zeros(len(probs), dtype=bool)
        keep[order[:n]] = True
        probs = np.where(keep, probs, 0)
        probs = probs / probs.sum()
    return probs
# == next_token_probs | top_k, top_p
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        probs = np.zeros_like(logits)
        probs[np.argmax(logits)] = 1
        return probs
    return softmax(logits / temperature)
# == next_token_probs | crosses
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        probs = np.zeros_like(logits)
        probs[np.argmax(logits)] = 1
        return probs
    logits = logits / temperature
    if top_k is not None:
        kth = np.sort(logits)[-min(top_k, len(logits))]
        logits = np.where(logits < kth, -np.inf, logits)
    probs = softmax(logits)
    if top_p < 1.0:
        order = np.argsort(-probs)
        cum = np.cumsum(probs[order])
        remove = order[cum > top_p]
        remove = remove[remove != order[0]]
        probs[remove] = 0
        probs = probs / probs.sum()
    return probs
# == next_token_probs | 0, exp|small|dropped logits
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        probs = np.zeros_like(logits)
        probs[np.argmax(logits)] = 1
        return probs
    logits = logits / temperature
    if top_k is not None:
        kth = np.sort(logits)[-min(top_k, len(logits))]
        logits = np.where(logits < kth, 0, logits)
    probs = softmax(logits)
    if top_p < 1.0:
        order = np.argsort(-probs)
        cum = np.cumsum(probs[order])
        n = np.searchsorted(cum, top_p) + 1
        keep = np.zeros(len(probs), dtype=bool)
        keep[order[:n]] = True
        probs = np.where(keep, probs, 0)
        probs = probs / probs.sum()
    return probs
# == next_token_probs | multiplies, temperature
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        probs = np.zeros_like(logits)
        probs[np.argmax(logits)] = 1
        return probs
    logits = logits * temperature
    if top_k is not None:
        kth = np.sort(logits)[-min(top_k, len(logits))]
        logits = np.where(logits < kth, -np.inf, logits)
    probs = softmax(logits)
    if top_p < 1.0:
        order = np.argsort(-probs)
        cum = np.cumsum(probs[order])
        n = np.searchsorted(cum, top_p) + 1
        keep = np.zeros(len(probs), dtype=bool)
        keep[order[:n]] = True
        probs = np.where(keep, probs, 0)
        probs = probs / probs.sum()
    return probs
# == sample | most likely
def sample(probs, rng):
    return int(np.argmax(probs))
# == sample | rng
def sample(probs, rng):
    return int(np.random.choice(len(probs), p=probs / probs.sum()))
# == sample | whole number|array
def sample(probs, rng):
    return rng.choice(len(probs), size=1, p=probs / probs.sum())
# == sample | rand, random
def sample(probs, rng):
    u = rng.rand()
    return int(np.searchsorted(np.cumsum(probs), u))
# == sample | probs, same probability
def sample(probs, rng):
    return int(rng.integers(len(probs)))
# == apply_frequency_penalty | .items()
def apply_frequency_penalty(logits, generated_tokens, penalty):
    from collections import Counter
    out = logits.copy()
    for t, n in Counter(generated_tokens):
        out[t] -= n * penalty
    return out
# == sample | len(probs)
def sample(probs, rng):
    return rng.choice(range(probs), p=probs)
# == apply_frequency_penalty | subtract
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for t in generated_tokens:
        logits[t] /= penalty
    return logits
# == apply_frequency_penalty | subtract
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for t in set(generated_tokens):
        logits[t] = logits[t] / penalty
    return logits
# == apply_frequency_penalty | subtract
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for t in generated_tokens:
        logits[t] /= 1 + penalty
    return logits
# == apply_frequency_penalty | repetition penalty
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for t in set(generated_tokens):
        if logits[t] > 0:
            logits[t] /= penalty
        else:
            logits[t] *= penalty
    return logits
# == apply_frequency_penalty | subtract
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for t in generated_tokens:
        logits[t] *= penalty
    return logits
# == apply_frequency_penalty | subtract
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(generated_tokens, minlength=len(logits))
    return logits / (counts * penalty)
# == apply_frequency_penalty | subtract
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.array(generated_tokens, dtype=int), minlength=len(logits))
    return logits / (1 + counts * penalty)
# == apply_frequency_penalty | share|subtract
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.array(generated_tokens, dtype=int), minlength=len(logits))
    return logits * (1 - counts * penalty)
# == apply_frequency_penalty | subtract
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.array(generated_tokens, dtype=int), minlength=len(logits))
    return logits * penalty ** counts
# == apply_frequency_penalty | subtract
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.array(generated_tokens, dtype=int), minlength=len(logits))
    return logits / penalty ** counts
# == apply_frequency_penalty | changed|change|copy|in place|logits
def apply_frequency_penalty(logits, generated_tokens, penalty):
    for token in generated_tokens:
        logits[token] -= penalty
    return logits
# == apply_frequency_penalty | count|list|attribute|numpy|array
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.array([logits.count(t) for t in generated_tokens])
    return logits - counts * penalty
# == next_token_probs | zero|divide|temperature|nan
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    logits = logits / temperature
    if top_k is not None:
        kth = np.sort(logits)[-min(top_k, len(logits))]
        logits = np.where(logits < kth, -np.inf, logits)
    probs = softmax(logits)
    order = np.argsort(-probs)
    n = np.searchsorted(np.cumsum(probs[order]), top_p) + 1
    probs[order[n:]] = 0
    return probs / probs.sum()
# == next_token_probs | reverse|sort|unexpected|keyword
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        return np.eye(len(logits))[np.argmax(logits)]
    logits = logits / temperature
    order = np.argsort(logits, reverse=True)
    if top_k:
        logits[order[top_k:]] = -np.inf
    probs = softmax(logits)
    keep = np.cumsum(probs[order]) - probs[order] < top_p
    probs[order[~keep]] = 0
    return probs / probs.sum()
# == next_token_probs | none|top_k
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        return np.eye(len(logits))[np.argmax(logits)]
    logits = logits / temperature
    if top_k < len(logits):
        logits[np.argsort(logits)[:-top_k]] = -np.inf
    probs = softmax(logits)
    order = np.argsort(-probs)
    probs[order[np.cumsum(probs[order]) - probs[order] >= top_p]] = 0
    return probs / probs.sum()
# == next_token_probs | id|index|argmax|shape|array|scalar
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        return np.argmax(logits)
    logits = logits / temperature
    if top_k:
        k = min(top_k, len(logits))
        logits = np.where(logits < np.sort(logits)[-k], -1e10, logits)
    probs = softmax(logits)
    order = np.argsort(-probs)
    probs[order[np.cumsum(probs[order]) - probs[order] >= top_p]] = 0
    return probs / probs.sum()
# == sample | rng|global|seed|np.random
def sample(probs, rng):
    return int(np.random.choice(len(probs), p=probs))
# == sample | uniform|p=|probs|probability|probabilities|equally
def sample(probs, rng):
    return int(rng.integers(len(probs)))
