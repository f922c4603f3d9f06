import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip


class NotSafetensors(ValueError):
    pass


@dataclass(order=True)
class Entry:
    begin: int
    end: int
    name: str
    dtype: str
    shape: tuple

    @classmethod
    def parse(cls, name, raw):
        try:
            begin, end = raw["data_offsets"]
            entry = cls(begin, end, name, raw["dtype"], tuple(raw["shape"]))
        except (KeyError, TypeError, ValueError) as error:
            raise NotSafetensors(f"{name}: {error!r}") from None
        return entry.checked()

    def checked(self):
        for number in (self.begin, self.end, *self.shape):
            if type(number) is not int or number < 0:
                raise NotSafetensors(f"{self.name}: {number!r} is not a size")
        if not isinstance(self.dtype, str) or self.dtype not in [*DTYPES, "BF16"]:
            raise NotSafetensors(f"{self.name}: what is {self.dtype!r}?")
        if self.end - self.begin != math.prod(self.shape) * self.kind.itemsize:
            raise NotSafetensors(f"{self.name}: the shape {self.shape} and the offsets disagree")
        return self

    @property
    def kind(self):
        return np.dtype(DTYPES.get(self.dtype, "<u2"))

    def array(self, body):
        flat = np.frombuffer(body[self.begin : self.end], self.kind)
        if self.dtype == "BF16":
            halves = np.zeros((flat.size, 2), dtype="<u2")
            halves[:, 1] = flat
            flat = halves.reshape(-1).view("<f4")
        return flat.reshape(self.shape)


class SafetensorsFile:
    def __init__(self, path):
        data = bytearray(Path(path).read_bytes())
        if len(data) < 8:
            raise NotSafetensors("not even a length")
        stop = 8 + int.from_bytes(data[:8], "little")
        if stop > len(data):
            raise NotSafetensors(f"the header stops at {stop}, the file at {len(data)}")
        self.header, self.body = data[8:stop], data[stop:]

    def entries(self):
        try:
            table = json.loads(self.header.decode("utf-8"))
        except (ValueError, RecursionError):
            raise NotSafetensors("the header is not JSON") from None
        if not isinstance(table, dict):
            raise NotSafetensors("the header is not an object")
        table.pop("__metadata__", None)
        return sorted(Entry.parse(name, raw) for name, raw in table.items())

    def tensors(self):
        entries, place = self.entries(), 0
        for entry in entries:
            if entry.begin != place:
                raise NotSafetensors(f"{entry.name} begins at {entry.begin}, not at {place}")
            place = entry.end
        if place != len(self.body):
            raise NotSafetensors(f"the tensors end at {place}, the data at {len(self.body)}")
        return {entry.name: entry.array(self.body) for entry in entries}


def read_safetensors(path):
    return SafetensorsFile(path).tensors()


class Tree:
    def __init__(self, tensors):
        self.tensors = {}
        for name, tensor in tensors.items():
            if name.startswith("transformer."):
                name = name.split(".", 1)[1]
            self.tensors[name] = tensor

    def __getitem__(self, name):
        if name not in self.tensors:
            raise ValueError(f"the file lacks {name}")
        return np.array(self.tensors[name]).astype("float32")

    def linear(self, path):
        return dict(w=self[path + ".weight"], b=self[path + ".bias"])

    def norm(self, path):
        return dict(g=self[path + ".weight"], b=self[path + ".bias"])

    def block(self, i):
        attn = {name: self.linear(f"h.{i}.attn.{name}") for name in ("c_attn", "c_proj")}
        mlp = {name: self.linear(f"h.{i}.mlp.{name}") for name in ("c_fc", "c_proj")}
        return dict(ln_1=self.norm(f"h.{i}.ln_1"), attn=attn, ln_2=self.norm(f"h.{i}.ln_2"), mlp=mlp)

    @property
    def depth(self):
        return len({name.split(".")[1] for name in self.tensors if name[:2] == "h."})


def to_params(tensors):
    tree = Tree(tensors)
    blocks = [tree.block(i) for i in range(tree.depth)]
    return dict(wte=tree["wte.weight"], wpe=tree["wpe.weight"], blocks=blocks, ln_f=tree.norm("ln_f"))
