"""Mistakes of step 4."""
# Wrong on purpose, written as students write; names such as np and math are the solutions' own.
# mypy: ignore-errors
# ruff: noqa

from grader.mistakes import Chapter

chapter = Chapter(4)
form = chapter.form
mistake = chapter.mistake


@mistake("linear.no-bias", "this forgets the bias b", "Which of the arguments do you never use?")
def linear(x, w, b):
    return x @ w


@mistake("linear.minus-bias", "this subtracts b", "Which sign does b have in the formula?")
def linear(x, w, b):
    return x @ w - b


@mistake("linear.bias-twice", "this adds b twice", "How many times does b occur in the formula?")
def linear(x, w, b):
    return x @ w + 2 * b


@mistake(
    "linear.times-bias",
    "this multiplies by b; the formula adds it",
    "Which operation is between the product and b?",
)
def linear(x, w, b):
    return (x @ w) * b


@mistake(
    "linear.bias-first",
    "this adds b to x, before the product",
    "How long is b: as long as a row of x, or as long as a row of the answer?",
)
def linear(x, w, b):
    return (x + b) @ w


@mistake(
    "linear.transposed",
    "this multiplies by w.T: PyTorch's Linear keeps its weights that way, GPT-2's files do not",
    "Which axis of w has the length of a row of x?",
)
def linear(x, w, b):
    return x @ w.T + b


@mistake(
    "linear.transposes-where-it-fits",
    "this multiplies by w.T wherever that fits, and so is wrong for every square w",
    "Should the shape of w decide about its meaning?",
)
def linear(x, w, b):
    return x @ (w.T if w.shape[1] == x.shape[-1] else w) + b


@mistake(
    "linear.w-times-x",
    "the product is the wrong way round: this is w @ x",
    "Which lengths meet in x @ w, and which in w @ x?",
)
def linear(x, w, b):
    return w @ x + b


@mistake(
    "linear.elementwise",
    "this multiplies number by number (*); a linear layer needs the matrix product (@)",
    "Which operator mixes the features of a row?",
)
def linear(x, w, b):
    return x * w + b


@mistake(
    "linear.sum-of-bias",
    "this adds the sum of b to every feature",
    "Does every output feature have a bias of its own?",
)
def linear(x, w, b):
    return x @ w + np.sum(b)


@mistake(
    "linear.mean-of-bias",
    "this adds the mean of b to every feature",
    "Does every output feature have a bias of its own?",
)
def linear(x, w, b):
    return x @ w + np.mean(b)


@mistake(
    "linear.first-bias",
    "this adds the first number of b to every feature",
    "Does every output feature have a bias of its own?",
)
def linear(x, w, b):
    return x @ w + b[0]


@mistake(
    "linear.bias-as-column",
    "this adds b along the wrong axis: one number per row, not one per feature",
    "With which axis of the answer does b line up?",
)
def linear(x, w, b):
    return x @ w + b[:, None]


@mistake(
    "linear.bias-on-first-row",
    "this adds b to the first row only",
    "Which tokens get the bias?",
)
def linear(x, w, b):
    out = x @ w
    out[..., 0, :] = out[..., 0, :] + b
    return out


@mistake(
    "linear.bias-on-last-row",
    "this adds b to the last row only",
    "Which tokens get the bias?",
)
def linear(x, w, b):
    out = x @ w
    out[..., -1, :] = out[..., -1, :] + b
    return out


@mistake(
    "linear.reversed-bias",
    "this adds b in reverse order",
    "Which number of b belongs to the first feature?",
)
def linear(x, w, b):
    return x @ w + b[::-1]


@mistake(
    "linear.mean-not-sum",
    "this divides the product by n_in: a mean, not a sum",
    "What does @ do with the products of a row: add them, or average them?",
)
def linear(x, w, b):
    return x @ w / x.shape[-1] + b


@mistake(
    "linear.scaled",
    "this divides the product by sqrt(n_in), as some initialisations do",
    "Are the weights in the file already as large as they should be?",
)
def linear(x, w, b):
    return x @ w / math.sqrt(x.shape[-1]) + b


