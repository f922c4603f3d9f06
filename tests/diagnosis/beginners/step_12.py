# As beginners write it; tests/measures/first_lines.py says how the lines between are read.
# == mha_cached | None, first call
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    k = np.concatenate([past[0], k], axis=1)
    v = np.concatenate([past[1], v], axis=1)
    n_new, n_all = q.shape[1], k.shape[1]
    mask = (1 - np.tri(n_new, n_all, n_all - n_new)) * -1e10
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj), (k, v)
# == mha_cached | causal_mask, import
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    if past is not None:
        k = np.concatenate([past[0], k], axis=1)
        v = np.concatenate([past[1], v], axis=1)
    mask = causal_mask(len(x))
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj), (k, v)
# == mha_cached | past
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    if past is not None:
        k = np.concatenate([past[0], k], axis=1)
        v = np.concatenate([past[1], v], axis=1)
    mask = (1 - np.tri(q.shape[1], k.shape[1])) * -1e10
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj), (k, v)
# == mha_cached | brackets
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    if past is not None:
        k = np.concatenate(past[0], k, axis=1)
        v = np.concatenate(past[1], v, axis=1)
    n_new, n_all = q.shape[1], k.shape[1]
    mask = (1 - np.tri(n_new, n_all, n_all - n_new)) * -1e10
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj), (k, v)
# == mha_cached | output alone|present|keys and values
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    if past is not None:
        k = np.concatenate([past[0], k], axis=1)
        v = np.concatenate([past[1], v], axis=1)
    n_new, n_all = q.shape[1], k.shape[1]
    mask = (1 - np.tri(n_new, n_all, n_all - n_new)) * -1e10
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj)
# == mha_cached | along the heads
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    if past is not None:
        k = np.concatenate([past[0], k])
        v = np.concatenate([past[1], v])
    n_new, n_all = q.shape[1], k.shape[1]
    mask = (1 - np.tri(n_new, n_all, n_all - n_new)) * -1e10
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj), (k, v)
# == mha_cached | past, after|behind
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    if past is not None:
        k = np.concatenate([k, past[0]], axis=1)
        v = np.concatenate([v, past[1]], axis=1)
    n_new, n_all = q.shape[1], k.shape[1]
    mask = (1 - np.tri(n_new, n_all, n_all - n_new)) * -1e10
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj), (k, v)
# == gpt2_cached | positions, 0
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[:len(inputs)]
    present = []
    for i, block in enumerate(blocks):
        a, p = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=past[i] if past else None)
        x = x + a
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present.append(p)
    x = layer_norm(x, **ln_f)
    return x @ wte.T, present
# == gpt2_cached | None, first call
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = past[0][0].shape[1]
    x = wte[inputs] + wpe[n_past:n_past + len(inputs)]
    present = []
    for i, block in enumerate(blocks):
        a, p = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=past[i])
        x = x + a
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present.append(p)
    x = layer_norm(x, **ln_f)
    return x @ wte.T, present
# == gpt2_cached | present|keys and values
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = past[0][0].shape[1] if past else 0
    x = wte[inputs] + wpe[n_past:n_past + len(inputs)]
    for i, block in enumerate(blocks):
        a, p = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=past[i] if past else None)
        x = x + a
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
    x = layer_norm(x, **ln_f)
    return x @ wte.T
# == gpt2_cached | first block
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = past[0][0].shape[1] if past else 0
    x = wte[inputs] + wpe[n_past:n_past + len(inputs)]
    present = []
    for i, block in enumerate(blocks):
        a, p = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=past[0] if past else None)
        x = x + a
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present.append(p)
    x = layer_norm(x, **ln_f)
    return x @ wte.T, present
# == gpt2_cached | len(past)|number of blocks|blocks
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = len(past) if past else 0
    x = wte[inputs] + wpe[n_past:n_past + len(inputs)]
    present = []
    for i, block in enumerate(blocks):
        a, p = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=past[i] if past else None)
        x = x + a
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present.append(p)
    x = layer_norm(x, **ln_f)
    return x @ wte.T, present
