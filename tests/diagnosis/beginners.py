# Wrong functions as beginners write them; tests/measures/first_lines.py says how the lines between them are read.
# == gelu | erf, tanh
def gelu(x):
    from math import erf
    return 0.5 * x * (1 + np.vectorize(erf)(x / np.sqrt(2)))
# == gelu | math.tanh, array
def gelu(x):
    # the formula from the page
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + math.tanh(inner))
# == gelu | math.pow, array
def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * math.pow(x, 3))))
# == gelu | ^, power, **
def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x^3)))
# == gelu | * is missing, bracket
def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi)(x + 0.044715 * x**3)))
# == gelu | * is missing
def gelu(x):
    cdf = 0.5(1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return x * cdf
# == gelu | factor 0.5
def gelu(x):
    inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    return x * (1 + np.tanh(inner))
# == gelu | 2/pi, sqrt(2/pi)
def gelu(x):
    inner = (2 / np.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + np.tanh(inner))
# == gelu | 0.44715
def gelu(x):
    inner = np.sqrt(2 / np.pi) * (x + 0.44715 * x**3)
    return 0.5 * x * (1 + np.tanh(inner))
# == gelu | bracket, tanh
def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi)) * (x + 0.044715 * x**3))
# == gelu | np., tanh
def gelu(x):
    return 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))
# == gelu | return
def gelu(x):
    inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    result = 0.5 * x * (1 + np.tanh(inner))
# == gelu | raise NotImplementedError
def gelu(x):
    raise NotImplementedError("step 1: gelu")
    inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + np.tanh(inner))
# == gelu | tuple|comma
def gelu(x):
    inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + np.tanh(inner)),
# == gelu | whole array|of an array
def gelu(x):
    if x > 0:
        return x
    else:
        return 0
# == gelu | ReLU
def gelu(x):
    return np.maximum(x, 0)
# == gelu | innner, inner
def gelu(x):
    inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + np.tanh(innner))
# == gelu | caller
def gelu(x):
    x *= 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return x
# == gelu | sigmoid
def gelu(x):
    return x * 1 / (1 + np.exp(-x))
# == softmax | math.exp, array
def softmax(x):
    return math.exp(x) / sum(math.exp(x))
# == softmax | math.exp, array
def softmax(x):
    out = []
    for row in x:
        e = math.exp(row - row.max())
        out.append(e / e.sum())
    return np.array(out)
# == softmax | max|overflow
def softmax(x):
    e = np.exp(x)
    return e / np.sum(e, axis=-1, keepdims=True)
# == softmax | sum of the whole array
def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e)
# == softmax | keepdims
def softmax(x):
    e = np.exp(x - np.max(x, axis=-1))
    return e / np.sum(e, axis=-1)
# == softmax | keepdims
def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / e.sum(axis=-1)
# == softmax | first axis|columns
def softmax(x):
    e = np.exp(x - np.max(x, axis=0))
    return e / np.sum(e, axis=0)
# == softmax | axis, keepdims
def softmax(x):
    m = x.max(dim=-1, keepdim=True)
    e = np.exp(x - m)
    return e / e.sum(dim=-1, keepdim=True)
# == softmax | keepdims
def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdim=True))
    return e / np.sum(e, axis=-1, keepdims=True)
# == softmax | max, rows|row
def softmax(x):
    e = [np.exp(row - max(row)) for row in x]
    return np.array([r / sum(r) for r in e])
# == softmax | bracket|exp(x) - max|before exp
def softmax(x):
    e = np.exp(x) - np.max(x, axis=-1, keepdims=True)
    return e / np.sum(e, axis=-1, keepdims=True)
# == softmax | caller
def softmax(x):
    x -= np.max(x, axis=-1, keepdims=True)
    e = np.exp(x)
    return e / e.sum(axis=-1, keepdims=True)
# == softmax | np., exp
def softmax(x):
    e = exp(x - np.max(x, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
# == softmax | whole array
def softmax(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e, axis=-1, keepdims=True)
# == softmax | logarithm
def softmax(x):
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))
# == softmax | itself
def softmax(x):
    return softmax(x - np.max(x, axis=-1, keepdims=True))
# == softmax | brackets, max
def softmax(x):
    e = np.exp(x - x.max)
    return e / e.sum(axis=-1, keepdims=True)
# == softmax | axis 1|last axis
def softmax(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)
# == softmax | NumPy, softmax
def softmax(x):
    return np.softmax(x, axis=-1)
# == layer_norm | ddof|n - 1
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    var = np.var(x, axis=-1, keepdims=True, ddof=1)
    return g * (x - mean) / np.sqrt(var + eps) + b
