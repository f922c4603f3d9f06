"""Mistakes of step 2."""
# Wrong on purpose, written as students write; names such as np and math are the solutions' own.
# mypy: ignore-errors
# ruff: noqa

from grader.mistakes import Chapter

chapter = Chapter(2)
form = chapter.form
mistake = chapter.mistake


@mistake(
    "softmax.no-max",
    "this is softmax without subtracting the row's maximum: exp overflows for large scores",
    "What is exp(1000)? Which constant can you subtract from a row without changing its softmax?",
)
def softmax(x):
    exp_x = np.exp(x)
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.global-max",
    "this subtracts one maximum of the whole array: a row far below it underflows to 0 / 0",
    "A row at -1000 beside a row at +500: what is left of the first one's exp?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.max-of-columns",
    "this subtracts the maximum of every column; the number that is subtracted must be the same along a row",
    "Along which axis must the subtracted number be the same, so that it cancels?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=0, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.mean-not-max",
    "this subtracts the row's mean, which does not keep exp from overflowing",
    "After the subtraction, how large can the largest score still be?",
)
def softmax(x):
    exp_x = np.exp(x - np.mean(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.min-not-max",
    "this subtracts the row's minimum: the largest score still overflows",
    "Which score is dangerous for exp: the smallest or the largest?",
)
def softmax(x):
    exp_x = np.exp(x - np.min(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.max-of-absolute-values",
    "this subtracts the largest |x|: a row of large negative scores underflows to 0 / 0",
    "A row of scores near -1000: what do you subtract from it?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(np.abs(x), axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.divides-by-max",
    "this divides by the maximum instead of subtracting it",
    "Which of the two leaves the ratios of the exps unchanged?",
)
def softmax(x):
    exp_x = np.exp(x / np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.max-after-exp",
    "this subtracts the maximum after exp, where it does not cancel",
    "Does it matter whether the subtraction happens before or after exp?",
)
def softmax(x):
    exp_x = np.exp(x)
    exp_x = exp_x - np.max(exp_x, axis=-1, keepdims=True)
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.max-in-numerator-only",
    "this subtracts the maximum above the fraction line, and not below it",
    "When does a constant cancel in a fraction?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(np.exp(x), axis=-1, keepdims=True)


@mistake(
    "softmax.sum-of-all",
    "this divides by the sum of the whole array: rows do not sum to 1",
    "Every row is a distribution of its own. What does each row of yours sum to?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x)


@mistake(
    "softmax.over-the-whole-array",
    "this is one softmax over the whole array, not one for each row",
    "How many distributions should come out of an array with three rows?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x))
    return exp_x / np.sum(exp_x)


@mistake(
    "softmax.axis-0",
    "this is softmax along the first axis: columns sum to 1, not rows",
    "Which axis is the last one? What does a column of yours sum to?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=0, keepdims=True))
    return exp_x / np.sum(exp_x, axis=0, keepdims=True)


@mistake(
    "softmax.axis-1",
    "this is softmax along axis 1, which is the last axis only for a matrix",
    "Which axis number means the last axis, however many there are?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=1, keepdims=True)


@mistake(
    "softmax.axis-minus-2",
    "this is softmax along the second-to-last axis",
    "Along which axis do your numbers sum to 1?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-2, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-2, keepdims=True)


@mistake(
    "softmax.sum-along-axis-0",
    "this divides by the sums of the columns",
    "Rows should sum to 1. Along which axis do you sum?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=0, keepdims=True)


@mistake(
    "softmax.no-keepdims",
    "the row sums have lost their last axis (no keepdims), so they do not line up with the rows",
    "What shape do the sums have, and with which axis does NumPy match them?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1)


@mistake(
    "softmax.no-keepdims-at-the-max",
    "the row maxima have lost their last axis (no keepdims), so they do not line up with the rows",
    "What shape do the maxima have, and with which axis does NumPy match them?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.no-keepdims-at-all",
    "the row maxima and row sums have lost their last axis (no keepdims), so they do not line up with "
    "the rows",
    "What shape do the maxima and the sums have, and with which axis does NumPy match them?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1))
    return exp_x / np.sum(exp_x, axis=-1)


@mistake(
    "softmax.in-place",
    "this subtracts the maximum in the caller's own array",
    "Whose array does x -= ... change?",
)
def softmax(x):
    x -= np.max(x, axis=-1, keepdims=True)
    exp_x = np.exp(x)
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.log-softmax",
    "this is the logarithm of softmax",
    "Can a probability be negative?",
)
def softmax(x):
    x = x - np.max(x, axis=-1, keepdims=True)
    return x - np.log(np.sum(np.exp(x), axis=-1, keepdims=True))


@mistake(
    "softmax.log-sum-exp",
    "this is the one number log(sum(exp(x))) of every row, not its softmax",
    "How many probabilities should a row of five scores give?",
)
def softmax(x):
    largest = np.max(x, axis=-1, keepdims=True)
    return largest + np.log(np.sum(np.exp(x - largest), axis=-1, keepdims=True))


@mistake(
    "softmax.not-normalised",
    "this is exp alone: rows do not sum to 1",
    "What must a row of probabilities sum to?",
)
def softmax(x):
    return np.exp(x - np.max(x, axis=-1, keepdims=True))


@mistake(
    "softmax.no-exp",
    "this divides the scores by their sum, without exp",
    "What happens to a negative score?",
)
def softmax(x):
    return x / np.sum(x, axis=-1, keepdims=True)


@form("softmax.no-exp")
def softmax(x):
    x = x - np.max(x, axis=-1, keepdims=True)
    return x / np.sum(x, axis=-1, keepdims=True)


@mistake(
    "softmax.upside-down",
    "this fraction is upside down: it divides the sum by the exponentials",
    "What should the numbers of a row sum to?",
)
def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return np.sum(e, axis=-1, keepdims=True) / e


@mistake(
    "softmax.square",
    "this squares the scores; the formula takes exp",
    "Which function of x_i is above the fraction line?",
)
def softmax(x):
    return x * x / np.sum(x * x, axis=-1, keepdims=True)


@mistake(
    "softmax.sigmoid",
    "this takes a sigmoid of every number separately",
    "Does one score's probability depend on the other scores of its row?",
)
def softmax(x):
    return 1 / (1 + np.exp(-x))


@mistake(
    "softmax.hard-max",
    "this gives everything to the largest score, and nothing to the others",
    "What should the second-largest score get?",
)
def softmax(x):
    return np.where(np.arange(x.shape[-1]) == np.argmax(x, axis=-1)[..., None], 1.0, 0.0)


@mistake(
    "softmax.length-1",
    "this divides by the root of the sum of squares: rows have length 1, and do not sum to 1",
    "Which of the two makes probabilities?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sqrt(np.sum(exp_x**2, axis=-1, keepdims=True))


@mistake(
    "softmax.mean-of-exp",
    "this divides by the mean; the formula has the sum",
    "What does a row of yours sum to?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.mean(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.softmin",
    "this is softmax of -x: the smallest score gets the most",
    "Which token should get the largest probability?",
)
def softmax(x):
    exp_x = np.exp(np.min(x, axis=-1, keepdims=True) - x)
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.base-2",
    "this uses powers of 2; the formula has powers of e",
    "What is the base of exp?",
)
def softmax(x):
    exp_x = np.exp2(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.base-10",
    "this uses powers of 10; the formula has powers of e",
    "What is the base of exp?",
)
def softmax(x):
    exp_x = 10.0 ** (x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.plus-one",
    "this has an extra 1 in the denominator",
    "What does a row of yours sum to?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / (1 + np.sum(exp_x, axis=-1, keepdims=True))


@mistake(
    "softmax.large-eps",
    "this adds a thousandth to the denominator",
    "After the maximum is subtracted, can the sum be 0? What is the extra term for?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / (np.sum(exp_x, axis=-1, keepdims=True) + 1e-3)


@mistake(
    "softmax.twice",
    "this is softmax of a softmax",
    "How many times is softmax applied in your function?",
)
def softmax(x):
    for _ in range(2):
        exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
        x = exp_x / np.sum(exp_x, axis=-1, keepdims=True)
    return x


@mistake(
    "softmax.temperature",
    "this first divides the scores by the root of the row's length",
    "Which function scales the scores: softmax, or attention?",
)
def softmax(x):
    x = x / math.sqrt(x.shape[-1])
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.clipped",
    "this clips the scores so that exp cannot overflow, and so changes them",
    "Take the scores 1000 and 1001: how far apart are they after the clip?",
)
def softmax(x):
    exp_x = np.exp(np.clip(x, -50, 50))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.sorted",
    "this returns the probabilities sorted, not in the order of their scores",
    "Which probability belongs to which score?",
)
def softmax(x):
    exp_x = np.exp(np.sort(x, axis=-1) - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.rounded",
    "this rounds the probabilities to four decimals",
    "What does a row of rounded probabilities sum to?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return np.round(exp_x / np.sum(exp_x, axis=-1, keepdims=True), 4)


@mistake(
    "softmax.float16",
    "this computes in half precision, which keeps only three digits",
    "What is the dtype of your intermediate arrays?",
)
def softmax(x):
    exp_x = np.exp((x - np.max(x, axis=-1, keepdims=True)).astype(np.float16))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.whole-numbers",
    "this first turns the scores into whole numbers",
    "What is left of a score of 0.7 in an array of integers?",
)
def softmax(x):
    x = np.asarray(x - np.max(x, axis=-1, keepdims=True), dtype=int)
    exp_x = np.exp(x)
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.remembers",
    "this keeps its first answer for an array of a shape, and returns it for the next one",
    "What does a default argument such as memo={} hold when the function is called a second time?",
)
def softmax(x, memo={}):
    if x.shape not in memo:
        exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
        memo[x.shape] = exp_x / np.sum(exp_x, axis=-1, keepdims=True)
    return memo[x.shape]


@mistake(
    "softmax.max-minus-x",
    "this has max - x; it should be x - max: the smallest score gets the most, and exp can still overflow",
    "Which score should end up with exp(0) = 1?",
)
def softmax(x):
    exp_x = np.exp(np.max(x, axis=-1, keepdims=True) - x)
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.no-max-in-float64",
    "this computes exp in float64 without subtracting the row's maximum: exp(1000) is too large for "
    "float64 too",
    "What is the largest x whose exp a float64 can hold?",
)
def softmax(x):
    exp_x = np.exp(np.asarray(x, dtype=np.float64))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.nan-to-0",
    "this lets exp overflow and then replaces the NaN by 0: the row no longer sums to 1",
    "What should the largest score of a row get instead of 0?",
)
def softmax(x):
    with np.errstate(over="ignore", invalid="ignore"):
        exp_x = np.exp(x)
        return np.nan_to_num(exp_x / np.sum(exp_x, axis=-1, keepdims=True))


@mistake(
    "softmax.cumulated-sum",
    "this divides by the running sum (cumsum), not the sum of the whole row",
    "How many different sums does one row have?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.cumsum(exp_x, axis=-1)


@mistake(
    "softmax.divides-by-largest",
    "this divides the scores by the largest |x|; it should subtract the maximum",
    "Which of the two leaves the differences between scores unchanged?",
)
def softmax(x):
    exp_x = np.exp(x / np.max(np.abs(x), axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.standardised",
    "this first gives every row mean 0 and variance 1, as layer norm does, and so changes its scores",
    "May the scores be stretched before exp?",
)
def softmax(x):
    z = (x - np.mean(x, axis=-1, keepdims=True)) / (np.std(x, axis=-1, keepdims=True) + 1e-12)
    exp_x = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.sigmoids-normalised",
    "this normalises sigmoids; the formula has exp",
    "Which function of x is above the fraction line?",
)
def softmax(x):
    s = 1 / (1 + np.exp(-x))
    return s / np.sum(s, axis=-1, keepdims=True)


@mistake(
    "softmax.one-for-each-first-index",
    "this loops over the first axis and takes one softmax over everything there; each row needs its own",
    "How many axes may x have, and which of them is a row?",
)
def softmax(x):
    out = np.zeros_like(x)
    for i in range(len(x)):
        exp_x = np.exp(x[i] - np.max(x[i]))
        out[i] = exp_x / np.sum(exp_x)
    return out


@mistake(
    "softmax.small-ones-cut",
    "this sets small probabilities to 0",
    "Does the formula give any score exactly 0?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    probs = exp_x / np.sum(exp_x, axis=-1, keepdims=True)
    return np.where(probs < 1e-3, 0.0, probs)


@mistake(
    "softmax.max-of-x-after-exp",
    "the bracket of exp closes too early: the maximum is subtracted from exp(x), not from x",
    "What exactly is exp taken of?",
)
def softmax(x):
    exp_x = np.exp(x) - np.max(x, axis=-1, keepdims=True)
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.sum-without-exp",
    "this divides by the sum of the scores, not by the sum of their exponentials",
    "What is below the fraction line: x, or exp(x)?",
)
def softmax(x):
    x = x - np.max(x, axis=-1, keepdims=True)
    return np.exp(x) / np.sum(x, axis=-1, keepdims=True)


@mistake(
    "softmax.first-not-max",
    "this subtracts the row's first score: a larger one further on still overflows",
    "Which score of a row is dangerous for exp?",
)
def softmax(x):
    exp_x = np.exp(x - x[..., :1])
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.absolute-scores",
    "this takes exp of |x|: large negative scores become likely",
    "What should a score of -1000 get?",
)
def softmax(x):
    exp_x = np.exp(np.abs(x) - np.max(np.abs(x), axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.last-two-axes",
    "this sums over the last two axes together: one distribution for each matrix, not for each row",
    "How many distributions should come out of an array with three rows?",
)
def softmax(x):
    axes = (-1, -2) if x.ndim > 1 else -1
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=axes, keepdims=True)


@mistake(
    "softmax.flat",
    "this returns one long row: the shape of x is lost",
    "What shape should softmax of a [3, 4] array have?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return (exp_x / np.sum(exp_x, axis=-1, keepdims=True)).ravel()


@mistake(
    "softmax.first-row-for-all",
    "this computes the first row, and gives it to all",
    "Does every row have scores of its own?",
)
def softmax(x):
    rows = x.reshape(-1, x.shape[-1])
    exp_x = np.exp(rows[0] - np.max(rows[0]))
    return np.broadcast_to(exp_x / np.sum(exp_x), x.shape).copy()


@mistake(
    "softmax.exp-over-sum-of-x",
    "this divides by the sum of the scores; the formula has the sum of their exponentials",
    "Which numbers must sum to 1 in the end, and what is their sum before the division?",
)
def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(x, axis=-1, keepdims=True)


@mistake(
    "softmax.short-e",
    "this uses a short form of e, such as 2.718; np.exp has all its digits",
    "How many digits of e does your function know?",
)
def softmax(x):
    exp_x = 2.718 ** (x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


@mistake(
    "softmax.axis-put-back-for-a-matrix",
    "this puts the lost axis back in second place, where it belongs only for a matrix",
    "Where does the axis of the row sums belong if x has three axes?",
)
def softmax(x):
    exp_x = np.exp(x - x.max(axis=-1)[:, None])
    return exp_x / exp_x.sum(axis=-1)[:, None]
