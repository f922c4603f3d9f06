# As beginners write it; tests/measures/first_lines.py says how the lines between are read.
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
# == transformer_block | without n_head
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)
# == transformer_block | added
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x * mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x * feed_forward(layer_norm(x, **ln_2), **mlp)
# == transformer_block | whole dictionary
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), attn["c_attn"]["w"], attn["c_proj"]["w"], n_head)
    return x + feed_forward(layer_norm(x, **ln_2), mlp["c_fc"]["w"], mlp["c_proj"]["w"])
# == transformer_block | twice, c_attn
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), n_head, **attn)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)
# == transformer_block | residual|x +|itself|add|stream
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = layer_norm(x, **ln_1)
    x = x + mha(x, **attn, n_head=n_head)
    x = layer_norm(x, **ln_2)
    x = x + feed_forward(x, **mlp)
    return x
# == transformer_block | n_head|argument|missing
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn)
    x = x + feed_forward(layer_norm(x, **ln_2), **mlp)
    return x
# == transformer_block | unpack|string|str|ln_1|layer_norm|ufunc|**
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, *ln_1), **attn, n_head=n_head)
    x = x + feed_forward(layer_norm(x, *ln_2), **mlp)
    return x
# == transformer_block | residual|x +|add|stream|lost|attention
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    h = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    out = x + feed_forward(layer_norm(h, **ln_2), **mlp)
    return out
# == transformer_block | argument|mlp|c_proj|missing|feed_forward
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x = x + a
    m = feed_forward(layer_norm(x, **ln_2), mlp)
    return x + m
