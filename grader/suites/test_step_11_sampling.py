"""Step 11: the frequency penalty, the filters, and drawing a token, against Hugging Face's
logits processors and against distributions that are known."""

from typing import Any

import numpy as np

from grader.judging.cases import called, constant_model, f32
from grader.judging.compare import Array, as_id
from grader.judging.judge import Judge, judges

DRAWS = 3000
# Draws that are, one by one, what rng.choice draws need no statistics: so few of them tell more already.
PLAIN_DRAWS, PLAIN_RUNS = 300, 2

# ------------------------------------------------------------------- apply_frequency_penalty


@judges("apply_frequency_penalty", "core")
def test_frequency_penalty_counts_every_repetition(judge: Judge) -> None:
    logits = np.array([1.0, -2.0, 3.5, 0.25, -7.0])
    judge.equal(
        "tokens 2 2 0 2, penalty 0.5", (logits, [2, 2, 0, 2], 0.5), np.array([0.5, -2.0, 2.0, 0.25, -7.0])
    )
    judge.equal("tokens 4 1 4, penalty 2", (logits, [4, 1, 4], 2.0), np.array([1.0, -4.0, 3.5, 0.25, -11.0]))


@judges("apply_frequency_penalty", "fresh")
def test_frequency_penalty_of_fresh_tokens_of_none_and_of_0(judge: Judge) -> None:
    logits = f32(judge.rng.normal(-90, 4, 23))
    tokens = [int(i) for i in judge.rng.integers(0, 23, 17)]
    penalty = float(np.float32(judge.rng.uniform(0.1, 2)))
    judge.equal("no generated token yet", (logits, [], penalty), logits)
    judge.equal("penalty 0", (logits, tokens, 0.0), logits)
    more = logits + 0.5 * np.bincount(tokens, minlength=23)
    judge.equal("a negative penalty, -0.5: repeats more", (logits, tokens, -0.5), more)
    expected = logits.copy()
    for token in set(tokens):
        expected[token] = logits[token] - sum(penalty for t in tokens if t == token)
    judge.equal(f"17 random tokens, penalty {penalty:.3g}", (logits, tokens, penalty), expected)


# -------------------------------------------------------------------------- next_token_probs


@judges("next_token_probs", "core")
def test_next_token_probs_equal_hugging_face_after_every_filter(judge: Judge) -> None:
    for model in ("fixture", "pico"):
        for _, settings, logits, probs in judge.goldens(model).sampling():
            args = (logits, settings["temperature"], settings["top_k"], settings["top_p"])
            chosen = ", ".join(f"{key} {settings[key]}" for key in ("temperature", "top_k", "top_p"))
            judge.equal(f"{chosen}, logits of {called(model)}", args, probs)


@judges("next_token_probs", "core")
def test_next_token_probs_keep_the_smallest_set_that_reaches_top_p(judge: Judge) -> None:
    # 0.4 + 0.25 reaches 0.6: the token that crosses the line is kept.
    logits = np.log([0.1, 0.4, 0.05, 0.25, 0.2]) - 100
    kept = np.array([0, 0.4, 0, 0.25, 0]) / 0.65
    judge.equal("probabilities .1 .4 .05 .25 .2, top_p 0.6", (logits, 1.0, None, 0.6), kept)
    # At temperature 2 the same five are flatter, and three are needed.
    p = np.sqrt([0.1, 0.4, 0.05, 0.25, 0.2]) / np.sqrt([0.1, 0.4, 0.05, 0.25, 0.2]).sum()
    kept = np.where(np.isin(np.arange(5), [1, 3, 4]), p, 0)
    judge.equal("the same at temperature 2", (logits, 2.0, None, 0.6), kept / kept.sum())
    judge.equal("top_k 1", (logits, 1.0, 1, 1.0), np.array([0.0, 1, 0, 0, 0]))
    judge.equal("top_k 1, then top_p 0.6", (logits, 1.0, 1, 0.6), np.array([0.0, 1, 0, 0, 0]))
    # top-p looks at what top-k left over, not at the whole vocabulary: 0.4 alone is 0.61 of 0.65.
    judge.equal("top_k 2, then top_p 0.6", (logits, 1.0, 2, 0.6), np.array([0.0, 1, 0, 0, 0]))


