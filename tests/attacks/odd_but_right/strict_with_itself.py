# after
# step: 1-5
# Warnings and floating-point errors are exceptions, and nothing raises.
import warnings

warnings.simplefilter("error")
np.seterr(divide="raise", invalid="raise")
