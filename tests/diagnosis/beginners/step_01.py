# As beginners write it; tests/measures/first_lines.py says how the lines between are read.
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
# == gelu | tan, tanh
def gelu(x):
    return 0.5 * x * (1 + np.tan(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
# == gelu | point, comma
def gelu(x):
    return 0,5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0,044715 * x**3)))
# == gelu | * is missing
def gelu(x):
    return 0.5x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
# == gelu | whole row
def gelu(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = 0.5 * x[i] * (1 + np.tanh(np.sqrt(2 / np.pi) * (x[i] + 0.044715 * x[i]**3)))
    return y
# == gelu | max, whole rows
def gelu(x):
    return max(x, 0)
# == gelu | math.tanh|scalar|only|np.tanh
def gelu(x):
    return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
# == gelu | return|none
def gelu(x):
    inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    result = 0.5 * x * (1 + np.tanh(inner))
    print(result)
# == gelu | ^|bitwise|ufunc
def gelu(x):
    inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x ^ 3)
    return 0.5 * x * (1 + np.tanh(inner))
# == gelu | pi
def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / pi) * (x + 0.044715 * x**3)))
# == gelu | overwrites
def gelu(x):
    y = x
    y *= 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return y
# == gelu | sqrt
def gelu(x):
    inner = np.sqrt(2) / np.pi * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + np.tanh(inner))
# == gelu | not callable|callable|*
def gelu(x):
    return 0.5 (x) * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
