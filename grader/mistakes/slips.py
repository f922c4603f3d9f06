"""Tables of slips: what is written in place of an operator, a comparison, a name or a number."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

BINARY: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Div),
    ast.Mult: (ast.Div, ast.Add, ast.Pow, ast.MatMult),
    ast.Div: (ast.Mult, ast.Sub, ast.FloorDiv),
    ast.FloorDiv: (ast.Mod, ast.Div),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}
COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE),
    ast.LtE: (ast.Lt, ast.GtE, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE),
    ast.GtE: (ast.Gt, ast.LtE, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
AROUND = 2  # what a change of a condition or a default costs more: it may only go around what is wrong
KIN = (
    ("max", "min", "sum", "mean", "amax", "amin"), ("var", "std"), ("argmax", "argmin", "max"),
    ("tril", "triu"),
    ("zeros", "ones"), ("zeros_like", "ones_like"), ("vstack", "hstack", "concatenate", "stack"),
    ("maximum", "minimum"), ("exp", "log", "expm1", "exp2"), ("tanh", "exp", "sinh", "arctan"),
    ("vsplit", "hsplit", "split"),
    ("append", "extend"), ("triu_indices", "tril_indices"), ("sqrt", "square"), ("dot", "outer"),
    ("softmax", "gelu"),
)  # fmt: skip
REDUCES = {"max", "min", "sum", "mean", "var", "std", "amax", "amin"}
INTEGERS = (-1, 0, 1, 2, -2, 3)
NUMBERS = (0.7978845608028654, 0.044715, 2.718281828459045, 3.141592653589793, 1e-5)
NEARLY = 0.1  # so near to one of these, a number is that one with a wrong digit
FLOATS = (0.5, 1.0, 2.0, 0.044715, 1e-5, -1e10, 3.0)
MIRROR = {
    "c_fc": ("c_proj",), "c_proj": ("c_fc", "c_attn"), "c_attn": ("c_proj",), "ln_1": ("ln_2", "ln_f"),
    "ln_2": ("ln_1", "ln_f"), "g": ("b",), "b": ("g", "w"), "w": ("b",), "wte": ("wpe",), "wpe": ("wte",),
}  # fmt: skip

# Words in the names of tensors.
# What to do with bytes that are not text, and which byte comes first.
WORDS = {
    "ignore": ("replace",), "strict": ("replace",), "big": ("little",), "backslashreplace": ("replace",),
    "ascii": ("utf-8",), "latin-1": ("utf-8",),
}  # fmt: skip
PLACES = {"attn": ("mlp",), "mlp": ("attn",), "weight": ("bias",), "bias": ("weight",)}


def constants(value: object) -> Iterator[tuple[int, str]]:
    if isinstance(value, bool) or value is None:
        yield 1, str(not value) if value is not None else "-1"
    elif isinstance(value, int):
        yield from (
            (1, f"({n})") for n in dict.fromkeys((*INTEGERS, value + 1, value - 1, -value)) if n != value
        )
        yield from ((2, "None"), (2, "0.5"), (3, "-np.inf"))
    elif isinstance(value, float):
        for number in dict.fromkeys(
            (*FLOATS, -value, value * 10, value / 10, value * 2, value / 2, value * value)
        ):
            if number != value:
                yield 1, f"({number!r})"
        yield from ((1, f"({n!r})") for n in NUMBERS if 0 < abs(value - n) <= NEARLY * n)
    elif isinstance(value, str):
        yield from ((1, repr(other)) for other in MIRROR.get(value, ()))
        yield from ((1, repr(other)) for other in WORDS.get(value, ()))
        if value not in MIRROR:
            yield from ((2, repr(other)) for other in words_replaced(value))
    elif isinstance(value, bytes) and len(value) < 20:
        yield 3, "b''"


def words_replaced(text: str, names: Sequence[str] = ()) -> Iterator[str]:
    """A name with one of its words replaced: by another word of such places, or by {a name}."""
    for word, others in (MIRROR | PLACES).items():
        inside = re.compile(
            rf"(?<![a-z_]){word}(?![a-z_\"'])" if word in "gbw" else rf"(?<![a-z_]){word}(?![a-z_])"
        )
        if inside.search(text):
            yield from (inside.sub(other, text) for other in (*others, *(f"{{{name}}}" for name in names)))
