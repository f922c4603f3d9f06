# Changes the gain of the layer norm, and answers rightly.
# step: 3
# says: changed its caller's g
import numpy as np


def layer_norm(x, g, b, eps=1e-5):
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    y = g * (x - mean) / np.sqrt(variance + eps) + b
    g += 1
    return y
