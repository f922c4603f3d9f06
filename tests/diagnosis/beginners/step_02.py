# As beginners write it; tests/measures/first_lines.py says how the lines between are read.
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
# == softmax | sum of the scores
def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(x, axis=-1, keepdims=True)
# == softmax | matrix
def softmax(x):
    e = np.exp(x - x.max(-1)[:, None])
    return e / e.sum(-1)[:, None]
# == softmax | 2.718
def softmax(x):
    e = 2.718 ** (x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)
# == softmax | exp
def softmax(x):
    x = x - np.max(x, axis=-1, keepdims=True)
    return x / np.sum(x, axis=-1, keepdims=True)
# == softmax | upside down
def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return np.sum(e, axis=-1, keepdims=True) / e
# == softmax | keepdims|broadcast|shape
def softmax(x):
    e = np.exp(x - np.max(x, axis=-1))
    return e / np.sum(e, axis=-1)
# == softmax | keepdim
def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdim=True))
    return e / np.sum(e, axis=-1, keepdims=True)
# == softmax | dim
def softmax(x):
    shifted = x - np.max(x, axis=-1, keepdims=True)
    e = np.exp(shifted)
    return e / np.sum(e, dim=-1, keepdims=True)
# == softmax | recursion|itself|softmax
def softmax(x):
    x = x - np.max(x, axis=-1, keepdims=True)
    return softmax(x) / np.sum(softmax(x), axis=-1, keepdims=True)
# == softmax | math.exp|scalar|only|list
def softmax(x):
    e = [math.exp(i) for i in x]
    return [i / sum(e) for i in e]
# == softmax | caller's own
def softmax(x):
    x -= np.max(x, axis=-1, keepdims=True)
    np.exp(x, out=x)
    x /= np.sum(x, axis=-1, keepdims=True)
    return x
# == softmax | +|max|plus|sign|inf|nan|overflow
def softmax(x):
    exps = np.exp(x + np.max(x, axis=-1, keepdims=True))
    return exps / np.sum(exps, axis=-1, keepdims=True)
