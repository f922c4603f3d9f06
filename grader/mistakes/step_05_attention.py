"""Mistakes of step 5."""
# Wrong on purpose, written as students write; names such as np and softmax are the solutions' own.
# mypy: ignore-errors
# ruff: noqa

from grader.mistakes import Chapter

chapter = Chapter(5)
form = chapter.form
mistake = chapter.mistake

# --------------------------------------------------------------------------------- causal_mask


@mistake(
    "causal_mask.no-mask",
    "this mask hides nothing",
    "Which places must be very negative?",
)
def causal_mask(n_seq):
    return np.zeros((n_seq, n_seq), dtype=np.float32)


@mistake(
    "causal_mask.hides-all",
    "this mask hides everything, even what a query may see",
    "What should be on and below the diagonal?",
)
def causal_mask(n_seq):
    return np.full((n_seq, n_seq), -1e10, dtype=np.float32)


@mistake(
    "causal_mask.transposed",
    "this mask hides the past and shows the future",
    "Row 0 is the first token's query. What may it see?",
)
def causal_mask(n_seq):
    return (1 - np.tri(n_seq, dtype=np.float32)).T * -1e10


@mistake(
    "causal_mask.inverted",
    "this mask hides what should be visible, and shows what should be hidden",
    "Is np.tri 1 where a query may look, or where it may not?",
)
def causal_mask(n_seq):
    return np.tri(n_seq, dtype=np.float32) * -1e10


@mistake(
    "causal_mask.hides-itself",
    "this mask hides the diagonal too: no token can see itself",
    "May a token look at its own key? If not, what is left for the first one?",
)
def causal_mask(n_seq):
    return (1 - np.tri(n_seq, k=-1, dtype=np.float32)) * -1e10


@mistake(
    "causal_mask.one-ahead",
    "this mask lets every token see the next one as well",
    "What would a model learn if it could look at the token that it has to predict?",
)
def causal_mask(n_seq):
    return (1 - np.tri(n_seq, k=1, dtype=np.float32)) * -1e10


@mistake(
    "causal_mask.positive",
    "this mask adds a large positive number; it should be a large negative one",
    "What does softmax make of the largest score of a row?",
)
def causal_mask(n_seq):
    return (1 - np.tri(n_seq, dtype=np.float32)) * 1e10


@mistake(
    "causal_mask.tiny",
    "this mask adds -1e-10, a number close to 0; it should be a huge one",
    "Is 1e-10 large or small?",
)
def causal_mask(n_seq):
    return (1 - np.tri(n_seq, dtype=np.float32)) * -1e-10


@mistake(
    "causal_mask.minus-10",
    "this mask adds only -10, which lets some of the future through",
    "By which factor does softmax shrink a score that is lowered by 10? Is that 0?",
)
def causal_mask(n_seq):
    return (1 - np.tri(n_seq, dtype=np.float32)) * -10


@mistake(
    "causal_mask.minus-100",
    "this mask adds only -100, which scores of a real model can outweigh",
    "How large can a score get? Must the mask win against every one of them?",
)
def causal_mask(n_seq):
    return (1 - np.tri(n_seq, dtype=np.float32)) * -100


@mistake(
    "causal_mask.zero-times-infinity",
    "0 * -inf is NaN: this mask is NaN wherever a query may look",
    "What does 0 times infinity give? Is there another way to put two values into one array?",
)
def causal_mask(n_seq):
    return (1 - np.tri(n_seq, dtype=np.float32)) * -np.inf


@mistake(
    "causal_mask.ones-and-zeros",
    "this mask has 1 and 0, as if scores were multiplied by it; a mask is added to the scores",
    "What does adding 0 to a score do to it?",
)
def causal_mask(n_seq):
    return np.tri(n_seq, dtype=np.float32)


@mistake(
    "causal_mask.minus-1",
    "this mask adds only -1, which hides nothing",
    "By which factor does softmax shrink a score that is lowered by 1?",
)
def causal_mask(n_seq):
    return (1 - np.tri(n_seq, dtype=np.float32)) * -1


@mistake(
    "causal_mask.zeros-and-ones",
    "this mask has 1 where a query may not look; softmax hardly notices an added 1",
    "What does adding 1 to a score do to its probability?",
)
def causal_mask(n_seq):
    return 1 - np.tri(n_seq, dtype=np.float32)