# == layer_norm | eps, standard deviation|outside
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    std = np.std(x, axis=-1, keepdims=True)
    return g * (x - mean) / (std + eps) + b
# == layer_norm | n - 1|ddof, standard deviation|outside
def layer_norm(x, g, b, eps=1e-6):
    mean = x.mean(-1, keepdims=True)
    std = x.std(-1, keepdims=True, ddof=1)
    return g * (x - mean) / (std + eps) + b
# == layer_norm | keepdims
def layer_norm(x, g, b, eps=1e-5):
    mean = x.mean(axis=-1)
    var = x.var(axis=-1)
    return g * (x - mean) / np.sqrt(var + eps) + b
# == layer_norm | first axis|batch norm
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=0)
    var = np.var(x, axis=0)
    return g * (x - mean) / np.sqrt(var + eps) + b
# == layer_norm | whole array
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x)
    var = np.var(x)
    return g * (x - mean) / np.sqrt(var + eps) + b
# == layer_norm | bracket
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    var = np.var(x, axis=-1, keepdims=True)
    return g * x - mean / np.sqrt(var + eps) + b
# == layer_norm | g, b
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    var = np.var(x, axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(var + eps)
# == layer_norm | root
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    var = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / (var + eps) + b
# == layer_norm | caller
def layer_norm(x, g, b, eps=1e-5):
    x -= x.mean(axis=-1, keepdims=True)
    x /= np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    return g * x + b
# == layer_norm | order|contract|parameters|g and b
def layer_norm(x, beta, gamma, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    var = np.var(x, axis=-1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(var + eps) + beta
# == layer_norm | math.sqrt, array
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    var = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / math.sqrt(var + eps) + b
# == layer_norm | eps
def layer_norm(x, g, b, eps=1e-5):
    return g * (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True) + b
# == layer_norm | mean, subtract
def layer_norm(x, g, b, eps=1e-5):
    return g * x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + eps) + b
# == layer_norm | ^, power
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    var = np.mean((x - mean)^2, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(var + eps) + b
# == layer_norm | self
def layer_norm(x, g, b, eps=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    var = x.var(axis=-1, keepdims=True)
    return self.g * (x - mean) / np.sqrt(var + self.eps) + self.b
# == layer_norm | gamma
def layer_norm(x, g, b, eps=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    var = x.var(axis=-1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(var + eps) + beta
# == linear | contract|order|parameters
def linear(w, x, b):
    return x @ w + b
# == linear | bias
def linear(x, w, b):
    return x @ w
# == linear | w @ x|wrong way round
def linear(x, w, b):
    return w @ x + b
# == linear | w.T
def linear(x, w, b):
    return x @ w.T + b
# == linear | number by number, @
def linear(x, w, b):
    return x * w + b
# == linear | last input|input feature
def linear(x, w, b):
    out = np.zeros((x.shape[0], w.shape[1]))
    for i in range(x.shape[0]):
        for j in range(w.shape[1]):
            for k in range(x.shape[1] - 1):
                out[i, j] += x[i, k] * w[k, j]
            out[i, j] += b[j]
    return out
# == linear | inner, b
def linear(x, w, b):
    out = np.zeros((len(x), w.shape[1]))
    for i in range(len(x)):
        for j in range(w.shape[1]):
            for k in range(w.shape[0]):
                out[i][j] += x[i][k] * w[k][j] + b[j]
    return out
# == linear | matrix only|single row
def linear(x, w, b):
    out = np.zeros((len(x), w.shape[1]))
    for i in range(len(x)):
        for j in range(w.shape[1]):
            out[i, j] = np.sum(x[i] * w[:, j]) + b[j]
    return out
# == linear | subtract
def linear(x, w, b):
    return np.dot(x, w) - b
# == linear | range
def linear(x, w, b):
    out = np.zeros((len(x), len(b)))
    for i in len(x):
        out[i] = x[i] @ w + b
    return out
# == linear | brackets
def linear(x, w, b):
    out = np.zeros(len(x), len(b))
    for i in range(len(x)):
        out[i] = x[i] @ w + b
    return out
# == linear | * is missing|round brackets|square
def linear(x, w, b):
    return w(x) + b
# == linear | torch|NumPy
def linear(x, w, b):
    return torch.matmul(x, w) + b
# == linear | before the product
def linear(x, w, b):
    return (x + b) @ w
# == causal_mask | transposed|past
def causal_mask(n_seq):
    mask = np.zeros((n_seq, n_seq))
    for i in range(n_seq):
        for j in range(n_seq):
            if j < i:
                mask[i, j] = -1e10
    return mask
# == causal_mask | diagonal
def causal_mask(n_seq):
    mask = np.zeros((n_seq, n_seq))
    for i in range(n_seq):
        for j in range(n_seq):
            if j >= i:
                mask[i, j] = -1e10
    return mask
# == causal_mask | -inf, NaN
def causal_mask(n_seq):
    return (1 - np.tril(np.ones((n_seq, n_seq)))) * -np.inf
# == causal_mask | 1 and 0|added
def causal_mask(n_seq):
    return np.tril(np.ones((n_seq, n_seq)))
# == causal_mask | True
def causal_mask(n_seq):
    return np.tril(np.ones((n_seq, n_seq), dtype=bool))
# == causal_mask | brackets
def causal_mask(n_seq):
    mask = np.zeros(n_seq, n_seq)
    mask[np.triu_indices(n_seq, 1)] = -1e10
    return mask
# == causal_mask | show|hide
def causal_mask(n_seq):
    return np.tril(np.full((n_seq, n_seq), -1e10))
# == causal_mask | hides nothing
def causal_mask(n_seq):
    mask = np.zeros((n_seq, n_seq))
    return mask
# == causal_mask | positive
def causal_mask(n_seq):
    return np.triu(np.full((n_seq, n_seq), 1e10), k=1)
# == causal_mask | range
def causal_mask(n_seq):
    mask = np.zeros((n_seq, n_seq))
    for i in n_seq:
        mask[i, i + 1:] = -1e10
    return mask
# == attention | sqrt(d_head)
def attention(q, k, v, mask):
    scores = q @ k.transpose(0, 2, 1)
    return softmax(scores + mask) @ v
# == attention | mask, not 0
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores = np.where(mask == 0, scores, -np.inf)
    return softmax(scores) @ v
# == attention | mask, not 0
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores = np.where(mask == 0, scores, -1e9)
    return softmax(scores) @ v
# == attention | mask, not 0
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores = np.where(mask.astype(bool), -np.inf, scores)
    return softmax(scores) @ v
# == attention | mask, negative
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores[:, mask < 0] = -np.inf
    return softmax(scores) @ v
# == attention | shows, hides
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores = np.where(mask == 0, -1e9, scores)
    return softmax(scores) @ v
# == attention | shows, hides
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores = np.where(mask == 0, -np.inf, scores)
    return softmax(scores) @ v
# == attention | 1, visible|may look
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores = scores * mask - 1e9 * (1 - mask)
    return softmax(scores) @ v
# == attention | mask, 1 where, hidden
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores += mask * -1e9
    return softmax(scores) @ v
# == attention | after softmax
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    weights = softmax(scores)
    weights = np.where(mask < 0, 0, weights)
    return weights @ v
# == attention | swapaxes|transpose
def attention(q, k, v, mask):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v
# == attention | k.T|three axes
def attention(q, k, v, mask):
    scores = q @ k.T / np.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v
# == attention | number by number|matrix product, @
def attention(q, k, v, mask):
    scores = q * k / np.sqrt(q.shape[-1])
    return softmax(scores + mask) * v
# == attention | softmax, dim|axis
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    return softmax(scores + mask, dim=-1) @ v
# == attention | first head|return
def attention(q, k, v, mask):
    out = []
    for h in range(len(q)):
        scores = q[h] @ k[h].T / np.sqrt(q.shape[-1])
        out.append(softmax(scores + mask) @ v[h])
        return np.array(out)
# == attention | order|parameters|contract
def attention(k, q, v, mask):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v
# == attention | permute, transpose
def attention(q, k, v, mask):
    scores = q @ k.permute(0, 2, 1) / np.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v
# == attention | masked_fill, np.where
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    scores = scores.masked_fill(mask == 0, -1e9)
    return softmax(scores) @ v
# == attention | d_head|d_k
def attention(q, k, v, mask):
    d_head = q.shape[-1]
    scores = q @ k.swapaxes(-1, -2) / d_head
    return softmax(scores + mask) @ v
# == attention | never uses the mask
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(k.shape[-1])
    return softmax(scores) @ v
# == attention | size, number
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.size(-1))
    return softmax(scores + mask) @ v
# == split_heads | tokens, columns
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return x.reshape(n_head, n_seq, n_embd // n_head)
# == split_heads | //
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    d_head = n_embd / n_head
    return x.reshape(n_seq, n_head, d_head).transpose(1, 0, 2)
# == split_heads | //
def split_heads(x, n_head):
    return x.reshape(x.shape[0], n_head, x.shape[1] / n_head).transpose(1, 0, 2)
# == split_heads | array, list|stack
def split_heads(x, n_head):
    return np.split(x, n_head, axis=-1)
# == split_heads | swapaxes
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return x.reshape(n_seq, n_head, n_embd // n_head).transpose(0, 1)
# == split_heads | heads, first
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return x.reshape(n_seq, n_head, n_embd // n_head)
# == split_heads | n_embd, value
def split_heads(x, n_head):
    n_seq = len(x)
    return x.reshape(n_seq, n_head, n_embd // n_head).transpose(1, 0, 2)
# == split_heads | reshape
def split_heads(x, n_head):
    n_seq, n_embd = x.shape
    return x.view(n_seq, n_head, n_embd // n_head).transpose(1, 0, 2)
# == merge_heads | tokens first|mixed
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    return x.reshape(n_seq, n_head * d_head)
# == merge_heads | swapaxes
def merge_heads(x):
    n_head, n_seq, d_head = x.shape
    return x.transpose(0, 1).reshape(n_seq, n_head * d_head)
# == merge_heads | brackets
def merge_heads(x):
    out = x[0]
    for h in range(1, len(x)):
        out = np.concatenate(out, x[h], axis=-1)
    return out
# == merge_heads | on top of one another|side by side
def merge_heads(x):
    return np.concatenate(x, axis=0)
# == mha | dictionary
def mha(x, c_attn, c_proj, n_head):
    qkv = x @ c_attn
    q, k, v = np.split(qkv, 3, axis=-1)
    heads = attention(split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head), causal_mask(len(x)))
    return merge_heads(heads) @ c_proj
# == mha | dictionary
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, c_attn)
    q, k, v = np.split(qkv, 3, axis=-1)
    heads = attention(split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head), causal_mask(len(x)))
    return linear(merge_heads(heads), c_proj)
# == mha | b, w, three
def mha(x, c_attn, c_proj, n_head):
    w, b = c_attn["w"], c_attn["b"]
    d = w.shape[0]
    q, k, v = (linear(x, w[:, i * d:(i + 1) * d], b) for i in range(3))
    q, k, v = split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head)
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
# == mha | along the tokens|axis
def mha(x, c_attn, c_proj, n_head):
    qkv = linear(x, **c_attn)
    q, k, v = np.split(qkv, 3)
    heads = attention(split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head), causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)
# == mha | tokens
def mha(x, c_attn, c_proj, n_head):
    q, k, v = linear(x, **c_attn)
    heads = attention(split_heads(q, n_head), split_heads(k, n_head), split_heads(v, n_head), causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)
# == mha | c_proj
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    return merge_heads(attention(q, k, v, causal_mask(x.shape[0])))
# == mha | without a mask
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    heads = attention(q, k, v, np.zeros((len(x), len(x))))
    return linear(merge_heads(heads), **c_proj)
# == mha | queries
def mha(x, c_attn, c_proj, n_head):
    k, q, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    heads = attention(q, k, v, causal_mask(len(x)))
    return linear(merge_heads(heads), **c_proj)
# == mha | embedding|row for every token
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    heads = attention(q, k, v, causal_mask(x.shape[1]))
    return linear(merge_heads(heads), **c_proj)
# == mha | big head|n_head
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    out = attention(q[None], k[None], v[None], causal_mask(len(x)))
    return linear(out[0], **c_proj)
# == mha | c_attn, "w"|["w"]|square brackets
def mha(x, c_attn, c_proj, n_head):
    qkv = x @ c_attn.w + c_attn.b
    q, k, v = np.split(qkv, 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
# == mha | "w", "b"
def mha(x, c_attn, c_proj, n_head):
    qkv = x @ c_attn["weight"] + c_attn["bias"]
    q, k, v = np.split(qkv, 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
# == mha | split_head, split_heads
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_head(t, n_head) for t in (q, k, v)]
    return linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
# == mha | return
def mha(x, c_attn, c_proj, n_head):
    q, k, v = np.split(linear(x, **c_attn), 3, axis=-1)
    q, k, v = [split_heads(t, n_head) for t in (q, k, v)]
    out = linear(merge_heads(attention(q, k, v, causal_mask(len(x)))), **c_proj)
# == feed_forward | gelu
def feed_forward(x, c_fc, c_proj):
    h = linear(x, **c_fc)
    return linear(h, **c_proj)
# == feed_forward | second layer
def feed_forward(x, c_fc, c_proj):
    h = linear(x, **c_fc)
    return gelu(linear(h, **c_proj))
# == feed_forward | dictionary
def feed_forward(x, c_fc, c_proj):
    h = gelu(linear(x, c_fc))
    return linear(h, c_proj)
# == feed_forward | dictionary
def feed_forward(x, c_fc, c_proj):
    h = gelu(x @ c_fc + c_fc["b"])
    return h @ c_proj + c_proj["b"]
# == feed_forward | hidden layer, c_proj
def feed_forward(x, c_fc, c_proj):
    h = gelu(linear(x, **c_fc))
    return linear(x, **c_proj)
# == feed_forward | adds x
def feed_forward(x, c_fc, c_proj):
    h = gelu(linear(x, **c_fc))
    return x + linear(h, **c_proj)
# == feed_forward | c_proj
def feed_forward(x, c_fc, c_proj):
    h = gelu(linear(x, **c_fc))
    return h
# == feed_forward | ReLU
def feed_forward(x, c_fc, c_proj):
    h = np.maximum(0, linear(x, **c_fc))
    return linear(h, **c_proj)
# == feed_forward | bias
def feed_forward(x, c_fc, c_proj):
    h = gelu(x @ c_fc["w"])
    return h @ c_proj["w"]
# == feed_forward | c_proj, c_fc
def feed_forward(x, c_fc, c_proj):
    h = gelu(linear(x, **c_proj))
    return linear(h, **c_fc)
# == feed_forward | tuple|comma
def feed_forward(x, c_fc, c_proj):
    h = gelu(linear(x, **c_fc)),
    return linear(h, **c_proj)
# == feed_forward | Gelu, gelu
def feed_forward(x, c_fc, c_proj):
    h = Gelu(linear(x, **c_fc))
    return linear(h, **c_proj)
# == feed_forward | transposed
def feed_forward(x, c_fc, c_proj):
    h = gelu(x @ c_fc["w"].T + c_fc["b"])
    return h @ c_proj["w"].T + c_proj["b"]
# == transformer_block | after adding|post-norm
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = layer_norm(x + mha(x, **attn, n_head=n_head), **ln_1)
    x = layer_norm(x + feed_forward(x, **mlp), **ln_2)
    return x
# == transformer_block | mlp|feed_forward
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x = x + mha(layer_norm(x, **ln_2), **attn, n_head=n_head)
    return x
# == transformer_block | residual|replaces x
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x = feed_forward(layer_norm(x, **ln_2), **mlp)
    return x
# == transformer_block | residual, normalised
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = layer_norm(x, **ln_1)
    x = x + mha(x, **attn, n_head=n_head)
    x = layer_norm(x, **ln_2)
    x = x + feed_forward(x, **mlp)
    return x
# == transformer_block | order|contract|parameters
def transformer_block(x, attn, mlp, ln1, ln2, n_head):
    x = x + mha(layer_norm(x, **ln1), **attn, n_head=n_head)
    x = x + feed_forward(layer_norm(x, **ln2), **mlp)
    return x
# == transformer_block | ln_1, ln_2
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_2), **attn, n_head=n_head)
    x = x + feed_forward(layer_norm(x, **ln_1), **mlp)
    return x
# == transformer_block | caller
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x += mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x += feed_forward(layer_norm(x, **ln_2), **mlp)
    return x
# == transformer_block | dictionary
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, ln_1), attn, n_head)
    x = x + feed_forward(layer_norm(x, ln_2), mlp)
    return x
# == transformer_block | layer norm
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(x, **attn, n_head=n_head)
    x = x + feed_forward(x, **mlp)
    return x
# == transformer_block | same x|side by side
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    f = feed_forward(layer_norm(x, **ln_2), **mlp)
    return x + a + f
# == transformer_block | feed_forward
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x
# == transformer_block | ln_1
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x = x + feed_forward(layer_norm(x, **ln_1), **mlp)
    return x
# == transformer_block | n_head|head
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=1)
    x = x + feed_forward(layer_norm(x, **ln_2), **mlp)
    return x
# == transformer_block | input
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(a, **ln_2), **mlp)
# == gpt2 | token ids|inputs
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[inputs]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | wpe
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | wpe
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | ln_f
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[:len(inputs)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return x @ wte.T
# == gpt2 | block, ln_f
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[:len(inputs)]
    return x @ wte.T
# == gpt2 | transpose
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[:len(inputs)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte
# == gpt2 | first block
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[:len(inputs)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
        return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | probabilities
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[:len(inputs)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return softmax(layer_norm(x, **ln_f) @ wte.T)
# == gpt2 | last position
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[:len(inputs)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x[-1] @ wte.T
# == gpt2 | embeddings|block before
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[:len(inputs)]
    for block in blocks:
        y = transformer_block(x, **block, n_head=n_head)
    return layer_norm(y, **ln_f) @ wte.T
# == gpt2 | 12 blocks
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[:len(inputs)]
    for i in range(12):
        x = transformer_block(x, **blocks[i], n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | dictionary
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[:len(inputs)]
    for block in blocks:
        x = transformer_block(x, block, n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | list, shape
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[:inputs.shape[0]]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | square brackets
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte(inputs) + wpe(np.arange(len(inputs)))
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | from 1|first position
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    positions = np.arange(1, len(inputs) + 1)
    x = wte[inputs] + wpe[positions]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | wpe|position
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[len(inputs)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | list|loop, block
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[:len(inputs)]
    x = x + mha(layer_norm(x, **blocks["ln_1"]), **blocks["attn"], n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
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
# == generate@11 | sample|apply_frequency_penalty
def generate(inputs, params, n_head, n_tokens_to_generate, temperature=0.0, frequency_penalty=0.0, top_k=None, top_p=1.0, rng=None):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate@11 | temperature|top_k|arguments|yet
def generate(inputs, params, n_head, n_tokens_to_generate):
    if not inputs or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} + {n_tokens_to_generate} does not fit")
    ids = list(inputs)
    for _ in range(n_tokens_to_generate):
        logits = gpt2(ids, **params, n_head=n_head)
        ids.append(int(np.argmax(logits[-1])))
    return ids
# == generate@11 | prompt
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
# == generate@11 | penalty
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
# == generate@11 | rng
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
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head, logits_to_keep=0):
    x = wte[inputs] + wpe[:len(inputs)]
    present = []
    for i, block in enumerate(blocks):
        a, p = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=past[i] if past else None)
        x = x + a
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present.append(p)
    x = layer_norm(x, **ln_f)
    return x[-logits_to_keep:] @ wte.T, present
# == gpt2_cached | None, first call
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head, logits_to_keep=0):
    n_past = past[0][0].shape[1]
    x = wte[inputs] + wpe[n_past:n_past + len(inputs)]
    present = []
    for i, block in enumerate(blocks):
        a, p = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=past[i])
        x = x + a
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present.append(p)
    x = layer_norm(x, **ln_f)
    return x[-logits_to_keep:] @ wte.T, present
# == gpt2_cached | logits alone|present|returns the logits
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head, logits_to_keep=0):
    n_past = past[0][0].shape[1] if past else 0
    x = wte[inputs] + wpe[n_past:n_past + len(inputs)]
    for i, block in enumerate(blocks):
        a, p = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=past[i] if past else None)
        x = x + a
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
    x = layer_norm(x, **ln_f)
    return x[-logits_to_keep:] @ wte.T
# == gpt2_cached | first block
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head, logits_to_keep=0):
    n_past = past[0][0].shape[1] if past else 0
    x = wte[inputs] + wpe[n_past:n_past + len(inputs)]
    present = []
    for i, block in enumerate(blocks):
        a, p = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=past[0] if past else None)
        x = x + a
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present.append(p)
    x = layer_norm(x, **ln_f)
    return x[-logits_to_keep:] @ wte.T, present
