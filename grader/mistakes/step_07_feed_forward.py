"""Mistakes of step 7."""
# Wrong on purpose, written as students write; names such as np and gelu are the solutions' own.
# mypy: ignore-errors
# ruff: noqa

from grader.mistakes import Chapter

chapter = Chapter(7)
form = chapter.form
mistake = chapter.mistake


@mistake(
    "feed_forward.no-gelu",
    "this has no gelu between the two layers: two linear layers in a row are just one",
    "Which of your earlier functions is never called?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = linear(x, **c_fc)
    return linear(hidden, **c_proj)


@mistake(
    "feed_forward.gelu-behind",
    "this applies gelu after the second layer, not between the two",
    "Where in the formula is gelu?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = linear(x, **c_fc)
    return gelu(linear(hidden, **c_proj))


@mistake(
    "feed_forward.gelu-twice",
    "this applies gelu again, after the second layer",
    "How many times does gelu occur in the formula?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = gelu(linear(x, **c_fc))
    return gelu(linear(hidden, **c_proj))


@mistake(
    "feed_forward.gelu-of-gelu",
    "this takes gelu of gelu",
    "How many times does gelu occur in the formula?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = gelu(gelu(linear(x, **c_fc)))
    return linear(hidden, **c_proj)


@mistake(
    "feed_forward.gelu-before",
    "this takes gelu of x, before the first layer",
    "Where in the formula is gelu?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = linear(gelu(x), **c_fc)
    return linear(hidden, **c_proj)


@mistake(
    "feed_forward.gelu-before-bias",
    "this takes gelu before it adds the first layer's bias",
    "Is the bias inside gelu, or outside?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = gelu(x @ c_fc["w"]) + c_fc["b"]
    return linear(hidden, **c_proj)


@mistake(
    "feed_forward.softmax",
    "this has softmax; it should be gelu",
    "Which function is between the two layers?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = softmax(linear(x, **c_fc))
    return linear(hidden, **c_proj)


@mistake(
    "feed_forward.sigmoid",
    "this has a sigmoid; it should be gelu",
    "Which function is between the two layers?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = 1 / (1 + np.exp(-linear(x, **c_fc)))
    return linear(hidden, **c_proj)


@mistake(
    "feed_forward.gated",
    "this multiplies the hidden layer by its own gelu, as gated networks do",
    "Is there a product in the formula, apart from the matrix products?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = linear(x, **c_fc)
    return linear(hidden * gelu(hidden), **c_proj)


@mistake(
    "feed_forward.residual-inside",
    "this adds x to its own answer",
    "Whose job is the residual: feed_forward's or the block's?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = gelu(linear(x, **c_fc))
    return x + linear(hidden, **c_proj)


@mistake(
    "feed_forward.residual-in-hidden",
    "this adds the hidden layer to its own gelu",
    "Is there a sum in the formula, apart from the biases?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = linear(x, **c_fc)
    return linear(hidden + gelu(hidden), **c_proj)


@mistake(
    "feed_forward.no-biases",
    "this forgets both biases",
    "Which parts do c_fc and c_proj have?",
)
def feed_forward(x, c_fc, c_proj):
    return gelu(x @ c_fc["w"]) @ c_proj["w"]


@mistake(
    "feed_forward.no-c_fc-bias",
    "this forgets the bias of c_fc",
    "Which parts do c_fc and c_proj have?",
)
def feed_forward(x, c_fc, c_proj):
    return linear(gelu(x @ c_fc["w"]), **c_proj)


@mistake(
    "feed_forward.no-c_proj-bias",
    "this forgets the bias of c_proj",
    "Which parts do c_fc and c_proj have?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = gelu(linear(x, **c_fc))
    return hidden @ c_proj["w"]


@mistake(
    "feed_forward.hidden-only",
    "this stops after the hidden layer: c_proj is never used",
    "How wide should the answer be?",
)
def feed_forward(x, c_fc, c_proj):
    return gelu(linear(x, **c_fc))


@mistake(
    "feed_forward.layers-swapped",
    "this runs c_proj first and c_fc second",
    "Which layer makes the rows wider, and which narrower?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = gelu(linear(x, **c_proj))
    return linear(hidden, **c_fc)


@mistake(
    "feed_forward.transposed",
    "this multiplies by the transposed weights, as PyTorch's Linear keeps them",
    "Which axis of w has the length of a row of x?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = gelu(x @ c_fc["w"].T + c_fc["b"])
    return hidden @ c_proj["w"].T + c_proj["b"]


@mistake(
    "feed_forward.c_fc-twice",
    "this uses c_fc's weights, transposed, for the second layer as well",
    "Which of the arguments do you never use?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = gelu(linear(x, **c_fc))
    return hidden @ c_fc["w"].T + c_proj["b"]


@mistake(
    "feed_forward.mixes-tokens",
    "this adds the mean over the tokens: tokens must not see each other here",
    "Should a token's answer change when another token changes?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = gelu(linear(x + np.mean(x, axis=0, keepdims=True), **c_fc))
    return linear(hidden, **c_proj)


@mistake(
    "feed_forward.normalises",
    "this normalises x itself, which the block has already done",
    "Whose job is the layer norm: feed_forward's or the block's?",
)
def feed_forward(x, c_fc, c_proj):
    x = (x - np.mean(x, axis=-1, keepdims=True)) / np.sqrt(np.var(x, axis=-1, keepdims=True) + 1e-5)
    hidden = gelu(linear(x, **c_fc))
    return linear(hidden, **c_proj)


@mistake(
    "feed_forward.half",
    "this halves its answer",
    "Is there a factor before the formula?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = gelu(linear(x, **c_fc))
    return 0.5 * linear(hidden, **c_proj)


@mistake(
    "feed_forward.dropout",
    "this scales the hidden layer by 0.9, as if for dropout, which belongs to training",
    "Is anything dropped when a trained model runs?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = 0.9 * gelu(linear(x, **c_fc))
    return linear(hidden, **c_proj)


@mistake(
    "feed_forward.first-units-only",
    "this uses only the first n_embd hidden units",
    "How many hidden units are there, and how many reach c_proj?",
)
def feed_forward(x, c_fc, c_proj):
    n_embd = x.shape[-1]
    hidden = gelu(linear(x, **c_fc))
    return hidden[..., :n_embd] @ c_proj["w"][:n_embd] + c_proj["b"]


@mistake(
    "feed_forward.fixed-width",
    "this assumes that the hidden layer is four times as wide as x",
    "Where can you read the width of the hidden layer?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = np.zeros((len(x), 4 * x.shape[-1]), dtype=x.dtype)
    hidden[:] = gelu(linear(x, **c_fc))
    return linear(hidden, **c_proj)


@mistake(
    "feed_forward.last-token-only",
    "this returns only the last token's row",
    "How many rows should the answer have?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = gelu(linear(x, **c_fc))
    return linear(hidden, **c_proj)[-1:]


@mistake(
    "feed_forward.in-place",
    "this adds its answer to the caller's own x",
    "Whose array does x += ... change?",
)
def feed_forward(x, c_fc, c_proj):
    x += linear(gelu(linear(x, **c_fc)), **c_proj)
    return x


@mistake(
    "feed_forward.gelu-squared",
    "this squares gelu's result",
    "Is there a square in the formula?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = gelu(linear(x, **c_fc)) ** 2
    return linear(hidden, **c_proj)


@mistake(
    "feed_forward.normalises-hidden",
    "this normalises the hidden layer",
    "How many functions are there between the two layers?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = gelu(linear(x, **c_fc))
    hidden = (hidden - np.mean(hidden, axis=-1, keepdims=True)) / np.sqrt(
        np.var(hidden, axis=-1, keepdims=True) + 1e-5
    )
    return linear(hidden, **c_proj)


@mistake(
    "feed_forward.gelu-of-residual",
    "this adds x to its own answer and takes gelu of the sum",
    "Whose job is the residual: feed_forward's or the block's?",
)
def feed_forward(x, c_fc, c_proj):
    return gelu(x + linear(gelu(linear(x, **c_fc)), **c_proj))


@mistake(
    "feed_forward.hidden-layers-add-up",
    "this adds to the hidden layer of the earlier tokens: tokens must not see each other here",
    "What does your variable for the hidden layer hold when the next token starts?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = np.cumsum(gelu(linear(x, **c_fc)), axis=0)
    return linear(hidden, **c_proj)


@mistake(
    "feed_forward.bias-of-c_fc-behind",
    "this adds a part of c_fc's bias after the second layer, and none before gelu",
    "Which bias belongs to which layer?",
)
def feed_forward(x, c_fc, c_proj):
    n_embd = x.shape[-1]
    return linear(gelu(x @ c_fc["w"]), **c_proj) + c_fc["b"][:n_embd]


@mistake(
    "feed_forward.c_proj-twice",
    "this uses c_proj's weights, transposed, for the first layer as well",
    "Which of the arguments do you never use?",
)
def feed_forward(x, c_fc, c_proj):
    hidden = gelu(x @ c_proj["w"].T + c_fc["b"])
    return linear(hidden, **c_proj)


@mistake(
    "feed_forward.hidden-never-used",
    "this computes the hidden layer, and then gives x, not the hidden layer, to c_proj",
    "Which of your variables is never used again?",
)
def feed_forward(x, c_fc, c_proj):
    h = gelu(linear(x, **c_fc))
    return linear(x, **c_proj)


@mistake(
    "feed_forward.extra-axis",
    "the answer has one axis too many: a comma at the end of a line makes a tuple",
    "Does one of your lines end with a comma?",
)
def feed_forward(x, c_fc, c_proj):
    h = (gelu(linear(x, **c_fc)),)
    return linear(np.asarray(h), **c_proj)


@mistake(
    "feed_forward.first-layer-never-used",
    "this takes gelu of x, and gives that to c_proj: c_fc is never used",
    "Which of the arguments do you never use?",
)
def feed_forward(x, c_fc, c_proj):
    wide = np.concatenate([gelu(x)] * (len(c_proj["w"]) // x.shape[-1] + 1), axis=-1)[..., : len(c_proj["w"])]
    return linear(wide, **c_proj)


@mistake(
    "feed_forward.float16",
    "this computes in half precision somewhere inside, which keeps only three digits",
    "What is the dtype of your intermediate arrays?",
)
def feed_forward(x, c_fc, c_proj):
    h = gelu(linear(x, **c_fc)).astype(np.float16).astype(x.dtype)
    return linear(h, **c_proj)


@form("feed_forward.float16")
def feed_forward(x, c_fc, c_proj):
    h = gelu(linear(x.astype(np.float16).astype(x.dtype), **c_fc))
    return linear(h, **c_proj)


@form("feed_forward.float16")
def feed_forward(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj).astype(np.float16).astype(x.dtype)