@mistake(
    "causal_mask.truth-values",
    "this mask has True and False; a mask is added to the scores, so it needs numbers",
    "Which two numbers should a mask have that is added?",
)
def causal_mask(n_seq):
    return np.tri(n_seq, dtype=bool)


@mistake(
    "causal_mask.one-where-visible",
    "this mask has 1, not 0, where a query may look",
    "What should a mask add to a score that should not change?",
)
def causal_mask(n_seq):
    return np.where(np.tri(n_seq, dtype=np.float32) == 1, 1, -1e10)


@mistake(
    "causal_mask.only-the-next",
    "this mask hides only the next token, and shows all that come after it",
    "Which keys are later than the query: one, or all to its right?",
)
def causal_mask(n_seq):
    return np.eye(n_seq, k=1, dtype=np.float32) * -1e10


@mistake(
    "causal_mask.only-itself",
    "this mask lets every token see only itself",
    "May a token see the ones before it?",
)
def causal_mask(n_seq):
    return (1 - np.eye(n_seq, dtype=np.float32)) * -1e10


@mistake(
    "causal_mask.window",
    "this mask shows only the last few tokens, and hides older ones",
    "How far back may a token look?",
)
def causal_mask(n_seq):
    near = np.tri(n_seq, dtype=np.float32) - np.tri(n_seq, k=-4, dtype=np.float32)
    return (1 - near) * -1e10


@mistake(
    "causal_mask.upside-down",
    "this mask has its rows in reverse order",
    "Which row belongs to the first query?",
)
def causal_mask(n_seq):
    return (1 - np.tri(n_seq, dtype=np.float32)[::-1]) * -1e10


@mistake(
    "causal_mask.slope",
    "this mask grows with the distance, and so changes visible places as well",
    "What should be added where the key is earlier than the query?",
)
def causal_mask(n_seq):
    return (np.arange(n_seq)[None, :] - np.arange(n_seq)[:, None]) * -1e10


@mistake(
    "causal_mask.one-too-large",
    "this mask has one row and one column too many",
    "If there are n_seq positions, what is the last one?",
)
def causal_mask(n_seq):
    return (1 - np.tri(n_seq + 1, dtype=np.float32)) * -1e10


@mistake(
    "causal_mask.one-row",
    "this is one row, not a row for every query",
    "Does every query see the same keys?",
)
def causal_mask(n_seq):
    return (1 - np.tri(n_seq, dtype=np.float32))[0] * -1e10


@mistake(
    "causal_mask.extra-axis",
    "this mask has an extra first axis, for heads or batches",
    "Which two axes does the contract name?",
)
def causal_mask(n_seq):
    return (1 - np.tri(n_seq, dtype=np.float32))[None] * -1e10


@mistake(
    "causal_mask.remembers",
    "this keeps the first mask that it made and returns it every time, whatever n_seq is",
    "What does a default argument such as memo=[] hold when the function is called a second time?",
)
def causal_mask(n_seq, memo=[]):
    if not memo:
        memo.append((1 - np.tri(n_seq, dtype=np.float32)) * -1e10)
    return memo[0]


# ----------------------------------------------------------------------------------- attention