# == gpt2_cached | len(past)|number of blocks|blocks
def gpt2_cached(inputs, past, wte, wpe, blocks, ln_f, n_head, logits_to_keep=0):
    n_past = len(past) if past else 0
    x = wte[inputs] + wpe[n_past:n_past + len(inputs)]
    present = []
    for i, block in enumerate(blocks):
        a, p = mha_cached(layer_norm(x, **block["ln_1"]), **block["attn"], n_head=n_head, past=past[i] if past else None)
        x = x + a
        x = x + feed_forward(layer_norm(x, **block["ln_2"]), **block["mlp"])
        present.append(p)
    x = layer_norm(x, **ln_f)
    return x[-logits_to_keep:] @ wte.T, present
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
# == read_safetensors | big-endian
def read_safetensors(path):
    with open(path, "rb") as f:
        data = f.read()
    n = int.from_bytes(data[:8], "big")
    header = json.loads(data[8:8 + n])
    body = data[8 + n:]
    tensors = {}
    types = {"F32": np.float32, "F16": np.float16, "I64": np.int64, "U8": np.uint8}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        a, b = info["data_offsets"]
        tensors[name] = np.frombuffer(body[a:b], dtype=types[info["dtype"]]).reshape(info["shape"])
    return tensors
# == read_safetensors | __metadata__
def read_safetensors(path):
    with open(path, "rb") as f:
        data = f.read()
    n = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + n])
    body = data[8 + n:]
    tensors = {}
    types = {"F32": np.float32, "F16": np.float16, "I64": np.int64, "U8": np.uint8}
    for name, info in header.items():
        a, b = info["data_offsets"]
        tensors[name] = np.frombuffer(body[a:b], dtype=types[info["dtype"]]).reshape(info["shape"])
    return tensors