@judges("next_token_probs", "fresh")
def test_next_token_probs_of_fresh_logits(judge: Judge) -> None:
    # Whatever a model's logits are near, -100 or 30: only their differences count.
    for temperature, top_k, top_p, near in (
        (0.7, 6, 1.0, -100),
        (1.0, None, 1.0, -100),
        (1.6, None, 0.8, 30),
        (1.3, 9, 0.7, -100),
    ):
        logits = f32(judge.rng.normal(near, 2.5, 29))
        if top_p < 1:
            logits = _away_from_the_line(judge, logits, temperature, top_k, top_p)
        case = f"temperature {temperature}, top_k {top_k}, top_p {top_p}"
        judge.fresh(case, (logits, temperature, top_k, top_p))


@judges("next_token_probs", "edges")
def test_next_token_probs_at_the_ends_of_every_setting(judge: Judge) -> None:
    logits = np.log([0.1, 0.4, 0.05, 0.25, 0.2]) - 60
    best, plain = np.array([0.0, 1, 0, 0, 0]), np.array([0.1, 0.4, 0.05, 0.25, 0.2])
    judge.equal("temperature 0", (logits, 0.0, None, 1.0), best)
    judge.equal("temperature 0 with both filters", (logits, 0, 3, 0.5), best)
    judge.equal("top_p smaller than the best probability", (logits, 1.0, None, 0.01), best)
    judge.equal("top_k larger than the vocabulary", (logits, 1.0, 50, 1.0), plain)
    judge.equal("top_k of the whole vocabulary", (logits, 1.0, 5, 1.0), plain)
    judge.equal("nothing but the defaults", (logits,), plain)
    _judge_ties(judge)


def _judge_ties(judge: Judge) -> None:
    """Three logits tie at top_k 2: keeping all of them or just enough are both right."""
    logits = np.array([1.0, 2.0, 1.0, 0.0, 1.0])
    args = (logits.astype(np.float32), 1.0, 2, 1.0)
    answer = judge.call("logits 1 2 1 0 1, top_k 2", args, evidence=False)
    probs = np.asarray(answer.value, dtype=np.float64) if answer.value is not None else np.zeros(0)
    kept = probs > 0
    right = (
        probs.shape == (5,)
        and bool(kept[1])
        and not bool(kept[3])
        and int(kept.sum()) in (2, 4)
        and bool(np.allclose(probs[kept], np.exp(logits[kept]) / np.exp(logits[kept]).sum(), atol=1e-5))
    )
    first = "next_token_probs keeps the wrong tokens where three tie for the last place of top_k"
    evidence = [f"logits 1 2 1 0 1, top_k 2: yours {np.round(probs, 4).tolist()}"]
    judge.that(right, first, evidence, answer=answer)


def _away_from_the_line(
    judge: Judge, logits: Array, temperature: float, top_k: int | None, top_p: float
) -> Array:
    """Fresh logits until no rounding decides which token crosses the line."""
    for _ in range(20):
        mass = np.cumsum(np.sort(judge.reference["next_token_probs"](logits, temperature, top_k, 1.0))[::-1])
        if np.abs(mass - top_p).min() > 1e-3:
            break
        logits = f32(judge.rng.normal(np.mean(logits), 2.5, len(logits)))
    return logits


# ------------------------------------------------------------------------------------ sample


@judges("sample", "core")
def test_sample_draws_every_token_as_often_as_its_probability_says(judge: Judge) -> None:
    # No two alike and one of them rare, so that noise of the wrong kind shows; two that cannot be drawn.
    probs = np.array([0.0446, 0.0, 0.2346, 0.1046, 0.0, 0.6162], dtype=np.float32)

    _judge_draws(judge, probs, "draws from .045 0 .235 .105 0 .616")


@judges("sample", "core")
def test_sample_takes_all_its_chance_from_rng(judge: Judge) -> None:
    probs = np.full(1000, 1 / 1000, dtype=np.float32)
    # The core of it: a certain token is drawn, whatever the generator says.
    certain = np.zeros(50, dtype=np.float32)
    certain[31] = 1
    seed = int(judge.rng.integers(2**32))

    def draws(seed: int, n: int = 12) -> list[int | None]:
        rng = np.random.default_rng(seed)
        return [as_id(a.value) for a in judge.calls("1000 equal probabilities", [((probs, rng), {})] * n)]

    answer = judge.call("a probability of 1", (certain, np.random.default_rng(seed)), changes=False)
    judge.that(
        as_id(answer.value) == 31,
        f"sample drew {answer.value}, and only token 31 has any probability",
        answer=answer,
    )
    first, again, other = draws(seed), draws(seed), draws(seed + 1)
    evidence = [f"first  {first}", f"again  {again}"]
    judge.that(first == again, "sample draws other tokens though rng has the same seed", evidence)
    judge.that(
        len(set(first)) > 3,
        "sample draws the same token again and again: it does not move on in rng",
        [f"drawn {first}"],
    )
    judge.that(first != other, "sample draws the same tokens whatever the seed of rng", [f"drawn {first}"])


