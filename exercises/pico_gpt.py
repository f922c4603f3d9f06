"""GPT-2's forward pass in NumPy alone.

`params` is GPT-2's own tree of weights, with GPT-2's own names:

    {"wte": [n_vocab, n_embd], "wpe": [n_ctx, n_embd],
     "blocks": [{"ln_1": {"g", "b"}, "attn": {"c_attn": {"w", "b"}, "c_proj": {"w", "b"}},
                 "ln_2": {"g", "b"}, "mlp": {"c_fc": {"w", "b"}, "c_proj": {"w", "b"}}}, ...],
     "ln_f": {"g", "b"}}

Every `w` is [n_in, n_out], every `b`, `g` is one row. Arrays are float32; in float64 all answers are the
same, several times slower.
"""

import math

import numpy as np
from tqdm import tqdm

# ------------------------------------------------------------------------------------ step 1


def gelu(x):
    """Gaussian error linear unit, in the tanh form that GPT-2 was trained with.

    A smooth gate: large positive x passes unchanged, large negative x becomes 0.

        gelu(x) = 0.5 x (1 + tanh( sqrt(2/pi) (x + 0.044715 x^3) ))

    Args:
        x: float array of any shape.
    Returns:
        Array of the same shape.
    Source:
        Hendrycks and Gimpel 2016, section 2; `gelu` in GPT-2's model.py; `gelu_new` in Hugging Face.
    """
    raise NotImplementedError("step 1: gelu")


# ------------------------------------------------------------------------------------ step 2


def softmax(x):
    """Turn scores into probabilities along the last axis.

        softmax(x)_i = exp(x_i) / sum_j exp(x_j)

    Adding one constant to a whole row changes nothing in this formula; use that, so that scores
    of +-10000 give neither inf nor NaN.

    Args:
        x: float array [..., n].
    Returns:
        Array of the same shape; every row is >= 0 and sums to 1.
    Source:
        Vaswani et al. 2017, equation 1; `softmax` in GPT-2's model.py.
    """
    raise NotImplementedError("step 2: softmax")


# ------------------------------------------------------------------------------------ step 3


def layer_norm(x, g, b, eps=1e-5):
    """Give every row mean 0 and variance 1, then let the model scale and shift it.

        layer_norm(x) = g * (x - mean) / sqrt(variance + eps) + b

    Mean and variance are taken over the last axis of each row; the variance is the biased one
    (divided by n, not n - 1).

    Args:
        x: float array [..., n_embd].
        g: gain, [n_embd].
        b: bias, [n_embd].
        eps: keeps a constant row from dividing by zero.
    Returns:
        Array of the shape of x.
    Source:
        Ba, Kiros and Hinton 2016, equation 4; `norm` in GPT-2's model.py; `ln_1`, `ln_2`, `ln_f`.
    """
    raise NotImplementedError("step 3: layer_norm")


# ------------------------------------------------------------------------------------ step 4


def linear(x, w, b):
    """One matrix product and a bias: every row of x is mixed into n_out new features.

        linear(x) = x w + b

    Args:
        x: float array [..., n_in].
        w: weights [n_in, n_out], in the order that GPT-2's files have them.
        b: bias [n_out].
    Returns:
        Array [..., n_out].
    Source:
        `conv1d` in GPT-2's model.py; `Conv1D` in Hugging Face.
    """
    raise NotImplementedError("step 4: linear")


# ------------------------------------------------------------------------------------ step 5


def causal_mask(n_seq):
    """What is added to the attention scores so that no token sees a later one.

    Row = query, column = key: 0 where the key is not later than the query, and a number so
    negative elsewhere (-1e10, say) that softmax gives it probability 0.

    Args:
        n_seq: number of tokens.
    Returns:
        Array [n_seq, n_seq].
    Source:
        Vaswani et al. 2017, section 3.2.3; `attention_mask` in GPT-2's model.py.
    """
    raise NotImplementedError("step 5: causal_mask")


