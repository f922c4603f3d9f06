# As beginners write it; tests/measures/first_lines.py says how the lines between are read.
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
# == layer_norm | eps=1e-5, contract
def layer_norm(x, g, b, eps):
    mean = np.mean(x, axis=-1, keepdims=True)
    var = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(var + eps) + b
# == layer_norm | matrix product, *
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    var = np.var(x, axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(var + eps) @ g + b
# == layer_norm | eps, smaller
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    var = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(var + 1e-8) + b
# == layer_norm | mean, once
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    x = x - mean
    var = np.mean((x - mean) ** 2, axis=-1, keepdims=True)
    return g * x / np.sqrt(var + eps) + b
# == layer_norm | each row, own mean
def layer_norm(x, g, b, eps=1e-5):
    out = []
    for row in x:
        out.append(g * (row - row.mean()) / np.sqrt(row.var() + eps) + b)
    return np.array(out)
# == layer_norm | upside down
def layer_norm(x, g, b, eps=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    std = np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    return g * (std / (x - mean)) + b
# == layer_norm | varience|variance
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(varience + eps) + b
# == layer_norm | whole|axis|row
def layer_norm(x, g, b, eps=1e-5):
    mean = sum(x) / len(x)
    var = sum((x - mean) ** 2) / len(x)
    return g * (x - mean) / np.sqrt(var + eps) + b
# == layer_norm | variance|attribute|module|np.variance
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.variance(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b
# == layer_norm | bracket|mean|minus|x - mean
def layer_norm(x, g, b, eps=1e-5):
    m = x.mean(axis=-1, keepdims=True)
    v = x.var(axis=-1, keepdims=True)
    return g * x - m / np.sqrt(v + eps) + b
# == layer_norm | tuple|comma
def layer_norm(x, g, b, eps=1e-5):
    m = x.mean(axis=-1, keepdims=True)
    v = x.var(axis=-1, keepdims=True),
    return g * (x - m) / np.sqrt(np.array(v) + eps) + b,