# == generate_cached | caller|copy, prompt|new tokens
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    n = len(inputs)
    if not inputs or n + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{n} + {n_tokens_to_generate} does not fit")
    past, new = None, inputs
    for _ in range(n_tokens_to_generate):
        logits, past = gpt2_cached(new, past, **params, n_head=n_head)
        next_id = int(np.argmax(logits[-1]))
        inputs.append(next_id)
        new = [next_id]
    return inputs[n:]
# == generate_cached | whole text
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids, past = list(inputs), None
    for _ in range(n_tokens_to_generate):
        logits, past = gpt2_cached(ids, past, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate_cached | no past|past
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids, new = list(inputs), list(inputs)
    for _ in range(n_tokens_to_generate):
        logits, past = gpt2_cached(new, None, **params, n_head=n_head)
        new = [int(np.argmax(logits[-1]))]
        ids += new
    return ids
# == generate_cached | first token|return|first new token|one token
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids, new, past = list(inputs), list(inputs), None
    for _ in range(n_tokens_to_generate):
        logits, past = gpt2_cached(new, past, **params, n_head=n_head)
        new = [int(np.argmax(logits[-1]))]
        ids += new
        return ids
# == mha_cached | joined
def mha_cached(x, c_attn, c_proj, n_head, past):
    qkv = linear(x, **c_attn)
    q, k, v = (split_heads(p, n_head) for p in np.split(qkv, 3, axis=-1))
    if past is not None:
        k = past[0] + k
        v = past[1] + v
    mask = (1 - np.tri(len(x), k.shape[1], k.shape[1] - len(x))) * -1e10
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj), (k, v)
# == gpt2_cached | past of its own
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = 0 if past is None else past[0][0].shape[1]
    x = wte[inputs] + wpe[n_past:n_past + len(inputs)]
    for block in blocks:
        a, past = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=past)
        x = x + a
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
    return layer_norm(x, **ln_f) @ wte.T, past
# == generate_cached | [new]
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    ids = list(inputs)
    new, past = ids, None
    for _ in range(n_tokens_to_generate):
        logits, past = gpt2_cached(new, past, **params, n_head=n_head)
        new = int(np.argmax(logits[-1]))
        ids.append(new)
    return ids
# == generate_cached | two things, logits
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError("too long")
    ids = list(inputs)
    past = None
    new = ids
    for _ in range(n_tokens_to_generate):
        logits = gpt2_cached(new, past, **params, n_head=n_head)
        new = [int(np.argmax(logits[-1]))]
        ids = ids + new
    return ids
# == generate_cached | two things, logits
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError("too long")
    ids = list(inputs)
    past = None
    new = ids
    for _ in range(n_tokens_to_generate):
        logits = gpt2_cached(new, past, **params, n_head=n_head)
        next_id = np.argmax(logits[-1, :])
        new = [next_id]
        ids.append(next_id)
    return ids
# == gpt2_cached | two things, output
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = 0 if past is None else past[0][0].shape[1]
    x = wte[inputs] + wpe[n_past:n_past + len(inputs)]
    present = []
    for i, block in enumerate(blocks):
        a = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=None if past is None else past[i])
        x = x + a
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present.append(a)
    return layer_norm(x, **ln_f) @ wte.T, present
# == gpt2_cached | two things, output
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = 0 if past is None else past[0][0].shape[1]
    x = wte[inputs] + wpe[n_past:n_past + len(inputs)]
    present = []
    for i, block in enumerate(blocks):
        a = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=None if past is None else past[i])
        x = x + a[1]
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present.append(a)
    return layer_norm(x, **ln_f) @ wte.T, present