@judges("sample", "fresh")
def test_sample_of_fresh_probabilities(judge: Judge) -> None:
    weights = judge.rng.uniform(0.2, 1, 12) * (judge.rng.permutation(12) > 3)
    _judge_draws(judge, (weights / weights.sum()).astype(np.float32), "draws among 8 of 12 tokens")


def _judge_draws(judge: Judge, probs: Array, words: str) -> None:
    """Whether sample draws every token as often as its probability says."""

    def draws(seed: int, n: int) -> list[int]:
        rng = np.random.default_rng(seed)
        answers = judge.calls(f"{n} {words}", [((probs, rng), {})] * n)
        drawn = [as_id(answer.value) for answer in answers]
        kind = answers[0].value_type
        judge.that(None not in drawn, f"sample returned {kind}; a token id (a whole number) is expected")
        return [token for token in drawn if token is not None]

    seed = int(judge.rng.integers(2**32))
    few = draws(seed, PLAIN_DRAWS)
    if few != _plain_draws(seed, probs, PLAIN_DRAWS):
        _judge_counts(judge, "sample", few, probs.astype(np.float64))  # what is far off shows at once
        _judge_counts(judge, "sample", draws(seed + 1, DRAWS), probs.astype(np.float64))


def _plain_draws(seed: int, probs: Array, n: int) -> list[int]:
    """What n draws by rng.choice give."""
    rng = np.random.default_rng(seed)
    exact = probs.astype(np.float64) / probs.astype(np.float64).sum()
    return [int(rng.choice(len(exact), p=exact)) for _ in range(n)]


def _judge_counts(judge: Judge, name: str, drawn: list[int], probs: Array) -> None:
    """A chi-square test that a right sampler fails once in more than 10^9 runs."""
    outside = [d for d in drawn if not 0 <= d < len(probs)]
    judge.that(
        not outside, f"{name} drew token {outside[0] if outside else 0}, and the vocabulary has {len(probs)}"
    )
    counts = np.bincount(drawn, minlength=len(probs))
    impossible = np.flatnonzero((counts > 0) & (probs == 0))
    judge.that(
        impossible.size == 0,
        f"{name} drew token {impossible[0] if impossible.size else 0}, which has probability 0",
        [f"drawn {counts.tolist()} times, probabilities {np.round(probs, 3).tolist()}"],
    )
    alive = probs > 0
    expected = probs[alive] * len(drawn)
    statistic = float(((counts[alive] - expected) ** 2 / expected).sum())
    limit = 2.0 * int(alive.sum()) + 45.0
    judge.that(
        statistic < limit,
        f"{name} does not follow the probabilities it is given",
        [f"drawn    {(counts / len(drawn)).round(3).tolist()}", f"expected {probs.round(3).tolist()}"],
    )


# ---------------------------------------------------------------------------------- generate


def _judge_drawn(judge: Judge, params: Any, settings: dict[str, Any], runs: int, probs: Array) -> None:
    """Whether generate draws every new token with these probabilities, from a model that has no others."""
    seed = int(judge.rng.integers(2**32))
    few = _generate(judge, params, settings, seed, PLAIN_RUNS)
    if few != _plain_draws(seed, probs, len(few)):
        new = _generate(judge, params, settings, seed + 1, runs)
        _judge_counts(judge, f"generate with {_words(settings)}", new, probs)


def _generate(
    judge: Judge, params: Any, settings: dict[str, Any], seed: int, runs: int, n: int = 24
) -> list[int]:
    """New tokens of several runs that share one generator."""
    rng = np.random.default_rng(seed)
    calls = [(([2, 3, 1], params, 1, n), settings | {"rng": rng})] * runs
    new: list[int] = []
    for answer in judge.calls(f"generate with {_words(settings)}", calls):
        value = answer.value
        whole = isinstance(value, list) and len(value) == n + 3 and all(as_id(i) is not None for i in value)
        judge.that(
            whole,
            f"generate with {_words(settings)} did not return its prompt and {n} new ids",
            answer=answer,
        )
        judge.that(value[:3] == [2, 3, 1], "generate did not return its prompt first", answer=answer)
        new += [int(i) for i in value[3:]]
    return new


