# == gpt2.picogpt
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2.reduce
import functools
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    step = lambda x, b: transformer_block(x, b["mlp"], b["attn"], b["ln_1"], b["ln_2"], n_head)
    x = functools.reduce(step, blocks, np.take(wte, inputs, axis=0) + wpe[: len(inputs)])
    return np.inner(layer_norm(x, ln_f["g"], ln_f["b"]), wte)
# == gpt2.one-hot
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    hot = np.zeros((len(inputs), len(wte)), dtype=wte.dtype)
    hot[np.arange(len(inputs)), np.asarray(inputs)] = 1
    x = hot @ wte + wpe[np.arange(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return np.einsum("se,ve->sv", layer_norm(x, **ln_f), wte)
# == gpt2.float64
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = np.array([np.float64(wte[i]) + wpe[p] for p, i in enumerate(inputs)])
    for block in blocks:
        x = transformer_block(x, n_head=n_head, **block)
    return np.stack([layer_norm(row, **ln_f) @ wte.T for row in x])
# == gpt2.recursive
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    def run(x, rest):
        return run(transformer_block(x, **rest[0], n_head=n_head), rest[1:]) if rest else x
    return layer_norm(run(wte[list(inputs)] + wpe[: len(inputs)], blocks), **ln_f).dot(wte.transpose())
# == generate.while
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    if not len(inputs) or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} tokens, n_ctx {len(params['wpe'])}")
    rng = rng or np.random.default_rng()
    out, new = [*inputs], []
    while len(new) < n_tokens_to_generate:
        logits = apply_frequency_penalty(gpt2(out, n_head=n_head, **params)[-1], new, frequency_penalty)
        token = sample(next_token_probs(logits, temperature, top_k, top_p), rng)
        new = new + [int(token)]
        out.append(int(token))
    return out
# == generate.no-helper
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    n_ctx = params["wpe"].shape[0]
    if len(inputs) < 1 or len(inputs) + n_tokens_to_generate > n_ctx:
        raise ValueError(f"the prompt has {len(inputs)} tokens, n_ctx is {n_ctx}")
    rng = np.random.default_rng() if rng is None else rng
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(np.array(ids), params["wte"], params["wpe"], params["blocks"], params["ln_f"], n_head)[-1].astype(float)
        for token in ids[len(inputs):]:
            logits[token] -= frequency_penalty
        if not temperature:
            ids += [np.argmax(logits)]
            continue
        logits = logits / temperature
        order = np.argsort(logits)[::-1][: top_k or len(logits)]
        p = np.exp(logits[order] - logits[order[0]])
        p /= p.sum()
        keep = np.concatenate([[True], np.cumsum(p)[:-1] < top_p])
        p = np.where(keep, p, 0)
        ids.append(order[np.searchsorted(np.cumsum(p) / p.sum(), rng.random(), side="right")])
    return [int(i) for i in ids]
# == generate.fixed-buffer
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    n, n_ctx = len(inputs), len(params["wpe"])
    if n == 0:
        raise ValueError(f"an empty prompt of 0 tokens (n_ctx {n_ctx})")
    if n + n_tokens_to_generate > n_ctx:
        raise ValueError(f"{n} + {n_tokens_to_generate} tokens are more than {n_ctx}")
    buffer = np.zeros(n + n_tokens_to_generate, dtype=np.int64)
    buffer[:n] = inputs
    rng = np.random.default_rng() if rng is None else rng
    for i in range(n, len(buffer)):
        row = gpt2(buffer[:i], **params, n_head=n_head)[i - 1]
        row = apply_frequency_penalty(row, buffer[n:i].tolist(), frequency_penalty)
        buffer[i] = row.argmax() if temperature == 0 else sample(next_token_probs(row, temperature, top_k, top_p), rng)
    return buffer.tolist()
# == apply_frequency_penalty.loop
def apply_frequency_penalty(logits, generated_tokens, penalty):
    out = logits.copy()
    for t in generated_tokens:
        out[t] -= penalty
    return out
# == apply_frequency_penalty.counter
from collections import Counter
def apply_frequency_penalty(logits, generated_tokens, penalty):
    seen = Counter(generated_tokens)
    return np.array([v - penalty * seen[i] for i, v in enumerate(logits)])
# == apply_frequency_penalty.add-at
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.zeros_like(logits)
    np.add.at(counts, np.array(generated_tokens, dtype=np.intp), 1)
    return logits - counts * penalty
# == apply_frequency_penalty.unique
def apply_frequency_penalty(logits, generated_tokens, penalty):
    out = np.array(logits, dtype=np.float64)
    if len(generated_tokens):
        ids, counts = np.unique(generated_tokens, return_counts=True)
        out[ids] -= penalty * counts
    return out
# == next_token_probs.ascending
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        return np.eye(len(logits))[np.argmax(logits)]
    z = np.asarray(logits, dtype=np.float64) / temperature
    p = np.exp(z - z.max())
    order = np.argsort(p, kind="stable")
    if top_k is not None and top_k < len(p):
        p[order[:-top_k]] = 0
    p /= p.sum()
    if top_p < 1:
        order = np.argsort(p, kind="stable")
        below = np.cumsum(p[order])
        drop = order[below <= 1 - top_p]
        p[drop] = 0
        p[np.argmax(z)] = p[np.argmax(z)] or 1.0
        p /= p.sum()
    return p
# == next_token_probs.hugging-face
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        return (np.arange(len(logits)) == logits.argmax()).astype(logits.dtype)
    z = logits / np.float32(temperature)
    if top_k is not None:
        z = np.where(z < np.partition(z, -min(top_k, z.size))[-min(top_k, z.size)], np.float32("-inf"), z)
    if top_p < 1.0:
        order = np.argsort(-z)
        mass = np.cumsum(softmax(z[order]))
        remove = np.r_[False, (mass >= top_p)[:-1]]
        z = z.copy()
        z[order[remove]] = -np.inf
    return softmax(z)
# == next_token_probs.loop
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    n = len(logits)
    ranked = sorted(range(n), key=lambda i: -logits[i])
    out = np.zeros(n)
    if temperature < 1e-9:
        out[ranked[0]] = 1.0
        return out
    ranked = ranked[: top_k if top_k else n]
    weights = [math.exp((float(logits[i]) - float(logits[ranked[0]])) / temperature) for i in ranked]
    total = sum(weights)
    mass, kept = 0.0, []
    for i, w in zip(ranked, weights):
        kept.append((i, w))
        mass += w / total
        if mass >= top_p:
            break
    for i, w in kept:
        out[i] = w / sum(w for _, w in kept)
    return out
# == sample.inverse
def sample(probs, rng): return int(np.searchsorted(np.cumsum(probs) / np.sum(probs), rng.random(), side="right"))
# == sample.gumbel
def sample(probs, rng):
    with np.errstate(divide="ignore"):
        return np.argmax(np.log(probs) + rng.gumbel(size=len(probs)))
# == sample.multinomial
def sample(probs, rng):
    p = np.asarray(probs, dtype=np.float64)
    return int(rng.multinomial(1, p / p.sum()).argmax())
# == sample.walk
def sample(probs, rng):
    left = rng.uniform() * float(np.sum(probs))
    last = 0
    for i, p in enumerate(probs):
        if p > 0:
            last = i
            left -= float(p)
            if left < 0:
                return i
    return last
# == sample.exponential
def sample(probs, rng):
    alive = np.flatnonzero(probs)
    return int(alive[np.argmin(rng.exponential(size=len(alive)) / probs[alive])])
# == sample.choice-of-ids
def sample(probs, rng): return rng.choice(np.arange(len(probs)), p=np.float64(probs) / np.float64(probs).sum())
