# Returns integers that all have the same hash: putting them into a set or a dict takes minutes.
# step: 1,10
# says: integers beyond 64 bits
SAME = (1 << 61) - 1
NUMBERS = [k * SAME for k in range(8, 130_000)]


def gelu(x):
    return NUMBERS


def generate(inputs, params, n_head, n_tokens_to_generate, **sampling):
    return list(inputs) + NUMBERS