# == mha_cached | pair, past[0]
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = [split_heads(part, n_head) for part in np.split(linear(x, **c_attn), 3, axis=-1)]
    if past:
        k = np.concatenate([past, k], axis=1)
        v = np.concatenate([past, v], axis=1)
    n_past = k.shape[1] - len(x)
    mask = (1 - np.tri(len(x), k.shape[1], n_past)) * -1e10
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj), (k, v)
# == mha_cached | none|subscriptable|past
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (split_heads(t, n_head) for t in np.split(linear(x, **c_attn), 3, axis=-1))
    k = np.concatenate([past[0], k], axis=1)
    v = np.concatenate([past[1], v], axis=1)
    n_past = k.shape[1] - len(x)
    mask = (1 - np.tri(len(x), k.shape[1], n_past)) * -1e10
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj), (k, v)
# == mha_cached | along the heads
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (split_heads(t, n_head) for t in np.split(linear(x, **c_attn), 3, axis=-1))
    if past is not None:
        k = np.concatenate([past[0], k])
        v = np.concatenate([past[1], v])
    n_past = k.shape[1] - len(x)
    mask = (1 - np.tri(len(x), k.shape[1], n_past)) * -1e10
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj), (k, v)
# == mha_cached | causal_mask|mask|broadcast|shape
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (split_heads(t, n_head) for t in np.split(linear(x, **c_attn), 3, axis=-1))
    if past is not None:
        k = np.concatenate([past[0], k], axis=1)
        v = np.concatenate([past[1], v], axis=1)
    out = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(out), **c_proj), (k, v)
# == mha_cached | present|tuple|pair|return|unpack|two
def mha_cached(x, c_attn, c_proj, n_head, past):
    q, k, v = (split_heads(t, n_head) for t in np.split(linear(x, **c_attn), 3, axis=-1))
    if past is not None:
        k = np.concatenate([past[0], k], axis=1)
        v = np.concatenate([past[1], v], axis=1)
    mask = (1 - np.tri(len(x), k.shape[1], k.shape[1] - len(x))) * -1e10
    return linear(merge_heads(attention(q, k, v, mask)), **c_proj)
# == gpt2_cached | caller's own
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    if past is None:
        past = [None] * len(blocks)
    n_past = 0 if past[0] is None else past[0][0].shape[1]
    x = wte[inputs] + wpe[range(n_past, n_past + len(inputs))]
    for i, block in enumerate(blocks):
        a, past[i] = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=past[i])
        x = x + a
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
    return layer_norm(x, **ln_f) @ wte.T, past
# == gpt2_cached | tuple|unpack|mha_cached|pair|inhomogeneous|sequence|present
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head):
    n_past = 0 if past is None else past[0][0].shape[1]
    x = wte[inputs] + wpe[n_past : n_past + len(inputs)]
    present = []
    for i, block in enumerate(blocks):
        p = None if past is None else past[i]
        out = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=p)
        x = x + out
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present.append(out[1])
    return layer_norm(x, **ln_f) @ wte.T, present
# == generate_cached | cache|past|context|only the last|prompt|tuple|argmax|differ
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} tokens do not fit")
    ids = list(inputs)
    new = ids
    for _ in range(n_tokens_to_generate):
        logits, past = gpt2_cached(new, None, **params, n_head=n_head)
        new = [int(np.argmax(logits[-1]))]
        ids = ids + new
    return ids
# == generate_cached | len|list|int|iterable
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} tokens do not fit")
    ids, past = list(inputs), None
    new = ids
    for _ in range(n_tokens_to_generate):
        logits, past = gpt2_cached(new, past, **params, n_head=n_head)
        new = int(np.argmax(logits[-1]))
        ids.append(new)
    return ids
# == generate_cached | past|referenced|unbound|cannot access|not associated
def generate_cached(inputs, params, n_head, n_tokens_to_generate):
    ids = list(inputs)
    for i in range(n_tokens_to_generate):
        logits, past = gpt2_cached(ids if i == 0 else ids[-1:], past, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
