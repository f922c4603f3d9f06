# Cuts the work among threads.
# after
from concurrent.futures import ThreadPoolExecutor

_plain_gelu = gelu


def gelu(x):
    with ThreadPoolExecutor(4) as pool:
        return np.stack(list(pool.map(_plain_gelu, x))) if x.ndim > 1 and len(x) else _plain_gelu(x)