def _words(settings: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in settings.items() if key != "rng")


@judges("generate", "core")
def test_generate_penalises_what_it_generated_and_not_its_prompt(judge: Judge) -> None:
    logits = np.array([0.1, 3.0, 2.5, 0.75, -50.0])
    params = constant_model(judge.rng, logits)
    # Every generated token costs 1: 1 and 2 take turns (3, 2.5, 2, 1.5, 1), then the others join.
    new = [1, 2, 1, 2, 1, 3, 2, 0]
    settings = {"temperature": 0.0, "frequency_penalty": 1.0}
    judge.ids("greedy, penalty 1, prompt 1 1 1", ([1, 1, 1], params, 1, 8), [1, 1, 1, *new], 3, **settings)
    judge.ids("greedy, no penalty", ([4, 2], params, 1, 4), [4, 2, 1, 1, 1, 1], 2, temperature=0.0)
    # So cold that drawing is as good as greedy: a penalty of 1 outweighs differences, if it comes first.
    for _ in range(16):
        new.append(int(np.argmax(logits - np.bincount(new, minlength=5))))
    cold = {"temperature": 0.001, "frequency_penalty": 1.0, "rng": np.random.default_rng(judge.rng)}
    judge.ids("temperature 0.001, penalty 1", ([1, 1, 1], params, 1, 24), [1, 1, 1, *new], 3, **cold)


@judges("generate", "core")
def test_generate_really_samples_at_temperature_1(judge: Judge) -> None:
    probs = np.array([0.1, 0.4, 0.05, 0.25, 0.2])
    params = constant_model(judge.rng, np.log(probs) - 30)
    _judge_drawn(judge, params, {"temperature": 1.0}, 25, probs)
    _judge_drawn(judge, params, {"temperature": 0.5}, 25, probs**2 / (probs**2).sum())


def _judge_filters(judge: Judge, *filters: tuple[dict[str, Any], list[int]]) -> None:
    probs = np.array([0.1, 0.4, 0.05, 0.25, 0.2])
    params = constant_model(judge.rng, np.log(probs))
    for filter_, kept in filters:
        settings = {"temperature": 1.0, **filter_}
        left = np.where(np.isin(np.arange(5), kept), probs, 0)
        _judge_drawn(judge, params, settings, 12, left / left.sum())


@judges("generate", "fresh")
def test_generate_passes_top_k_on(judge: Judge) -> None:
    _judge_filters(judge, ({"top_k": 2}, [1, 3]))


@judges("generate", "fresh")
def test_generate_passes_top_p_on(judge: Judge) -> None:
    _judge_filters(judge, ({"top_p": 0.6}, [1, 3]), ({"top_k": 3, "top_p": 0.8}, [1, 3, 4]))


@judges("generate", "fresh")
def test_generate_penalises_what_it_has_drawn(judge: Judge) -> None:
    params = constant_model(judge.rng, np.zeros(60))
    seed = int(judge.rng.integers(2**32))
    new = _generate(judge, params, {"temperature": 1.0, "frequency_penalty": 80.0}, seed, 1)
    judge.that(
        len(set(new)) == len(new),
        "generate draws a token again that a penalty of 80 makes impossible",
        [f"drawn {new}"],
    )
    new = _generate(judge, params, {"temperature": 1.0, "frequency_penalty": -80.0}, seed, 1)
    judge.that(
        len(set(new)) == 1,
        "generate with a frequency_penalty of -80 draws another token than the first again and again",
        [f"drawn {new}"],
    )


@judges("generate", "fresh")
def test_generate_repeats_itself_from_the_same_seed_only(judge: Judge) -> None:
    params = constant_model(judge.rng, np.zeros(60))
    _judge_drawn(judge, params, {"temperature": 1.0}, 25, np.full(60, 1 / 60))

    args = ([2, 3], params, 1, 12)

    def run(seed: int) -> Any:
        settings = {"temperature": 1.0, "rng": np.random.default_rng(seed)}
        return judge.calls("generate from a seed", [(args, settings)])[0].value

    seed = int(judge.rng.integers(2**32))
    judge.that(run(seed) == run(seed), "generate writes something else from a generator with the same seed")
    judge.that(run(seed) != run(seed + 1), "generate writes the same whatever the seed of rng")
    one, other = (a.value for a in judge.calls("generate without rng", [(args, {"temperature": 1.0})] * 2))
    judge.that(one != other, "generate writes the same in every call that gives it no rng", [f"twice {one}"])
