"""Mistakes of step 10."""
# Wrong on purpose; names such as np and gpt2 are the solutions' own.
# mypy: ignore-errors
# ruff: noqa

from grader.mistakes import Chapter

chapter = Chapter(10)
mistake = chapter.mistake
right = chapter.right
slip = chapter.slip


@right
def generate(
    inputs,
    params,
    n_head,
    n_tokens_to_generate,
    temperature=0.0,
    frequency_penalty=0.0,
    top_k=None,
    top_p=1.0,
    rng=None,
    *,
    quiet=False,
):
    n_ctx = len(params["wpe"])
    if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > n_ctx:
        raise ValueError(
            f"a prompt of {len(inputs)} tokens and {n_tokens_to_generate} new ones do not fit: "
            f"the prompt needs at least 1, and together at most n_ctx = {n_ctx}"
        )
    rng = np.random.default_rng() if rng is None else rng
    ids = [int(token) for token in inputs]
    for _ in tqdm(range(n_tokens_to_generate), "generating", disable=quiet or None):
        logits = gpt2(ids, **params, n_head=n_head)[-1]  # [n_seq, n_vocab] -> [n_vocab]
        logits = apply_frequency_penalty(logits, ids[len(inputs) :], frequency_penalty)
        if temperature == 0:
            ids.append(int(np.argmax(logits)))
        else:
            ids.append(sample(next_token_probs(logits, temperature, top_k, top_p), rng))
    return ids


# Its text, in pieces that several slips change.
RNG = "    rng = np.random.default_rng() if rng is None else rng\n"
LOGITS = "logits = gpt2(ids, **params, n_head=n_head)[-1]"
ARGMAX = "ids.append(int(np.argmax(logits)))"
COPY = "ids = [int(token) for token in inputs]"
CHECK = "if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > n_ctx:"
LOOP = 'tqdm(range(n_tokens_to_generate), "generating", disable=quiet or None)'
RETURN = "return ids"
RAISE = """        raise ValueError(
            f"a prompt of {len(inputs)} tokens and {n_tokens_to_generate} new ones do not fit: "
            f"the prompt needs at least 1, and together at most n_ctx = {n_ctx}"
        )
"""

# ------------------------------------------------------------------------------ which logits

slip(
    "generate.first-row",
    "this takes the logits of the first position; the last one scores the next token",
    "gpt2 gives a row for every position. Which row scores the token that follows the whole text?",
    (LOGITS, "logits = gpt2(ids, **params, n_head=n_head)[0]"),
)
slip(
    "generate.mean-of-rows",
    "this averages the logits of all positions",
    "Which row scores the token that follows the whole text?",
    (LOGITS, "logits = gpt2(ids, **params, n_head=n_head).mean(axis=0)"),
)
slip(
    "generate.flat-argmax",
    "this takes argmax of the whole array of logits, which gives a place in the array, not a token id",
    "What does np.argmax return for an array with two axes?",
    (LOGITS, "logits = gpt2(ids, **params, n_head=n_head)"),
    ("        logits = apply_frequency_penalty(logits, ids[len(inputs) :], frequency_penalty)\n", ""),
)
slip(
    "generate.argmax-of-positions",
    "this takes argmax along the positions, not along the vocabulary",
    "Which axis of the logits are the tokens?",
    (LOGITS, "logits = gpt2(ids, **params, n_head=n_head)"),
    ("        logits = apply_frequency_penalty(logits, ids[len(inputs) :], frequency_penalty)\n", ""),
    (ARGMAX, "ids.append(int(np.argmax(logits, axis=0)[-1]))"),
)
slip(
    "generate.argmin",
    "this appends the least likely token",
    "Which logit belongs to the most likely token: the largest, or the smallest?",
    (ARGMAX, "ids.append(int(np.argmin(logits)))"),
)
slip(
    "generate.second-best",
    "this appends the second-best token",
    "Where is the best token after np.argsort?",
    (ARGMAX, "ids.append(int(np.argsort(logits)[-2]))"),
)
slip(
    "generate.last-of-the-best",
    "this appends the largest logit's value, cut to a whole number; its place is the token's id",
    "What is the difference between max and argmax?",
    (ARGMAX, "ids.append(int(np.max(logits)))"),
)

# ------------------------------------------------------------------------- what the model reads

