"""Mistakes of step 8."""
# Wrong on purpose, written as students write; names such as mha and layer_norm are the solutions' own.
# mypy: ignore-errors
# ruff: noqa

from grader.mistakes import Chapter

chapter = Chapter(8)
form = chapter.form
mistake = chapter.mistake


@mistake(
    "transformer_block.post-norm",
    "this normalises after adding (post-norm), as in the paper of 2017; GPT-2 normalises before",
    "Is the residual stream itself ever normalised inside a block of GPT-2?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = layer_norm(x + mha(x, **attn, n_head=n_head), **ln_1)
    return layer_norm(x + feed_forward(x, **mlp), **ln_2)


@mistake(
    "transformer_block.residual-normalised",
    "this adds to the normalised x; the residual should be x itself",
    "What is it that attention's result is added to?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = layer_norm(x, **ln_1)
    x = x + mha(x, **attn, n_head=n_head)
    x = layer_norm(x, **ln_2)
    return x + feed_forward(x, **mlp)


@mistake(
    "transformer_block.first-residual-normalised",
    "attention's result is added to the normalised x; it should be added to x itself",
    "What is it that attention's result is added to?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = layer_norm(x, **ln_1)
    x = x + mha(x, **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.second-residual-normalised",
    "feed_forward's result is added to the normalised x; it should be added to x itself",
    "What is it that feed_forward's result is added to?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x = layer_norm(x, **ln_2)
    return x + feed_forward(x, **mlp)


@mistake(
    "transformer_block.no-first-residual",
    "this replaces x by attention's result; it should be added to x",
    "What is left of x after your first line?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.no-second-residual",
    "this replaces x by feed_forward's result; it should be added to x",
    "What is left of x after your second line?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.no-residuals",
    "this has no residuals: nothing is added to x",
    "Where in the formula is x itself?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.norms-swapped",
    "ln_1 and ln_2 are swapped",
    "Which of the two comes before attention?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_2), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_1), **mlp)


@mistake(
    "transformer_block.ln_1-twice",
    "this uses ln_1 for both halves",
    "Which of the arguments do you never use?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_1), **mlp)


@mistake(
    "transformer_block.ln_2-twice",
    "this uses ln_2 for both halves",
    "Which of the arguments do you never use?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_2), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.no-ln_1",
    "this forgets the layer norm before attention",
    "Which of the arguments do you never use?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(x, **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.no-ln_2",
    "this forgets the layer norm before feed_forward",
    "Which of the arguments do you never use?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(x, **mlp)


@mistake(
    "transformer_block.no-norms",
    "this forgets both layer norms",
    "Which of your earlier functions is never called?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(x, **attn, n_head=n_head)
    return x + feed_forward(x, **mlp)


@mistake(
    "transformer_block.attention-reads-sum",
    "here attention reads the sum of x and its normalised copy",
    "What exactly goes into mha?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(x + layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.parallel",
    "here both halves read the same x, side by side, as in GPT-J; in GPT-2 the second half reads what "
    "the first made",
    "What does feed_forward read: the block's input, or attention's result added to it?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + a + feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.parallel-one-norm",
    "here both halves read the same normalised x; in GPT-2 the second half reads what the first made",
    "What does feed_forward read: the block's input, or attention's result added to it?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    h = layer_norm(x, **ln_1)
    return x + mha(h, **attn, n_head=n_head) + feed_forward(h, **mlp)


@mistake(
    "transformer_block.feed-forward-first",
    "this runs feed_forward before attention",
    "First the tokens talk to each other, then each one thinks. Which of your two lines is which?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + feed_forward(layer_norm(x, **ln_2), **mlp)
    return x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)


@mistake(
    "transformer_block.second-residual-from-input",
    "this adds feed_forward's result to the block's input: attention's result is lost",
    "Which x does your last line add to?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    h = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(h, **ln_2), **mlp)


@mistake(
    "transformer_block.feed-forward-reads-attention",
    "here feed_forward reads attention's result alone, without x",
    "What does ln_2 normalise: attention's result, or x with it added?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + a + feed_forward(layer_norm(a, **ln_2), **mlp)


@mistake(
    "transformer_block.halves-normalised-afterwards",
    "this normalises what the two halves return, not what they read",
    "On which side of mha does ln_1 stand?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + layer_norm(mha(x, **attn, n_head=n_head), **ln_1)
    return x + layer_norm(feed_forward(x, **mlp), **ln_2)


@mistake(
    "transformer_block.attention-only",
    "this stops after attention: feed_forward never runs",
    "Which of the arguments do you never use?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    return x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)


@mistake(
    "transformer_block.feed-forward-only",
    "this has no attention: tokens never talk to each other",
    "Which of the arguments do you never use?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.averages",
    "this averages x and each result; they should be added",
    "Is there a factor of 1/2 in the formula?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = (x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)) / 2
    return (x + feed_forward(layer_norm(x, **ln_2), **mlp)) / 2


@mistake(
    "transformer_block.subtracts",
    "this subtracts the results from x; they should be added",
    "Which sign does each half have in the formula?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x - mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x - feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.multiplies",
    "this multiplies x by attention's result; it should be added",
    "Which operation joins x and each half?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x * mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.residual-twice",
    "this adds x twice in its first half",
    "How many times is x itself in the first line of the formula?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.second-residual-twice",
    "this adds x twice in its second half",
    "How many times is x itself in the second line of the formula?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + x + feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.attention-twice",
    "this runs attention twice",
    "How many times does each half run in one block?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    for _ in range(2):
        x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.normalised-at-the-end",
    "this normalises its answer again, with ln_2",
    "Who normalises the residual stream at the end: every block, or ln_f once?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x = x + feed_forward(layer_norm(x, **ln_2), **mlp)
    return layer_norm(x, **ln_2)


@mistake(
    "transformer_block.one-head",
    "this attends with one head, whatever n_head is",
    "Which of the arguments do you never use?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=1)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.gain-and-bias-swapped",
    "this passes g and b to layer_norm the wrong way round",
    "In which order does layer_norm take its gain and its bias?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, ln_1["b"], ln_1["g"]), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, ln_2["b"], ln_2["g"]), **mlp)


@mistake(
    "transformer_block.in-place",
    "this adds to the caller's own x",
    "Whose array does x += ... change?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x += mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x += feed_forward(layer_norm(x, **ln_2), **mlp)
    return x


@mistake(
    "transformer_block.first-half-in-place",
    "this adds attention's result to the caller's own x",
    "Whose array does x += ... change?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x += mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.takes-arguments-out",
    "this takes the weights out of the caller's own dictionaries (pop)",
    "Will the weights still be there when the block runs for the next token?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    c_attn, c_proj = attn.pop("c_attn"), attn.pop("c_proj")
    x = x + mha(layer_norm(x, **ln_1), c_attn, c_proj, n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.input-added-again",
    "this adds the block's input again at the end: the sum after attention already holds it",
    "How many times does the block's input reach its output?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    first = layer_norm(x, **ln_1)
    attended = np.add(mha(first, n_head=n_head, **attn), x)
    second = layer_norm(attended, **ln_2)
    return np.sum([feed_forward(second, **mlp), attended, x], axis=0)


@mistake(
    "transformer_block.second-half-subtracts",
    "this subtracts feed_forward's result from x; it should be added",
    "Which sign does each half have in the formula?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    first = layer_norm(x, **ln_1)
    attended = np.add(mha(first, n_head=n_head, **attn), x)
    second = layer_norm(attended, **ln_2)
    return np.subtract(attended, feed_forward(second, **mlp))


@mistake(
    "transformer_block.mha-for-feed-forward",
    "the second half runs attention (mha) again; feed_forward is never called",
    "Which two parts does a block have?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + mha(layer_norm(x, **ln_2), **attn, n_head=n_head)


@form("transformer_block.mha-for-feed-forward")
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    start = x
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return start + mha(layer_norm(x, **ln_2), **attn, n_head=n_head)


@mistake(
    "transformer_block.feed-forward-for-mha",
    "the first half runs feed_forward; attention (mha) is never called",
    "Which two parts does a block have?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + feed_forward(layer_norm(x, **ln_1), **mlp)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@mistake(
    "transformer_block.layers-without-residual-inside",
    "this feeds attention's result straight into feed_forward and adds x once, at the end",
    "How many times does the formula add to x?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    a = mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(a, **ln_2), **mlp)


@mistake(
    "transformer_block.float16",
    "this keeps x in half precision somewhere inside, which keeps only three digits",
    "What is the dtype of x after each line?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x = x.astype(np.float16).astype(np.float32)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@form("transformer_block.float16")
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x.astype(np.float16).astype(np.float32)
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + feed_forward(layer_norm(x, **ln_2), **mlp)


@form("transformer_block.float16")
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return (x + feed_forward(layer_norm(x, **ln_2), **mlp)).astype(np.float16)


@mistake(
    "transformer_block.both-halves-multiplied",
    "this multiplies x by what each half returns; it should be added",
    "What stays of x if a half returns numbers close to 0?",
)
def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x * mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x * feed_forward(layer_norm(x, **ln_2), **mlp)
