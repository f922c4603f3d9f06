# Keeps what it was given, and works on copies.
# after
_seen = []
_plain_gelu = gelu


def gelu(x):
    before = [a.copy() for a in _seen]
    _seen.append(x)
    y = x.copy()
    y += 0
    out = _plain_gelu(y)
    assert all((a == b).all() for a, b in zip(before, _seen)), 'an argument of an earlier call has changed'
    return out
