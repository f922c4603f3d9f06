# Imports scipy.
# says: scipy is not (available here|yours to import)
import scipy


def gelu(x):
    return scipy.gelu(x)