slip(
    "generate.last-token-only",
    "this gives gpt2 only the last token: without a cache it forgets everything before",
    "What does gpt2 know about tokens that it is not given?",
    (LOGITS, "logits = gpt2(ids[-1:], **params, n_head=n_head)[-1]"),
)
slip(
    "generate.prompt-only",
    "this predicts from the prompt alone every time, so it repeats its first new token",
    "What should gpt2 read when it predicts the second new token?",
    (LOGITS, "logits = gpt2(list(inputs), **params, n_head=n_head)[-1]"),
)
slip(
    "generate.new-tokens-only",
    "this gives gpt2 only the new tokens, once there are some: the prompt is forgotten",
    "What should gpt2 read when it predicts the second new token?",
    (LOGITS, "logits = gpt2(ids[len(inputs) :] or ids, **params, n_head=n_head)[-1]"),
)
slip(
    "generate.first-token-dropped",
    "this drops the oldest token for every new one",
    "Is the context full already?",
    (LOGITS, "logits = gpt2(ids[len(ids) - len(inputs) :], **params, n_head=n_head)[-1]"),
)
slip(
    "generate.without-the-newest",
    "this predicts without the newest token: gpt2 is not given it, or the second-to-last row is read",
    "Which row of the logits scores the token that follows the whole text?",
    (LOGITS, "logits = gpt2(ids[:-1] or ids, **params, n_head=n_head)[-1]"),
)
slip(
    "generate.short-window",
    "this gives gpt2 the last eight tokens only",
    "How many tokens may gpt2 read?",
    (LOGITS, "logits = gpt2(ids[-8:], **params, n_head=n_head)[-1]"),
)
slip(
    "generate.text-reversed",
    "this gives gpt2 the text backwards",
    "Which token is at position 0?",
    (LOGITS, "logits = gpt2(ids[::-1], **params, n_head=n_head)[-1]"),
)
slip(
    "generate.appends-in-front",
    "this puts new tokens before the text",
    "Where does the next token belong?",
    (ARGMAX, "ids.insert(0, int(np.argmax(logits)))"),
)
slip(
    "generate.overwrites",
    "this overwrites the last token with every new one",
    "How long should the text be after three new tokens?",
    (ARGMAX, "ids[-1] = int(np.argmax(logits))"),
)
slip(
    "generate.prompt-sorted",
    "this sorts the prompt and drops repeated tokens (set)",
    "What happens to the order of a text in a set?",
    (COPY, "ids = sorted(set(int(token) for token in inputs))"),
)

# --------------------------------------------------------------------------- how many, how long