# == read_safetensors | beginning of the file|first byte of the data
def read_safetensors(path):
    with open(path, "rb") as f:
        data = f.read()
    n = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + n])
    tensors = {}
    types = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32, "I16": np.int16, "I8": np.int8, "U8": np.uint8, "BOOL": np.bool_}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        a, b = info["data_offsets"]
        tensors[name] = np.frombuffer(data[a:b], dtype=types[info["dtype"]]).reshape(info["shape"])
    return tensors
# == read_safetensors | BF16
def read_safetensors(path):
    with open(path, "rb") as f:
        n = int.from_bytes(f.read(8), "little")
        header = json.loads(f.read(n))
        body = f.read()
    tensors = {}
    types = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32, "I16": np.int16, "I8": np.int8, "U8": np.uint8, "BOOL": np.bool_}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        a, b = info["data_offsets"]
        tensors[name] = np.frombuffer(body[a:b], dtype=types[info["dtype"]]).reshape(info["shape"])
    return tensors
# == read_safetensors | rb|bytes
def read_safetensors(path):
    with open(path) as f:
        n = int.from_bytes(f.read(8), "little")
        header = json.loads(f.read(n))
        body = f.read()
    tensors = {}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        a, b = info["data_offsets"]
        tensors[name] = np.frombuffer(body[a:b], dtype=np.float32).reshape(info["shape"])
    return tensors
