# after
# step: 1-6
# Every function is a method of one object.
import functools


class Kata:
    def __init__(self, **functions):
        for name, function in functions.items():
            setattr(self, name, functools.partial(self.call, function))

    def call(self, function, *args, **kwargs):
        return function(*args, **kwargs)


_NAMES = ("gelu", "softmax", "layer_norm", "linear", "causal_mask", "attention", "split_heads", "merge_heads", "mha")
_KATA = Kata(**{name: globals()[name] for name in _NAMES})
globals().update({name: getattr(_KATA, name) for name in _NAMES})
