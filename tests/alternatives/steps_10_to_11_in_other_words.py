# == generate.numpy-ids
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    if len(inputs) == 0: raise ValueError("the prompt is empty")
    if len(inputs) + n_tokens_to_generate > params["wpe"].shape[0]: raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} > {params['wpe'].shape[0]}")
    if rng is None: rng = np.random.default_rng()
    ids = list(inputs); made = []
    for _ in range(n_tokens_to_generate):
        z = gpt2(ids, **params, n_head=n_head)[-1, :]
        z = apply_frequency_penalty(z, made, frequency_penalty)
        t = np.argmax(z) if temperature == 0 else sample(next_token_probs(z, temperature=temperature, top_k=top_k, top_p=top_p), rng)
        ids.append(t); made.append(t)
    return ids
# == generate.recursive
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None, _start=None):
    start = len(inputs) if _start is None else _start
    if not len(inputs) or len(inputs) + n_tokens_to_generate > len(params["wpe"]): raise ValueError("does not fit")
    if n_tokens_to_generate == 0: return list(inputs)
    rng = rng if rng is not None else np.random.default_rng()
    z = apply_frequency_penalty(gpt2(inputs, **params, n_head=n_head)[-1], inputs[start:], frequency_penalty)
    t = sample(next_token_probs(z, temperature, top_k, top_p), rng)
    return generate(list(inputs) + [int(t)], params, n_head, n_tokens_to_generate - 1, temperature, frequency_penalty, top_k, top_p, rng, start)
# == generate.kwargs-only
def generate(inputs, params, n_head, n_tokens_to_generate, **settings):
    T, fp = settings.get("temperature", 0.0), settings.get("frequency_penalty", 0.0)
    rng = settings.get("rng"); rng = np.random.default_rng() if rng is None else rng
    n = len(inputs); n_ctx = len(params["wpe"])
    if not 0 < n <= n_ctx - n_tokens_to_generate: raise ValueError(f"{n}, {n_tokens_to_generate}, {n_ctx}")
    out = np.concatenate([np.asarray(inputs, dtype=int), np.zeros(0, int)])
    while len(out) < n + n_tokens_to_generate:
        z = np.array(gpt2(out, **params, n_head=n_head)[-1], dtype=np.float64)
        np.subtract.at(z, out[n:], fp)
        if T == 0: t = z.argmax()
        else:
            p = next_token_probs(z, T, settings.get("top_k"), settings.get("top_p", 1.0))
            t = int((np.cumsum(p) / np.sum(p) <= rng.random()).sum())
        out = np.append(out, t)
    return [int(t) for t in out]
# == apply_frequency_penalty.comparisons
def apply_frequency_penalty(logits, generated_tokens, penalty):
    g = np.array(list(generated_tokens), dtype=int)
    return logits - penalty * (np.arange(len(logits))[:, None] == g[None, :]).sum(1)
# == apply_frequency_penalty.python-floats
def apply_frequency_penalty(logits, generated_tokens, penalty):
    out = [float(z) for z in logits]
    for t in generated_tokens: out[int(t)] = out[int(t)] - penalty
    return np.array(out)
# == apply_frequency_penalty.one-hot
def apply_frequency_penalty(logits, generated_tokens, penalty):
    return logits - penalty * np.eye(len(logits), dtype=logits.dtype)[list(generated_tokens)].sum(0) if len(generated_tokens) else logits.copy()
# == apply_frequency_penalty.same-back-for-none
def apply_frequency_penalty(logits, generated_tokens, penalty):
    if penalty == 0 or len(generated_tokens) == 0: return logits
    return logits - penalty * np.bincount(generated_tokens, minlength=logits.shape[0])
# == next_token_probs.argpartition
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    z = np.asarray(logits, dtype=np.float64)
    if temperature <= 0:
        p = np.zeros(len(z)); p[z.argmax()] = 1; return p
    z = z / temperature
    if top_k is not None and top_k < len(z):
        drop = np.argpartition(z, len(z) - top_k)[: len(z) - top_k]; z = z.copy(); z[drop] = -np.inf
    p = np.exp(z - z.max()); p /= p.sum()
    order = np.argsort(-p, kind="stable"); c = np.cumsum(p[order])
    keep = c - p[order] < top_p - 1e-12 if top_p < 1 else np.ones(len(p), bool)
    out = np.zeros(len(p)); out[order[keep]] = p[order[keep]]
    return out / out.sum()
