# Keeps a mask for every length.
# step: 5
# after
import functools

_plain_mask = causal_mask


@functools.lru_cache(maxsize=None)
def _mask(n_seq):
    return _plain_mask(n_seq)


def causal_mask(n_seq):
    return _mask(n_seq).copy()
