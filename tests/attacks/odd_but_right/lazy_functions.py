# after
# step: 1-4
# The module serves its functions itself, when they are asked for.
_FUNCTIONS = {name: globals().pop(name) for name in ("gelu", "softmax", "layer_norm", "linear")}


def __getattr__(name):
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    raise AttributeError(name)
