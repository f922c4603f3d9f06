"""Mistakes of step 3."""
# Wrong on purpose, written as students write; names such as np and math are the solutions' own.
# mypy: ignore-errors
# ruff: noqa

from grader.mistakes import Chapter

chapter = Chapter(3)
form = chapter.form
mistake = chapter.mistake


@mistake(
    "layer_norm.unbiased-variance",
    "this divides by n - 1 in the variance (ddof=1); layer norm divides by n",
    "Statistics has two kinds of variance. Which one does the docstring ask for?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True, ddof=1)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.eps-outside-root",
    "this adds eps to the standard deviation, outside the root",
    "On which side of the root is eps? Rows with a tiny variance show the difference.",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    std = np.std(x, axis=-1, keepdims=True)
    return g * (x - mean) / (std + eps) + b


@mistake(
    "layer_norm.no-eps",
    "this has no eps: a constant row divides 0 by 0",
    "What is the variance of a row of equal numbers?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance) + b


@mistake(
    "layer_norm.fixed-eps",
    "this always uses 1e-5, not the eps that it is given",
    "What happens when somebody calls layer_norm with another eps?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + 1e-5) + b


@mistake(
    "layer_norm.eps-1e-6",
    "this takes 1e-6 as its default eps",
    "What is the default in the contract?",
)
def layer_norm(x, g, b, eps=1e-6):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.eps-1e-12",
    "this takes a much smaller eps than 1e-5 as its default (BERT has 1e-12)",
    "What is the default in the contract?",
)
def layer_norm(x, g, b, eps=1e-12):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.eps-1e-3",
    "this takes 1e-3 as its default eps",
    "What is the default in the contract?",
)
def layer_norm(x, g, b, eps=1e-3):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.eps-squared",
    "this adds eps squared inside the root",
    "What exactly is added to the variance?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps**2) + b


@mistake(
    "layer_norm.eps-as-floor",
    "this takes the larger of variance and eps; layer norm takes their sum",
    "Is eps a lower limit, or is it added?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(np.maximum(variance, eps)) + b


@mistake(
    "layer_norm.eps-in-numerator",
    "this also adds eps to x - mean",
    "Where in the formula is eps?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean + eps) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.no-root",
    "this divides by the variance, without its root",
    "Multiply x by 10: by how much does your answer shrink, and should it?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / (variance + eps) + b


@mistake(
    "layer_norm.root-twice",
    "this takes the root of the standard deviation",
    "How many roots does the formula take?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    std = np.std(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(std + eps) + b


@mistake(
    "layer_norm.only-centred",
    "this subtracts the mean, and never divides by the standard deviation",
    "What is the variance of a row of yours, before g and b?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    return g * (x - mean) + b


@mistake(
    "layer_norm.multiplies",
    "this multiplies by the standard deviation; layer norm divides by it",
    "Should a row of large numbers become larger still?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) * np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.rms",
    "this is RMSNorm: the mean is never subtracted",
    "What is the mean of a row of yours, before g and b?",
)
def layer_norm(x, g, b, eps=1e-5):
    return g * x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps) + b


@mistake(
    "layer_norm.not-centred",
    "this divides x itself by the standard deviation: the mean is never subtracted",
    "What is the mean of a row of yours, before g and b?",
)
def layer_norm(x, g, b, eps=1e-5):
    variance = np.var(x, axis=-1, keepdims=True)
    return g * x / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.mean-square",
    "this divides by the root of the mean square of x; for the variance the mean is subtracted first, and only once",
    "What must be subtracted from x before it is squared?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.mean(x * x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.mean-absolute-deviation",
    "this divides by the mean of |x - mean|, which is not the standard deviation",
    "Squares or absolute values: which does a variance average?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    return g * (x - mean) / (np.mean(np.abs(x - mean), axis=-1, keepdims=True) + eps) + b


@mistake(
    "layer_norm.sum-of-squares",
    "this divides by the root of the sum of squares: the 1/n is missing",
    "A variance is a mean. What do you divide the sum by?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.sum((x - mean) ** 2, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.median",
    "this subtracts the median, not the mean",
    "Which kind of average does the formula name?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.median(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.min-max",
    "this stretches every row to the range 0 to 1, which is a different normalisation",
    "Which two numbers describe a row in layer norm?",
)
def layer_norm(x, g, b, eps=1e-5):
    low, high = np.min(x, axis=-1, keepdims=True), np.max(x, axis=-1, keepdims=True)
    return g * (x - low) / (high - low + eps) + b


@mistake(
    "layer_norm.axis-0",
    "this takes mean and variance along the first axis: over tokens, as batch norm does",
    "Should a token's answer depend on the other tokens?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=0, keepdims=True)
    variance = np.var(x, axis=0, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.whole-array",
    "this takes one mean and one variance of the whole array",
    "How many means should an array with seven rows have?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x)
    variance = np.var(x)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.axis-1",
    "this takes mean and variance along axis 1, which is the last axis only for a matrix",
    "Which axis number means the last axis, however many there are?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=1, keepdims=True)
    variance = np.var(x, axis=1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.last-two-axes",
    "this takes mean and variance over the last two axes together",
    "How many means should a batch of two times three rows have?",
)
def layer_norm(x, g, b, eps=1e-5):
    axes = (-2, -1) if x.ndim > 2 else -1
    mean = np.mean(x, axis=axes, keepdims=True)
    variance = np.var(x, axis=axes, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.variance-of-whole-array",
    "this divides every row by one variance of the whole array",
    "Take a row of small numbers and a row of large ones: what is the variance of each afterwards?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.mean-of-whole-array",
    "this subtracts one mean of the whole array from every row",
    "What is the mean of each row of yours, before g and b?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.no-keepdims",
    "mean and variance have lost their last axis (no keepdims), so they do not line up with the rows",
    "What shape do the means have, and with which axis does NumPy match them?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1)
    variance = np.var(x, axis=-1)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.no-gain",
    "this forgets the gain g",
    "Which of the arguments do you never use?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.no-bias",
    "this forgets the bias b",
    "Which of the arguments do you never use?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps)


@mistake(
    "layer_norm.no-gain-no-bias",
    "this normalises, and forgets both g and b",
    "Which of the arguments do you never use?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + eps)


@mistake(
    "layer_norm.swapped",
    "g and b are swapped",
    "Which of the two multiplies, and which is added?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return b * (x - mean) / np.sqrt(variance + eps) + g


@mistake(
    "layer_norm.one-plus-gain",
    "this multiplies by 1 + g, as some other models do",
    "What does g hold in GPT-2: the gain itself, or its distance from 1?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return (1 + g) * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.bias-before-gain",
    "this adds b before it multiplies by g",
    "Is the bias scaled by the gain?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * ((x - mean) / np.sqrt(variance + eps) + b)


@mistake(
    "layer_norm.minus-bias",
    "this subtracts b",
    "Which sign does b have in the formula?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) - b


@mistake(
    "layer_norm.plus-mean",
    "this adds the mean; layer norm subtracts it",
    "What is the mean of a row of yours, before g and b?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x + mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.mean-minus-x",
    "this has mean - x; the formula has x - mean",
    "Which sign does a large x get?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (mean - x) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.upside-down",
    "this fraction is upside down: it divides the root by x - mean",
    "What variance should the normalised row have?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * np.sqrt(variance + eps) / (x - mean) + b


@mistake(
    "layer_norm.divides-by-gain",
    "this divides by g; layer norm multiplies by it",
    "What does a gain do?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + eps) / g + b


@mistake(
    "layer_norm.gain-first",
    "this multiplies by g before it normalises, so that it takes mean and variance of g * x",
    "What are the mean and the variance taken of?",
)
def layer_norm(x, g, b, eps=1e-5):
    x = g * x
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.bracket",
    "here only the mean is divided: the brackets around x - mean are missing",
    "In which order does Python compute x - mean / s?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean / np.sqrt(variance + eps)) + b


@mistake(
    "layer_norm.twice",
    "this normalises twice",
    "How many times is the formula applied in your function?",
)
def layer_norm(x, g, b, eps=1e-5):
    for _ in range(2):
        mean = np.mean(x, axis=-1, keepdims=True)
        variance = np.var(x, axis=-1, keepdims=True)
        x = g * (x - mean) / np.sqrt(variance + eps) + b
    return x


@mistake(
    "layer_norm.residual",
    "this adds x to the normalised x",
    "Whose job is the residual: the layer norm's or the block's?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return x + g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.in-place",
    "this normalises the caller's own array",
    "Whose array do -= and /= change? The residual stream is still needed.",
)
def layer_norm(x, g, b, eps=1e-5):
    x -= np.mean(x, axis=-1, keepdims=True)
    x /= np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps)
    x *= g
    x += b
    return x


@mistake(
    "layer_norm.float16",
    "this computes in half precision, which keeps only three digits",
    "What is the dtype of your intermediate arrays?",
)
def layer_norm(x, g, b, eps=1e-5):
    x = x.astype(np.float16)
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.rounded-statistics",
    "this rounds mean and variance to three decimals",
    "Why round? A row of small numbers needs all digits.",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.round(np.mean(x, axis=-1, keepdims=True), 3)
    variance = np.round(np.var(x, axis=-1, keepdims=True), 3)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.remembers",
    "this keeps mean and variance of the first array of a shape, and uses them again for the next one",
    "What does a default argument such as memo={} hold when the function is called a second time?",
)
def layer_norm(x, g, b, eps=1e-5, memo={}):
    if x.shape not in memo:
        memo[x.shape] = np.mean(x, axis=-1, keepdims=True), np.var(x, axis=-1, keepdims=True)
    mean, variance = memo[x.shape]
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.eps-only-where-0",
    "this does not add eps to the variance: a much smaller number is there, or only a standard deviation of 0 is replaced",
    "What does eps do to a row whose variance is as small as eps?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    std = np.std(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.where(std == 0, 1.0, std) + b


@mistake(
    "layer_norm.eps-behind-the-fraction",
    "here eps is added to the fraction, not below the line: brackets are missing",
    "What exactly is divided by what, and where does eps belong?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * ((x - mean) / np.sqrt(variance) + eps) + b


@mistake(
    "layer_norm.eps-twice",
    "this adds eps inside the root and again outside it",
    "How many times does eps occur in the formula?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / (np.sqrt(variance + eps) + eps) + b


@mistake(
    "layer_norm.minus-eps",
    "this subtracts eps from the variance; it should be added",
    "What is eps for, when the variance is 0?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance - eps) + b


@mistake(
    "layer_norm.gain-added",
    "this adds the gain; layer norm multiplies by it",
    "Which of g and b scales, and which shifts?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + eps) + g + b


@mistake(
    "layer_norm.bias-multiplies",
    "this adds g and multiplies by b: they have swapped roles",
    "Which of g and b scales, and which shifts?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return b * ((x - mean) / np.sqrt(variance + eps) + g)


@mistake(
    "layer_norm.divides-by-n-seq",
    "this divides its sums by len(x), the number of rows, not the number of features",
    "Over how many numbers of a row is the mean taken?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.sum(x, axis=-1, keepdims=True) / len(x)
    variance = np.sum((x - mean) ** 2, axis=-1, keepdims=True) / len(x)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.divides-by-size",
    "this divides the sum of a row by x.size, which counts the numbers of all rows",
    "Over how many numbers of a row is the mean taken?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.sum(x, axis=-1, keepdims=True) / x.size
    variance = np.sum((x - mean) ** 2, axis=-1, keepdims=True) / x.size
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.mean-not-squared",
    "this takes the mean of x^2 minus the mean as the variance; the mean has to be squared",
    "If x is in metres, what is the unit of a variance?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.mean(x * x, axis=-1, keepdims=True) - mean
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.root-of-mean-absolute-deviation",
    "this takes the mean of |x - mean| as the variance; deviations are squared, not made positive",
    "What is done to x - mean before its mean is taken?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.mean(np.abs(x - mean), axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.length-1",
    "this divides every row by its length (the root of the sum of its squares), and never subtracts the mean",
    "What mean and variance should a normalised row have?",
)
def layer_norm(x, g, b, eps=1e-5):
    return g * x / np.sqrt(np.sum(x * x, axis=-1, keepdims=True) + eps) + b


@mistake(
    "layer_norm.divides-by-sum",
    "this divides every row by its sum",
    "What mean and variance should a normalised row have?",
)
def layer_norm(x, g, b, eps=1e-5):
    return g * x / np.sum(x, axis=-1, keepdims=True) + b


@mistake(
    "layer_norm.annotated-transformer",
    "this is The Annotated Transformer's layer norm: it divides by n - 1 (ddof=1), adds eps outside the root, to the "
    "standard deviation, and takes 1e-6 for eps; GPT-2's differs in all three",
    "Compare your line with the formula piece by piece: what is under the root, and what is n?",
)
def layer_norm(x, g, b, eps=1e-6):
    mean = np.mean(x, axis=-1, keepdims=True)
    std = np.std(x, axis=-1, keepdims=True, ddof=1)
    return g * (x - mean) / (std + eps) + b


@form("layer_norm.bracket")
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * x - mean / np.sqrt(variance + eps) + b


@form("layer_norm.bracket")
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return x - mean / np.sqrt(variance + eps) * g + b


@mistake(
    "layer_norm.bias-divided",
    "this adds b before the division, so that it is divided by the standard deviation",
    "Is the bias divided by anything in the formula?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return (g * (x - mean) + b) / np.sqrt(variance + eps)


@mistake(
    "layer_norm.root-of-eps-outside",
    "this adds the root of eps to the standard deviation: the root of a sum is not the sum of the roots",
    "Is sqrt(9 + 16) the same as 3 + 4?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    std = np.std(x, axis=-1, keepdims=True)
    return g * (x - mean) / (std + np.sqrt(eps)) + b


@mistake(
    "layer_norm.eps-0",
    "this has 0 as its default eps",
    "What is the default in the contract?",
)
def layer_norm(x, g, b, eps=0.0):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.squares-not-centred",
    "this averages x squared, before the mean is subtracted, for the variance",
    "What is squared in the formula of the variance: x, or x - mean?",
)
def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.mean(x**2 - mean, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(np.abs(variance) + eps) + b


@mistake(
    "layer_norm.sum-not-mean",
    "this subtracts the sum of the row, not its mean",
    "What is the mean of a row of ten ones?",
)
def layer_norm(x, g, b, eps=1e-5):
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - np.sum(x, axis=-1, keepdims=True)) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.maximum-not-mean",
    "this subtracts the row's maximum, as softmax does, not its mean",
    "Which number of a row does layer norm subtract?",
)
def layer_norm(x, g, b, eps=1e-5):
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - np.max(x, axis=-1, keepdims=True)) / np.sqrt(variance + eps) + b


@mistake(
    "layer_norm.one-for-each-first-index",
    "this loops over the first axis and normalises everything there together; each row needs its own mean",
    "What is one row of x if x has three axes, and if it has one?",
)
def layer_norm(x, g, b, eps=1e-5):
    return np.array([g * (row - row.mean()) / np.sqrt(row.var() + eps) + b for row in x])
