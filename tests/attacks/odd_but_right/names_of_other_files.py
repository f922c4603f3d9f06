# after
# file: weights.py
# step: 14
# Helpers that are called like functions of the other files, and are something else.
def decode(raw):
    return raw.decode("utf-8")


def encode(text, encoding="utf-8"):
    return text.encode(encoding)


def sample(tensors, names):
    return {name: tensors[name] for name in names}


def linear():
    return "linear"


_read_safetensors, _to_params = read_safetensors, to_params


def read_safetensors(path):
    tensors = _read_safetensors(path)
    assert decode(encode(linear())) == "linear"
    return sample(tensors, list(tensors))


def to_params(tensors):
    return _to_params(sample(tensors, list(tensors)))
