"""Mistakes of step 9."""
# Wrong on purpose, written as students write; names such as np and layer_norm are the solutions' own.
# mypy: ignore-errors
# ruff: noqa

from grader.mistakes import Chapter

chapter = Chapter(9)
form = chapter.form
mistake = chapter.mistake


@mistake(
    "gpt2.no-positions",
    "this forgets the position embeddings wpe",
    "Which of the arguments do you never use?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.no-tokens",
    "this forgets the token embeddings: all texts of the same length look alike",
    "How does gpt2 know which token is at a position?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.positions-from-1",
    "this counts positions from 1; GPT-2's first position is 0",
    "Which row of wpe belongs to the first token?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(1, len(inputs) + 1)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.positions-from-ids",
    "this looks up positions by the token ids: wpe[inputs]",
    "Is the place of a token the same as its id?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[inputs]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.positions-from-ids-modulo",
    "this looks up positions by the token ids, modulo n_ctx",
    "Is the place of a token the same as its id?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[np.asarray(inputs) % len(wpe)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.positions-reversed",
    "this counts positions from the end of the text",
    "Which row of wpe belongs to the first token?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))][::-1]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.last-positions",
    "this takes the last rows of wpe, not the first ones",
    "Which row of wpe belongs to the first token?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[-len(inputs) :]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.position-0-for-all",
    "this gives every token the position 0",
    "Does every place of a text have a row of wpe of its own?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[0]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.position-n-for-all",
    "this gives every token the position of the last one",
    "Does every place of a text have a row of wpe of its own?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[len(inputs) - 1]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.positions-multiplied",
    "this multiplies token and position embeddings; they should be added",
    "How are the two embeddings combined?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] * wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.positions-subtracted",
    "this subtracts the position embeddings",
    "How are the two embeddings combined?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] - wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.positions-in-every-block",
    "this adds the position embeddings again before every block",
    "How many times is a token told its position?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs]
    for block in blocks:
        x = transformer_block(x + wpe[range(len(inputs))], **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.sinusoidal-positions",
    "this computes sines and cosines for the positions, as in the paper of 2017; GPT-2 learned its own",
    "Where are GPT-2's position embeddings kept?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    n_embd = wte.shape[1]
    angle = np.arange(len(inputs))[:, None] / 10000 ** (2 * (np.arange(n_embd) // 2) / n_embd)
    x = wte[inputs] + np.where(np.arange(n_embd) % 2 == 0, np.sin(angle), np.cos(angle))
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.scaled-embeddings",
    "this multiplies the token embeddings by sqrt(n_embd), as in the paper of 2017; GPT-2 does not",
    "Is there a factor before wte in GPT-2's model.py?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] * math.sqrt(wte.shape[1]) + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.normalised-embeddings",
    "this normalises the embeddings with ln_f before the blocks as well",
    "How many times is ln_f used?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = layer_norm(wte[inputs] + wpe[range(len(inputs))], **ln_f)
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.no-ln_f",
    "this forgets the last layer norm ln_f",
    "Which of the arguments do you never use?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return x @ wte.T


@mistake(
    "gpt2.ln_f-before-blocks",
    "this normalises with ln_f before the blocks, not after them",
    "What does the f in ln_f stand for: first or final?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = layer_norm(wte[inputs] + wpe[range(len(inputs))], **ln_f)
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return x @ wte.T


@mistake(
    "gpt2.ln_f-in-every-block",
    "this normalises with ln_f after every block",
    "How many times is ln_f used?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = layer_norm(transformer_block(x, **block, n_head=n_head), **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.ln_f-swapped",
    "ln_f's g and b are swapped",
    "In which order does layer_norm take its gain and its bias?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, ln_f["b"], ln_f["g"])
    return x @ wte.T


@mistake(
    "gpt2.ln_2-for-ln_f",
    "this uses the last block's ln_2 at the end, not ln_f",
    "Which of the arguments do you never use?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **block["ln_2"])
    return x @ wte.T


@mistake(
    "gpt2.probabilities",
    "this returns probabilities; the contract says logits",
    "May a logit be negative? Who applies softmax, and when?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return softmax(x @ wte.T)


@mistake(
    "gpt2.log-probabilities",
    "this returns logarithms of probabilities; the contract says logits",
    "Who applies softmax, and when?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return np.log(softmax(x @ wte.T) + 1e-30)


@mistake(
    "gpt2.scaled-logits",
    "this divides the logits by sqrt(n_embd)",
    "Is there a factor after the last product in the formula?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T / math.sqrt(wte.shape[1])


@mistake(
    "gpt2.hidden-states",
    "this returns the last hidden states, not the logits",
    "How wide should the answer be: n_embd, or n_vocab?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f)


@mistake(
    "gpt2.not-transposed",
    "this multiplies by wte; it should be the transpose of wte",
    "x has n_embd columns. Which axis of wte has that length?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte


@mistake(
    "gpt2.logits-from-positions",
    "this compares with the position embeddings, not the token embeddings",
    "What should the answer have a column for: each token of the vocabulary, or each position?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wpe.T


@mistake(
    "gpt2.last-position-only",
    "this returns only the last position's logits",
    "How many rows should the answer have?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return (x @ wte.T)[-1]


@mistake(
    "gpt2.best-tokens",
    "this returns the best token of every position; the contract says logits",
    "Who chooses the token: gpt2, or generate?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return np.argmax(x @ wte.T, axis=-1)


@mistake(
    "gpt2.shifted",
    "this returns the rows shifted by one: row i scores the token at i, not the next one",
    "Which token does row i score?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return np.roll(x @ wte.T, 1, axis=0)


@mistake(
    "gpt2.no-blocks",
    "this runs no blocks at all",
    "Which of the arguments do you never use?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.first-block-only",
    "this stops after the first block",
    "Is there a return or a break inside your loop?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
        break
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.first-block-repeated",
    "this runs the first block again and again",
    "Which block's parameters does your loop use the second time?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for _ in blocks:
        x = transformer_block(x, **blocks[0], n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.first-block-skipped",
    "this leaves the first block out",
    "Where does your loop over the blocks start, and where does it stop?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks[1:]:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.last-block-skipped",
    "this leaves the last block out",
    "Where does your loop over the blocks start, and where does it stop?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks[:-1]:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.last-block-twice",
    "this runs the last block twice",
    "How many times does each block run?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.first-block-twice",
    "this runs the first block twice",
    "How many times does each block run?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in [blocks[0], *blocks]:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.blocks-reversed",
    "this runs the blocks in reverse order",
    "Which block reads the embeddings?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in reversed(blocks):
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.blocks-side-by-side",
    "here every block reads the embeddings, not what the block before it made",
    "What goes into the second block?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        out = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(out, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.blocks-added-up",
    "this adds every block's output to x; the block has already added x itself",
    "Whose job is the residual: gpt2's or the block's?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = x + transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.fixed-n-head",
    "this runs every block with 4 heads, whatever n_head is",
    "What if a model has another number of heads?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=4)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.twelve-blocks",
    "this runs 12 blocks, as the 124M model has, however many there are",
    "How many blocks does this model have?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for i in range(12):
        x = transformer_block(x, **blocks[i], n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.repeats-dropped",
    "this drops repeated tokens and sorts the rest (set)",
    "What happens to the order of a text in a set?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    inputs = sorted(set(inputs))
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.text-reversed",
    "this reads the text backwards",
    "Which token is at position 0?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs[::-1]] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.ids-from-1",
    "this subtracts 1 from every token id",
    "Which row of wte belongs to token 0?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[np.asarray(inputs) - 1] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.float16",
    "this computes in half precision somewhere inside, which keeps only three digits",
    "What is the dtype of x between the blocks?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head).astype(np.float16).astype(x.dtype)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.adds-to-wpe",
    "this adds the token embeddings to the caller's own wpe: a slice is a view",
    "Whose numbers does wpe[:n] hold: a copy, or wpe's own?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wpe[: len(inputs)]
    x += wte[inputs]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.takes-blocks-out",
    "this takes the blocks out of the caller's own list (pop)",
    "Will the blocks still be there when gpt2 runs for the next token?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    while blocks:
        x = transformer_block(x, **blocks.pop(0), n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.padded",
    "this pads the text to n_ctx, and returns a row for every place",
    "How many rows should the answer have?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    inputs = list(inputs) + [0] * (len(wpe) - len(inputs))
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.position-after-the-text",
    "this gives every token the position after the last one: wpe[len(inputs)] is one row, not a range "
    "of rows",
    "How many rows of wpe does a text of seven tokens need?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[len(inputs) % len(wpe)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.positions-of-first-occurrence",
    "this gives a repeated token the position of its first occurrence (list.index)",
    "Which position does a token have that occurs for the second time?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    ids = [int(i) for i in inputs]
    x = wte[ids] + wpe[[ids.index(i) for i in ids]]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.positions-by-rank",
    "this numbers the positions in the order of the token ids (argsort)",
    "Does a token's position depend on how large its id is?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[np.argsort(inputs)]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.mean-position",
    "this adds the mean of all positions to every token",
    "Which row of wpe belongs to the first token?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + np.mean(wpe, axis=0)
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.positions-end-up-first",
    "this shifts the positions by one, and the first token gets the last one",
    "Which row of wpe belongs to the first token?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[np.arange(len(inputs)) - 1]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.ln_1-for-ln_f",
    "this uses the last block's ln_1 at the end, not ln_f",
    "Which of the arguments do you never use?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **block["ln_1"])
    return x @ wte.T


@mistake(
    "gpt2.logits-minus-max",
    "this subtracts the largest logit of every row, as softmax does inside",
    "Does the contract ask for numbers that are at most 0, or does softmax do that inside?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    logits = layer_norm(x, **ln_f) @ wte.T
    return logits - np.max(logits, axis=-1, keepdims=True)


@mistake(
    "gpt2.cosine",
    "this scales the token embeddings to length 1 first; they should be used as they are",
    "Is anything divided in the last line of the formula?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ (wte / np.linalg.norm(wte, axis=-1, keepdims=True)).T


@mistake(
    "gpt2.answer-transposed",
    "this returns the logits transposed: [n_vocab, n_seq]",
    "Which axis of the answer should be as long as the text?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return wte @ layer_norm(x, **ln_f).T


@mistake(
    "gpt2.extra-axis",
    "this has an extra first axis, for batches",
    "How many axes should the logits have?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return (layer_norm(x, **ln_f) @ wte.T)[None]


@mistake(
    "gpt2.next-ids",
    "this looks up the embedding of the id after each token's: every id is one too large",
    "Which row of wte belongs to token 0?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[(np.asarray(inputs) + 1) % len(wte)] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f)
    return x @ wte.T


@mistake(
    "gpt2.all-positions",
    "this adds the whole of wpe, not its first len(inputs) rows",
    "How many rows has wpe, and how many tokens are there?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T


@mistake(
    "gpt2.embeddings-only",
    "this goes straight from the embeddings to the logits: no block runs, and ln_f is missing",
    "Which of the arguments do you never use?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    return (wte[inputs] + wpe[range(len(inputs))]) @ wte.T


@mistake(
    "gpt2.no-positions-no-blocks",
    "this uses the token embeddings alone: no positions are added and no block runs",
    "Which of the arguments do you never use?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    return layer_norm(wte[inputs], **ln_f) @ wte.T


@mistake(
    "gpt2.last-token-only",
    "this looks up the last token only and gives it to every position",
    "What does inputs[-1] hold: one id, or all of them?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs[-1]] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T


@mistake(
    "gpt2.ln_f-twice",
    "this normalises with ln_f twice at the end",
    "How many times is ln_f used?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(layer_norm(x, **ln_f), **ln_f) @ wte.T


@mistake(
    "gpt2.mean-of-positions",
    "this averages over the positions, and returns one row for the whole text",
    "How many rows should the answer have?",
)
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return np.mean(layer_norm(x, **ln_f), axis=0, keepdims=True) @ wte.T


@form("gpt2.float16")
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = (wte[inputs] + wpe[range(len(inputs))]).astype(np.float16).astype(wte.dtype)
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T


@form("gpt2.float16")
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return (layer_norm(x, **ln_f) @ wte.T).astype(np.float16)


@form("gpt2.float16")
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs].astype(np.float16) + wpe[range(len(inputs))].astype(np.float16)
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T


@form("gpt2.float16")
def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    x = layer_norm(x, **ln_f).astype(np.float16).astype(wte.dtype)
    return x @ wte.T
