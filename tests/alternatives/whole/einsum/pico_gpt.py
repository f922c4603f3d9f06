import numpy as np

ein = np.einsum

def gelu(x):
    cubed = ein("...,...,...->...", x, x, x)
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * cubed)))

def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return ein("...i,...->...i", e, 1 / ein("...i->...", e))

def layer_norm(x, g, b, eps=1e-5):
    n = x.shape[-1]
    d = x - ein("...i->...", x)[..., None] / n
    var = ein("...i,...i->...", d, d) / n
    return ein("i,...i,...->...i", g, d, 1 / np.sqrt(var + eps)) + b

def linear(x, w, b):
    return ein("...i,io->...o", x, w) + b

def causal_mask(n_seq):
    return -1e10 * (1 - np.tri(n_seq))

def attention(q, k, v, mask):
    scores = ein("hqd,hkd->hqk", q, k) / np.sqrt(q.shape[-1])
    return ein("hqk,hkd->hqd", softmax(scores + mask), v)

def split_heads(x, n_head):
    return ein("shd->hsd", x.reshape(x.shape[0], n_head, -1))

def merge_heads(x):
    return ein("hsd->shd", x).reshape(x.shape[1], -1)

def mha(x, c_attn, c_proj, n_head):
    # straight from the weights: no split_heads, no merge_heads
    d = x.shape[1]
    w = c_attn["w"].reshape(d, 3, n_head, d // n_head)
    b = c_attn["b"].reshape(3, n_head, 1, d // n_head)
    q, k, v = ein("se,echd->chsd", x, w) + b
    heads = attention(q, k, v, causal_mask(len(x)))
    return ein("hsd,hde->se", heads, c_proj["w"].reshape(n_head, d // n_head, d)) + c_proj["b"]

def feed_forward(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj)

def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)

def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    one_hot = np.zeros((len(inputs), len(wte)), wte.dtype)
    one_hot[np.arange(len(inputs)), inputs] = 1
    x = ein("sv,ve->se", one_hot, wte) + wpe[: len(inputs)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return ein("se,ve->sv", layer_norm(x, **ln_f), wte)