# == read_safetensors | shape|flat
def read_safetensors(path):
    with open(path, "rb") as f:
        n = int.from_bytes(f.read(8), "little")
        header = json.loads(f.read(n))
        body = f.read()
    tensors = {}
    types = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32, "I16": np.int16, "I8": np.int8, "U8": np.uint8, "BOOL": np.bool_}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        a, b = info["data_offsets"]
        tensors[name] = np.frombuffer(body[a:b], dtype=types[info["dtype"]])
    return tensors
# == to_params | transpose
def to_params(tensors):
    t = {k.removeprefix("transformer."): v for k, v in tensors.items()}
    n = 1 + max(int(k.split(".")[1]) for k in t if k.startswith("h."))
    blocks = []
    for i in range(n):
        p = f"h.{i}."
        blocks.append({
            "ln_1": {"g": t[p + "ln_1.weight"], "b": t[p + "ln_1.bias"]},
            "attn": {"c_attn": {"w": t[p + "attn.c_attn.weight"].T, "b": t[p + "attn.c_attn.bias"]},
                     "c_proj": {"w": t[p + "attn.c_proj.weight"].T, "b": t[p + "attn.c_proj.bias"]}},
            "ln_2": {"g": t[p + "ln_2.weight"], "b": t[p + "ln_2.bias"]},
            "mlp": {"c_fc": {"w": t[p + "mlp.c_fc.weight"].T, "b": t[p + "mlp.c_fc.bias"]},
                    "c_proj": {"w": t[p + "mlp.c_proj.weight"].T, "b": t[p + "mlp.c_proj.bias"]}},
        })
    return {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": blocks,
            "ln_f": {"g": t["ln_f.weight"], "b": t["ln_f.bias"]}}
