# Identifiers, text and prints beyond ASCII.
# after
π = math.pi

_plain_gelu = gelu


def gelu(x):
    print("größe", π, "\N{GRINNING FACE}", "\ud800" if False else "")
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / π) * (x + 0.044715 * x * x * x)))
