# Logs, warns, and silences NumPy.
# after
import logging
import warnings

logging.basicConfig(level=logging.DEBUG)
np.seterr(all='ignore')

_plain_gelu = gelu


def gelu(x):
    logging.getLogger("kata").warning("gelu of %s", x.shape)
    warnings.warn("this is only a warning")
    with np.errstate(all="raise", under="ignore"):
        return _plain_gelu(x)