@mistake(
    "attention.no-scale",
    "this is attention without dividing by sqrt(d_head)",
    "How large do the scores get when d_head grows, and what does softmax make of large scores?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2)
    return softmax(scores + mask) @ v


@mistake(
    "attention.divides-by-d",
    "this divides the scores by d_head: the root is missing, or they are scaled twice",
    "What is around d_head in the formula?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / q.shape[-1]
    return softmax(scores + mask) @ v


@mistake(
    "attention.times-root",
    "this multiplies the scores by sqrt(d_head); the formula divides",
    "Should longer heads make the scores larger, or should their size stay the same?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) * math.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v


@mistake(
    "attention.root-of-n-embd",
    "this divides by sqrt(n_embd), not sqrt(d_head)",
    "How many products are summed in one score: n_embd, or d_head?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[0] * q.shape[-1])
    return softmax(scores + mask) @ v


@mistake(
    "attention.root-of-n-seq",
    "this divides by sqrt(n_seq), not sqrt(d_head)",
    "Which axis of q is summed over in a score?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-2])
    return softmax(scores + mask) @ v


@mistake(
    "attention.root-of-n-head",
    "this divides by sqrt(n_head), not sqrt(d_head)",
    "Which axis of q is summed over in a score?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[0])
    return softmax(scores + mask) @ v


@mistake(
    "attention.fixed-root",
    "this divides by 8, the root of GPT-2's own d_head, whatever d_head is",
    "What is d_head here? Where can you read it off?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / 8
    return softmax(scores + mask) @ v


@mistake(
    "attention.scale-after-softmax",
    "this divides by sqrt(d_head) after softmax; it should be before",
    "What should a query's weights sum to?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2)
    return softmax(scores + mask) / math.sqrt(q.shape[-1]) @ v


@mistake(
    "attention.mask-scaled-too",
    "this adds the mask before the division, so that the mask is divided too",
    "What does the formula add the mask to: the scaled scores, or the raw ones?",
)
def attention(q, k, v, mask):
    scores = (q @ k.swapaxes(-1, -2) + mask) / math.sqrt(q.shape[-1])
    return softmax(scores) @ v


@mistake(
    "attention.ignores-mask",
    "this never uses the mask",
    "Which of the arguments do you never use?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores) @ v


@mistake(
    "attention.own-mask",
    "this makes a causal mask of its own, and ignores the mask that it is given",
    "What if somebody calls attention with another mask?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    n_query, n_key = scores.shape[-2:]
    mask = (1 - np.tri(n_query, n_key, n_key - n_query)) * -1e10
    return softmax(scores + mask) @ v


@mistake(
    "attention.adds-its-own-mask",
    "this adds a causal mask of its own to the mask that it is given",
    "Who decides what a query may see: attention, or the mask that it gets?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    n_query, n_key = scores.shape[-2:]
    mask = mask + (1 - np.tri(n_query, n_key, n_key - n_query)) * -1e10
    return softmax(scores + mask) @ v


@mistake(
    "attention.subtracts-mask",
    "this turns the mask around: it subtracts it, or multiplies it by a negative number as if it held 1 where a key is "
    "hidden; this mask is added as it is",
    "Print the mask that attention gets. What does it hold where a key is hidden?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores - mask) @ v


@mistake(
    "attention.multiplies-mask",
    "this multiplies the scores by the mask; it should be added",
    "What does a mask of 0 do to a score when it is multiplied, and what when it is added?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores * mask) @ v


@mistake(
    "attention.mask-after-softmax",
    "this masks after softmax: a query's weights no longer sum to 1",
    "Where must the mask come, so that softmax shares everything among the visible keys?",
)
def attention(q, k, v, mask):
    weights = softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]))
    return np.where(mask < 0, 0, weights) @ v


@mistake(
    "attention.mask-added-after-softmax",
    "this adds the mask after softmax, to the weights",
    "What should a hidden key's weight be?",
)
def attention(q, k, v, mask):
    weights = softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]))
    return (weights + mask) @ v


@mistake(
    "attention.hidden-scores-0",
    "this sets hidden scores to 0, and softmax does not hide a score of 0",
    "What is exp(0)? Which number does softmax turn into 0?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(np.where(mask < 0, 0, scores)) @ v


@mistake(
    "attention.hides-where-mask-is-not-0",
    "this takes the mask as yes or no: every number in it that is not 0 hides a key",
    "What if a mask holds small numbers, which should only be added?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(np.where(mask == 0, scores, -1e10)) @ v


@mistake(
    "attention.hides-where-mask-is-negative",
    "this takes the mask as yes or no: every negative number in it hides a key",
    "What if a mask holds small numbers, which should only be added?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(np.where(mask < 0, -1e10, scores)) @ v


@mistake(
    "attention.clips-scores",
    "this clips the masked scores to +-10, so that hidden keys keep some weight",
    "By which factor does softmax shrink a score of -10 against one of 0? Is that 0?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(np.clip(scores + mask, -10, 10)) @ v


@mistake(
    "attention.mask-transposed",
    "this adds the mask transposed",
    "In the mask a row is a query. What is a row of your scores?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores + mask.T) @ v


@mistake(
    "attention.first-mask-row",
    "this adds the mask's first row to every query",
    "Does every query see the same keys?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores + mask[0]) @ v


@mistake(
    "attention.q-and-k-swapped",
    "q and k are swapped",
    "Row = query, column = key: which of q and k gives the rows of the scores?",
)
def attention(q, k, v, mask):
    scores = k @ q.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v


@mistake(
    "attention.q-twice",
    "this matches the queries with themselves: k is never used",
    "Which of the arguments do you never use?",
)
def attention(q, k, v, mask):
    scores = q @ q.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v


@mistake(
    "attention.k-twice",
    "this matches the keys with themselves: q is never used",
    "Which of the arguments do you never use?",
)
def attention(q, k, v, mask):
    scores = k @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v


@mistake(
    "attention.averages-keys",
    "this averages the keys, not the values",
    "Which of the three is averaged, using the weights?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores + mask) @ k


@mistake(
    "attention.averages-queries",
    "this averages the queries, not the values",
    "Which of the three is averaged, using the weights?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores + mask) @ q


@mistake(
    "attention.softmax-over-queries",
    "this takes softmax along the queries: a query's weights do not sum to 1",
    "Along which axis of the scores do the keys lie?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax((scores + mask).swapaxes(-1, -2)).swapaxes(-1, -2) @ v


@mistake(
    "attention.softmax-over-heads",
    "this takes softmax along the heads",
    "Along which axis of the scores do the keys lie?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax((scores + mask).swapaxes(0, -1)).swapaxes(0, -1) @ v


@mistake(
    "attention.one-softmax-for-all",
    "this takes one softmax over all queries and keys of a head together",
    "What should the weights of one query sum to?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + mask
    return softmax(scores.reshape(len(scores), -1)).reshape(scores.shape) @ v


@mistake(
    "attention.weights-transposed",
    "this multiplies the values by the transposed weights",
    "Which axis of the weights are the keys, and which axis of v?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores + mask).swapaxes(-1, -2) @ v


@mistake(
    "attention.no-softmax",
    "this multiplies the raw scores by the values: softmax is missing",
    "What turns scores into weights?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return np.where(mask < -1e4, 0, scores + mask) @ v


@mistake(
    "attention.sigmoid",
    "this has a sigmoid where the formula has softmax",
    "What should the weights of one query sum to?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return 1 / (1 + np.exp(-(scores + mask))) @ v


@mistake(
    "attention.hard",
    "this takes only the value of the best key",
    "Should it be a weighted average, or one winner?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + mask
    weights = (scores == np.max(scores, axis=-1, keepdims=True)).astype(float)
    return weights / np.sum(weights, axis=-1, keepdims=True) @ v


@mistake(
    "attention.softmax-twice",
    "this takes softmax twice",
    "How many times is softmax applied to your scores?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(softmax(scores + mask)) @ v


@mistake(
    "attention.cosine",
    "this first scales queries and keys to length 1",
    "Is the length of a key part of its score in the formula?",
)
def attention(q, k, v, mask):
    q_1 = q / np.sqrt(np.sum(q * q, axis=-1, keepdims=True) + 1e-12)
    k_1 = k / np.sqrt(np.sum(k * k, axis=-1, keepdims=True) + 1e-12)
    scores = q_1 @ k_1.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v


@mistake(
    "attention.key-not-transposed",
    "here k is not transposed",
    "A score is a sum over the features of one query and one key. Which axes meet in q @ k?",
)
def attention(q, k, v, mask):
    scores = q @ k / math.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v


@mistake(
    "attention.dot-T",
    "k.T reverses all three axes; only the last two should be swapped",
    "What is the shape of k.T, for k of shape [n_head, n_seq, d_head]?",
)
def attention(q, k, v, mask):
    scores = q @ k.T / math.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v


@mistake(
    "attention.keys-of-first-head",
    "this uses the first head's keys for all heads",
    "Does every head have keys of its own?",
)
def attention(q, k, v, mask):
    scores = q @ k[0].swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v


@mistake(
    "attention.values-of-first-head",
    "this uses the first head's values for all heads",
    "Does every head have values of its own?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v[0]


@mistake(
    "attention.same-weights-for-all-heads",
    "this averages the scores of all heads: all of them look at the same place",
    "What are several heads for, if they all look in the same way?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(np.mean(scores, axis=0, keepdims=True) + mask) @ v


@mistake(
    "attention.mean-of-heads",
    "this returns the mean of all heads",
    "Which axes should the answer have?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return np.mean(softmax(scores + mask) @ v, axis=0)


@mistake(
    "attention.adds-values",
    "this adds the values to the average of the values",
    "Is there a residual in attention's formula?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return v + softmax(scores + mask) @ v


@mistake(
    "attention.adds-queries",
    "this adds the queries to the average of the values",
    "Is there a residual in attention's formula?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return q + softmax(scores + mask) @ v


@mistake(
    "attention.returns-weights",
    "this returns the weights, not the average of the values",
    "What are the weights for?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores + mask)


@mistake(
    "attention.scales-q-in-place",
    "this scales the caller's own queries",
    "Whose array does q /= ... change?",
)
def attention(q, k, v, mask):
    q /= math.sqrt(q.shape[-1])
    return softmax(q @ k.swapaxes(-1, -2) + mask) @ v


@mistake(
    "attention.float16",
    "this computes the scores in half precision, which keeps only three digits",
    "What is the dtype of your scores?",
)
def attention(q, k, v, mask):
    scores = q.astype(np.float16) @ k.swapaxes(-1, -2).astype(np.float16) / math.sqrt(q.shape[-1])
    return softmax(scores.astype(q.dtype) + mask) @ v


@mistake(
    "attention.whole-number-root",
    "this divides by the whole part of sqrt(d_head)",
    "What is the root of 12, and what is left of it after int() or //?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / int(math.sqrt(q.shape[-1]))
    return softmax(scores + mask) @ v


@mistake(
    "attention.remembers-weights",
    "this keeps the weights of its first call with a shape, and uses them again",
    "What does a default argument such as memo={} hold when the function is called a second time?",
)
def attention(q, k, v, mask, memo={}):
    if q.shape not in memo:
        scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
        memo[q.shape] = softmax(scores + mask)
    return memo[q.shape] @ v


@mistake(
    "causal_mask.minus-1000",
    "this mask adds only -1000, which the largest scores can outweigh",
    "How large may a score be? Is what you add larger than any of them?",
)
def causal_mask(n_seq):
    return (1 - np.tri(n_seq, dtype=np.float32)) * -1e3


@mistake(
    "causal_mask.last-key-shown",
    "this mask shows the last token to every query: its column is left at 0",
    "Where does your loop over the keys start, and where does it stop?",
)
def causal_mask(n_seq):
    mask = (1 - np.tri(n_seq, dtype=np.float32)) * -1e10
    mask[:, -1] = 0
    return mask


@mistake(
    "causal_mask.bracket-missing",
    "brackets are missing: -1e10 multiplies only the triangle, not 1 minus the triangle",
    "What is computed first, the product or the difference?",
)
def causal_mask(n_seq):
    return 1 - np.tri(n_seq, dtype=np.float32) * -1e10


@mistake(
    "causal_mask.nan",
    "this mask has NaN where it should hide: whatever NaN is added to becomes NaN",
    "What is NaN plus 1, and what is its exp?",
)
def causal_mask(n_seq):
    return np.where(np.tri(n_seq) == 1, 0.0, np.nan)


@mistake(
    "causal_mask.always-1024",
    "this mask is always 1024 long, like GPT-2's context, whatever n_seq is",
    "How many rows and columns does the contract ask for?",
)
def causal_mask(n_seq):
    return (1 - np.tri(1024, dtype=np.float32)) * -1e10


@mistake(
    "attention.masks-weights-and-normalises-again",
    "this hides keys after softmax and normalises again: where all weight was on hidden keys, that is 0 / 0",
    "What is left to normalise when the best keys by far are hidden?",
)
def attention(q, k, v, mask):
    weights = softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])) * (mask == 0)
    return weights / np.sum(weights, axis=-1, keepdims=True) @ v


@mistake(
    "attention.mask-as-factor-of-weights",
    "this multiplies the weights by exp(mask) and normalises again: where all weight was on hidden "
    "keys, that is 0 / 0",
    "What is left to normalise when the best keys by far are hidden?",
)
def attention(q, k, v, mask):
    weights = softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])) * np.exp(mask)
    return weights / np.sum(weights, axis=-1, keepdims=True) @ v


@mistake(
    "attention.shows-what-is-hidden",
    "this shows the keys that the mask hides, and hides those that it shows: 0 counts as False",
    "Which number does the mask have where a query may look?",
)
def attention(q, k, v, mask):
    return softmax(np.where(mask, q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]), -1e10)) @ v


@mistake(
    "attention.softmax-at-the-end",
    "this takes softmax of the averages: it comes after the product with the values, not before",
    "What should sum to 1: a query's weights, or its result?",
)
def attention(q, k, v, mask):
    return softmax((q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + mask) @ v)


@mistake(
    "attention.half-of-d",
    "this divides by d_head / 2: in Python d ** 1/2 is (d ** 1) / 2",
    "What does Python compute first, the power or the division?",
)
def attention(q, k, v, mask):
    return softmax(q @ k.swapaxes(-1, -2) / (q.shape[-1] ** 1 / 2) + mask) @ v


@mistake(
    "attention.root-of-root",
    "this divides by the fourth root of d_head: only one of q and k is scaled",
    "By which number should a product of q and k be divided in the end?",
)
def attention(q, k, v, mask):
    return softmax(q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.25 + mask) @ v


@mistake(
    "attention.logarithm-of-d",
    "this divides by the logarithm of d_head, not its root",
    "Which function of d_head is in the formula?",
)
def attention(q, k, v, mask):
    return softmax(q @ k.swapaxes(-1, -2) / math.log(q.shape[-1]) + mask) @ v


@mistake(
    "attention.keys-reshaped",
    "this reshapes the keys to [n_head, d_head, n_seq], which mixes up their numbers; a transpose swaps axes",
    "What is the difference between reshape and transpose?",
)
def attention(q, k, v, mask):
    n_head, n_seq, d_head = k.shape
    return softmax(q @ k.reshape(n_head, d_head, n_seq) / math.sqrt(d_head) + mask) @ v


@mistake(
    "attention.matches-values",
    "this matches the queries with the values, not the keys",
    "Which of the three arrays do you never use?",
)
def attention(q, k, v, mask):
    return softmax(q @ v.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + mask) @ v


@mistake(
    "attention.scores-of-all-heads-added",
    "this adds up the scores of all heads: all of them look at the same place",
    "How many sets of weights should there be?",
)
def attention(q, k, v, mask):
    return softmax(np.sum(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]), axis=0) + mask) @ v


@mistake(
    "attention.last-head-missing",
    "this leaves the last head at 0",
    "Where does your loop over the heads start, and where does it stop?",
)
def attention(q, k, v, mask):
    out = softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + mask) @ v
    out[-1] = 0
    return out


@mistake(
    "attention.heads-merged",
    "this merges the heads already; that is merge_heads' work",
    "Which shape does the contract give for the answer?",
)
def attention(q, k, v, mask):
    out = softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + mask) @ v
    return out.swapaxes(0, 1).reshape(q.shape[1], -1)


@mistake(
    "attention.tokens-first",
    "this has the tokens first: [n_seq, n_head, d_head]",
    "Which axis of the answer are the heads?",
)
def attention(q, k, v, mask):
    return (softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + mask) @ v).swapaxes(0, 1)


@mistake(
    "attention.sum-of-heads",
    "this adds up the results of the heads",
    "How many heads should the answer have?",
)
def attention(q, k, v, mask):
    return np.sum(softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + mask) @ v, axis=0)


@mistake(
    "attention.scales-k-in-place",
    "this scales the caller's own keys",
    "Whose array does k /= ... change?",
)
def attention(q, k, v, mask):
    k /= math.sqrt(q.shape[-1])
    return softmax(q @ k.swapaxes(-1, -2) + mask) @ v


@mistake(
    "attention.expects-1-where-visible",
    "this expects a mask with 1 where a query may look and 0 where it may not; this mask is added: 0 where a query "
    "may look, and very negative where it may not",
    "Print the mask that attention gets. What does it hold where a query may look?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores * mask - 1e9 * (1 - mask)) @ v


@form("attention.expects-1-where-visible")
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores * mask - 1e10 * (1 - mask)) @ v


@form("attention.expects-1-where-visible")
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores + (1 - mask) * -1e9) @ v


@form("attention.expects-1-where-visible")
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores + (1 - mask) * -1e10) @ v


@form("attention.expects-1-where-visible")
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(np.where(mask == 1, scores, -1e10)) @ v


@form("attention.expects-1-where-visible")
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(np.where(mask == 1, scores, -np.inf)) @ v


@form("attention.expects-1-where-visible")
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(np.where(mask > 0, scores, -np.inf)) @ v


@form("attention.subtracts-mask")
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores + mask * -1e9) @ v


@form("attention.subtracts-mask")
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(scores - 1e4 * mask) @ v


@form("attention.hides-where-mask-is-not-0")
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(np.where(mask == 0, scores, -np.inf)) @ v


@form("attention.hides-where-mask-is-negative")
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(np.where(mask < 0, -np.inf, scores)) @ v


@form("attention.shows-what-is-hidden")
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(np.where(mask == 0, -np.inf, scores)) @ v


@mistake(
    "attention.hides-minus-infinity-only",
    "this takes the mask as yes or no: only -inf in it hides a key, and a huge negative number does not",
    "What if a mask hides with -1e10, as yours does?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(np.where(np.isneginf(mask), -np.inf, scores)) @ v


@mistake(
    "attention.hides-where-mask-is-very-negative",
    "this takes the mask as yes or no: very negative numbers hide a key, and small ones, which should be added, are "
    "ignored",
    "What if a mask holds small numbers, which should only be added?",
)
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(np.where(mask < -1e3, -1e10, scores)) @ v


@form("attention.hides-where-mask-is-very-negative")
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    return softmax(np.where(mask < -1e3, -np.inf, scores)) @ v


@mistake(
    "attention.elementwise",
    "this multiplies queries and keys number by number (*); scores need a matrix product (@)",
    "How many scores should seven queries and seven keys make?",
)
def attention(q, k, v, mask):
    return softmax(q * k / math.sqrt(q.shape[-1]) + mask) @ v


@form("attention.elementwise")
def attention(q, k, v, mask):
    return softmax(q * k / math.sqrt(q.shape[-1]) + mask) * v


@mistake(
    "attention.weights-times-values-elementwise",
    "this multiplies weights and values number by number (*); averages of the values need a matrix product (@)",
    "Which operator adds up the values of all keys, each times its weight?",
)
def attention(q, k, v, mask):
    return softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + mask) * v


@mistake(
    "attention.values-first",
    "this has the last product the wrong way round: v @ weights",
    "Which axis of the weights are the keys, and which axis of v?",
)
def attention(q, k, v, mask):
    return v @ softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + mask)


@mistake(
    "attention.first-head-only",
    "this returns after the first head: the return is inside the loop over the heads",
    "How far to the left does the return belong?",
)
def attention(q, k, v, mask):
    return softmax(q[:1] @ k[:1].swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + mask) @ v[:1]


@form("attention.first-head-only")
def attention(q, k, v, mask):
    return softmax(q[0] @ k[0].T / math.sqrt(q.shape[-1]) + mask) @ v[0]


@form("attention.float16")
def attention(q, k, v, mask):
    q, k, v = (part.astype(np.float16).astype(part.dtype) for part in (q, k, v))
    return softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + mask) @ v


@form("attention.float16")
def attention(q, k, v, mask):
    weights = softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + mask)
    return weights.astype(np.float16).astype(q.dtype) @ v


@mistake(
    "causal_mask.one-too-small",
    "this mask has one row and one column too few",
    "How many rows does np.zeros((n, n)) have, and what is n in your call?",
)
def causal_mask(n_seq):
    return ((1 - np.tri(n_seq, dtype=np.float32)) * -1e10)[:-1, :-1]


@mistake(
    "causal_mask.other-diagonal",
    "this mask is cut along the other diagonal, from the upper right to the lower left",
    "Which keys does query 0 see in yours, and which does the last query see?",
)
def causal_mask(n_seq):
    return np.fliplr(1 - np.tri(n_seq, dtype=np.float32)) * -1e10


@mistake(
    "causal_mask.first-row-only",
    "only the first row of this mask hides anything",
    "Where does your loop over the queries stop? Is there a return or a break inside it?",
)
def causal_mask(n_seq):
    mask = np.zeros((n_seq, n_seq), dtype=np.float32)
    mask[0, 1:] = -1e10
    return mask


@mistake(
    "causal_mask.first-key-hidden",
    "this mask also hides the first token from everybody",
    "May a later token look at token 0?",
)
def causal_mask(n_seq):
    mask = (1 - np.tri(n_seq, dtype=np.float32)) * -1e10
    mask[:, 0] = -1e10
    return mask


@mistake(
    "causal_mask.minus-50",
    "this mask adds only -50, which large scores of a real model can outweigh",
    "How large can a score get? Must the mask win against every one of them?",
)
def causal_mask(n_seq):
    return (1 - np.tri(n_seq, dtype=np.float32)) * -50


@form("attention.subtracts-mask")
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    return softmax(scores - mask) @ v
