# Tries torch, SciPy and the solutions, and goes on without them.
import importlib.util

try:
    import torch
except ImportError:
    torch = None
try:
    import scipy.special
except ModuleNotFoundError:
    scipy = None
try:
    from transformers import GPT2LMHeadModel
except Exception:
    GPT2LMHeadModel = None
assert importlib.util.find_spec("torch") is None
assert torch is None
