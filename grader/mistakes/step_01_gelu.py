"""Mistakes of step 1."""
# Wrong on purpose, written as students write; names such as np and math are the solutions' own.
# mypy: ignore-errors
# ruff: noqa

from grader.mistakes import Chapter

chapter = Chapter(1)
form = chapter.form
mistake = chapter.mistake


@mistake(
    "gelu.erf",
    "this is the exact gelu, with erf; GPT-2 was trained with the tanh form",
    "Both curves carry the same name. Which of the two formulas does the docstring give?",
)
def gelu(x):
    return 0.5 * x * (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2)))


@mistake(
    "gelu.relu",
    "this is ReLU: everything below 0 becomes exactly 0",
    "What should gelu(-1) be? Is it 0?",
)
def gelu(x):
    return np.maximum(x, 0)


@mistake(
    "gelu.leaky-relu",
    "this is a leaky ReLU: a straight line below 0",
    "Is the curve left of 0 a line? What happens to it far to the left?",
)
def gelu(x):
    return np.where(x > 0, x, 0.01 * x)


@mistake("gelu.elu", "this is ELU, not gelu", "Which function of x does the formula use: exp or tanh?")
def gelu(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


@mistake(
    "gelu.softplus",
    "this is softplus, not gelu",
    "What should gelu(0) be, and what is yours?",
)
def gelu(x):
    return np.logaddexp(x, 0)


@mistake(
    "gelu.silu",
    "this is SiLU (swish): x times a sigmoid of x",
    "A sigmoid gate is close, but which gate does the formula name?",
)
def gelu(x):
    return x / (1 + np.exp(-x))


@mistake(
    "gelu.quick",
    "this is the quick approximation x * sigmoid(1.702 x), which other models use",
    "Several approximations of gelu are around. Which one has tanh and x^3 in it?",
)
def gelu(x):
    return x / (1 + np.exp(-1.702 * x))


@mistake(
    "gelu.tanh", "this is tanh alone, not gelu", "What becomes of x itself when x is large and positive?"
)
def gelu(x):
    return np.tanh(x)


@mistake("gelu.identity", "this returns x unchanged", "What should become of negative numbers?")
def gelu(x):
    return 1 * x


@mistake(
    "gelu.no-half",
    "this is gelu without the factor 0.5",
    "How large is 1 + tanh(...) for a large x, and how large should gelu(x) be there?",
)
def gelu(x):
    return x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.no-x",
    "this is only the gate 0.5 (1 + tanh(...)): x never multiplies it",
    "A gate lets something through. What is let through here?",
)
def gelu(x):
    return 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.no-one",
    "this is gelu without the 1 + before tanh",
    "tanh goes from -1 to 1. What range should the gate have?",
)
def gelu(x):
    return 0.5 * x * np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))


