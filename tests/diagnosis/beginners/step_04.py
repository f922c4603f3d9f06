# As beginners write it; tests/measures/first_lines.py says how the lines between are read.
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
# == linear | two arrays, third
def linear(x, w, b):
    return np.matmul(x, w, b)
# == linear | left, right side
def linear(x, w, b):
    return np.dot(w.T, x) + b
# == linear | last product|overwrites
def linear(x, w, b):
    out = np.zeros((x.shape[0], w.shape[1]))
    for i in range(x.shape[0]):
        for j in range(w.shape[1]):
            for k in range(x.shape[1]):
                out[i, j] = x[i, k] * w[k, j]
            out[i, j] += b[j]
    return out
# == linear | one number per row
def linear(x, w, b):
    out = np.zeros((x.shape[0], w.shape[1]))
    for i in range(x.shape[0]):
        for j in range(w.shape[1]):
            for k in range(x.shape[1]):
                out[i, j] += x[i, k] * w[k, j]
            out[i, j] += b[i]
    return out
# == linear | *|elementwise|@|broadcast|shape
def linear(x, w, b):
    return x * w + b
# == linear | order|shape|w @ x|matmul|mismatch
def linear(x, w, b):
    return w @ x + b
# == linear | list|append|array
def linear(x, w, b):
    rows = []
    for r in x:
        rows.append(list(np.dot(r, w) + b))
    return rows
# == linear | matmul|attribute
def linear(x, w, b):
    out = x.matmul(w)
    return out + b
# == linear | bias
def linear(x, w, b):
    out = np.matmul(x, w)
    out + b
    return out
# == linear | only for a matrix
def linear(x, w, b):
    n_seq, n_in = x.shape
    out = np.zeros((n_seq, w.shape[1]))
    for i in range(n_seq):
        out[i] = x[i] @ w + b
    return out