slip(
    "generate.one-too-many",
    "this generates one token too many",
    "How many rounds does your loop make?",
    (LOOP, "range(n_tokens_to_generate + 1)"),
)
slip(
    "generate.one-too-few",
    "this generates one token too few",
    "How many rounds does your loop make?",
    (LOOP, "range(n_tokens_to_generate - 1)"),
)
slip(
    "generate.counts-the-prompt",
    "this stops when prompt and new tokens together reach n_tokens_to_generate",
    "Does n_tokens_to_generate count the prompt?",
    (LOOP, "range(n_tokens_to_generate - len(inputs))"),
)
slip(
    "generate.at-least-one",
    "this generates one token even when none is asked for",
    "How many rounds does your loop make when n_tokens_to_generate is 0?",
    (LOOP, "range(max(1, n_tokens_to_generate))"),
)
slip(
    "generate.stops-at-end-of-text",
    "this stops at <|endoftext|> (50256), which the contract does not ask for",
    "How many tokens should come back?",
    (RETURN, "return ids"),
    (ARGMAX, "ids.append(int(np.argmax(logits)))\n        if ids[-1] == 50256:\n            break"),
)
slip(
    "generate.drops-end-of-text",
    "this stops before <|endoftext|> (50256) and does not append it",
    "How many tokens should come back?",
    (
        ARGMAX,
        "if np.argmax(logits) == 50256:\n                break\n            ids.append(int(np.argmax(logits)))",
    ),
)
slip(
    "generate.stops-at-repetition",
    "this stops when a token repeats the one before it",
    "May a text have the same token twice in a row?",
    (
        ARGMAX,
        "if int(np.argmax(logits)) == ids[-1]:\n                break\n            ids.append(int(np.argmax(logits)))",
    ),
)
slip(
    "generate.stops-at-token-0",
    "this treats token 0 as the end of the text",
    "What does `if token:` say about the id 0?",
    (ARGMAX, "ids += [int(np.argmax(logits))] if np.argmax(logits) else []"),
)
slip(
    "generate.no-length-check",
    "this does not check lengths against n_ctx: a longer text runs out of positions",
    "What does wpe hold for position n_ctx?",
    (f"    {CHECK}\n{RAISE}", ""),
)
slip(
    "generate.stops-at-n_ctx",
    "this stops silently at n_ctx; the contract says ValueError",
    "How does the caller learn that the text did not fit?",
    (f"    {CHECK}\n{RAISE}", "    if len(inputs) == 0:\n        raise ValueError('an empty prompt')\n"),
    (LOGITS, f"if len(ids) == n_ctx:\n            break\n        {LOGITS}"),
)
slip(
    "generate.slides",
    "this slides a window over the last n_ctx tokens; the contract says ValueError",
    "What does the docstring say about prompt and new tokens that exceed n_ctx together?",
    (f"    {CHECK}\n{RAISE}", "    if len(inputs) == 0:\n        raise ValueError('an empty prompt')\n"),
    (LOGITS, "logits = gpt2(ids[-n_ctx:], **params, n_head=n_head)[-1]"),
)
slip(
    "generate.checks-the-prompt-only",
    "this checks only the prompt's length, not that of prompt and new tokens together",
    "How long is the text when the last token is written?",
    (CHECK, "if len(inputs) == 0 or len(inputs) > n_ctx:"),
)
slip(
    "generate.check-too-strict",
    "this refuses a text that fills n_ctx exactly",
    "May prompt and new tokens together be exactly n_ctx?",
    (CHECK, "if len(inputs) == 0 or len(inputs) + n_tokens_to_generate >= n_ctx:"),
)
slip(
    "generate.check-too-lax",
    "this allows one token too many: the model never has to read the last one, but the contract counts it",
    "May prompt and new tokens together be n_ctx + 1?",
    (CHECK, "if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > n_ctx + 1:"),
)
slip(
    "generate.accepts-empty-prompt",
    "this accepts an empty prompt; the contract says ValueError",
    "What is the last row of logits when there is no token?",
    (CHECK, "if len(inputs) + n_tokens_to_generate > n_ctx:"),
)
slip(
    "generate.returns-empty-prompt",
    "this returns an empty prompt as it is; the contract says ValueError",
    "What does the docstring say under Raises?",
    (f"    {CHECK}\n", f"    if len(inputs) == 0:\n        return []\n    {CHECK}\n"),
)
slip(
    "generate.assertion",
    "this raises AssertionError; the contract says ValueError",
    "Which exception does an assert raise?",
    (f"    {CHECK}\n{RAISE}", "    assert 0 < len(inputs) and len(inputs) + n_tokens_to_generate <= n_ctx\n"),
)
slip(
    "generate.index-error",
    "this raises IndexError; the contract says ValueError",
    "What does the docstring say under Raises?",
    ("raise ValueError(", "raise IndexError("),
)

# --------------------------------------------------------------------------- what is returned

slip(
    "generate.new-tokens-returned",
    "this returns the new tokens only, without the prompt",
    "What does the docstring say comes first in the list?",
    (RETURN, "return ids[len(inputs) :]"),
)
slip(
    "generate.array-returned",
    "this returns an array; the contract says a list",
    "What type does the docstring promise?",
    (RETURN, "return np.array(ids)"),
)
slip(
    "generate.tuple-returned",
    "this returns a tuple; the contract says a list",
    "What type does the docstring promise?",
    (RETURN, "return tuple(ids)"),
)
slip(
    "generate.floats-returned",
    "this returns token ids as floats",
    "What dtype do np.zeros and np.append give, if nobody says otherwise?",
    (RETURN, "return [float(token) for token in ids]"),
)
slip(
    "generate.nested",
    "this returns a list inside a list",
    "How many texts did the caller ask for?",
    (RETURN, "return [ids]"),
)
slip(
    "generate.nothing-returned",
    "this returns nothing",
    "What does a function return that has no return at its end?",
    (RETURN, "pass"),
)
slip(
    "generate.text-returned",
    "this returns the ids as text",
    "Who turns ids into text: generate, or the tokenizer?",
    (RETURN, 'return " ".join(str(token) for token in ids)'),
)
slip(
    "generate.last-missing",
    "this leaves the last new token out of its answer",
    "Do you append the token before or after your loop checks whether it is done?",
    (RETURN, "return ids[:-1]"),
)
slip(
    "generate.in-place",
    "this appends to the caller's own list",
    "Whose list does append change?",
    (COPY, "ids = inputs"),
    ("ids[len(inputs) :]", "[]"),
)
slip(
    "generate.remembers",
    "this keeps the text of its earlier calls",
    "What does a default argument such as ids=[] hold when the function is called a second time?",
    ("    *,\n", "    *,\n    ids=[],\n"),
    (COPY, "ids.extend(int(token) for token in inputs)"),
)