def attention(q, k, v, mask):
    """Every query takes a weighted average of the values whose keys it matches.

        attention(q, k, v) = softmax( q k^T / sqrt(d_head) + mask ) v

    Args:
        q: queries [n_head, n_seq, d_head].
        k: keys [n_head, n_seq, d_head].
        v: values [n_head, n_seq, d_head].
        mask: [n_seq, n_seq], added to the scores of every head.
    Returns:
        Array [n_head, n_seq, d_head].
    Source:
        Vaswani et al. 2017, equation 1; `attn` in GPT-2's model.py.
    """
    raise NotImplementedError("step 5: attention")


# ------------------------------------------------------------------------------------ step 6


def split_heads(x, n_head):
    """Cut every row into n_head pieces, and put the heads first.

    Head h gets the columns h*d_head ... (h+1)*d_head - 1 of every row, d_head = n_embd / n_head.

    Args:
        x: float array [n_seq, n_embd].
        n_head: number of heads; divides n_embd.
    Returns:
        Array [n_head, n_seq, d_head].
    Source:
        `split_heads` in GPT-2's model.py.
    """
    raise NotImplementedError("step 6: split_heads")


def merge_heads(x):
    """Put the heads' outputs side by side again: the inverse of split_heads.

    Args:
        x: float array [n_head, n_seq, d_head].
    Returns:
        Array [n_seq, n_head * d_head].
    Source:
        `merge_heads` in GPT-2's model.py; Concat in Vaswani et al. 2017, section 3.2.2.
    """
    raise NotImplementedError("step 6: merge_heads")


def mha(x, c_attn, c_proj, n_head):
    """Causal multi-head self-attention: the only place where tokens talk to one another.

    One linear layer makes queries, keys and values (in that order, side by side); every head
    attends on its own; a second linear layer mixes what the heads found.

    Args:
        x: float array [n_seq, n_embd].
        c_attn: {"w": [n_embd, 3*n_embd], "b": [3*n_embd]}.
        c_proj: {"w": [n_embd, n_embd], "b": [n_embd]}.
        n_head: number of heads.
    Returns:
        Array [n_seq, n_embd].
    Source:
        Vaswani et al. 2017, section 3.2.2; `attn` in GPT-2's model.py; `GPT2Attention`.
    """
    raise NotImplementedError("step 6: mha")


# ------------------------------------------------------------------------------------ step 7


def feed_forward(x, c_fc, c_proj):
    """Two linear layers with a gelu between them, for every token alone.

        feed_forward(x) = linear( gelu( linear(x, c_fc) ), c_proj )

    Args:
        x: float array [n_seq, n_embd].
        c_fc: {"w": [n_embd, 4*n_embd], "b": [4*n_embd]}.
        c_proj: {"w": [4*n_embd, n_embd], "b": [n_embd]}.
    Returns:
        Array [n_seq, n_embd].
    Source:
        Vaswani et al. 2017, section 3.3; `mlp` in GPT-2's model.py; `GPT2MLP`.
    """
    raise NotImplementedError("step 7: feed_forward")


# ------------------------------------------------------------------------------------ step 8


def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    """One layer of GPT-2: tokens talk (attention), then each one thinks (feed-forward).

    Pre-norm: each half reads a normalised copy of x and adds its result to x itself.

        x = x + mha(layer_norm(x, ln_1))
        x = x + feed_forward(layer_norm(x, ln_2))

    Args:
        x: the residual stream, [n_seq, n_embd]. Must not be changed in place.
        mlp: {"c_fc": {"w", "b"}, "c_proj": {"w", "b"}}.
        attn: {"c_attn": {"w", "b"}, "c_proj": {"w", "b"}}.
        ln_1, ln_2: {"g", "b"}.
        n_head: number of heads.
    Returns:
        Array [n_seq, n_embd].
    Source:
        Radford et al. 2019, section 2.3; `block` in GPT-2's model.py; `GPT2Block`.
    """
    raise NotImplementedError("step 8: transformer_block")


# ------------------------------------------------------------------------------------ step 9