# == to_params | prefix|transformer.
def to_params(tensors):
    t = tensors
    n = 1 + max(int(k.split(".")[1]) for k in t if k.startswith("h."))
    blocks = []
    for i in range(n):
        p = f"h.{i}."
        blocks.append({
            "ln_1": {"g": t[p + "ln_1.weight"], "b": t[p + "ln_1.bias"]},
            "attn": {"c_attn": {"w": t[p + "attn.c_attn.weight"], "b": t[p + "attn.c_attn.bias"]},
                     "c_proj": {"w": t[p + "attn.c_proj.weight"], "b": t[p + "attn.c_proj.bias"]}},
            "ln_2": {"g": t[p + "ln_2.weight"], "b": t[p + "ln_2.bias"]},
            "mlp": {"c_fc": {"w": t[p + "mlp.c_fc.weight"], "b": t[p + "mlp.c_fc.bias"]},
                    "c_proj": {"w": t[p + "mlp.c_proj.weight"], "b": t[p + "mlp.c_proj.bias"]}},
        })
    return {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": blocks,
            "ln_f": {"g": t["ln_f.weight"], "b": t["ln_f.bias"]}}
# == to_params | ".weight"|weight|name
def to_params(tensors):
    t = {k.removeprefix("transformer."): v for k, v in tensors.items()}
    return {"wte": t["wte"], "wpe": t["wpe"], "blocks": [], "ln_f": t["ln_f"]}
