# As beginners write it; tests/measures/first_lines.py says how the lines between are read.
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
# == feed_forward | gelu gets 3
def feed_forward(x, c_fc, c_proj):
    return linear(gelu(linear(x, c_fc["w"], c_fc["b"]), c_proj["w"], c_proj["b"]))
# == feed_forward | gelu(hidden), throws
def feed_forward(x, c_fc, c_proj):
    hidden = linear(x, **c_fc)
    gelu(hidden)
    return linear(hidden, **c_proj)
# == feed_forward | gelu(
def feed_forward(x, c_fc, c_proj):
    h = gelu * linear(x, **c_fc)
    return linear(h, **c_proj)
# == feed_forward | c_proj, c_fc
def feed_forward(x, c_fc, c_proj):
    h = gelu(linear(x, **c_fc))
    return linear(h, c_proj["w"], c_fc["b"])
# == feed_forward | come first
def feed_forward(x, c_fc, c_proj):
    h = gelu(linear(**c_fc, x))
    return linear(h, **c_proj)
# == feed_forward | shape|c_proj|c_fc|order|mismatch
def feed_forward(x, c_fc, c_proj):
    h = gelu(linear(x, **c_proj))
    return linear(h, **c_fc)
# == feed_forward | gelu
def feed_forward(x, c_fc, c_proj):
    h = linear(x, c_fc["w"], c_fc["b"])
    gelu(h)
    return linear(h, c_proj["w"], c_proj["b"])
# == feed_forward | callable|gelu
def feed_forward(x, c_fc, c_proj):
    gelu = linear(x, c_fc["w"], c_fc["b"])
    gelu = gelu(gelu)
    return linear(gelu, c_proj["w"], c_proj["b"])
# == feed_forward | attribute|dict
def feed_forward(x, c_fc, c_proj):
    a = gelu(x @ c_fc.w + c_fc.b)
    return a @ c_proj.w + c_proj.b
# == feed_forward | unpack|string|str|linear|**|ufunc|matmul
def feed_forward(x, c_fc, c_proj):
    h = gelu(linear(x, *c_fc))
    return linear(h, *c_proj)
