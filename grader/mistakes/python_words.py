"""Python's and NumPy's error messages in a beginner's words: one table for all functions.

A rule speaks only where three things fit together: the error's text, the student's own line that raised it,
and, where a rule asks for it, the text of the function around that line. An error's text alone never names
anything. Where two rules fit, the first one speaks. A rule about a mistake that the register has already
carries its id; all others are called `python.…`.
"""
# ruff: noqa: E501 - a pattern is easier to read on one line

from __future__ import annotations

import ast
import builtins
import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from grader.kata.curriculum import find_function, function_names
from grader.mistakes import register

Words = dict[str, str]
# Rules that know more than a name which fits by its exception alone: the same error comes from other lines.
SURER = frozenset({"python.max-of-rows"})
KATA = frozenset(function_names())


@dataclass(frozen=True)
class Raised:
    """An exception that a student's code let through.

    Attributes:
        function: the function that is judged.
        error: "TypeError: …", as Python says it.
        line: the student's own line that raised it.
        body: the text of the student's function; "" where it is not known.
        file: the text of the student's whole file; "" where it is not known.
    """

    function: str
    error: str
    line: str
    body: str = ""
    file: str = ""

    @cached_property
    def code(self) -> str:
        """The line without its comment."""
        return re.sub(r"""^((?:[^#'"]|'[^']*'|"[^"]*")*)#.*$""", r"\1", self.line.strip()).strip()

    @cached_property
    def names(self) -> frozenset[str]:
        """Names that the student's file gives to something."""
        try:
            tree = ast.parse(self.file or self.body)
        except (SyntaxError, ValueError):
            return frozenset()
        found: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found.add(node.name)
            elif isinstance(node, ast.arg):
                found.add(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.alias):
                found.add((node.asname or node.name).split(".")[0])
        return frozenset(found)


@dataclass(frozen=True)
class Rule:
    """One message in other words.

    Attributes:
        id: what a result carries as its diagnosis.
        error: pattern of the error's type and text.
        line: pattern of the student's line.
        sentence: what is wrong; {words} are the patterns' named groups. "" where the register has both.
        hint: one question, or one next thing to look at.
        function: functions that it is about, as a pattern; "" for every one.
        body: pattern that the function's text must have as well.
        unless: pattern that the line must not have.
        also: looks closer, and adds words; None where the rule does not fit after all.
    """

    id: str
    error: str
    line: str
    sentence: str
    hint: str
    function: str = ""
    body: str = ""
    unless: str = ""
    also: Callable[[Raised, Words], Words | None] | None = None

    def says(self, raised: Raised) -> tuple[str, str] | None:
        """Sentence and hint, where everything fits."""
        if self.function and not re.fullmatch(self.function, raised.function):
            return None
        if self.unless and re.search(self.unless, raised.code):
            return None
        found = [
            re.search(self.error, raised.error),
            re.search(self.line, raised.code),
            re.search(self.body, raised.body) if self.body else re.match("", ""),
        ]
        words: Words = {"function": raised.function}
        for match in found:
            if match is None:
                return None
            words |= {name: text or "" for name, text in match.groupdict().items()}
        if self.also is not None:
            more = self.also(raised, words)
            if more is None:
                return None
            words |= more
        if not self.sentence:
            return register()[self.id].sentence, register()[self.id].hint
        return self.sentence.format(**words), self.hint.format(**words)


def in_words(raised: Raised) -> tuple[str, str, str] | None:
    """(id, sentence, hint) of the first rule that fits; None where none does."""
    if not raised.line:
        return None
    for rule in RULES:
        said = rule.says(raised)
        if said:
            return rule.id, *said
    return None


# ------------------------------------------------------------------------------- looking closer

# What NumPy calls the things that PyTorch has other names for.
TORCH = {
    "permute": "transpose", "contiguous": "nothing (leave it out)", "unsqueeze": "x[:, None] or np.expand_dims",
    "masked_fill": "np.where", "masked_fill_": "np.where", "chunk": "np.split", "float": "x.astype(np.float32)",
    "softmax": "your own softmax", "cat": "np.concatenate", "matmul": "@", "pow": "**", "tanh": "np.tanh",
    "exp": "np.exp", "sqrt": "np.sqrt", "abs": "np.abs", "numpy": "nothing (it is a NumPy array already)",
    "detach": "nothing (leave it out)", "tril": "np.tril", "triu": "np.triu", "T_": "x.T", "norm": "np.sqrt",
    "rsqrt": "1 / np.sqrt", "log": "np.log", "argsort_": "np.argsort", "multinomial": "rng.choice",
    "tensor": "np.array", "relu": "np.maximum", "erf": "nothing: NumPy has none", "topk": "np.argsort",
    "concat_": "np.concatenate", "gelu": "your own gelu", "layer_norm": "your own layer_norm", "view": "x.reshape",
    "append": "np.append, which makes a new array", "length": "len(x)", "len": "len(x)", "pop": "x[:-1]",
    "variance": "np.var", "stdev": "np.std", "standard_deviation": "np.std", "deviation": "np.std", "avg": "np.mean",
    "exponential": "np.exp", "square_root": "np.sqrt", "root": "np.sqrt", "maximum_": "np.max", "sigmoid": "1 / (1 + np.exp(-x))",
    "extend": "np.concatenate", "index": "np.flatnonzero", "count": "np.sum(x == …)", "sqr": "x * x",
}  # fmt: skip


def _numpy_has(raised: Raised, words: Words) -> Words | None:
    """The nearest name that NumPy really has."""
    name = words["name"]
    if name in TORCH:
        return {"near": TORCH[name]}
    near = difflib.get_close_matches(name, [n for n in dir(np) if n.islower()], 1, 0.75)
    return {"near": f"np.{near[0]}"} if near else None


def _array_has(raised: Raised, words: Words) -> Words | None:
    name = words["name"]
    if name in TORCH:
        return {"near": TORCH[name]}
    near = difflib.get_close_matches(name, [n for n in dir(np.ndarray) if n[0] != "_"], 1, 0.75)
    return {"near": f".{near[0]}"} if near else None


def _near_name(raised: Raised, words: Words) -> Words | None:
    """A name that is there and is spelled nearly so."""
    known = raised.names | KATA | {n for n in dir(builtins) if n[0] != "_"} | {"np", "math"}
    near = difflib.get_close_matches(words["name"], sorted(known - {words["name"]}), 1, 0.72)
    return {"near": near[0]} if near else None


def _is_numpys(raised: Raised, words: Words) -> Words | None:
    """NumPy has the name, and the line uses it as NumPy's: a function is called there."""
    name = words["name"]
    found = getattr(np, name, None)
    if found is None or name in KATA:
        return None
    is_function = callable(found) and not isinstance(found, type)
    return {} if not is_function or re.search(rf"\b{name}\s*\(", raised.code) else None


def _is_no_function(raised: Raised, words: Words) -> Words | None:
    """The called name is a parameter or a variable, and no function of Python's."""
    return {} if words["name"] not in (*KATA, *dir(builtins)) else None


def _is_pythons(raised: Raised, words: Words) -> Words | None:
    """The called name is Python's (or the kata's), and the file gives it to something else."""
    name = words["name"]
    given = re.search(rf"(?:^|[\s,(;]){name}\s*(?:,[^=()\n]*)?=(?!=)", raised.body)
    return {} if name in (*KATA, *dir(builtins)) and given else None


def _made_by_division(raised: Raised, words: Words) -> Words | None:
    """A variable of the line gets its value by one / above it."""
    for match in re.finditer(
        r"^\s*(\w+)\s*=\s*[^/\n#]*[^/\n#]/(?![/\s]*np)[^/\n#]*$", raised.body, re.MULTILINE
    ):
        if re.search(rf"\b{match[1]}\b", raised.code) and "np.sqrt" not in match[0]:
            return {"name": match[1]}
    return None


