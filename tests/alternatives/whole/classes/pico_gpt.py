"""Everything is a class; the kata's functions are thin."""
import math
import numpy as np


class Module:
    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)


class GELU(Module):
    def forward(self, x):
        return 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * np.power(x, 3.0))))


class Softmax(Module):
    def __init__(self, dim=-1):
        self.dim = dim

    def forward(self, x):
        e = np.exp(x - x.max(self.dim, keepdims=True))
        return e / e.sum(self.dim, keepdims=True)


class LayerNorm(Module):
    def __init__(self, g, b, eps=1e-5):
        self.weight, self.bias, self.eps = g, b, eps

    def forward(self, x):
        mean = x.mean(-1, keepdims=True)
        return self.weight * (x - mean) / np.sqrt(x.var(-1, keepdims=True) + self.eps) + self.bias


class Linear(Module):
    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        return x @ self.w + self.b


class CausalSelfAttention(Module):
    def __init__(self, c_attn, c_proj, n_head):
        self.c_attn, self.c_proj, self.n_head = Linear(**c_attn), Linear(**c_proj), n_head

    def forward(self, x):
        T, C = x.shape
        q, k, v = np.split(self.c_attn(x), 3, axis=-1)
        q, k, v = (t.reshape(T, self.n_head, C // self.n_head).transpose(1, 0, 2) for t in (q, k, v))
        att = q @ k.transpose(0, 2, 1) / math.sqrt(k.shape[-1]) + causal_mask(T)
        y = Softmax()(att) @ v
        return self.c_proj(y.transpose(1, 0, 2).reshape(T, C))


class MLP(Module):
    def __init__(self, c_fc, c_proj):
        self.c_fc, self.act, self.c_proj = Linear(**c_fc), GELU(), Linear(**c_proj)

    def forward(self, x):
        return self.c_proj(self.act(self.c_fc(x)))


class Block(Module):
    def __init__(self, mlp, attn, ln_1, ln_2, n_head):
        self.ln_1, self.ln_2 = LayerNorm(**ln_1), LayerNorm(**ln_2)
        self.attn, self.mlp = CausalSelfAttention(**attn, n_head=n_head), MLP(**mlp)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(Module):
    def __init__(self, wte, wpe, blocks, ln_f, n_head):
        self.wte, self.wpe = wte, wpe
        self.h = [Block(**b, n_head=n_head) for b in blocks]
        self.ln_f = LayerNorm(**ln_f)

    def forward(self, idx):
        x = self.wte[idx] + self.wpe[: len(idx)]
        for block in self.h:
            x = block(x)
        return self.ln_f(x) @ self.wte.T

    def generate(self, idx, max_new_tokens):
        if len(idx) == 0 or len(idx) + max_new_tokens > len(self.wpe):
            raise ValueError("the prompt is empty, or the context too short")
        idx = list(idx)
        for _ in range(max_new_tokens):
            idx.append(int(self(idx)[-1].argmax()))
        return idx


gelu = GELU()
softmax = Softmax()
def layer_norm(x, g, b, eps=1e-5): return LayerNorm(g, b, eps)(x)
def linear(x, w, b): return Linear(w, b)(x)
def causal_mask(n_seq): return (1 - np.tri(n_seq, dtype=np.float32)) * np.float32(-1e10)
def attention(q, k, v, mask): return softmax(q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1]) + mask) @ v
def split_heads(x, n_head): return x.reshape(x.shape[0], n_head, x.shape[1] // n_head).transpose(1, 0, 2)
def merge_heads(x): return x.transpose(1, 0, 2).reshape(x.shape[1], x.shape[0] * x.shape[2])
def mha(x, c_attn, c_proj, n_head): return CausalSelfAttention(c_attn, c_proj, n_head)(x)
def feed_forward(x, c_fc, c_proj): return MLP(c_fc, c_proj)(x)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head): return Block(mlp, attn, ln_1, ln_2, n_head)(x)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head): return GPT(wte, wpe, blocks, ln_f, n_head)(inputs)
def generate(inputs, params, n_head, n_tokens_to_generate):
    return GPT(**params, n_head=n_head).generate(inputs, n_tokens_to_generate)