# == next_token_probs.sort-threshold
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0.0: return np.where(np.arange(len(logits)) == np.argmax(logits), 1.0, 0.0)
    p = softmax(logits.astype(np.float64) / temperature)
    if top_k:
        s = np.sort(p)[::-1]; p = np.where(p >= s[min(top_k, len(s)) - 1], p, 0.0); p = p / p.sum()
    if top_p < 1.0:
        s = np.sort(p)[::-1]; c = np.cumsum(s); t = s[min(np.sum(c < top_p), len(s) - 1)]; p = np.where(p >= t, p, 0.0); p = p / p.sum()
    return p
# == next_token_probs.minus-1e10
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0: 
        p = [0.0] * len(logits); p[int(np.argmax(logits))] = 1.0; return p
    z = (logits / temperature).astype(np.float64)
    if top_k is not None: z[np.argsort(z)[: max(len(z) - top_k, 0)]] = -1e10
    if top_p < 1:
        i = z.argsort()[::-1]; p = softmax(z)[i]
        z[i[1:][np.cumsum(p)[:-1] >= top_p]] = -1e10
    return softmax(z)
# == next_token_probs.finfo-min
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0: return np.eye(1, len(logits), int(np.argmax(logits)))[0]
    z = logits / np.float32(temperature)
    if top_k and top_k < z.size: z = np.where(z >= np.sort(z)[-top_k], z, np.finfo(z.dtype).min)
    p = softmax(z)
    if top_p < 1:
        order = np.argsort(p)[::-1]; total = 0.0; kept = set()
        for i in order:
            kept.add(int(i)); total += float(p[i])
            if total >= top_p: break
        p = np.array([p[i] if i in kept else 0 for i in range(len(p))]); p /= p.sum()
    return p
# == next_token_probs.heapq
import heapq
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    n = len(logits)
    if temperature == 0: return [1.0 if i == int(np.argmax(logits)) else 0.0 for i in range(n)]
    k = n if top_k is None else min(top_k, n)
    best = heapq.nlargest(k, range(n), key=lambda i: logits[i])
    w = np.exp((np.float64(logits)[best] - float(logits[best[0]])) / temperature); w /= w.sum()
    m = int(np.argmax(np.cumsum(w) >= top_p)) + 1 if top_p < 1 else k
    out = np.zeros(n); out[best[:m]] = w[:m] / w[:m].sum()
    return out
# == sample.cumsum-argmax
def sample(probs, rng):
    c = np.cumsum(probs, dtype=np.float64); return int(np.argmax(c > rng.random() * c[-1]))
# == sample.digitize
def sample(probs, rng): return int(np.digitize(rng.random(), np.cumsum(probs, dtype=float) / float(np.sum(probs, dtype=float))))
# == sample.rejection
def sample(probs, rng):
    top = float(np.max(probs))
    while True:
        i = int(rng.integers(len(probs)))
        if rng.random() * top < probs[i]: return i
# == sample.alias
def sample(probs, rng):
    n = len(probs); p = np.float64(probs) * n / np.float64(probs).sum()
    a = list(range(n)); q = p.tolist(); s = [i for i in range(n) if q[i] < 1]; l = [i for i in range(n) if q[i] >= 1]
    while s and l:
        i, j = s.pop(), l[-1]; a[i] = j; q[j] -= 1 - q[i]
        if q[j] < 1: s.append(l.pop())
    for i in s:
        if q[i] > 1e-9: q[i] = 1
    i = int(rng.integers(n)); return i if rng.random() < q[i] else a[i]
# == sample.numpy-scalar
def sample(probs, rng): return rng.choice(np.flatnonzero(probs), p=probs[probs > 0].astype(np.float64) / probs.astype(np.float64).sum())
# == sample.gumbel-log-log
def sample(probs, rng):
    with np.errstate(divide="ignore"): return int(np.argmax(np.log(probs) - np.log(-np.log(rng.random(len(probs))))))
# == sample.permuted
def sample(probs, rng):
    order = rng.permutation(len(probs)); c = np.cumsum(np.float64(probs)[order])
    return int(order[np.searchsorted(c, rng.random() * c[-1], side="right")])
# == sample.dirichlet-gamma-race
def sample(probs, rng):
    with np.errstate(divide="ignore"): return int(np.argmin(-np.log1p(-rng.random(probs.shape)) / np.float64(probs)))