@mistake(
    "linear.relu",
    "this sets negative numbers to 0 (ReLU): a linear layer is linear",
    "Where does the non-linearity belong: in this function, or after it?",
)
def linear(x, w, b):
    return np.maximum(x @ w + b, 0)


@mistake(
    "linear.absolute",
    "this takes absolute values",
    "What should a negative sum become?",
)
def linear(x, w, b):
    return np.abs(x @ w + b)


@mistake(
    "linear.residual",
    "this adds x to its own answer where that fits",
    "Whose job is the residual: the linear layer's or the block's?",
)
def linear(x, w, b):
    out = x @ w + b
    return x + out if out.shape == x.shape else out


@mistake(
    "linear.first-row-only",
    "this computes the first row, and uses it for all rows",
    "Does every token have its own features?",
)
def linear(x, w, b):
    return np.zeros_like(x @ w) + x[..., :1, :] @ w + b


@mistake(
    "linear.always-a-matrix",
    "this turns a single row into a matrix, so that the answer has one axis too many",
    "What shape should a single row give: [n_out] or [1, n_out]?",
)
def linear(x, w, b):
    return np.atleast_2d(x) @ w + b


@mistake(
    "linear.squeezed",
    "this drops axes of length 1",
    "What shape should a matrix with one row give?",
)
def linear(x, w, b):
    return np.squeeze(x @ w + b)


@mistake(
    "linear.two-axes-only",
    "this works only for a matrix, not for a single row or a batch",
    "How many leading axes may x have?",
)
def linear(x, w, b):
    n_rows, n_in = x.shape
    return x @ w + b


@mistake(
    "linear.flattens-batches",
    "this returns a batch as one long matrix",
    "Which leading axes did x have, and where are they in the answer?",
)
def linear(x, w, b):
    return x.reshape(-1, x.shape[-1]) @ w + b if x.ndim > 2 else x @ w + b


@mistake(
    "linear.float16",
    "this computes in half precision, which keeps only three digits",
    "What is the dtype of your intermediate arrays?",
)
def linear(x, w, b):
    return x.astype(np.float16) @ w.astype(np.float16) + b


@mistake(
    "linear.rounded",
    "this rounds its answer to three decimals",
    "Why round? A model of many layers needs all digits.",
)
def linear(x, w, b):
    return np.round(x @ w + b, 3)


@mistake(
    "linear.whole-numbers",
    "this writes its answer into an array of whole numbers, which cuts off every fraction",
    "What is the dtype of the array that you fill?",
)
def linear(x, w, b):
    out = np.zeros((*x.shape[:-1], w.shape[1]), dtype=int)
    out[...] = x @ w + b
    return out


@mistake(
    "linear.last-input-dropped",
    "this leaves the last input feature out of the sum",
    "Where does your loop or slice start, and where does it stop?",
)
def linear(x, w, b):
    return x[..., :-1] @ w[:-1] + b


@mistake(
    "linear.remembers",
    "this keeps the first weights of a shape, and uses them again for the next layer",
    "What does a default argument such as memo={} hold when the function is called a second time?",
)
def linear(x, w, b, memo={}):
    w, b = memo.setdefault(w.shape, (w, b))
    return x @ w + b


@mistake(
    "linear.changes-w",
    "this scales the caller's own weights",
    "Whose array does w *= ... change?",
)
def linear(x, w, b):
    out = x @ w + b
    w *= 0.5
    return out


@mistake(
    "linear.bias-in-weights",
    "this adds b to the weights, before the product",
    "What is b added to: every weight, or every answer?",
)
def linear(x, w, b):
    return x @ (w + b)


@mistake(
    "linear.bias-for-every-input",
    "this adds b once for every input feature: it is inside the inner loop",
    "How many times is b added to one feature of one row?",
)
def linear(x, w, b):
    return x @ w + w.shape[0] * b


