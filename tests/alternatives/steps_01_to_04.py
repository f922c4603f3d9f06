# == gelu.one-line
def gelu(x): return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
# == gelu.sigmoid
def gelu(x):
    inner = 2 * math.sqrt(2 / math.pi) * (x + 0.044715 * np.power(x, 3))
    return x / (1 + np.exp(-np.clip(inner, -80, 80)))
# == gelu.float64
def gelu(x):
    x = np.asarray(x, dtype=np.float64)
    return x * (0.5 + 0.5 * np.tanh(0.7978845608028654 * x * (1 + 0.044715 * x * x)))
# == gelu.in-place-on-a-copy
def gelu(x):
    y = x.copy()
    y *= x
    y *= 0.044715
    y += 1
    y *= x
    y *= math.sqrt(2 / math.pi)
    np.tanh(y, out=y)
    y += 1
    y *= 0.5
    y *= x
    return y
# == gelu.vectorize
gelu = np.vectorize(lambda t: 0.5 * t * (1 + math.tanh(math.sqrt(2 / math.pi) * (t + 0.044715 * t**3))), otypes=[float])
# == gelu.lambda
gelu = lambda x: x * (1 + np.tanh((x + 0.044715 * x * x * x) * (2 / np.pi) ** 0.5)) / 2
# == gelu.class
class _Gelu:
    def __call__(self, x):
        u = np.float32(np.sqrt(2 / np.pi)) * (x + np.float32(0.044715) * np.multiply(np.square(x), x))
        return np.float32(0.5) * x * (np.float32(1) + np.tanh(u))
gelu = _Gelu()
# == gelu.list
def gelu(x):
    return (x * 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))).tolist()
# == softmax.keepdims
def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
# == softmax.newaxis
def softmax(x):
    e = np.exp(x - np.amax(x, -1)[..., np.newaxis])
    return e / np.sum(e, -1)[..., None]
# == softmax.logsumexp
def softmax(x):
    top = np.max(x, axis=-1, keepdims=True)
    return np.exp(x - (top + np.log(np.sum(np.exp(x - top), axis=-1, keepdims=True))))
# == softmax.rows-in-a-loop
def softmax(x):
    flat = np.reshape(x, (-1, x.shape[-1]))
    out = np.empty_like(flat)
    for i, row in enumerate(flat):
        e = np.exp(row - max(row))
        out[i] = e / sum(e)
    return out.reshape(x.shape)
# == softmax.float64
def softmax(x):
    x = x.astype("float64")
    x = x - x.max(-1, keepdims=True)
    np.exp(x, out=x)
    x /= x.sum(-1, keepdims=True)
    return x
# == softmax.fortran
def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return np.asfortranarray(e / np.sum(e, axis=-1, keepdims=True))
# == softmax.pure-python
def softmax(x):
    if x.ndim > 1:
        return np.stack([softmax(row) for row in x])
    top = float(x.max())
    e = [math.exp(float(v) - top) for v in x]
    return np.array([v / math.fsum(e) for v in e], dtype=x.dtype)
# == softmax.apply-along-axis
def softmax(x):
    def one(row):
        e = np.exp(row - row.max())
        return e / e.sum()
    return np.apply_along_axis(one, -1, x)
# == softmax.moved-axes
def softmax(x):
    y = np.moveaxis(x, -1, 0)
    e = np.exp(y - y.max(0))
    return np.moveaxis(e / e.sum(0), 0, -1)
# == layer_norm.picogpt
def layer_norm(x, g, b, eps: float = 1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    x = (x - mean) / np.sqrt(variance + eps)
    return g * x + b
# == layer_norm.own-variance
def layer_norm(x, g, b, eps=1e-5):
    d = x - x.mean(-1, keepdims=True)
    return d * (1 / np.sqrt((d * d).mean(-1, keepdims=True) + eps)) * g + b
# == layer_norm.std
def layer_norm(x, g, b, eps=1e-5):
    m, s = x.mean(-1)[..., None], x.std(-1)[..., None]
    return (x - m) / (s**2 + eps) ** 0.5 * g + b
# == layer_norm.float64
def layer_norm(x, g, b, eps=1e-5):
    x = np.float64(x)
    v = (x**2).mean(-1, keepdims=True) - x.mean(-1, keepdims=True) ** 2
    return g * (x - x.mean(-1, keepdims=True)) / np.sqrt(v + eps) + b
# == layer_norm.einsum
def layer_norm(x, g, b, eps=1e-5):
    n = x.shape[-1]
    d = x - np.einsum("...i->...", x)[..., None] / n
    v = np.einsum("...i,...i->...", d, d)[..., None] / n
    return d / np.sqrt(v + eps) * g + b
# == layer_norm.in-place-on-a-copy
def layer_norm(x, g, b, eps=1e-5):
    y = np.array(x)
    y -= y.mean(axis=-1, keepdims=True)
    y /= np.sqrt(np.mean(np.square(y), axis=-1, keepdims=True) + eps)
    y *= g
    y += b
    return y
# == layer_norm.rows-in-a-loop
def layer_norm(x, g, b, eps=1e-5):
    flat = x.reshape(-1, x.shape[-1])
    rows = [(row - row.mean()) / math.sqrt(row.var() + eps) * g + b for row in flat]
    return np.array(rows).reshape(x.shape)
# == layer_norm.transposed
def layer_norm(x, g, b, eps=1e-5):
    y = np.moveaxis(x, -1, 0)
    y = (y - y.mean(0)) / np.sqrt(y.var(0) + eps)
    return np.moveaxis(y, 0, -1) * g + b
# == linear.matmul
def linear(x, w, b): return np.add(np.matmul(x, w), b)
# == linear.dot
def linear(x, w, b): return np.dot(x, w) + b[None] if x.ndim > 1 else np.dot(x, w) + b
# == linear.einsum
def linear(x, w, b): return np.einsum("...i,ij->...j", x, w) + b
# == linear.tensordot
def linear(x, w, b): return np.tensordot(x, w, axes=1) + b
# == linear.transposed
def linear(x, w, b): return (w.T @ np.reshape(x, (-1, x.shape[-1])).T).T.reshape(*x.shape[:-1], -1) + b
# == linear.column-by-column
def linear(x, w, b): return np.stack([x @ w[:, j] + b[j] for j in range(w.shape[1])], axis=-1)
# == linear.float64-fortran
def linear(x, w, b): return np.asfortranarray(x.astype(float) @ w.astype(float) + b)
# == linear.bias-as-a-weight
def linear(x, w, b):
    ones = np.ones((*x.shape[:-1], 1), dtype=x.dtype)
    return np.concatenate([x, ones], axis=-1) @ np.concatenate([w, b[None]])
# == linear.partial
import functools
def _affine(order, x, w, b):
    out = np.empty((*x.shape[:-1], w.shape[1]), dtype=x.dtype, order=order)
    np.matmul(x, w, out=out)
    out += b
    return out
linear = functools.partial(_affine, "C")