# == to_params | alphabet
def to_params(tensors):
    t = {k.removeprefix("transformer."): v.astype(np.float32) for k, v in tensors.items()}
    names = sorted({k.split(".")[1] for k in t if k.startswith("h.")})
    blocks = []
    for i in names:
        p = f"h.{i}."
        blocks.append({
            "ln_1": {"g": t[p + "ln_1.weight"], "b": t[p + "ln_1.bias"]},
            "attn": {"c_attn": {"w": t[p + "attn.c_attn.weight"], "b": t[p + "attn.c_attn.bias"]},
                     "c_proj": {"w": t[p + "attn.c_proj.weight"], "b": t[p + "attn.c_proj.bias"]}},
            "ln_2": {"g": t[p + "ln_2.weight"], "b": t[p + "ln_2.bias"]},
            "mlp": {"c_fc": {"w": t[p + "mlp.c_fc.weight"], "b": t[p + "mlp.c_fc.bias"]},
                    "c_proj": {"w": t[p + "mlp.c_proj.weight"], "b": t[p + "mlp.c_proj.bias"]}},
        })
    return {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": blocks,
            "ln_f": {"g": t["ln_f.weight"], "b": t["ln_f.bias"]}}
# == to_params | weight, bias
def to_params(tensors):
    t = {k.removeprefix("transformer."): v.astype(np.float32) for k, v in tensors.items()}
    n = 1 + max(int(k.split(".")[1]) for k in t if k.startswith("h."))
    def pair(name):
        return {"weight": t[name + ".weight"], "bias": t[name + ".bias"]}
    blocks = []
    for i in range(n):
        p = f"h.{i}."
        blocks.append({"ln_1": pair(p + "ln_1"), "ln_2": pair(p + "ln_2"),
                       "attn": {"c_attn": pair(p + "attn.c_attn"), "c_proj": pair(p + "attn.c_proj")},
                       "mlp": {"c_fc": pair(p + "mlp.c_fc"), "c_proj": pair(p + "mlp.c_proj")}})
    return {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": blocks, "ln_f": pair("ln_f")}
# == to_params | 12 blocks
def to_params(tensors):
    t = {k.removeprefix("transformer."): v.astype(np.float32) for k, v in tensors.items()}
    blocks = []
    for i in range(12):
        p = f"h.{i}."
        blocks.append({
            "ln_1": {"g": t[p + "ln_1.weight"], "b": t[p + "ln_1.bias"]},
            "attn": {"c_attn": {"w": t[p + "attn.c_attn.weight"], "b": t[p + "attn.c_attn.bias"]},
                     "c_proj": {"w": t[p + "attn.c_proj.weight"], "b": t[p + "attn.c_proj.bias"]}},
            "ln_2": {"g": t[p + "ln_2.weight"], "b": t[p + "ln_2.bias"]},
            "mlp": {"c_fc": {"w": t[p + "mlp.c_fc.weight"], "b": t[p + "mlp.c_fc.bias"]},
                    "c_proj": {"w": t[p + "mlp.c_proj.weight"], "b": t[p + "mlp.c_proj.bias"]}},
        })
    return {"wte": t["wte.weight"], "wpe": t["wpe.weight"], "blocks": blocks,
            "ln_f": {"g": t["ln_f.weight"], "b": t["ln_f.bias"]}}
# == to_params | attn.bias|mask
def to_params(tensors):
    params = {"blocks": []}
    for name, value in tensors.items():
        parts = name.removeprefix("transformer.").split(".")
        short = {"weight": "w", "bias": "b"}
        if parts[0] in ("wte", "wpe"):
            params[parts[0]] = value
            continue
        node = params
        if parts[0] == "h":
            while len(params["blocks"]) <= int(parts[1]):
                params["blocks"].append({})
            node = params["blocks"][int(parts[1])]
            parts = parts[2:]
        for part in parts[:-1]:
            node = node.setdefault(part, {})
        last = short.get(parts[-1], parts[-1])
        if parts[-2].startswith("ln") and last == "w":
            last = "g"
        node[last] = value
    return params