def _calls_itself(raised: Raised, words: Words) -> Words | None:
    calls = len(re.findall(rf"(?<![\w.]){raised.function}\s*\(", raised.body))
    return {} if calls > 1 or re.search(rf"(?<![\w.]){raised.function}\s*\(", raised.code) else None


def _shapes(text: str) -> list[list[int]]:
    return [[int(n) for n in re.findall(r"\d+", shape)] for shape in re.findall(r"\(([\d,\s]*)\)", text)]


def _lost_axis(raised: Raised, words: Words) -> Words | None:
    """(7,48) against (7,): rows of the one, and one number a row in the other, which has lost its last axis."""
    shapes = _shapes(raised.error)
    if len(shapes) < 2:
        return None
    long, short = sorted(shapes[:2], key=len, reverse=True)
    reduced = re.search(r"\.?\b(mean|var|std|sum|max|min|amax)\s*\(", raised.body or raised.code)
    if short != long[:-1] or not reduced or "keepdim" in raised.body:
        return None
    return {}


def _mask_that_does_not_fit(raised: Raised, words: Words) -> Words | None:
    """(4,7,7) against (4,4): scores of every head, and a mask of another size."""
    shapes = _shapes(raised.error)
    if [len(shape) for shape in shapes[:2]] != [3, 2] or shapes[0][1:] == shapes[1]:
        return None
    return {"scores": str(shapes[0][1:]), "mask": str(shapes[1])}


def _bias_three_times_as_long(raised: Raised, words: Words) -> Words | None:
    shapes = _shapes(raised.error)
    return {} if len(shapes) == 2 and shapes[1] == [3 * shapes[0][-1]] else None


def _splits_some(raised: Raised, words: Words) -> Words | None:
    """split_heads is called once or twice, and not in a loop over all three."""
    calls = len(re.findall(r"\bsplit_heads\(", raised.body))
    return {} if calls in (1, 2) and not re.search(r"\b(?:for|map)\b", raised.body) else None


def _before_dot(raised: Raised, words: Words) -> Words | None:
    """The name before the dot that failed."""
    found = re.search(rf"(\w+)\.{re.escape(words['name'])}\b", raised.code)
    return {"what": found[1]} if found else None


def _lacks_the_prefix(raised: Raised, words: Words) -> Words | None:
    return {} if raised.body and "transformer" not in raised.body else None


def _rows_and_columns(raised: Raised, words: Words) -> Words | None:
    """The two lengths that do not fit in a matrix product."""
    found = re.search(r"size (\d+) is different from (\d+)", raised.error)
    return {"rows": found[1], "columns": found[2]} if found else None


def _product_of_shape(raised: Raised, words: Words) -> Words | None:
    size = 1
    for n in re.findall(r"\d+", words["shape"]):
        size *= int(n)
    return {"needs": str(size)} if "-" not in words["shape"] else None


def _own_parts(raised: Raised, words: Words) -> Words | None:
    """What the parts of a dictionary of parameters are called here."""
    norms = r"(ln_\w+)"
    if re.search(rf"{norms}\[", raised.code) or raised.function == "layer_norm":
        return {"parts": '"g" and "b"'} if words["name"] not in ("g", "b") else None
    return {"parts": '"w" and "b"'} if words["name"] not in ("w", "b") else None


CALLED = "|".join(sorted(KATA))


def _kata_call(raised: Raised, words: Words) -> Words | None:
    """The function is one of the kata's, and the line calls it: what its contract is."""
    name = words["called"]
    if name not in KATA or not re.search(rf"(?<![\w.]){name}\b", raised.code):
        return None
    return {"contract": find_function(name).signature, "name": _names_in(raised.error)}


def _names_in(error: str) -> str:
    """ "'wte', 'wpe', and 'ln_f'" as "wte, wpe and ln_f"."""
    names = re.findall(r"'(\w+)'", error)
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def _not_called(raised: Raised, words: Words) -> Words | None:
    """A function of the kata that is in the line without brackets after it."""
    found = re.search(rf"(?<![\w.'\"])({CALLED})\b(?!\s*[(=\w])", raised.code)
    return {"name": found[1]} if found else None


def _unlike_lengths(raised: Raised, words: Words) -> Words | None:
    """(144,48) and (7,48): the two lengths that np.dot wanted to be equal."""
    shapes = _shapes(raised.error)
    if len(shapes) < 2 or not shapes[0] or not shapes[1]:
        return None
    return {"columns": str(shapes[0][-1]), "rows": str(shapes[1][-2 if len(shapes[1]) > 1 else 0])}


def _other_layers_bias(raised: Raised, words: Words) -> Words | None:
    return {} if words["a"] != words["b"] else None


# ------------------------------------------------------------------------------------- the table

ARRAY_AS_NUMBER = (
    r"TypeError: only (?:0-dimensional|length-1|size-1) arrays can be converted to Python scalars"
)
NOT_CALLABLE = r"TypeError: '(?:numpy\.)?(?:float\d*|int\d*|ndarray)' object is not callable"
BROADCAST = r"ValueError: operands could not be broadcast together"
AMBIGUOUS = r"ValueError: The truth value of an array"
NEEDS_WHOLE = r"TypeError: (?:'(?:numpy\.)?float\d*' object cannot be interpreted as an integer|slice indices must be integers)"
CORE = r"ValueError: matmul: Input operand \d has a mismatch in its core dimension"
ONE_SLASH = r"(?<!/)/(?!/)"
DICTS = r"(?P<name>c_attn|c_proj|c_fc|mlp|attn|ln_1|ln_2|ln_f|params|block|blocks)"

