# == attention -> attention.no-scale attention.mask-transposed
def attention(q, k, v, mask): return softmax(q @ k.transpose(0, 2, 1) + mask.T) @ v
# == attention -> attention.no-scale attention.averages-keys
def attention(q, k, v, mask): return softmax(np.einsum("hqd,hkd->hqk", q, k) + mask) @ k
# == layer_norm -> layer_norm.unbiased-variance layer_norm.no-bias
def layer_norm(x, g, b, eps=1e-5):
    return g * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True, ddof=1) + eps)
# == mha -> attention.no-scale mha.k-q-v
def mha(x, c_attn, c_proj, n_head):
    k, q, v = (split_heads(part, n_head) for part in np.split(linear(x, **c_attn), 3, axis=-1))
    s = q @ k.swapaxes(1, 2)
    return linear(merge_heads(softmax(s + causal_mask(len(x))) @ v), **c_proj)
# == mha -> attention.no-scale causal_mask.hides-itself
def mha(x, c_attn, c_proj, n_head):
    q, k, v = (split_heads(part, n_head) for part in np.split(linear(x, **c_attn), 3, axis=-1))
    s = q @ k.swapaxes(1, 2) + np.triu(np.full((len(x), len(x)), -1e10))
    return linear(merge_heads(softmax(s) @ v), **c_proj)
# == feed_forward -> gelu.relu feed_forward.no-c_proj-bias
def feed_forward(x, c_fc, c_proj): return np.maximum(linear(x, **c_fc), 0) @ c_proj["w"]
# == transformer_block -> gelu.relu transformer_block.norms-swapped
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_2), **attn, n_head=n_head)
    h = linear(layer_norm(x, **ln_1), **mlp["c_fc"])
    h = np.where(h > 0, h, 0)
    return x + linear(h, **mlp["c_proj"])
# == gpt2 -> gpt2.no-positions gpt2.no-ln_f
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs]
    for b in blocks: x = transformer_block(x, **b, n_head=n_head)
    return x @ wte.T
# == to_params -> to_params.no-prefix to_params.flat
def to_params(tensors): return tensors