def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    """From token ids to the scores of every possible next token.

    Add up what each token is (wte) and where it stands (wpe, positions from 0), run the blocks
    in order, normalise once more, and compare with every token's embedding: wte again.

    Args:
        inputs: token ids, a list or array of n_seq integers.
        wte: token embeddings [n_vocab, n_embd].
        wpe: position embeddings [n_ctx, n_embd].
        blocks: the parameters of each transformer_block.
        ln_f: the last layer norm, {"g", "b"}.
        n_head: number of heads.
    Returns:
        Logits [n_seq, n_vocab]; row i scores the token that follows inputs[i].
    Source:
        Radford et al. 2019, section 2.3; `model` in GPT-2's model.py; `GPT2LMHeadModel`.
    """
    raise NotImplementedError("step 9: gpt2")


# ----------------------------------------------------------------------------- steps 10 and 11


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
):
    """Write on: predict the next token, append it, and predict again.

    Step 10 asks for greedy decoding: always the most likely token (the other arguments keep
    their defaults). Step 11 asks for the rest: with a temperature above 0 the next token is
    drawn from next_token_probs, and a frequency_penalty counts the generated tokens only, not
    the prompt. Generation does not stop at <|endoftext|>.

    Args:
        inputs: the prompt's token ids. The caller's list must not change.
        params: the tree of weights (see the top of this file).
        n_head: number of heads.
        n_tokens_to_generate: how many tokens to add.
        temperature, top_k, top_p: see next_token_probs; temperature 0 is greedy.
        frequency_penalty: see apply_frequency_penalty.
        rng: numpy.random.Generator to draw with; None makes a fresh one.
    Returns:
        A list: the prompt's ids, then the new ones.
    Raises:
        ValueError: the prompt is empty, or prompt and new tokens together exceed n_ctx.
    Source:
        `sample_sequence` in GPT-2's sample.py; `generate` in picoGPT.
    """
    raise NotImplementedError("step 10: generate")


# ----------------------------------------------------------------------------------- step 11


def apply_frequency_penalty(logits, generated_tokens, penalty):
    """Make a token less likely each time it has been generated already.

        logits_i - count_i * penalty

    Args:
        logits: float array [n_vocab].
        generated_tokens: ids generated so far, without the prompt; may be empty.
        penalty: 0 changes nothing; positive repeats less, negative more.
    Returns:
        A new array [n_vocab]; the caller's logits do not change.
    Source:
        "Frequency and presence penalties" in OpenAI's API reference.
    """
    raise NotImplementedError("step 11: apply_frequency_penalty")


def next_token_probs(logits, temperature=1.0, top_k=None, top_p=1.0):
    """The distribution that the next token is drawn from: temperature, then top-k, then top-p.

    Temperature divides the logits: below 1 sharpens, above 1 flattens, 0 puts everything on the
    largest. Top-k keeps the k largest logits. Top-p (the nucleus) keeps the smallest set of most
    likely tokens whose mass, after temperature and top-k, reaches top_p; the token that crosses
    the line belongs to it. What is left is normalised to sum 1.

    Args:
        logits: float array [n_vocab].
        temperature: >= 0.
        top_k: how many tokens to keep; None keeps all, and so does anything above n_vocab.
        top_p: mass to keep, 0 < top_p <= 1; 1 keeps all.
    Returns:
        Probabilities [n_vocab]; the caller's logits do not change.
    Source:
        Fan et al. 2018, section 5.4 (top-k); Holtzman et al. 2020, section 3.1 (nucleus);
        `top_k_logits` and `top_p_logits` in GPT-2's sample.py, where top-p leaves out the token that
        crosses the line.
    """
    raise NotImplementedError("step 11: next_token_probs")


def sample(probs, rng):
    """Draw one token id: id i with probability probs[i].

    Args:
        probs: float array [n_vocab] that sums to 1.
        rng: numpy.random.Generator; the only source of chance, so that a seed repeats a text.
    Returns:
        The id, a whole number.
    Source:
        `tf.multinomial` in GPT-2's sample.py.
    """
    raise NotImplementedError("step 11: sample")