@mistake(
    "gelu.minus-tanh",
    "this has 1 - tanh where the formula has 1 + tanh",
    "On which side of 0 does the gate open?",
)
def gelu(x):
    return 0.5 * x * (1 - np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.squared",
    "this has x^2 inside the tanh where the formula has x^3",
    "Should the term inside the tanh change its sign together with x?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x)))


@mistake(
    "gelu.fourth-power",
    "this has x^4 inside the tanh where the formula has x^3",
    "How many factors x does your inner term have?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x * x)))


@mistake(
    "gelu.absolute-cube",
    "this has |x|^3 inside the tanh where the formula has x^3",
    "What sign does x^3 have for a negative x?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * np.abs(x) ** 3)))


@mistake(
    "gelu.no-cubic",
    "this has no cubic term inside the tanh",
    "Which part of the formula bends the curve for medium-sized x?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * x))


@mistake(
    "gelu.minus-cubic",
    "this subtracts the cubic term inside the tanh",
    "Which sign is between the two terms inside the tanh?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x - 0.044715 * x * x * x)))


@mistake(
    "gelu.cubic-outside",
    "here sqrt(2/pi) multiplies x only, and not the cubic term",
    "What is inside the bracket that sqrt(2/pi) multiplies?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * x + 0.044715 * x * x * x))


@mistake(
    "gelu.tanh-closed-early",
    "here the bracket of tanh closes too early: only the constant is inside it",
    "What exactly is tanh taken of?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi)) * (x + 0.044715 * x * x * x))


@mistake(
    "gelu.no-bracket",
    "here the bracket around 1 + tanh is missing",
    "In which order does Python compute 0.5 * x * 1 + y?",
)
def gelu(x):
    return 0.5 * x * 1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))


@mistake(
    "gelu.no-constant",
    "this is gelu without sqrt(2/pi) inside the tanh",
    "What multiplies the bracket inside the tanh?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(x + 0.044715 * x * x * x))


@mistake(
    "gelu.no-root",
    "this has 2/pi where the formula has sqrt(2/pi)",
    "What is around 2/pi in the formula?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(2 / math.pi * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.root-of-2-only",
    "this has sqrt(2)/pi where the formula has sqrt(2/pi)",
    "What is under the root: 2 alone, or 2/pi?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2) / math.pi * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.pi-over-2",
    "this has sqrt(pi/2) where the formula has sqrt(2/pi)",
    "Is your constant above or below 1? And the formula's?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(math.pi / 2) * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.root-of-2-pi",
    "this has sqrt(2 pi) where the formula has sqrt(2/pi)",
    "Is the 2 multiplied by pi, or divided by it?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 * math.pi) * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.constant-0.44715",
    "this has 0.44715 where the formula has 0.044715",
    "Count the zeros after the decimal point.",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.44715 * x * x * x)))


@mistake(
    "gelu.constant-0.0044715",
    "this has 0.0044715 where the formula has 0.044715",
    "Count the zeros after the decimal point.",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.0044715 * x * x * x)))


@mistake(
    "gelu.constant-0.0447",
    "this has 0.0447, rounded; the formula has 0.044715",
    "How many digits does the constant in the formula have?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.0447 * x * x * x)))


@mistake(
    "gelu.constant-0.045",
    "this has 0.045, rounded; the formula has 0.044715",
    "How many digits does the constant in the formula have?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.045 * x * x * x)))


@mistake(
    "gelu.constant-0.04",
    "this has 0.04, rounded; the formula has 0.044715",
    "How many digits does the constant in the formula have?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.04 * x * x * x)))


@mistake(
    "gelu.constant-0.8",
    "this has 0.8, rounded; the formula has sqrt(2/pi) = 0.79788...",
    "How exact must a constant be, if a model of many layers depends on it?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(0.8 * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.constant-0.798",
    "this has 0.798, rounded; the formula has sqrt(2/pi) = 0.7978845...",
    "Could Python compute the constant for you?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(0.798 * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.sigmoid",
    "this has a sigmoid where the formula has tanh",
    "tanh goes from -1 to 1. What range does your function have?",
)
def gelu(x):
    return 0.5 * x * (1 + 1 / (1 + np.exp(-math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))))


@mistake(
    "gelu.sigmoid-without-2",
    "this writes the gate as a sigmoid, and forgets that tanh(z) is 2 sigmoid(2z) - 1",
    "If you replace 0.5 (1 + tanh(z)) by a sigmoid, what must be inside it?",
)
def gelu(x):
    return x / (1 + np.exp(-math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.exp-overflow",
    "this writes tanh out with exp, which overflows to inf / inf for large numbers",
    "What is e^z for z = 10000, and what is inf divided by inf?",
)
def gelu(x):
    e = np.exp(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))
    return 0.5 * x * (1 + (e - 1) / (e + 1))


@mistake(
    "gelu.hard-cut",
    "this has hard cuts: 0 below -3 and x above 3",
    "Does the formula treat any range of x differently?",
)
def gelu(x):
    y = 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
    return np.where(x < -3, 0, np.where(x > 3, x, y))


@mistake(
    "gelu.clipped",
    "this first clips x to the range -3 to 3",
    "What should gelu(10) be?",
)
def gelu(x):
    x = np.clip(x, -3, 3)
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.derivative",
    "this is the slope of gelu's gate form, not its value: x never multiplies all of it",
    "Is this what backpropagation needs, or what the forward pass needs?",
)
def gelu(x):
    t = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)


@mistake(
    "gelu.in-place",
    "this overwrites the caller's x",
    "Whose array does x *= ... change?",
)
def gelu(x):
    gate = 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
    x *= gate
    return x


@mistake(
    "gelu.float16",
    "this computes in half precision, which keeps only three digits",
    "What is the dtype of your intermediate arrays?",
)
def gelu(x):
    x = np.asarray(x, dtype=np.float16)
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.rounded",
    "this rounds its answer to four decimals",
    "Why round? A model of many layers needs all digits.",
)
def gelu(x):
    return np.round(0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))), 4)


