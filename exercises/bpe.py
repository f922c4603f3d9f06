"""GPT-2's tokenizer: byte-pair encoding, from text to token ids and back.

`ranks` is GPT-2's table of tokens, a dict from the bytes of a token to its id. The first 256 ids are
the single bytes, in an order of GPT-2's own (b"!" is 0). After them every token is the merge of two
earlier ones, in the order in which they were learned: a lower id merges first. The one id after the
table, `len(ranks)` (50256 in GPT-2), is <|endoftext|>.
"""

from itertools import pairwise

import regex

END_OF_TEXT = "<|endoftext|>"

# How GPT-2 cuts a text into words before any merging: contractions, then letters, digits or other signs
# with at most one space before them, then what is left of a run of white space.
SPLIT_PATTERN = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")

# ----------------------------------------------------------------------------------- step 13


def merge_word(word, ranks):
    """Byte-pair encode one word: begin with its single bytes and merge neighbours into tokens.

    Start with one part a byte. Of all neighbours whose bytes together are a token, those with the
    lowest id merge first, wherever in the word they stand; when no two neighbours make a token
    any more, the parts are the tokens.

    Args:
        word: bytes, as one word of the split text is in UTF-8; may be empty.
        ranks: dict from the bytes of a token to its id.
    Returns:
        A list of token ids.
    Source:
        Sennrich, Haddow and Birch 2016, section 3.2; `bpe` in GPT-2's encoder.py.
    """
    raise NotImplementedError("step 13: merge_word")


def encode(text, ranks):
    """Turn text into token ids: split it into words, and merge each word's bytes.

    <|endoftext|> in the text has no special meaning: it is encoded like any other letters.

    Args:
        text: str.
        ranks: dict from the bytes of a token to its id.
    Returns:
        A list of token ids; the empty text gives the empty list.
    Raises:
        ValueError: the text holds half of a surrogate pair, which is not a character and has no bytes.
    Source:
        Radford et al. 2019, section 2.2; `encode` in GPT-2's encoder.py.
    """
    raise NotImplementedError("step 13: encode")


def decode(ids, ranks):
    """Turn token ids back into text.

    One character can be spread over several tokens. Bytes that are not UTF-8 become U+FFFD, the
    replacement character.

    Args:
        ids: token ids, a list or array of integers; len(ranks) stands for <|endoftext|>.
        ranks: dict from the bytes of a token to its id.
    Returns:
        The text, a str.
    Raises:
        ValueError: no token has such an id.
    Source:
        `decode` in GPT-2's encoder.py.
    """
    raise NotImplementedError("step 13: decode")
