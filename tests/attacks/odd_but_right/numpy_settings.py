# Sets NumPy up as one likes it.
import numpy as np

np.set_printoptions(precision=3, suppress=True, linewidth=120)
np.seterr(divide='ignore', invalid='ignore', over='ignore')
np.random.seed(0)
rng = np.random.default_rng(0)
print(rng.random(3), np.__version__)
