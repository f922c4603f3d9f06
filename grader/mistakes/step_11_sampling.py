"""Mistakes of step 11."""
# Wrong on purpose, written as students write; names such as np and softmax are the solutions' own.
# mypy: ignore-errors
# ruff: noqa

from grader.mistakes import Chapter

chapter = Chapter(11)
mistake = chapter.mistake
form = chapter.form
right = chapter.right
slip = chapter.slip

# --------------------------------------------------------------------- apply_frequency_penalty


@mistake(
    "apply_frequency_penalty.presence",
    "this subtracts the penalty once from every token that occurs, however often it occurs",
    "A token that was generated three times: how many times should the penalty be subtracted?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in set(generated_tokens):
        logits[token] -= penalty
    return logits


@mistake(
    "apply_frequency_penalty.adds",
    "this adds the penalty, which makes repetition more likely",
    "Should a token that was generated get a larger or a smaller logit?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    tokens = np.asarray(generated_tokens, dtype=int)
    counts = np.bincount(tokens, minlength=len(logits))
    return logits + penalty * counts.astype(logits.dtype)


@mistake(
    "apply_frequency_penalty.divides",
    "this divides by the penalty, and it should subtract: a division makes negative logits larger",
    "What does a division do to a negative logit?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in generated_tokens:
        if penalty:
            logits[token] /= 1 + penalty
    return logits


@form("apply_frequency_penalty.divides")
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in generated_tokens:
        logits[token] /= penalty
    return logits


@form("apply_frequency_penalty.divides")
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in set(generated_tokens):
        logits[token] /= penalty
    return logits


@form("apply_frequency_penalty.divides")
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in set(generated_tokens):
        logits[token] /= 1 + penalty
    return logits


@form("apply_frequency_penalty.divides")
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in generated_tokens:
        if penalty > 0:
            logits[token] /= penalty
    return logits


@mistake(
    "apply_frequency_penalty.multiplies",
    "this multiplies the logits by the penalty (or by 1 - penalty), and it should subtract",
    "Does the formula multiply or subtract?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in generated_tokens:
        logits[token] *= 1 - penalty
    return logits


@form("apply_frequency_penalty.multiplies")
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in generated_tokens:
        logits[token] *= penalty
    return logits


@form("apply_frequency_penalty.multiplies")
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in set(generated_tokens):
        logits[token] *= penalty
    return logits


@form("apply_frequency_penalty.multiplies")
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in set(generated_tokens):
        logits[token] *= 1 - penalty
    return logits


@mistake(
    "apply_frequency_penalty.repetition-penalty",
    "this is the repetition penalty of CTRL: positive logits are divided, negative ones multiplied",
    "There are several kinds of penalty. Which one does the formula describe?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in set(generated_tokens):
        logits[token] = logits[token] / (1 + penalty) if logits[token] > 0 else logits[token] * (1 + penalty)
    return logits


@form("apply_frequency_penalty.repetition-penalty")
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in set(generated_tokens):
        logits[token] = logits[token] / penalty if logits[token] > 0 else logits[token] * penalty
    return logits


@form("apply_frequency_penalty.repetition-penalty")
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in generated_tokens:
        logits[token] = logits[token] / penalty if logits[token] > 0 else logits[token] * penalty
    return logits


@mistake(
    "apply_frequency_penalty.on-probabilities",
    "this turns the logits into probabilities first, and subtracts the penalty from those",
    "What does the function get, and what should it return: logits, or probabilities?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    tokens = np.asarray(generated_tokens, dtype=int)
    counts = np.bincount(tokens, minlength=len(logits))
    return softmax(logits) - penalty * counts.astype(logits.dtype)


@mistake(
    "apply_frequency_penalty.in-place",
    "this changes the caller's own logits",
    "Whose array does logits[...] -= ... change?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    for token in generated_tokens:
        logits[token] -= penalty
    return logits


@mistake(
    "apply_frequency_penalty.last-token-only",
    "this subtracts the penalty from the last token only",
    "Which of the generated tokens count?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in generated_tokens[-1:]:
        logits[token] -= penalty
    return logits


@mistake(
    "apply_frequency_penalty.last-token-missing",
    "this leaves the last generated token out",
    "Where does your loop over the tokens start, and where does it stop?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in generated_tokens[:-1]:
        logits[token] -= penalty
    return logits


@mistake(
    "apply_frequency_penalty.first-token-missing",
    "this leaves the first generated token out",
    "Where does your loop over the tokens start, and where does it stop?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in generated_tokens[1:]:
        logits[token] -= penalty
    return logits


@mistake(
    "apply_frequency_penalty.second-time-on",
    "this subtracts the penalty only from a token's second occurrence on",
    "How much is a token penalised that was generated once?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    tokens = np.asarray(generated_tokens, dtype=int)
    counts = np.bincount(tokens, minlength=len(logits))
    return logits - penalty * np.maximum(counts - 1, 0).astype(logits.dtype)


@mistake(
    "apply_frequency_penalty.squared-count",
    "this multiplies the penalty by the square of the count",
    "A token that was generated three times: how many times should the penalty be subtracted?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    tokens = np.asarray(generated_tokens, dtype=int)
    counts = np.bincount(tokens, minlength=len(logits)) ** 2
    return logits - penalty * counts.astype(logits.dtype)


@mistake(
    "apply_frequency_penalty.share",
    "this uses shares (count / length); it should be the counts themselves",
    "Should one repetition cost less in a longer text?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    tokens = np.asarray(generated_tokens, dtype=int)
    counts = np.bincount(tokens, minlength=len(logits)) / max(1, len(tokens))
    return logits - penalty * counts.astype(logits.dtype)


@mistake(
    "apply_frequency_penalty.power",
    "this raises the penalty to the power of the count; it should be multiplied by the count",
    "What should a token lose that never occurred?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    for token in set(generated_tokens):
        logits[token] -= penalty ** list(generated_tokens).count(token)
    return logits


@mistake(
    "apply_frequency_penalty.count-alone",
    "this subtracts the count itself: the penalty is never used",
    "Which of the arguments do you never use?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    tokens = np.asarray(generated_tokens, dtype=int)
    counts = np.bincount(tokens, minlength=len(logits))
    return logits - counts.astype(logits.dtype)


@mistake(
    "apply_frequency_penalty.others-penalised",
    "this subtracts the penalty from the tokens that do not occur",
    "Which tokens should become less likely?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    tokens = np.asarray(generated_tokens, dtype=int)
    counts = np.bincount(tokens, minlength=len(logits)) == 0
    return logits - penalty * counts.astype(logits.dtype)


@mistake(
    "apply_frequency_penalty.forbids",
    "this forbids every token that occurs (-inf), whatever the penalty",
    "How much should a token lose: a penalty, or everything?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    logits = logits.copy()
    logits[list(generated_tokens)] = -np.inf
    return logits


@mistake(
    "apply_frequency_penalty.whole-numbers",
    "this cuts off the fractions of what it subtracts",
    "What is left of 0.5 in an array of integers?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    tokens = np.asarray(generated_tokens, dtype=int)
    counts = np.bincount(tokens, minlength=len(logits))
    return logits - (penalty * counts).astype(int)


@mistake(
    "apply_frequency_penalty.no-tokens-yet",
    "np.bincount fails on an empty list: an empty list becomes an array of floats",
    "What happens at the first new token, when nothing has been generated yet?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.array(generated_tokens), minlength=len(logits))
    return logits - penalty * counts.astype(logits.dtype)


@mistake(
    "apply_frequency_penalty.no-minlength",
    "the counts are only as long as the largest token that occurs (np.bincount has a minlength)",
    "How long is np.bincount([2, 2, 0]), and how long are the logits?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.asarray(generated_tokens, dtype=int))
    return logits - penalty * counts.astype(logits.dtype)


@mistake(
    "apply_frequency_penalty.nothing",
    "this returns the logits unchanged",
    "Which of the arguments do you never use?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    return logits.copy()


# ---------------------------------------------------------------------------- next_token_probs


@right
def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    if temperature == 0:
        greedy = np.zeros_like(logits)
        greedy[np.argmax(logits)] = 1
        return greedy
    logits = logits / temperature
    if top_k:
        kth_largest = np.sort(logits)[-min(top_k, len(logits))]
        logits = np.where(logits < kth_largest, -np.inf, logits)
    probs = softmax(logits)
    if top_p < 1:
        order = np.argsort(-probs)  # most likely first
        crossing = np.searchsorted(np.cumsum(probs[order]), top_p)  # first place with mass >= top_p
        probs[order[crossing + 1 :]] = 0
        probs = probs / np.sum(probs)
    return probs


DIVIDE = "logits = logits / temperature"
TOP_K = """    if top_k:
        kth_largest = np.sort(logits)[-min(top_k, len(logits))]
        logits = np.where(logits < kth_largest, -np.inf, logits)
"""
TOP_P = """    if top_p < 1:
        order = np.argsort(-probs)  # most likely first
        crossing = np.searchsorted(np.cumsum(probs[order]), top_p)  # first place with mass >= top_p
        probs[order[crossing + 1 :]] = 0
        probs = probs / np.sum(probs)
"""
SOFTMAX = "    probs = softmax(logits)\n"
KTH = "kth_largest = np.sort(logits)[-min(top_k, len(logits))]"
FILTER = "logits = np.where(logits < kth_largest, -np.inf, logits)"
ZERO = """    if temperature == 0:
        greedy = np.zeros_like(logits)
        greedy[np.argmax(logits)] = 1
        return greedy
"""
ORDER = "order = np.argsort(-probs)"
CROSSING = "crossing = np.searchsorted(np.cumsum(probs[order]), top_p)"
DROP = "probs[order[crossing + 1 :]] = 0"
SHARE = "        probs = probs / np.sum(probs)\n"

slip(
    "next_token_probs.times-temperature",
    "this multiplies the logits by the temperature; it should divide",
    "Should a high temperature make differences smaller or larger?",
    (DIVIDE, "logits = logits * temperature"),
)
slip(
    "next_token_probs.no-temperature",
    "the temperature changes nothing here (dividing probabilities cancels when they are normalised)",
    "What should be divided by the temperature: the logits, or the probabilities?",
    (DIVIDE, "pass"),
)
slip(
    "next_token_probs.root-of-temperature",
    "this divides by the root of the temperature",
    "What exactly are the logits divided by?",
    (DIVIDE, "logits = logits / np.sqrt(temperature)"),
)
slip(
    "next_token_probs.temperature-squared",
    "this divides by the temperature twice",
    "How many times do you divide by the temperature?",
    (DIVIDE, "logits = logits / temperature / temperature"),
)
slip(
    "next_token_probs.divides-by-0",
    "temperature 0 divides by zero here",
    "Which token gets everything as the temperature goes towards 0?",
    (ZERO, ""),
)
slip(
    "next_token_probs.0-is-1",
    "this treats temperature 0 as 1",
    "What does the docstring say about temperature 0?",
    (ZERO, "    temperature = temperature or 1.0\n"),
)
slip(
    "next_token_probs.0-is-uniform",
    "this makes all tokens equally likely at temperature 0",
    "Where should all the probability be at temperature 0?",
    ("greedy[np.argmax(logits)] = 1", "greedy[:] = 1 / len(logits)"),
)
slip(
    "next_token_probs.0-gives-the-token",
    "at temperature 0 this returns a token id; the contract says probabilities",
    "Which shape should the answer have, at every temperature?",
    ("return greedy", "return np.argmax(logits)"),
)
slip(
    "next_token_probs.temperature-after-top-k",
    "this applies the temperature only to what top-k has left, and to probabilities",
    "In which order do the docstring's filters come?",
    (DIVIDE, "pass"),
    (SOFTMAX, f"{SOFTMAX}    probs = probs / temperature\n    probs = softmax(probs)\n"),
)
slip(
    "next_token_probs.temperature-after-top-p",
    "this applies the temperature last, so that the nucleus is chosen at temperature 1",
    "Which probabilities does top-p look at: before the temperature, or after?",
    (DIVIDE, "pass"),
    (
        "    return probs\n",
        "    warm = np.where(probs > 0, logits - np.max(logits), 0) / temperature\n"
        "    warm = np.where(probs > 0, np.exp(warm), 0)\n    return warm / np.sum(warm)\n",
    ),
)
slip(
    "next_token_probs.no-top-k",
    "this never uses top_k",
    "Which of the arguments do you never use?",
    (TOP_K, ""),
)
slip(
    "next_token_probs.top-k-plus-1",
    "this keeps one token too many in top-k",
    "With top_k 1, how many tokens are left?",
    (KTH, "kth_largest = np.sort(logits)[-min(top_k + 1, len(logits))]"),
)
slip(
    "next_token_probs.top-k-minus-1",
    "this keeps one token too few in top-k",
    "With top_k 1, how many tokens are left?",
    (KTH, "kth_largest = np.sort(logits)[-min(max(top_k - 1, 1), len(logits))]"),
)
slip(
    "next_token_probs.top-k-strict",
    "this drops the k-th largest logit itself: it keeps only what is larger",
    "Is the k-th largest token one of the k largest?",
    (FILTER, "logits = np.where(logits <= kth_largest, -np.inf, logits)"),
)
slip(
    "next_token_probs.keeps-the-smallest",
    "this keeps the smallest logits in top-k, not the largest",
    "At which end of a sorted array are the largest numbers?",
    (KTH, "kth_largest = np.sort(logits)[min(top_k, len(logits)) - 1]"),
    (FILTER, "logits = np.where(logits > kth_largest, -np.inf, logits)"),
)
slip(
    "next_token_probs.drops-k",
    "this drops k tokens; top-k keeps k",
    "With top_k 1, how many tokens are left?",
    (KTH, "kth_largest = np.sort(logits)[min(top_k, len(logits) - 1)]"),
)
slip(
    "next_token_probs.top-k-zeroes-logits",
    "this sets dropped logits to 0, and 0 is not a small logit",
    "What is exp(0)? Which logit gives the probability 0?",
    (FILTER, "logits = np.where(logits < kth_largest, 0, logits)"),
)
slip(
    "next_token_probs.top-k-not-normalised",
    "after top-k the probabilities do not sum to 1",
    "What must a distribution sum to after tokens have been dropped?",
    (FILTER, "dropped = logits < kth_largest"),
    (SOFTMAX, f"{SOFTMAX}    if top_k:\n        probs = np.where(dropped, 0, probs)\n"),
)
slip(
    "next_token_probs.top-k-beyond-vocabulary",
    "this fails when top_k is larger than the vocabulary",
    "What does the docstring say about a top_k above n_vocab?",
    (KTH, "kth_largest = np.sort(logits)[-top_k]"),
)
slip(
    "next_token_probs.top-k-none",
    "this fails when top_k is None",
    "What does the default of top_k mean?",
    ("    if top_k:\n", "    if top_k > 0:\n"),
)
slip(
    "next_token_probs.top-k-by-place",
    "this keeps the first k tokens of the vocabulary, not the k largest",
    "What does a place in the sorted array tell you about the token's id?",
    (KTH, "kept = np.arange(len(logits)) < top_k"),
    (FILTER, "logits = np.where(kept, logits, -np.inf)"),
)
slip(
    "next_token_probs.top-k-sorted",
    "after top-k the tokens are in the order of their logits, not in that of the vocabulary",
    "Which probability belongs to which token?",
    (FILTER, "logits = np.sort(np.where(logits < kth_largest, -np.inf, logits))[::-1]"),
)
slip(
    "next_token_probs.no-top-p",
    "this never uses top_p",
    "Which of the arguments do you never use?",
    (TOP_P, ""),
)
slip(
    "next_token_probs.crossing-dropped",
    "this drops the token that crosses the line: what is left has less mass than top_p",
    "Does the nucleus reach top_p without its last token?",
    (DROP, "probs[order[max(crossing, 1) :]] = 0"),
)
slip(
    "next_token_probs.crossing-dropped-and-empty",
    "this drops the token that crosses the line, and keeps nothing when the best token alone crosses it",
    "What is left when top_p is smaller than the best probability?",
    (DROP, "probs[order[crossing:]] = 0"),
)
slip(
    "next_token_probs.one-more-than-crossing",
    "this keeps one token more than the nucleus needs",
    "Is the smallest set that reaches top_p smaller than yours?",
    (DROP, "probs[order[crossing + 2 :]] = 0"),
)
slip(
    "next_token_probs.ascending",
    "this fills the nucleus starting from the least likely token",
    "Which tokens should be in the nucleus: the likely ones, or the unlikely ones?",
    (ORDER, "order = np.argsort(probs)"),
)
slip(
    "next_token_probs.not-sorted",
    "this adds up probabilities in the order of the vocabulary, without sorting",
    "Which token should be the first in the cumulative sum?",
    (ORDER, "order = np.arange(len(probs))"),
)
slip(
    "next_token_probs.not-mapped-back",
    "this drops places of the sorted array, not the tokens at those places",
    "After sorting, which token is at place 3? Which array knows that?",
    (DROP, "probs[crossing + 1 :] = 0"),
)
slip(
    "next_token_probs.cumulated-logits",
    "this adds up logits; the nucleus adds up probabilities",
    "What does a mass of 0.9 mean for numbers that are negative?",
    (CROSSING, "crossing = np.searchsorted(np.cumsum(logits[order]), top_p)"),
)
slip(
    "next_token_probs.threshold",
    "this keeps every token whose own probability is at least top_p",
    "Is top_p a limit for one token's probability, or for the sum of several?",
    (
        f"{SOFTMAX}{TOP_P}",
        f"{SOFTMAX}    if top_p < 1:\n        probs[probs < min(top_p, np.max(probs))] = 0\n{SHARE}",
    ),
)
slip(
    "next_token_probs.min-p",
    "this is min-p: it keeps tokens with at least top_p times the best probability",
    "There are several filters. What does the nucleus add up?",
    (
        f"{SOFTMAX}{TOP_P}",
        f"{SOFTMAX}    if top_p < 1:\n        probs[probs < top_p * np.max(probs)] = 0\n{SHARE}",
    ),
)
slip(
    "next_token_probs.share-of-vocabulary",
    "this keeps the share top_p of the vocabulary's tokens, whatever their probabilities",
    "Does top_p count tokens, or probability?",
    (CROSSING, "crossing = int(top_p * len(probs)) - 1"),
)
slip(
    "next_token_probs.nucleus-of-one",
    "this keeps the best token only, whenever top_p is below 1",
    "How many tokens does it take to reach top_p?",
    (CROSSING, "crossing = 0"),
)
slip(
    "next_token_probs.one-minus-top-p",
    "this keeps the mass 1 - top_p, not top_p",
    "Does top_p say how much mass to keep, or how much to drop?",
    (CROSSING, "crossing = np.searchsorted(np.cumsum(probs[order]), 1 - top_p)"),
)
slip(
    "next_token_probs.top-p-not-normalised",
    "after top-p the probabilities do not sum to 1",
    "What must a distribution sum to after tokens have been dropped?",
    (SHARE, ""),
)
slip(
    "next_token_probs.softmax-again",
    "after top-p this takes softmax of the probabilities, which also brings dropped tokens back",
    "What is exp(0)? Which division makes the rest sum to 1 again?",
    (SHARE, "        probs = softmax(probs)\n"),
)
slip(
    "next_token_probs.top-p-first",
    "this applies top-p before top-k",
    "In which order do the docstring's filters come?",
    (
        f"{TOP_K}{SOFTMAX}{TOP_P}",
        f"{SOFTMAX}{TOP_P}    logits = np.where(probs > 0, logits, -np.inf)\n{TOP_K}{SOFTMAX}",
    ),
)
slip(
    "next_token_probs.one-filter-only",
    "this applies top-p only where there is no top-k",
    "What if both filters are asked for?",
    ("    if top_p < 1:\n", "    if top_p < 1 and not top_k:\n"),
)
slip(
    "next_token_probs.logits-returned",
    "this returns the filtered logits; the contract says probabilities",
    "What should the answer sum to?",
    ("    return probs\n", "    return np.where(probs > 0, logits, -1e10)\n"),
)
slip(
    "next_token_probs.softmax-twice",
    "this takes softmax twice",
    "How many times is softmax applied in your function?",
    (SOFTMAX, "    probs = softmax(softmax(logits))\n"),
)
slip(
    "next_token_probs.in-place",
    "this divides the caller's own logits by the temperature",
    "Whose array does logits /= ... change?",
    (DIVIDE, "logits /= temperature"),
)
slip(
    "next_token_probs.always-greedy",
    "this gives everything to the best token, at every temperature",
    "What should the second-best token get at temperature 1?",
    ("    if temperature == 0:\n", "    if temperature >= 0:\n"),
)
slip(
    "next_token_probs.greedy-at-1",
    "this is greedy when only the defaults are asked for",
    "What does temperature 1 do?",
    (
        "    if temperature == 0:\n",
        "    if temperature == 0 or (temperature == 1 and not top_k and top_p == 1):\n",
    ),
)
slip(
    "next_token_probs.rounded",
    "this rounds the probabilities to three decimals",
    "What does a row of rounded probabilities sum to?",
    ("    return probs\n", "    return np.round(probs, 3)\n"),
)

# -------------------------------------------------------------------------------------- sample


@mistake("sample.best", "this always takes the most likely token", "Is anything left to chance here?")
def sample(probs, rng):
    return int(np.argmax(probs))


@mistake(
    "sample.uniform",
    "this draws every token with the same probability: probs is never used",
    "Which of the arguments do you never use?",
)
def sample(probs, rng):
    return int(rng.choice(len(probs)))


@mistake(
    "sample.uniform-among-possible",
    "this draws all possible tokens with the same probability",
    "How many times more often should a token of probability 0.4 come than one of 0.2?",
)
def sample(probs, rng):
    return int(rng.choice(np.flatnonzero(probs)))


@mistake(
    "sample.ignores-rng",
    "this draws from NumPy's global generator, not from rng: the same seed does not repeat anything",
    "Which of the arguments do you never use?",
)
def sample(probs, rng):
    probs = np.asarray(probs, dtype=float)
    return int(np.random.choice(len(probs), p=probs / probs.sum()))


@mistake(
    "sample.fixed-seed",
    "this makes a generator with a fixed seed for every draw: it always draws the same",
    "How does a generator give a new number each time?",
)
def sample(probs, rng):
    rng = np.random.default_rng(0)
    return int(rng.choice(len(probs), p=probs))


@mistake(
    "sample.copies-rng",
    "this draws from a copy of rng, so that rng itself never moves on",
    "Whose state moves on when you draw from a copy?",
)
def sample(probs, rng):
    twin = np.random.default_rng()
    twin.bit_generator.state = rng.bit_generator.state
    return int(twin.choice(len(probs), p=probs))


@mistake(
    "sample.squared",
    "this draws with the squares of the probabilities",
    "How many times more often should a token of probability 0.4 come than one of 0.2?",
)
def sample(probs, rng):
    p = np.asarray(probs, dtype=float) ** 2
    return int(rng.choice(len(probs), p=p / p.sum()))


@mistake(
    "sample.root",
    "this draws with the roots of the probabilities",
    "How many times more often should a token of probability 0.4 come than one of 0.2?",
)
def sample(probs, rng):
    p = np.sqrt(np.asarray(probs, dtype=float))
    return int(rng.choice(len(probs), p=p / p.sum()))


@mistake(
    "sample.softmax-again",
    "this takes softmax of the probabilities before it draws",
    "probs sums to 1 already. What does another softmax do to a probability of 0?",
)
def sample(probs, rng):
    p = softmax(np.asarray(probs, dtype=float))
    return int(rng.choice(len(probs), p=p / p.sum()))


@mistake(
    "sample.reversed",
    "this draws with the probabilities in reverse order",
    "Which probability belongs to token 0?",
)
def sample(probs, rng):
    return int(rng.choice(len(probs), p=probs[::-1]))


@mistake(
    "sample.one-less",
    "this returns the place before the one that was drawn",
    "Which token does the first place of the cumulative sum stand for?",
)
def sample(probs, rng):
    return int(rng.choice(len(probs), p=probs)) - 1


@mistake(
    "sample.one-more",
    "this returns the place after the one that was drawn",
    "Which token does the first place of the cumulative sum stand for?",
)
def sample(probs, rng):
    return int(rng.choice(len(probs), p=probs)) + 1


@mistake(
    "sample.sorted-not-mapped-back",
    "this draws a place in the sorted probabilities, and returns it as if it were the token",
    "After sorting, which token is at place 3? Which array knows that?",
)
def sample(probs, rng):
    return int(rng.choice(len(probs), p=np.sort(probs)[::-1]))


@mistake(
    "sample.noise-times-probability",
    "this multiplies the probabilities by noise and takes the largest, which favours likely tokens too much",
    "With which kind of noise does the largest follow the probabilities?",
)
def sample(probs, rng):
    return int(np.argmax(probs * rng.random(len(probs))))


@mistake(
    "sample.noise-plus-probability",
    "this adds noise to the probabilities and takes the largest, which draws impossible tokens too",
    "Can your function draw a token of probability 0?",
)
def sample(probs, rng):
    return int(np.argmax(probs + rng.random(len(probs))))


@mistake(
    "sample.uniform-noise-on-logs",
    "this adds uniform noise to the log-probabilities; the trick needs Gumbel noise",
    "With which kind of noise does the largest follow the probabilities?",
)
def sample(probs, rng):
    with np.errstate(divide="ignore"):
        return int(np.argmax(np.log(probs) + rng.random(len(probs))))


@mistake(
    "sample.normal-noise-on-logs",
    "this adds normal noise to the log-probabilities; the trick needs Gumbel noise",
    "With which kind of noise does the largest follow the probabilities?",
)
def sample(probs, rng):
    with np.errstate(divide="ignore"):
        return int(np.argmax(np.log(probs) + rng.standard_normal(len(probs))))


@mistake(
    "sample.gumbel-upside-down",
    "this has the wrong sign in its Gumbel noise",
    "-log(-log(u)): how many minus signs are there?",
)
def sample(probs, rng):
    with np.errstate(divide="ignore"):
        return int(np.argmax(np.log(probs) + np.log(-np.log(rng.random(len(probs))))))


@mistake(
    "sample.best-two",
    "this draws only among the two best tokens",
    "Which tokens can your function draw at all?",
)
def sample(probs, rng):
    p = np.where(probs >= np.sort(probs)[-2], np.asarray(probs, dtype=float), 0)
    return int(rng.choice(len(probs), p=p / p.sum()))


@mistake(
    "sample.probability-returned",
    "this draws a probability, not a token id",
    "What does rng.choice choose among when its first argument is an array?",
)
def sample(probs, rng):
    return rng.choice(probs, p=probs)


@mistake(
    "sample.one-hot-returned",
    "this returns the counts of a draw, a row with one 1, not the token's id",
    "What does multinomial return?",
)
def sample(probs, rng):
    p = np.asarray(probs, dtype=float)
    return rng.multinomial(1, p / p.sum())


@mistake(
    "sample.list-returned",
    "this returns an array with one id; it should be one whole number",
    "What does rng.choice return when it is given a size?",
)
def sample(probs, rng):
    return rng.choice(len(probs), size=1, p=probs)


@mistake(
    "sample.expected-id",
    "this returns the mean of the ids, which is not a draw",
    "Is a token between two likely ones likely as well?",
)
def sample(probs, rng):
    return int(np.sum(np.arange(len(probs)) * probs))


@mistake(
    "sample.half-the-range",
    "this compares with a random number between 0 and 0.5: the later half can never be drawn",
    "Between which two numbers should your random number lie?",
)
def sample(probs, rng):
    return int(np.searchsorted(np.cumsum(probs), 0.5 * rng.random()))


@mistake(
    "sample.below-the-best",
    "this goes through the tokens and takes the first whose probability is larger than a new random number",
    "How many random numbers should one draw use: one, or one for every token?",
)
def sample(probs, rng):
    while True:
        for token, p in enumerate(probs):
            if rng.random() < p:
                return token


# ------------------------------------------------------------------------------------ generate

PENALTY = "logits = apply_frequency_penalty(logits, ids[len(inputs) :], frequency_penalty)"
BRANCH = "if temperature == 0:"
DRAW = "ids.append(sample(next_token_probs(logits, temperature, top_k, top_p), rng))"

slip(
    "generate.always-greedy",
    "this never samples: it takes the best token at every temperature",
    "Which of this step's functions do you never call?",
    (BRANCH, "if temperature >= 0:"),
)
slip(
    "generate.greedy-at-1",
    "this is greedy when temperature is 1 and there is no filter",
    "What does temperature 1 do?",
    (BRANCH, "if temperature == 0 or (temperature == 1 and not top_k and top_p == 1):"),
)
slip(
    "generate.no-temperature",
    "this never passes the temperature on",
    "Which arguments do you give next_token_probs?",
    (DRAW, "ids.append(sample(next_token_probs(logits, 1.0, top_k, top_p), rng))"),
)
slip(
    "generate.no-top-k",
    "this never passes top_k on",
    "Which arguments do you give next_token_probs?",
    (DRAW, "ids.append(sample(next_token_probs(logits, temperature, None, top_p), rng))"),
)
slip(
    "generate.no-top-p",
    "this never passes top_p on",
    "Which arguments do you give next_token_probs?",
    (DRAW, "ids.append(sample(next_token_probs(logits, temperature, top_k), rng))"),
)
slip(
    "generate.no-filters",
    "this passes on neither top_k nor top_p",
    "Which arguments do you give next_token_probs?",
    (DRAW, "ids.append(sample(next_token_probs(logits, temperature), rng))"),
)
slip(
    "generate.softmax-only",
    "this draws from the softmax of the logits: temperature and filters are never used",
    "Which of this step's functions do you never call?",
    (DRAW, "ids.append(sample(softmax(logits), rng))"),
)
slip(
    "generate.no-penalty",
    "this never uses the frequency penalty",
    "Which of this step's functions do you never call?",
    (PENALTY, "pass"),
)
slip(
    "generate.penalises-prompt",
    "this penalises the prompt's tokens as well",
    "Which tokens does the docstring say are counted?",
    (PENALTY, "logits = apply_frequency_penalty(logits, ids, frequency_penalty)"),
)
slip(
    "generate.penalises-prompt-only",
    "this penalises the prompt's tokens, and not the generated ones",
    "Which tokens does the docstring say are counted?",
    (PENALTY, "logits = apply_frequency_penalty(logits, list(inputs), frequency_penalty)"),
)
slip(
    "generate.penalises-last-only",
    "this penalises the newest token only",
    "Which tokens does the docstring say are counted?",
    (PENALTY, "logits = apply_frequency_penalty(logits, ids[len(inputs) :][-1:], frequency_penalty)"),
)
slip(
    "generate.penalty-adds",
    "this passes the penalty on with the wrong sign",
    "Should a token that was generated get a larger or a smaller logit?",
    (PENALTY, "logits = apply_frequency_penalty(logits, ids[len(inputs) :], -frequency_penalty)"),
)
slip(
    "generate.penalty-on-probabilities",
    "this turns the logits into probabilities before it subtracts the penalty",
    "What does apply_frequency_penalty get, and what should it return?",
    (PENALTY, "logits = apply_frequency_penalty(softmax(logits), ids[len(inputs) :], frequency_penalty)"),
)
slip(
    "generate.penalty-when-sampling-only",
    "this leaves out the penalty when it is greedy",
    "Does the penalty also count at temperature 0?",
    (
        PENALTY,
        "logits = logits if temperature == 0 else apply_frequency_penalty("
        "logits, ids[len(inputs) :], frequency_penalty)",
    ),
)
slip(
    "generate.own-generator",
    "this makes a generator of its own and never uses rng: the same seed does not repeat anything",
    "Which of the arguments do you never use?",
    ("rng = np.random.default_rng() if rng is None else rng", "rng = np.random.default_rng()"),
)
slip(
    "generate.fixed-seed",
    "this makes a generator with a fixed seed, whatever rng it is given",
    "Who chooses the seed: generate, or its caller?",
    ("rng = np.random.default_rng() if rng is None else rng", "rng = np.random.default_rng(0)"),
)
slip(
    "generate.seeds-every-token",
    "this makes a new generator with the same seed for every token",
    "How does a generator give a new number each time?",
    (
        DRAW,
        "ids.append(sample(next_token_probs(logits, temperature, top_k, top_p), np.random.default_rng(0)))",
    ),
)
slip(
    "generate.copies-rng",
    "this draws every token from a fresh copy of rng, so rng never moves on",
    "How does a generator give a new number each time?",
    (
        DRAW,
        "twin = np.random.default_rng()\n            twin.bit_generator.state = rng.bit_generator.state\n"
        f"            {DRAW.replace('rng', 'twin')}",
    ),
)
slip(
    "generate.samples-first-only",
    "this draws the first new token, and is greedy after that",
    "Which of the new tokens are drawn?",
    (BRANCH, "if temperature == 0 or len(ids) > len(inputs):"),
)
slip(
    "generate.filters-swapped",
    "this passes top_k and top_p on the wrong way round",
    "In which order does next_token_probs take its arguments?",
    (DRAW, "ids.append(sample(next_token_probs(logits, temperature, top_p, top_k), rng))"),
)
slip(
    "generate.temperature-twice",
    "this divides by the temperature, and next_token_probs divides again",
    "How many times are the logits divided before the draw?",
    (DRAW, "ids.append(sample(next_token_probs(logits / temperature, temperature, top_k, top_p), rng))"),
)


@mistake(
    "apply_frequency_penalty.counts-from-1",
    "this counts from 1: a token that was never generated is penalised as well",
    "How many times was a token generated that does not occur?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.asarray(generated_tokens, dtype=int), minlength=len(logits)).astype(logits.dtype)
    return logits - penalty * (counts + 1)


@mistake(
    "apply_frequency_penalty.at-the-places",
    "this penalises the tokens' places in the list, not the tokens themselves",
    "What does enumerate give first: the place, or the token?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    out = logits.copy()
    for i, token in enumerate(generated_tokens):
        out[i % len(out)] -= penalty
    return out


@mistake(
    "apply_frequency_penalty.both-penalties",
    "this subtracts a presence penalty as well: once more from every token that occurs",
    "OpenAI has two penalties. Which one does the formula describe?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.asarray(generated_tokens, dtype=int), minlength=len(logits)).astype(logits.dtype)
    return logits - penalty * (counts + (counts > 0))


@mistake(
    "apply_frequency_penalty.towards-0",
    "this moves every logit towards 0: negative ones go up",
    "Which way should the logit of a generated token go, if it is negative?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.asarray(generated_tokens, dtype=int), minlength=len(logits)).astype(logits.dtype)
    return np.where(logits > 0, logits - penalty * counts, logits + penalty * counts)


@mistake(
    "apply_frequency_penalty.cut-at-0",
    "this sets everything below 0 to 0",
    "May a logit be negative?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.asarray(generated_tokens, dtype=int), minlength=len(logits)).astype(logits.dtype)
    return np.maximum(logits - penalty * counts, 0)


@mistake(
    "apply_frequency_penalty.logarithm-of-count",
    "this takes the logarithm of the count, not the count itself",
    "How much more should the third repetition cost than the first?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.asarray(generated_tokens, dtype=int), minlength=len(logits)).astype(logits.dtype)
    return logits - penalty * np.log1p(counts)


@mistake(
    "apply_frequency_penalty.probabilities-returned",
    "this returns probabilities; the contract says logits",
    "Whose job is the softmax?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.asarray(generated_tokens, dtype=int), minlength=len(logits)).astype(logits.dtype)
    return softmax(logits - penalty * counts)


@mistake(
    "apply_frequency_penalty.share-of-logit",
    "this subtracts a share of the logit, so that a negative logit gets larger",
    "Does what is subtracted depend on the size of the logit?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.asarray(generated_tokens, dtype=int), minlength=len(logits)).astype(logits.dtype)
    return logits - penalty * counts * logits


@mistake(
    "apply_frequency_penalty.divides-by-count",
    "this divides the logits by the counts times the penalty, and it should subtract",
    "Which operation does the formula have: a difference, or a fraction?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.asarray(generated_tokens, dtype=int), minlength=len(logits)).astype(logits.dtype)
    return logits / (1 + penalty * counts)


@form("apply_frequency_penalty.divides-by-count")
def apply_frequency_penalty(logits, generated_tokens, penalty):
    counts = np.bincount(np.asarray(generated_tokens, dtype=int), minlength=len(logits)).astype(logits.dtype)
    return logits / (penalty * counts)


@mistake(
    "sample.last-never",
    "this can never draw the last token",
    "How many tokens are there, if the last id is 5?",
)
def sample(probs, rng):
    p = np.asarray(probs, dtype=np.float64)
    return int(rng.choice(len(p) - 1, p=p[:-1] / np.sum(p[:-1]))) if np.sum(p[:-1]) > 0 else len(p) - 1


@mistake(
    "sample.first-never",
    "this can never draw token 0",
    "Which id does the first token have?",
)
def sample(probs, rng):
    p = np.asarray(probs, dtype=np.float64)
    return 1 + int(rng.choice(len(p) - 1, p=p[1:] / np.sum(p[1:]))) if np.sum(p[1:]) > 0 else 0


@mistake(
    "sample.gumbel-on-probabilities",
    "this adds Gumbel noise to the probabilities; it should be added to their logarithms",
    "What does the Gumbel trick add its noise to?",
)
def sample(probs, rng):
    p = np.asarray(probs, dtype=np.float64)
    return int(np.argmax(p + rng.gumbel(size=len(p))))


@mistake(
    "sample.exponential-noise-on-logs",
    "this adds -log(u) to the log-probabilities: Gumbel noise is -log(-log(u))",
    "How many logarithms has Gumbel noise?",
)
def sample(probs, rng):
    p = np.asarray(probs, dtype=np.float64)
    with np.errstate(divide="ignore"):
        return int(np.argmax(np.log(p) - np.log(rng.random(len(p)))))


@mistake(
    "sample.rounded",
    "this rounds the probabilities before it draws, so that rare tokens get lost",
    "What is left of 0.04 after rounding to one decimal?",
)
def sample(probs, rng):
    p = np.asarray(probs, dtype=np.float64)
    p = np.round(p, 1)
    if np.sum(p) == 0:
        p = p + 1
    return int(rng.choice(len(p), p=p / np.sum(p)))


@mistake(
    "sample.not-cumulated",
    "this looks up a random number in the probabilities themselves, not in their running sum",
    "Is the array that you search in sorted?",
)
def sample(probs, rng):
    p = np.asarray(probs, dtype=np.float64)
    return int(np.searchsorted(p, rng.random()))


slip(
    "next_token_probs.sorted-after-top-p",
    "after top-p the probabilities are in descending order, not in that of the vocabulary",
    "Which token does the first number of your answer belong to?",
    (DROP, "probs = probs[order]\n        probs[crossing + 1 :] = 0"),
)
slip(
    "next_token_probs.uniform-among-kept",
    "after top-k this gives all kept tokens the same probability",
    "Should the best of the k tokens be just as likely as the k-th?",
    (FILTER, "logits = np.where(logits < kth_largest, -np.inf, 0.0)"),
)
slip(
    "next_token_probs.0-is-small",
    "this uses a small number for temperature 0: the best token does not get everything",
    "Which probability should the best token have at temperature 0?",
    (ZERO, "    temperature = max(temperature, 0.1)\n"),
)
slip(
    "next_token_probs.top-k-in-place",
    "this drops tokens in the caller's own logits",
    "Whose array is logits when the temperature is 1?",
    (DIVIDE, "logits = logits / temperature if temperature != 1 else logits"),
    (FILTER, "logits[logits < kth_largest] = -np.inf"),
)
slip(
    "next_token_probs.top-p-without-top-k",
    "this ignores top_k when there is a top_p",
    "Do both filters run when both are asked for?",
    ("if top_k:", "if top_k and top_p == 1:"),
)
slip(
    "generate.penalty-after-temperature",
    "this subtracts the penalty after the temperature has divided the logits",
    "Which comes first: the frequency penalty, or the temperature?",
    (
        PENALTY,
        "logits = apply_frequency_penalty(logits, ids[len(inputs) :], frequency_penalty * (temperature or 1))",
    ),
)
slip(
    "generate.rng-needed",
    "this fails when rng is None, which is its default",
    "What does your function draw with when it is given no generator?",
    ("rng = np.random.default_rng() if rng is None else rng", "rng = rng"),
)
slip(
    "generate.always-the-same-without-rng",
    "when it is given no generator, this makes one with a fixed seed: it writes the same text every time",
    "What makes a fresh generator different each time?",
    (
        "rng = np.random.default_rng() if rng is None else rng",
        "rng = np.random.default_rng(0) if rng is None else rng",
    ),
)


@mistake(
    "generate.no-settings-yet",
    "this does not take temperature, frequency_penalty, top_k, top_p and rng yet",
    "Which arguments does generate have in this step that it did not need in step 10?",
)
def generate(inputs, params, n_head, n_tokens_to_generate):
    n_ctx = len(params["wpe"])
    if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > n_ctx:
        raise ValueError(f"{len(inputs)} and {n_tokens_to_generate} tokens do not fit into {n_ctx}")
    ids = [int(token) for token in inputs]
    for _ in range(n_tokens_to_generate):
        ids.append(int(np.argmax(gpt2(ids, **params, n_head=n_head)[-1])))
    return ids


slip(
    "next_token_probs.top-p-1-keeps-the-best-only",
    "at top_p 1 no running sum is larger than 1, and argmax of nothing but False is 0: only the best token is kept",
    "What does np.argmax return for an array of False?",
    (
        TOP_P,
        """    order = np.argsort(-probs)
    last = np.argmax(np.cumsum(probs[order]) > top_p)
    probs[order[last + 1 :]] = 0
    probs = probs / np.sum(probs)
""",
    ),
)
slip(
    "next_token_probs.no-filters",
    "this uses neither top_k nor top_p",
    "Which of the arguments do you never use?",
    (TOP_K, ""),
    (TOP_P, ""),
)
slip(
    "next_token_probs.top-p-zeroes-logits",
    "this sets the dropped tokens' logits to 0 and takes softmax: 0 is not a small logit",
    "What is exp(0)? Which logit gives the probability 0?",
    (
        TOP_P,
        """    if top_p < 1:
        order = np.argsort(-probs)
        crossing = np.searchsorted(np.cumsum(probs[order]), top_p)
        logits[order[crossing + 1 :]] = 0
        probs = softmax(logits)
""",
    ),
)
slip(
    "next_token_probs.top-p-beyond-1",
    "this compares the running sum with 1 - top_p: it keeps what should be dropped",
    "With top_p 0.9, how much mass should be left?",
    (
        TOP_P,
        """    if top_p < 1:
        order = np.argsort(-probs)
        crossing = np.searchsorted(np.cumsum(probs[order]), 1 - top_p)
        probs[order[: crossing + 1]] = 0
        probs = probs / np.sum(probs)
""",
    ),
)
slip(
    "next_token_probs.only-top-k-left",
    "after top-k this returns k probabilities, not one for every token of the vocabulary",
    "How long should the answer be?",
    (
        TOP_K,
        """    if top_k:
        logits = np.sort(logits)[::-1][: min(top_k, len(logits))]
""",
    ),
)
slip(
    "next_token_probs.softmax-before-temperature",
    "this divides the probabilities by the temperature and takes softmax of them again",
    "What is divided by the temperature: logits, or probabilities?",
    (DIVIDE, "logits = softmax(logits) / temperature"),
)
slip(
    "generate.settings-not-used",
    "this takes temperature, frequency_penalty, top_k, top_p and rng, and uses none of them yet: it is still step 10's",
    "Which three functions of this step does generate not call yet?",
    ("        logits = apply_frequency_penalty(logits, ids[len(inputs) :], frequency_penalty)\n", ""),
    (
        """        if temperature == 0:
            ids.append(int(np.argmax(logits)))
        else:
            ids.append(sample(next_token_probs(logits, temperature, top_k, top_p), rng))
""",
        "        ids.append(int(np.argmax(logits)))\n",
    ),
)


@mistake(
    "sample.first-probability-above",
    "this takes the first token whose own probability is larger than a random number",
    "What should be compared with the random number: a probability, or a running sum?",
)
def sample(probs, rng):
    return int(np.argmax(probs > rng.random()))


@mistake(
    "sample.shuffled",
    "this shuffles the tokens and takes the first that is possible at all: their probabilities do not matter",
    "How many times more often should a token of probability 0.4 come than one of 0.05?",
)
def sample(probs, rng):
    order = rng.permutation(len(probs))
    return int(order[np.argmax(probs[order] > 0)])


@mistake(
    "apply_frequency_penalty.one-token-later",
    "this penalises the id after each generated token: every index is one too large",
    "Which place of the logits belongs to token 0?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    out = logits.copy()
    for token in generated_tokens:
        out[(token + 1) % len(out)] -= penalty
    return out


@mistake(
    "apply_frequency_penalty.from-every-token",
    "this subtracts the penalty from every token, however often each occurs",
    "Which tokens should become less likely?",
)
def apply_frequency_penalty(logits, generated_tokens, penalty):
    return logits - penalty * len(generated_tokens)