@mistake(
    "gelu.whole-numbers",
    "this writes its answer into an array of whole numbers, which cuts off every fraction",
    "What is the dtype of the array that you fill?",
)
def gelu(x):
    y = np.zeros(x.shape, dtype=int)
    y[...] = 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
    return y


@mistake(
    "gelu.math-tanh",
    "this calls math.tanh, which takes one number, not an array",
    "Which library's functions work on whole arrays?",
)
def gelu(x):
    return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.if-on-array",
    "this asks `if x > 0` of a whole array",
    "x holds many numbers. For which of them should the if decide?",
)
def gelu(x):
    if x > 0:
        return x
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.constant-cubed",
    "this cubes the constant 0.044715 together with x",
    "What does the exponent belong to: x alone, or the product?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + (0.044715 * x) ** 3)))


@mistake(
    "gelu.constant-beside-x",
    "this multiplies x by the constant; the formula multiplies x^3 by it",
    "Which of the two terms is the small correction?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x * x * x + 0.044715 * x)))


@mistake(
    "gelu.tripled",
    "this has 3 x where the formula has x^3",
    "What does a small raised 3 mean?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * 3 * x)))


@mistake(
    "gelu.terms-multiplied",
    "this multiplies x and the cubic term inside the tanh; they should be added",
    "Which sign is between the two terms inside the tanh?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x * 0.044715 * x * x * x)))


@mistake(
    "gelu.constant-0.044175",
    "this has 0.044175 where the formula has 0.044715: two digits are swapped",
    "Compare the constant with the docstring's, digit by digit: are they in the same order?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044175 * x * x * x)))


@mistake(
    "gelu.constant-0.47715",
    "this has 0.47715 where the formula has 0.044715",
    "Compare the constant with the docstring's, digit by digit: is one missing?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.47715 * x * x * x)))


@mistake(
    "gelu.constant-0.79",
    "this has 0.79, rounded; the formula has sqrt(2/pi) = 0.79788...",
    "How exactly does your program know the square root of 2/pi?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(0.79 * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.pi-3.14",
    "this has 3.14, rounded; the formula has pi",
    "Which module has pi with all its digits?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / 3.14) * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.root-of-everything",
    "here the root covers the whole bracket inside the tanh; in the formula it covers only 2/pi",
    "What is the root of a negative number?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / math.pi * (x + 0.044715 * x * x * x))))


@mistake(
    "gelu.tan",
    "this has tan, the tangent of an angle; the formula has tanh",
    "Does the curve of your function have gaps?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tan(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.arctan",
    "this has arctan where the formula has tanh",
    "Between which two numbers should the gate stay?",
)
def gelu(x):
    return 0.5 * x * (1 + np.arctan(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.sinh",
    "this has sinh where the formula has tanh",
    "Between which two numbers should the gate stay?",
)
def gelu(x):
    return 0.5 * x * (1 + np.sinh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.half-beyond-the-bracket",
    "here x and tanh are added inside one bracket; in the formula x multiplies 1 + tanh",
    "Which two things does the formula multiply?",
)
def gelu(x):
    return 0.5 * (x + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


@mistake(
    "gelu.right-half-only",
    "this is gelu for positive x, and exactly 0 for negative x",
    "What should gelu(-1) be? Is it 0?",
)
def gelu(x):
    return np.where(x > 0, 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))), 0.0)


@mistake(
    "gelu.erf-of-inner",
    "this puts the tanh form's polynomial into erf, which is a third curve",
    "The two forms of gelu each have a term of their own inside. Which one goes with tanh?",
)
def gelu(x):
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)
    return 0.5 * x * (1 + np.vectorize(math.erf, otypes=[float])(inner))


@mistake(
    "gelu.erf-without-root",
    "this is the form with erf, and without its sqrt(2); GPT-2 was trained with the tanh form",
    "Both curves carry the same name. Which of the two formulas does the docstring give?",
)
def gelu(x):
    area = np.vectorize(math.erf, otypes=[float])
    return 0.5 * x * (1 + area(x))


@mistake(
    "gelu.mish",
    "this is Mish, x tanh(softplus(x)), not gelu",
    "What is inside the tanh of the formula?",
)
def gelu(x):
    return x * np.tanh(np.logaddexp(x, 0))


@mistake(
    "gelu.quick-1.7",
    "this is the quick approximation x * sigmoid(1.7 x), which other models use",
    "Several approximations of gelu are around. Which one has tanh and x^3 in it?",
)
def gelu(x):
    return x / (1 + np.exp(-1.7 * x))


@mistake(
    "gelu.bell-curve",
    "this multiplies x by the bell curve itself; gelu's gate is the area under it",
    "What should gelu(5) be, and what is yours?",
)
def gelu(x):
    return x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


@mistake(
    "gelu.tanh-of-x",
    "this takes tanh of x itself: the inner polynomial and sqrt(2/pi) are missing",
    "What exactly is tanh taken of in the formula?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(x))


@mistake(
    "gelu.bracket-cubed",
    "this cubes the whole inner bracket, not x alone",
    "What does the exponent 3 belong to?",
)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x) ** 3))


@mistake(
    "gelu.half-inside-tanh",
    "this has the factor 0.5 inside the tanh, not before x",
    "How large is x * (1 + tanh(...)) for a large x?",
)
def gelu(x):
    return x * (1 + np.tanh(0.5 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


@mistake(
    "gelu.half-added",
    "this adds 0.5; the formula multiplies by it",
    "Which operation is between 0.5 and x in the formula?",
)
def gelu(x):
    return 0.5 + x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


@mistake(
    "gelu.halved-twice",
    "this halves twice: the factor 0.5 occurs once in the formula",
    "What should gelu(10) be, and what is yours?",
)
def gelu(x):
    return 0.5 * x * (0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))))


@mistake(
    "gelu.selu",
    "this is SELU, not gelu",
    "Which function of x does the formula name: exp or tanh?",
)
def gelu(x):
    return 1.0507 * np.where(x > 0, x, 1.67326 * (np.exp(np.minimum(x, 0)) - 1))


@mistake(
    "gelu.relu6",
    "this is ReLU6: 0 below 0, and never above 6",
    "What should gelu(-1) and gelu(10) be?",
)
def gelu(x):
    return np.clip(x, 0, 6)


@mistake(
    "gelu.x-multiplied-inside",
    "this multiplies by x twice: the formula has one x before the bracket 1 + tanh(...)",
    "How many times is x written before the bracket 1 + tanh(...)?",
)
def gelu(x):
    return 0.5 * x * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


@form("gelu.tan")
def gelu(x):
    return 0.5 * x * (1 + np.tan(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