slip(
    "generate.best-tokens-of-one-pass",
    "this runs the model once and appends the best tokens of that one row, in order",
    "After one new token is appended, what should the next one be predicted from?",
    (
        f"    for _ in {LOOP}:\n        {LOGITS}  # [n_seq, n_vocab] -> [n_vocab]\n",
        f"    best = np.argsort(-gpt2(ids, **params, n_head=n_head)[-1])\n    for token in best[:n_tokens_to_generate]:\n        ids.append(int(token))\n    for _ in []:\n        {LOGITS}\n",
    ),
)
slip(
    "generate.cuts-the-prompt",
    "this cuts a prompt that is too long; the contract says ValueError",
    "How does the caller learn that the text did not fit?",
    (CHECK, "inputs = inputs[-max(n_ctx - n_tokens_to_generate, 1) :]\n    if len(inputs) == 0:"),
)
slip(
    "generate.no-token-twice",
    "this never appends a token that is already in the text",
    "May a text use a word twice?",
    (
        ARGMAX,
        "logits = logits.copy()\n            logits[ids] = -np.inf\n            ids.append(int(np.argmax(logits)))",
    ),
)
slip(
    "generate.largest-absolute-logit",
    "this takes the logit that is farthest from 0, not the largest",
    "Which is the larger logit: -5 or 3?",
    (ARGMAX, "ids.append(int(np.argmax(np.abs(logits))))"),
)
slip(
    "generate.without-the-oldest",
    "this never gives gpt2 the first token of the text",
    "What does ids[1:] leave out?",
    (LOGITS, "logits = gpt2(ids[1:] or ids, **params, n_head=n_head)[-1]"),
)


slip(
    "generate.picogpt",
    "this appends to the caller's own list (make a copy first: list(inputs)), and returns the new tokens only, without "
    "the prompt",
    "Whose list does append change, and what does the docstring say comes first in the answer?",
    (RNG, "    n_prompt = len(inputs)\n" + RNG),
    (COPY, "ids = inputs"),
    ("ids[len(inputs) :]", "ids[n_prompt:]"),
    ("    return ids\n", "    return ids[len(ids) - n_tokens_to_generate :]\n"),
)
slip(
    "generate.append-returns-none",
    "append changes a list and returns None: ids = ids.append(...) loses the list",
    "What is in your variable after that line?",
    (
        "            ids.append(int(np.argmax(logits)))\n",
        "            ids = ids.append(int(np.argmax(logits)))\n",
    ),
)
slip(
    "generate.adds-to-every-id",
    "this adds the new token's number to every id: + with a NumPy number does not append to a list",
    "What is [1, 2] + np.int64(3), and how do you append to a list?",
    ("            ids.append(int(np.argmax(logits)))\n", "            ids = ids + np.argmax(logits)\n"),
    ("    return ids\n", "    return [int(i) for i in ids]\n"),
)
slip(
    "generate.first-new-token-only",
    "this returns after the first new token: the return is inside the loop",
    "How far to the left does the return belong?",
    ("    return ids\n", "        return ids\n    return ids\n"),
)
slip(
    "generate.prompt-twice",
    "this puts the prompt into its answer twice",
    "Does your list hold the prompt already when you put the two together?",
    ("    return ids\n", "    return [*(int(i) for i in inputs), *ids]\n"),
)
slip(
    "generate.new-tokens-first",
    "this puts the new tokens before the prompt",
    "What does the docstring say comes first in the list?",
    ("    return ids\n", "    return ids[len(inputs) :] + ids[: len(inputs)]\n"),
)
slip(
    "generate.half-the-tokens",
    "this appends every new token twice",
    "How many times does your loop append in one round?",
    ("            ids.append(int(np.argmax(logits)))\n", "            ids += [int(np.argmax(logits))] * 2\n"),
    ("    return ids\n", "    return ids[: len(inputs) + n_tokens_to_generate]\n"),
)


@mistake(
    "generate.logits-of-the-round",
    "this takes the scores of position 0 in the first round, 1 in the second, and so on; the last one predicts the next token",
    "How many rows do the logits have, and which of them belongs to the last token?",
)
def generate(inputs, params, n_head, n_tokens_to_generate):
    if len(inputs) == 0 or len(inputs) + n_tokens_to_generate > len(params["wpe"]):
        raise ValueError(f"{len(inputs)} and {n_tokens_to_generate} do not fit")
    ids = list(inputs)
    for i in range(n_tokens_to_generate):
        ids.append(int(np.argmax(gpt2(ids, **params, n_head=n_head)[i])))
    return ids