@mistake(
    "linear.last-output-missing",
    "this leaves the last output feature at 0",
    "Where does your loop over the outputs start, and where does it stop?",
)
def linear(x, w, b):
    out = x @ w + b
    out[..., -1] = 0
    return out


@mistake(
    "linear.gelu",
    "this applies gelu after the product: a linear layer is linear",
    "Which function belongs to feed_forward, and not to linear?",
)
def linear(x, w, b):
    return gelu(x @ w + b)


@mistake(
    "linear.softmax",
    "this applies softmax after the product: a linear layer is linear",
    "Which function belongs to attention, and not to linear?",
)
def linear(x, w, b):
    return softmax(x @ w + b)


@mistake(
    "linear.tanh",
    "this applies tanh after the product: a linear layer is linear",
    "Is there any function around x w + b in the formula?",
)
def linear(x, w, b):
    return np.tanh(x @ w + b)


@mistake(
    "linear.absolute-bias",
    "this adds |b|",
    "May a bias be negative?",
)
def linear(x, w, b):
    return x @ w + np.abs(b)


@mistake(
    "linear.answer-transposed",
    "this returns the answer transposed: features go down, and rows across",
    "Which axis of the answer should be as long as b?",
)
def linear(x, w, b):
    if x.ndim < 2:
        return x @ w + b
    return np.swapaxes(x @ w + b, -1, -2)


@form("linear.two-axes-only")
def linear(x, w, b):
    out = np.zeros((len(x), w.shape[1]))
    for i in range(len(x)):
        for j in range(w.shape[1]):
            out[i, j] = np.sum(x[i] * w[:, j]) + b[j]
    return out


@form("linear.two-axes-only")
def linear(x, w, b):
    out = np.zeros((x.shape[0], w.shape[1]))
    for i in range(x.shape[0]):
        for j in range(w.shape[1]):
            for k in range(x.shape[1]):
                out[i, j] += x[i, k] * w[k, j]
            out[i, j] += b[j]
    return out


@form("linear.two-axes-only")
def linear(x, w, b):
    return np.einsum("ij,jk->ik", x, w) + b


@mistake(
    "linear.first-input-dropped",
    "this leaves the first input feature out of the sum",
    "Where does your loop or slice start? Python counts from 0.",
)
def linear(x, w, b):
    return x[..., 1:] @ w[1:] + b


@mistake(
    "linear.first-output-missing",
    "this leaves the first output feature at 0",
    "Where does your loop over the outputs start? Python counts from 0.",
)
def linear(x, w, b):
    out = x @ w + b
    out[..., 0] = 0
    return out


@mistake(
    "linear.last-row-missing",
    "this leaves the last row at 0",
    "Where does your loop over the rows stop? range(n) goes up to n - 1.",
)
def linear(x, w, b):
    out = x @ w + b
    if out.ndim > 1:
        out[..., -1, :] = 0
    return out


@mistake(
    "linear.first-row-returned",
    "this returns after the first row: the return is inside the loop over the rows",
    "How far to the left does the return belong?",
)
def linear(x, w, b):
    out = np.zeros((*x.shape[:-1], w.shape[1]), dtype=x.dtype)
    if x.ndim == 1:
        return x @ w + b
    out[0] = x[0] @ w + b
    return out


@mistake(
    "linear.last-product-only",
    "this keeps only the last product of each sum: every round of the loop overwrites the one before",
    "What should happen to out[i, j] in each round: get a new value, or grow?",
)
def linear(x, w, b):
    out = np.zeros((len(x), w.shape[1]))
    for i in range(len(x)):
        for j in range(w.shape[1]):
            for k in range(w.shape[0]):
                out[i, j] = x[i, k] * w[k, j]
            out[i, j] += b[j]
    return out


@form("linear.bias-as-column")
def linear(x, w, b):
    out = np.zeros((len(x), w.shape[1]))
    for i in range(len(x)):
        for j in range(w.shape[1]):
            for k in range(w.shape[0]):
                out[i, j] += x[i, k] * w[k, j]
            out[i, j] += b[i]
    return out