RULES: tuple[Rule, ...] = (
    # ------------------------------------------------------------ Python's operators and brackets
    Rule("gelu.math-tanh", ARRAY_AS_NUMBER, r"\bmath\.tanh\(", "", "", function="gelu"),
    Rule(
        "python.math-on-array", ARRAY_AS_NUMBER, r"\bmath\.(?P<name>\w+)\(",
        "math.{name} takes one number, and it was given a whole array",
        "Which library has a {name} that works on whole arrays?",
        unless=r"(?<![\w.])(?:int|float)\(",
    ),
    Rule(
        "python.one-number-of-an-array", ARRAY_AS_NUMBER, r"(?<![\w.])(?P<name>int|float)\(",
        "{name}(…) makes one number out of one number, and it was given a whole array",
        "How many numbers do you expect here: one, or many?",
        unless=r"\bmath\.",
    ),
    Rule(
        "python.caret", r"TypeError: (?:ufunc 'bitwise_xor'|unsupported operand type\(s\) for \^)", r"\^",
        "in Python ^ is not a power: a power is written **, and x^3 is x**3 or x * x * x",
        "Which of your lines has a ^ in it?",
    ),
    Rule(
        "python.star-missing", NOT_CALLABLE, r"\)\s*\(",
        "a * is missing between two brackets: Python reads a(b) as a call of a function",
        "Where do two brackets stand side by side, with nothing between them?",
    ),
    Rule(
        "python.star-missing", NOT_CALLABLE, r"(?<![\w.])\d[\d.e+-]*\s*\(",
        "a * is missing between a number and a bracket: Python reads 2(x) as a call of a function",
        "Where does a number stand right before a bracket?",
    ),
    Rule(
        "python.round-brackets", r"TypeError: '(?:numpy\.)?ndarray' object is not callable",
        r"(?<![\w.])(?P<name>[A-Za-z_]\w*)\s*\(",
        "{name} is an array, and round brackets call a function: look things up with square brackets, "
        "or write * to multiply",
        "Do you want a place of {name}, or a product with it?",
        also=_is_no_function,
    ),
    Rule(
        "python.size-is-a-number", r"TypeError: 'int' object is not callable", r"\.(?P<name>size|ndim)\(",
        "in NumPy .{name} is a number, not a function: x.shape[-1] is how long the last axis is",
        "What is the shape of that array, and which entry of it do you need?",
    ),
    Rule(
        "python.name-taken",
        r"TypeError: '(?:numpy\.)?(?:float\d*|int\d*|ndarray|list|tuple|str|dict)' object is not callable",
        r"(?<![\w.])(?P<name>[A-Za-z_]\w*)\s*\(",
        "{name} is no longer a function here: your code gave its name to something else first",
        "Which of your variables is called {name} too?",
        also=_is_pythons,
    ),
    Rule(
        "python.call-brackets-missing",
        r"TypeError: unsupported operand type\(s\) for .*(?:builtin_function_or_method|'method'|'function')",
        r"\.(?P<name>max|min|mean|sum|var|std|copy|all|any)\b(?!\s*\()",
        "brackets are missing: .{name} is the function itself, .{name}() is what it gives",
        "Where is {name} written without ( ) after it?",
    ),
    Rule(
        "python.call-brackets-missing", r"TypeError: '(?:builtin_function_or_method|method)' object is not subscriptable",
        r"\.(?P<name>\w+)\[",
        "square brackets follow .{name}, which is a function: it is called with round ones",
        "What do you want from {name}: its answer, or a place of its answer?",
    ),
    Rule(
        "python.ratio-not-whole", NEEDS_WHOLE, ONE_SLASH,
        "/ always gives a float, even 48 / 4: where a whole number is needed, divide with //",
        "Which number on this line has to be whole?",
        unless=r"//",
    ),
    Rule(
        "python.ratio-not-whole", NEEDS_WHOLE, r"\w",
        "{name} is a float, since / always gives one: where a whole number is needed, divide with //",
        "Where does {name} get its value?",
        also=_made_by_division,
    ),
    # --------------------------------------------------------------- habits from PyTorch and others
    Rule(
        "python.torch-words", r"TypeError: .*unexpected keyword argument '(?:dim|keepdim)'",
        r"\bdim\s*=.*\bkeepdim\s*=|\bkeepdim\s*=.*\bdim\s*=",
        "NumPy says axis and keepdims, where PyTorch says dim and keepdim",
        "Which two names does this line take over from PyTorch?",
        unless=r"(?<![\w.])(?:softmax|layer_norm|attention)\(",
    ),
    Rule(
        "python.torch-words", r"TypeError: .*unexpected keyword argument 'dim'", r"\bdim\s*=",
        "NumPy says axis, where PyTorch says dim",
        "Which name does this line take over from PyTorch?",
        unless=r"(?<![\w.])(?:softmax|layer_norm|attention)\(",
    ),
    Rule(
        "python.torch-words", r"TypeError: .*unexpected keyword argument '(?:keepdim|keep_dims)'", r"\bkeep_?dims?\s*=",
        "NumPy says keepdims, with an s at its end and no underscore",
        "How does np.mean's documentation spell it?",
    ),
    Rule(
        "python.no-reverse", r"TypeError: .*unexpected keyword argument 'reverse'", r"(?:\bnp\.|\.)(?P<name>argsort|sort)\(",
        "NumPy's {name} always goes from small to large and has no reverse: [::-1] turns the order around",
        "Which end of the order holds the largest number?",
    ),
    Rule(
        "python.torch-transpose", r"ValueError: axes don't match array",
        r"\.transpose\(\s*-?\d\s*,\s*-?\d\s*\)|np\.transpose\([^()]*\(\s*-?\d\s*,\s*-?\d\s*\)\s*\)",
        "NumPy's transpose takes all the axes in their new order; swapaxes(a, b) swaps two, as PyTorch's transpose does",
        "How many axes does this array have, and how many does the line name?",
    ),
    Rule(
        "python.transpose-axes", r"ValueError: axes don't match array", r"\.?transpose\(",
        "transpose is given another number of axes than this array has",
        "What is the array's .shape just before this line?",
    ),
    Rule(
        "python.not-an-array-method", r"AttributeError: 'numpy\.ndarray' object has no attribute '(?P<name>\w+)'",
        r"\.\w+",
        "NumPy's arrays have no .{name}; what you want is called {near}",
        "Which library does .{name} come from?",
        also=_array_has,
    ),
    Rule(
        "python.torch-view", r"TypeError: (?:view\(\) takes|Cannot interpret '\d+' as a data type)", r"\.view\(",
        "in NumPy .view does something else: what PyTorch calls view is .reshape",
        "Which library's view is this?",
    ),
    Rule(
        "python.not-in-numpy", r"AttributeError: module 'numpy' has no attribute '(?P<name>\w+)'", r"\bnp\.\w+",
        "NumPy has no np.{name}; what you want is {near}",
        "Is {name} a function of NumPy, of another library, or one of your own?",
        also=_numpy_has,
    ),
    Rule(
        "python.not-in-math", r"AttributeError: module 'math' has no attribute '(?P<name>\w+)'", r"\bmath\.\w+",
        "the math module has no {name}, and its functions take single numbers only",
        "Which library has functions for whole arrays?",
    ),
    Rule(
        "python.old-generator", r"AttributeError: 'numpy\.random\._generator\.Generator' object has no attribute '(?P<name>\w+)'",
        r"\brng\.",
        "rng is one of NumPy's newer generators, which has no .{name}: it has random(), integers() and choice()",
        "Which of these three do you need?",
    ),
    Rule(
        "python.shape-in-a-formula",
        rf"{BROADCAST}|TypeError: (?:must be real number, not tuple|unsupported operand type\(s\) for .*'tuple'|can't multiply sequence)",
        r"(?:[-+*/]\s*|sqrt\(\s*)(?P<name>\w+)\.shape\b(?!\s*[\[(])",
        "{name}.shape is all its lengths at once, and one number is needed here: {name}.shape[-1] is the last one",
        "Which axis of {name} has the length that you need?",
    ),
    # -------------------------------------------------------------------- yes or no of a whole array
    Rule(
        "python.max-of-rows", AMBIGUOUS, r"(?<![\w.])(?P<name>max|min|sorted)\(",
        "Python's {name}() compares whole rows with each other; NumPy's own works number by number along an axis",
        "What is the difference between {name}(x) and np.{name}(x, axis=…)?",
    ),
    Rule(
        "python.if-on-array", AMBIGUOUS, r"\b(?P<name>if|while|and|or|not|in)\b",
        "`{name}` wants one yes or no, and this condition gives one for every number of an array",
        "For which of the numbers should it decide, and which NumPy function chooses number by number?",
    ),
    # --------------------------------------------------------------------- dictionaries of parameters
    Rule(
        "python.dict-as-array", r"(?:matmul: Input operand \d does not have enough dimensions|unsupported operand type\(s\) for .*'dict'|operand.*'dict')",
        rf"(?:@|\*|\+|dot\(|matmul\()[^\[\]]*\b{DICTS}\b(?!\s*[\[.\w])",
        "{name} is a dictionary that holds arrays, and not an array itself",
        "What are the entries of {name} called, and how do you take one out?",
    ),
    Rule(
        "python.dict-as-array", r"TypeError: (?P<called>\w+)\(\) missing \d+ required positional arguments?",
        rf"(?<!\*)(?<!\w)\b(?:linear|layer_norm|mha|feed_forward|transformer_block|mha_cached|gpt2|gpt2_cached|generate)\([^*]*\b{DICTS}\b(?!\s*[\[.\w])",
        "{name} is a dictionary: handed over whole it fills one parameter of {called}, and the others are missing",
        "What does {called} take, and under which names does {name} hold it? (Python's ** hands on all entries by name.)",
    ),
    Rule(
        "python.parts-swapped",
        r"TypeError: (?P<called>mha|mha_cached)\(\) got an unexpected keyword argument '(?P<name>c_fc)'",
        r"\*\*",
        "{called} is given the MLP's layers: attn and mlp are swapped, on this line or in the order of your function's "
        "parameters",
        "In which order does the contract have mlp and attn?",
    ),
    Rule(
        "python.parts-swapped",
        r"TypeError: (?P<called>feed_forward)\(\) got an unexpected keyword argument '(?P<name>c_attn)'",
        r"\*\*",
        "{called} is given attention's layers: attn and mlp are swapped, on this line or in the order of your function's "
        "parameters",
        "In which order does the contract have mlp and attn?",
    ),
    Rule(
        "python.dict-by-dot",
        r"AttributeError: 'dict' object has no attribute '(?P<name>\w+)'",
        r"(?P<what>\w+)\.\w+",
        "a dictionary's entries are read with square brackets, {what}[\"{name}\"], not with a dot",
        "What does type(…) say about the thing before the dot?",
        also=lambda raised, words: _before_dot(raised, words),
    ),
    Rule(
        "python.other-part-names", r"KeyError: '(?P<name>weight|bias|gamma|beta|gain|scale|w|g|W|kernel)'",
        r"\[\s*[\"']",
        "there is no entry \"{name}\" here: the parts are called {parts}",
        "What does print(….keys()) show?",
        function=r"(?!read_safetensors|to_params).*",
        also=_own_parts,
    ),
    # ------------------------------------------------------------------------------------ names
    Rule(
        "python.torch-is-not-here", r"NameError: name '(?P<name>torch|F|nn|tf|jnp|scipy|tensor)' is not defined", r"\b(?:torch|F|nn|tf|jnp|scipy|tensor)\b",
        "this course is done in NumPy alone: {name} is not here",
        "What does NumPy call that function?",
    ),
    Rule(
        "python.import-missing", r"NameError: name '(?P<name>np|numpy|math|regex|re|json|struct)' is not defined",
        r"\b(?:np|numpy|math|regex|re|json|struct)\.",
        "{name} is used, and not imported at the top of the file under that name",
        "Under which name does the top of the file import it?",
    ),
    Rule(
        "python.self", r"NameError: name 'self' is not defined", r"\bself\b",
        "there is no self here: these are functions, not methods of a class",
        "What is left when you take self. away?",
    ),
    Rule(
        "python.import-missing",
        r"NameError: name '(?P<name>\w+)' is not defined",
        r"\w",
        "{name} is a function of pico_gpt.py, and this file does not import it",
        "Which functions does the top of this file import from pico_gpt?",
        also=lambda raised, words: {} if words["name"] in KATA else None,
    ),
    Rule(
        "python.np-missing", r"NameError: name '(?P<name>\w+)' is not defined", r"\w",
        "{name} is NumPy's: np. is missing before it",
        "Where does {name} come from?",
        also=_is_numpys,
    ),
    Rule(
        "python.misspelled", r"NameError: name '(?P<name>\w+)' is not defined", r"\w",
        "there is no name {name} here; did you mean {near}?",
        "Compare the two letter by letter.",
        also=_near_name,
    ),
    Rule(
        "python.size-without-value", r"NameError: name '(?P<name>n_embd|d_head|n_seq|n_state|n_vocab|n_ctx|n_layer|d_k|d|n|T|C|B|n_tokens|seq_len|hidden)' is not defined",
        r"\w",
        "{name} has no value yet in this function",
        "Which array's .shape, or whose len(), holds that number?",
    ),
    Rule(
        "python.undefined", r"NameError: name '(?P<name>\w+)' is not defined", r"\w",
        "{name} has no value here: nothing in this function or file is called that",
        "On which line should {name} get its value?",
    ),
    Rule(
        "python.name-used-twice",
        r"UnboundLocalError: .*variable '(?P<name>\w+)'", r"(?<![\w.])(?P<called>\w+)\s*\(",
        "{name} is both a function and a variable of yours here: inside this function only the variable counts",
        "What could the variable be called instead?",
        also=lambda raised, words: {} if words["name"] in (*KATA, *dir(builtins)) else None,
    ),
    Rule(
        "python.used-before-it-is-set", r"UnboundLocalError: .*variable '(?P<name>\w+)'", r"\w",
        "{name} is used before it gets a value: on this way through the function no line has set it yet",
        "Which line sets {name}, and does it run before this one?",
    ),
    Rule(
        "python.calls-itself", r"RecursionError", r"\w",
        "{function} calls itself here, again and again, and never comes to an end",
        "Which function did you mean to call?",
        also=_calls_itself,
    ),
    # ----------------------------------------------------------------------------- lists and tuples
    Rule(
        "python.range-missing", r"TypeError: '(?:numpy\.)?(?:int\d*|float\d*)' object is not iterable",
        r"\bfor\b.*\bin\s+(?!range|enumerate|zip)(?P<name>[\w.\[\]()-]+)",
        "a loop needs something to go through, and {name} is one number: range(…) makes 0, 1, 2, … of it",
        "Which numbers should your loop variable take?",
    ),
    Rule(
        "python.list-has-no-shape", r"AttributeError: 'list' object has no attribute '(?P<name>shape|T|reshape|transpose|swapaxes|astype|size|ndim|dtype|mean|sum|max|min|argmax|copy_|tolist)'",
        r"(?P<what>[\w\])]+)\.\w+",
        "this is a list, and a list has no .{name}: only arrays have one",
        "Is len(…) enough here, or does np.array(…) have to make an array of it first?",
    ),
    Rule(
        "python.list-with-axes", r"TypeError: list indices must be integers or slices, not tuple", r"\[[^\]]*[,:]",
        "this indexes a list with several axes, and a list has only one",
        "np.array(…) makes an array of a list of rows. Which line should do that?",
    ),
    Rule(
        "python.list-by-name",
        r"TypeError: list indices must be integers or slices, not str",
        r"(?P<what>\w+)\[\s*[\"']",
        "{what} is a list: it holds one thing after the other, and has no named entries",
        "Which one of {what} do you mean here, and where is the loop over them?",
    ),
    Rule(
        "python.number-added-to-list", r"TypeError: can only concatenate list \(not \"(?:numpy\.)?\w+\"\) to list", r"\+",
        "a list and a number cannot be added: + puts two lists one after the other",
        "How do you append one item, or make a list of it?",
    ),
    Rule(
        "python.list-arithmetic",
        r"TypeError: can't multiply sequence by non-int of type '(?:numpy\.)?float\d*'",
        r"\*",
        "* with a list repeats the list: only an array's numbers are multiplied one by one",
        "Which of the two things around the * is a list, and what makes an array of it?",
        unless=r"(?<![\w.])(?:range|shape)\b",
    ),
    Rule(
        "python.list-arithmetic",
        r"TypeError: (?:unsupported operand type\(s\) for [^:]*: (?:'list' and '\w+'|'(?:numpy\.)?\w+' and 'list')|bad operand type for unary -: 'list')",
        r"[-+/*@]",
        "this line calculates with a list; only arrays calculate number by number",
        "Which name on this line is a list, and what makes an array of it?",
    ),
    Rule(
        "python.past-is-a-pair",
        r"ValueError: all the input arrays must have same number of dimensions|AttributeError: 'tuple' object has no attribute|TypeError: tuple indices must be",
        r"\b(?P<name>past\w*|\w*_past|cache)\b(?!\s*\[\s*-?\d)",
        "{name} is a pair, (k, v): {name}[0] holds the keys, and {name}[1] the values",
        "Which of the two belongs to what you join it with?",
        function="mha_cached",
    ),
    Rule(
        "python.tuple-has-no-shape",
        r"AttributeError: 'tuple' object has no attribute '(?P<name>shape|T|reshape|transpose|swapaxes|astype|size|ndim|dtype|mean|sum|max|min|argmax|copy|append)'",
        r"(?P<what>[\w\])]+)\.\w+",
        "{what} is a tuple, several things in one, and a tuple has no .{name}",
        "Which line makes {what}, and how many things does that line give it?",
    ),
    Rule(
        "python.append-returns-none",
        r"(?:AttributeError|TypeError): (?:'NoneType' object|object of type 'NoneType'|argument of type 'NoneType'|int\(\))", r"\w",
        "append, extend and sort change a list and return None: x = x.append(…) loses the list",
        "What is in your variable after that line?",
        body=r"=\s*[\w.\[\]]+\.(?:append|extend|sort|reverse|insert)\(",
    ),
    Rule(
        "python.past-is-none", r"TypeError: (?:'NoneType' object is not (?:subscriptable|iterable)|object of type 'NoneType'|cannot unpack non-iterable NoneType|zip argument #\d+ must support iteration|'NoneType')", r"\bpast\b",
        "past is None in the first call, when nothing has been computed yet",
        "What should happen in the first call, and what in all later ones?",
    ),
    Rule(
        "python.rng-is-none", r"AttributeError: 'NoneType' object has no attribute '(?P<name>random|choice|integers|multinomial|uniform)'", r"\brng\b",
        "rng is None when the caller gives no generator",
        "What does the docstring say about rng None, and which NumPy function makes a generator?",
    ),
    Rule(
        "python.nothing-returned", r"TypeError: (?:'NoneType' object is not (?:subscriptable|iterable)|cannot unpack non-iterable NoneType|unsupported operand type\(s\) for .*'NoneType')",
        r"(?<![\w.])(?P<name>[a-z_]\w*)\(",
        "something on this line is None: a function without a return gives None",
        "Which of the functions called here returns nothing?",
    ),
    Rule(
        "python.two-brackets-for-a-shape", r"TypeError: Cannot interpret '(?P<number>\d+)' as a data type", r"\bnp\.(?P<name>zeros|ones|empty|tri)\(",
        "np.{name} takes the whole shape as its first argument: two pairs of brackets are needed, np.{name}((a, b))",
        "What does np.{name} take as its second argument?",
    ),
    Rule(
        "python.concatenate-takes-one-list",
        r"TypeError: \w+\(\) got multiple values for argument 'axis'",
        r"\bnp\.(?P<name>concatenate|stack)\(\s*\w",
        "np.{name} takes one list of arrays as its first argument: a pair of brackets is missing",
        "What are the arguments of np.{name}, in their order?",
    ),
    Rule(
        "python.concatenate-takes-one-list", r"TypeError: only integer scalar arrays can be converted to a scalar index", r"\bnp\.(?P<name>concatenate|stack|vstack|hstack)\(\s*\w",
        "np.{name} takes one list of arrays as its first argument: a pair of brackets is missing",
        "What are the arguments of np.{name}, in their order?",
    ),
    Rule(
        "python.keepdims-by-place", r"TypeError: (?:Cannot interpret '(?:True|1)' as a data type|return arrays must be of ArrayType)", r"\.(?P<name>mean|sum|max|min|var|std)\([^)]*,\s*(?:True|1)\s*\)",
        "keepdims is not the next argument after the axis: write its name, keepdims=True",
        "In which order does np.{name} take its arguments?",
    ),
    Rule(
        "python.axes-missing", r"AxisError: axis (?P<axis>-?\d+) is out of bounds for array of dimension (?P<n>\d+)", r"\w",
        "this line asks for axis {axis} of an array that has only {n} (they are counted from 0; -1 is the last one)",
        "What is the array's .shape just before this line?",
    ),
    Rule(
        "python.shape-has-fewer", r"IndexError: tuple index out of range", r"\.shape\[(?P<n>-?\d+)\]",
        "this array has too few axes for .shape[{n}] (they are counted from 0; -1 is the last one)",
        "What does print(….shape) show?",
    ),
    # ----------------------------------------------------------- mistakes that the register has too
    Rule(
        "next_token_probs.top-k-beyond-vocabulary", r"ValueError: kth\(=-?\d+\) out of bounds", r"partition\(",
        "", "", function="next_token_probs",
    ),
    Rule(
        "next_token_probs.top-k-beyond-vocabulary", r"IndexError: index -?\d+ is out of bounds", r"\[[^\]]*top_k",
        "", "", function="next_token_probs",
    ),
    Rule("linear.w-times-x", CORE, r"\bw(?:\.T)?\s*@\s*x\b|(?:dot|matmul)\(\s*w\s*,\s*x\s*\)", "", "", function="linear"),
    Rule("linear.transposed", CORE, r"@\s*w\.T\b|@\s*w\.transpose|(?:dot|matmul)\(\s*x\s*,\s*w\.T", "", "", function="linear"),
    Rule("linear.elementwise", BROADCAST, r"\bx\s*\*\s*w\b|\bw\s*\*\s*x\b|multiply\(", "", "", function="linear"),
    Rule("linear.bias-first", BROADCAST, r"\(\s*x\s*\+\s*b\s*\)|\(\s*b\s*\+\s*x\s*\)", "", "", function="linear"),
    Rule(
        "linear.two-axes-only", r"ValueError: (?:not enough|too many) values to unpack", r"=\s*x\.shape\s*$",
        "", "", function="linear",
    ),
    Rule(
        "python.elementwise-product", BROADCAST, r"\b(?P<a>q|k|weights|w|scores|probs|att\w*)\s*\*\s*(?P<b>q|k|v|keys|values)\b(?!\s*[\[(])",
        "* multiplies number by number; {a} and {b} need a matrix product, @",
        "Which operator sums over the features of a query and a key?",
    ),
    Rule("attention.dot-T", rf"{CORE}|{BROADCAST}", r"@\s*k\.T\b|(?:dot|matmul)\([^)]*k\.T|\.T\b", "", "", function="attention", body=r"\bk\.T\b"),
    Rule("attention.key-not-transposed", CORE, r"\bq\s*@\s*k\b(?!\s*[.\[])|(?:dot|matmul)\(\s*q\s*,\s*k\s*\)", "", "", function="attention"),
    Rule(
        "mha.bias-not-cut", BROADCAST, r"\w",
        "this cuts c_attn's w in three, but not its b: all three parts add the whole bias",
        "How long is c_attn's b, and which part of it belongs to the queries?",
        function=r"mha|mha_cached", body=r"\[\s*:\s*,", also=_bias_three_times_as_long,
    ),
    Rule(
        "mha.mask-of-n-embd", rf"{BROADCAST}|{CORE}", r"\w", "", "",
        function="mha", body=r"causal_mask\(\s*(?:x\.shape\[\s*(?:1|-1)\s*\]|n_embd|n_state|len\(x\[0\]\))\s*\)",
    ),
    Rule(
        "python.mask-does-not-fit", BROADCAST, r"\battention\(",
        "the mask is {mask}, and a head's scores are {scores}: a mask has a row for every query and a column for every key",
        "Which number does your mask get its size from, and which number counts the tokens?",
        function="mha|mha_cached", also=_mask_that_does_not_fit,
    ),
    Rule(
        "mha.not-all-split",
        rf"{BROADCAST}|{CORE}",
        r"\w",
        "this splits only some of queries, keys and values into heads",
        "Which shapes do q, k and v have when attention gets them?",
        function="mha",
        also=_splits_some,
    ),
    Rule(
        "mha.splits-tokens", r"ValueError: (?:array split does not result in an equal division|too many values to unpack|not enough values to unpack)",
        r"np\.(?:array_)?split\((?!.*axis\s*=\s*-?[12])(?!.*,\s*-?[12]\s*\))|^q\s*,\s*k\s*,\s*v\s*=\s*(?:linear\(|x\s*@|qkv\b)", "", "", function="mha",
    ),
    Rule(
        "split_heads.cuts-tokens", r"ValueError: (?:array split does not result in an equal division|all input arrays must have the same shape)",
        r"split\((?!.*axis\s*=\s*(?:-1|1))(?!.*,\s*(?:-1|1)\s*\))", "", "", function="split_heads",
    ),
    Rule("gpt2.not-transposed", CORE, r"@\s*wte\b(?!\s*\.)|(?:dot|matmul)\([^)]*\bwte\s*\)", "", "", function=r"gpt2"),
    Rule("gpt2.twelve-blocks", r"IndexError: list index out of range", r"blocks\[", "", "", function="gpt2", body=r"range\(\s*12\s*\)"),
    Rule("gpt2.positions-from-ids", r"IndexError: index \d+ is out of bounds for axis 0", r"wpe\[\s*(?:inputs|ids|tokens)\s*\]", "", "", function="gpt2"),
    Rule(
        "generate.adds-to-every-id",
        r"IndexError: index \d+ is out of bounds",
        r"\w",
        "",
        "",
        function=r"generate",
        body=r"\b(\w+)\s*(?:=\s*\1\s*\+|\+=)\s*np\.argmax",
    ),
    Rule(
        "apply_frequency_penalty.no-minlength", BROADCAST, r"\w", "", "",
        function="apply_frequency_penalty", body=r"bincount\((?![^\n]*minlength)",
    ),
    Rule(
        "apply_frequency_penalty.no-tokens-yet", r"TypeError: Cannot cast array data from dtype\('float64'\) to dtype\('int64'\)", r"bincount\(",
        "", "", function="apply_frequency_penalty",
    ),
    Rule(
        "next_token_probs.top-k-none", r"TypeError: .*'NoneType'", r"\btop_k\b", "", "", function="next_token_probs",
    ),
    Rule("layer_norm.no-keepdims", BROADCAST, r"\w", "", "", function="layer_norm", also=_lost_axis),
    Rule("softmax.no-keepdims-at-all", BROADCAST, r"\w", "", "", function="softmax", body=r"(?<!soft)max\(", also=_lost_axis),
    Rule("softmax.no-keepdims", BROADCAST, r"\w", "", "", function="softmax", also=_lost_axis),
    Rule(
        "python.lost-axis", BROADCAST, r"\w",
        "a mean, sum or maximum has lost its axis (no keepdims), so it does not line up with the rows",
        "What shape does it have, and with which axis does NumPy match it?",
        also=_lost_axis,
    ),
    Rule(
        "read_safetensors.big-endian", r"(?:UnicodeDecodeError|JSONDecodeError|OverflowError|MemoryError|ValueError)", r"json|decode|read|loads|\[|^raise\b", "", "",
        function="read_safetensors", body=r"[\"']big[\"']|[\"']>Q[\"']|[\"']>u8[\"']|[\"']!Q[\"']",
    ),
    Rule(
        "read_safetensors.four-bytes", r"(?:UnicodeDecodeError|JSONDecodeError|ValueError)", r"json|decode|loads|^raise\b", "", "",
        function="read_safetensors", body=r"[\"']<[iIlL][\"']|read\(\s*4\s*\)|\[\s*:\s*4\s*\]",
    ),
    Rule(
        "read_safetensors.metadata-is-a-tensor", r"KeyError: '(?:dtype|shape|data_offsets)'", r"\[\s*[\"'](?:dtype|shape|data_offsets)[\"']\s*\]", "", "",
        function="read_safetensors",
    ),
    Rule(
        "to_params.masks-counted", r"KeyError: '[\w.]*(?:attn\.bias|masked_bias)'|KeyError: '(?:bias|masked_bias)'", r"\w", "", "", function="to_params",
    ),
    Rule(
        "to_params.no-prefix",
        r"KeyError: '(?:wte|wpe|ln_f|h\.\d+)\.[\w.]+'|ValueError: max\(\) (?:arg|iterable argument) is",
        r"\[|\bmax\(",
        "",
        "",
        function="to_params",
        also=_lacks_the_prefix,
    ),
    Rule(
        "to_params.twelve-blocks",
        r"KeyError: '[\w.]*h\.\d+\.",
        r"\[",
        "",
        "",
        function="to_params",
        body=r"range\(\s*12\s*\)",
    ),
    Rule(
        "to_params.names-without-weight",
        r"KeyError: '(?:transformer\.)?(?P<name>wte|wpe|ln_f|(?:h\.\d+\.)?[\w.]*(?:ln_\d|c_attn|c_proj|c_fc))'",
        r"\[",
        "the file has no tensor called {name}: its names end in .weight or .bias",
        "What do the names of the tensors look like, if you print a few?",
        function="to_params",
    ),
    Rule(
        "read_safetensors.bfloat-unknown",
        r"KeyError: 'BF16'",
        r"\[",
        "",
        "",
        function="read_safetensors",
    ),
    Rule(
        "read_safetensors.text-mode",
        r"UnicodeDecodeError|TypeError: (?:from_bytes|int\.from_bytes|cannot convert 'str'|can't concat|a bytes-like)",
        r"\w",
        "this opens the file as text; a file of numbers is read as bytes, with the mode \"rb\"",
        "What does open(path) do to the bytes of a file, if no mode is given?",
        function="read_safetensors",
        body=r"open\(\s*\w*\s*\)|open\([^)]*[\"']r[\"']|read_text\(",
    ),
    Rule(
        "to_params.prefix-expected", r"KeyError: 'transformer\.[\w.]+'", r"\[", "", "", function="to_params",
    ),
    Rule(
        "to_params.extra-output-layer", r"KeyError: '(?:transformer\.)?lm_head[\w.]*'", r"lm_head", "", "", function="to_params",
    ),
    # ------------------------------------------------------------------------------ bytes and tokens
    Rule(
        "merge_word.ints-not-bytes", r"KeyError: (?P<number>\d+)$", r"ranks\s*\[|ranks\.get",
        "going through bytes gives whole numbers, not pieces of one byte: this looks up {number}, and the table's keys are bytes",
        "What is list(b'hi'), and what is b'hi'[0:1]?",
        function="merge_word|encode",
    ),
    Rule(
        "merge_word.ints-not-bytes", r"TypeError: (?:can't concat int to bytes|sequence item \d+: expected a bytes-like object, int found|unsupported operand type\(s\) for \+: '(?:int|bytes)' and '(?:int|bytes)')", r"\w",
        "going through bytes gives whole numbers, not pieces of one byte",
        "What is list(b'hi'), and what is b'hi'[0:1]?",
        function="merge_word|encode",
    ),
    Rule(
        "decode.table-the-other-way", r"KeyError: (?P<number>\d+)$", r"ranks\s*\[|ranks\.get",
        "ranks goes from bytes to ids, and this looks an id up in it: {number}",
        "How do you turn a dictionary around?",
        function="decode",
    ),
    Rule(
        "python.text-not-bytes",
        r"TypeError: .*\bstr\b",
        r"\bmerge_word\(",
        "merge_word takes bytes, and this hands it text (str)",
        "Which method of a text gives its bytes?",
        function="encode",
    ),
    Rule(
        "python.text-not-bytes", r"KeyError: '.*'$", r"ranks\s*\[",
        "the table's keys are bytes, and this looks up text (str)",
        "Which method of a text gives its bytes?",
        function="merge_word|encode",
    ),
    Rule(
        "python.text-and-bytes",
        r"TypeError: (?:can only concatenate str \(not \"bytes\"\) to str|can't concat str to bytes|sequence item \d+: expected str instance, bytes found|sequence item \d+: expected a bytes-like object, str found|a bytes-like object is required, not 'str'|cannot use a string pattern on a bytes-like object)", r"\w",
        "text (str) and bytes do not mix: this line has both",
        "Which of the two should everything on this line be, and where does .encode or .decode belong?",
    ),
    Rule(
        "python.text-and-bytes", r"AttributeError: '(?P<type>bytes|str)' object has no attribute '(?P<name>encode|decode)'", r"\.(?:encode|decode)\(",
        "a {type} has no .{name}: text is encoded to bytes, and bytes are decoded to text",
        "What is it before this line: text, or bytes?",
    ),
    # ------------------------------------------------------------------------------------- shapes
    Rule(
        "python.reshape", r"ValueError: cannot reshape array of size (?P<size>\d+) into shape (?P<shape>\([\d,]+\))", r"reshape\(",
        "this reshape needs {needs} numbers for {shape}, and the array has {size}",
        "Which numbers multiply to {size} here, and what is each of them called?",
        also=_product_of_shape,
    ),
    Rule(
        "python.unpacked-shape", r"ValueError: (?P<what>too many|not enough) values to unpack \(expected (?P<n>\d+)(?:, got (?P<got>\d+))?\)",
        r"=\s*\w+\.shape\b",
        "this takes {n} numbers out of a shape that has {what} of them: the array has another number of axes",
        "How many axes may this array have, according to the docstring?",
    ),
    Rule(
        "python.matmul-shapes", CORE, r"@|dot\(|matmul\(|einsum",
        "this product (@) does not fit: a row on the left has {columns} numbers, and the right side has {rows} rows; the two must be equal",
        "What are the two .shapes, and which axis of the right side should have {columns} rows?",
        also=_rows_and_columns,
    ),
    Rule(
        "python.in-place-whole-numbers", r"UFuncTypeError: Cannot cast ufunc '\w+' output from dtype\('float\d+'\) to dtype\('int\d+'\)", r"(?P<name>[-+*/])=",
        "{name}= writes into the same array, which holds whole numbers only",
        "What is the difference between x = x {name} y and x {name}= y?",
    ),
    Rule(
        "python.probabilities-do-not-sum-to-1", r"ValueError: [Pp]robabilities do not sum to 1", r"choice\(",
        "rng.choice wants probabilities that sum to 1, and these do not",
        "What happens to the sum when tokens are dropped?",
    ),
    # ------------------------------------------------------------------- calls of the kata's functions
    Rule(
        "python.argument-missing",
        r"TypeError: (?:\w+\.)?(?P<called>\w+)\(\) missing \d+ required positional arguments?:",
        r"\w",
        "{called} is called without {name}: its contract is {contract}",
        "Which arguments does this line hand to {called}?",
        also=_kata_call,
    ),
    Rule(
        "python.too-many-arguments",
        r"TypeError: (?:\w+\.)?(?P<called>\w+)\(\) takes (?:from )?\d+ (?:to \d+ )?positional arguments? but (?P<n>\d+) (?:were|was) given",
        r"\w",
        "{called} gets {n} arguments here: its contract is {contract}",
        "Where does the bracket of {called} close?",
        also=_kata_call,
    ),
    Rule(
        "python.argument-twice",
        r"TypeError: (?:\w+\.)?(?P<called>\w+)\(\) got multiple values for argument",
        r"\*\*",
        "{called} gets {name} twice: once by its place and once from the dictionary after **",
        "Which parameter of {contract} does each argument without a name fill?",
        also=_kata_call,
    ),
    Rule(
        "python.function-not-called",
        r"TypeError: (?:unsupported operand type\(s\) for .*'function'|.*'function' object is not (?:subscriptable|iterable))|AttributeError: 'function' object",
        r"\w",
        "{name} is the function itself here: it is called with round brackets, {name}(…)",
        "What should {name} work on in this line?",
        also=_not_called,
    ),
    Rule(
        "python.one-star",
        r"UFuncTypeError: ufunc '\w+' did not contain a loop|TypeError: (?:string indices|unsupported operand type\(s\) for .*'str'|list indices must be|only integer scalar|can only concatenate str|'\w+' object cannot be interpreted)|IndexError: only integers",
        r"[(,]\s*\*(?P<name>c_attn|c_proj|c_fc|mlp|attn|ln_1|ln_2|ln_f|params|block)\b(?!\s*[\[.])",
        "one * hands on the dictionary's names as text; two stars, **{name}, hand on its arrays by name",
        "What does print(*{name}) show?",
    ),
    Rule(
        "python.list-after-two-stars", r"TypeError: .*argument after \*\* must be a mapping, not list", r"\*\*blocks\b",
        "blocks is the whole list of blocks; the loop's variable is one of them",
        "What do you call one block in your loop?",
    ),
    Rule(
        "python.part-of-a-dictionary", r"TypeError: .*argument after \*\* must be a mapping, not (?:numpy\.ndarray|numpy\.float\d+|float)",
        r"\[\s*[\"'](?:w|b)[\"']\s*\]",
        "this hands over one array; the function wants the whole dictionary, with its w and b",
        "What does the docstring say about that parameter?",
    ),
    Rule(
        "python.mask-of-an-array",
        r"TypeError: (?:'(?:<=|<|>|>=)' not supported between instances of 'tuple'|can't multiply sequence|unsupported operand type\(s\) for .*'tuple')|ValueError: (?:The truth value of an array|maximum supported dimension|operands could not be broadcast)|TypeError: only (?:integer scalar|0-dimensional|length-1|size-1) arrays",
        r"causal_mask\(\s*(?:x|q|k|v|qkv|(?:x|q|k|v)\.shape)\s*\)",
        "causal_mask takes one number, how many tokens there are, and this hands it something else",
        "Which axis of your array counts the tokens?",
    ),
    Rule(
        "python.number-for-a-list", r"TypeError: object of type '(?:numpy\.)?int\d*' has no len\(\)",
        r"\b(?P<called>gpt2|gpt2_cached)\(\s*(?P<name>\w+)",
        "{called} takes a list of token ids, and {name} is a single id: [{name}] is a list of one",
        "How many tokens does the model get in each round?",
    ),
    Rule(
        "python.w-and-b-swapped", rf"{CORE}|{BROADCAST}",
        r"linear\([^()]*\[\s*[\"']b[\"']\s*\]\s*,\s*\w+\[\s*[\"']w[\"']\s*\]",
        "w and b are swapped: the contract is linear(x, w, b)",
        "In which order does linear take its arguments?",
    ),
    Rule(
        "python.another-layers-bias", BROADCAST,
        r"(?P<a>\w+)\[\s*[\"']w[\"']\s*\]\s*[,+]\s*(?P<b>\w+)\[\s*[\"']b[\"']\s*\]",
        "this takes w from {a} and b from {b}: both belong to one layer",
        "How long is a row of the answer, and how long is this b?",
        also=_other_layers_bias,
    ),
    # ---------------------------------------------------------------------- NumPy's calls and shapes
    Rule(
        "python.row-into-one-place",
        r"ValueError: setting an array element with a sequence\.(?! The requested)",
        r"^(?P<name>\w+)\[(?P<at>[^\]:]*)\]\s*[-+*/]?=",
        "{name}[{at}] is a single place, and this puts a whole row into it",
        "Which shape does {name} have, and which shape does it need?",
    ),
    Rule(
        "python.best-of-every-position",
        r"ValueError: setting an array element with a sequence\. The requested",
        r"\bgpt2\(",
        "the best token of every position is appended, as one array; only the last position predicts the next token",
        "How many numbers does np.argmax give here, and which of them is the next token's?",
        function="generate",
        body=r"argmax\([^)]*axis",
    ),
    Rule(
        "python.unequal-pieces",
        r"ValueError: (?:setting an array element with a sequence\. The requested|all input arrays must have the same shape)",
        r"\bnp\.(?P<name>array|stack|asarray|vstack)\(",
        "np.{name} wants pieces of one shape, and these have several",
        "What is the .shape of each piece? Where do the pieces begin and end?",
    ),
    Rule(
        "python.shape-is-a-tuple", r"TypeError: 'tuple' object is not callable", r"\.shape\s*\(",
        "a shape is a tuple, not a function: no round brackets after .shape",
        "How do you take one number out of a tuple?",
    ),
    Rule(
        "python.matmul-of-three", r"(?:ValueError|TypeError): (?:output operand|return arrays must be|cannot perform|operands? )",
        r"\bnp\.(?P<name>matmul|dot|multiply|add)\(\s*\w+\s*,\s*\w+\s*,\s*\w+\s*\)",
        "np.{name} takes two arrays; the third argument is where the answer goes",
        "How do you add something to the answer of np.{name}?",
    ),
    Rule(
        "python.matmul-shapes", r"ValueError: shapes \([\d,]+\) and \([\d,]+\) not aligned", r"dot\(|@|inner\(",
        "this product does not fit: a row on the left has {columns} numbers, and the right side has {rows} rows; the two must be equal",
        "What are the two .shapes, and is their order right?",
        also=_unlike_lengths,
    ),
    Rule(
        "python.stack-without-axis", r"TypeError: .*unexpected keyword argument 'axis'", r"\bnp\.(?P<name>hstack|vstack|dstack)\(",
        "np.{name} takes no axis: np.concatenate does",
        "Along which axis should the pieces be joined?",
    ),
    Rule(
        "python.range-of-a-list",
        r"TypeError: (?:'(?:list|tuple|numpy\.ndarray)' object cannot be interpreted as an integer|only (?:integer scalar|0-dimensional|length-1|size-1) arrays can be converted)",
        r"\brange\(\s*(?P<name>[a-z]\w*)\s*\)",
        "range wants one number, and {name} is a whole list or array: len({name}) is how many it has",
        "What should range count to?",
    ),
    Rule(
        "python.numbers-as-index", r"IndexError: arrays used as indices must be of integer", r"\[[^\]]*(?P<name>mask\w*)[^\]]*\]",
        "{name} holds numbers, and an index has to be yes or no: this mask is made to be added to the scores",
        "What does the docstring say is done with the mask?",
    ),
    Rule(
        "python.product-before-sum", BROADCAST, r"\+\s*(?P<name>mask)\s*@\s*\w",
        "a bracket is missing: @ is worked out before +, so {name} is multiplied first",
        "Which two things do you want to add before the product?",
    ),
    Rule(
        "python.product-of-a-row", BROADCAST, r"@\s*(?P<name>g|b)\b",
        "@ is the matrix product; {name} multiplies number by number, with *",
        "What shape does the product have, and what shape should it have?",
        function="layer_norm",
    ),
    Rule(
        "python.items-missing",
        r"TypeError: cannot unpack non-iterable|ValueError: (?:not enough|too many) values to unpack",
        r"for\s*\(?\s*\w+\s*,\s*\w+\s*\)?\s+in\s+(?P<name>ranks|tensors|header|counts?|Counter\([^()]*\)|\w*dict\w*)\s*(?:[:\]})]|if\b|$)",
        "going through a dictionary gives its keys alone: {name}.items() gives keys with values",
        "What does list({name}) show?",
    ),
    Rule(
        "python.smallest-of-nothing", r"ValueError: (?P<name>min|max)\(\) (?:arg|iterable argument) is (?:an )?empty", r"\b(?:min|max)\(",
        "{name}() is asked for the {name}imum of an empty list here",
        "When is that list empty, and what should happen then?",
    ),
    # ---------------------------------------------------------------------------- bytes and files
    Rule(
        "python.bytes-of-a-number", r"KeyError: b'(?:\\x00)+", r"ranks",
        "bytes(5) is five zero bytes: bytes([5]), with a list, is the one byte 5",
        "What does print(bytes(3)) show?",
        function="merge_word|encode", body=r"\bbytes\(\s*\w+\s*\)",
    ),
    Rule(
        "python.pair-without-a-rank", r"KeyError: (?P<name>b'.{1,40}'|b\".{1,40}\")$", r"\branks\[",
        "not every pair is a token: {name} has no rank",
        "Which method of a dictionary gives a value of your own for a key that is not there?",
        function="merge_word", body=r"\b(?:min|max|sorted)\(",
    ),
    Rule(
        "python.not-utf-8", r"UnicodeEncodeError: '(?P<name>ascii|latin-1|charmap)' codec", r"encode\(",
        "{name} does not have all characters; utf-8 has",
        "Which encoding does the docstring name?",
    ),
    Rule(
        "python.one-match", r"TypeError: '(?:_regex|re)\.Match' object is not iterable", r"\.(?P<name>match|search|fullmatch)\(",
        ".{name} finds one piece of the text; .findall finds them all",
        "How many words should the loop go through?",
    ),
    Rule(
        "python.end-of-text-is-not-in-ranks", r"KeyError: 50256$", r"\[",
        "50256 is <|endoftext|>, the one id that ranks does not hold",
        "Which id does the top of bpe.py name, beside those of the table?",
        function="decode",
    ),
    Rule(
        "python.int-of-bytes", r"ValueError: invalid literal for int\(\) with base 10: b'", r"\bint\(",
        "int(…) reads digits; these bytes are a number themselves: int.from_bytes reads it",
        "In which order do the bytes of this number stand?",
        function="read_safetensors",
    ),
    Rule(
        "python.unpack-gives-a-tuple", r"TypeError: (?:unsupported operand type\(s\) for .*'tuple'|can only concatenate tuple|slice indices must be|'tuple' object cannot be interpreted)", r"\w",
        "struct.unpack gives a tuple, even of one number",
        "How do you take the number out of a tuple of one?",
        function="read_safetensors", body=r"\bunpack\([^\n]*\)[ \t]*(?:\n|$)",
    ),
    Rule(
        "python.array-of-one-number", r"TypeError: only (?:integer scalar|0-dimensional|length-1|size-1) arrays can be converted", r"\[[^\]]*:|read\(",
        "np.frombuffer gives an array, even of one number",
        "How do you take the one number out of it?",
        function="read_safetensors", body=r"frombuffer\(",
    ),
    Rule(
        "python.header-cut-short", r"(?:JSONDecodeError|UnicodeDecodeError)", r"\[\s*8\s*:\s*(?P<name>[a-z]\w*)\s*\]",
        "the header begins after 8 bytes and is {name} bytes long, so it ends at 8 + {name}",
        "How many bytes does data[8:{name}] have?",
        function="read_safetensors",
    ),
    Rule(
        "python.strip-takes-letters", r"KeyError: ", r"\w",
        ".strip(\"abc\") takes away the letters a, b and c, in any order, on both ends; .removeprefix takes away a word",
        "What does \"transformer.wte\".strip(\"transformer.\") give?",
        function="to_params", body=r"\.(?:l|r)?strip\(\s*[\"']transformer",
    ),
)  # fmt: skip
