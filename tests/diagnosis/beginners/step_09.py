# As beginners write it; tests/measures/first_lines.py says how the lines between are read.
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
# == gpt2 | list of blocks
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[:len(inputs)]
    for block in blocks:
        x = transformer_block(x, **blocks, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | transformer_block(x, throws
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[:len(inputs)]
    for block in blocks:
        transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | len(inputs)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(inputs)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | without n_head
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[:len(inputs)]
    for block in blocks:
        x = transformer_block(x, **block)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | wpe|position
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[len(inputs)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | return|indent|loop|first|block|layer
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
        x = layer_norm(x, **ln_f)
        return x @ wte.T
# == gpt2 | block|layer
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | broadcast|wpe|position|shape
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T
# == gpt2 | shape|logits|last|row
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    logits = layer_norm(x, **ln_f) @ wte.T
    return logits[-1]
