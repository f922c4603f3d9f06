# Types everything there is to type.
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypedDict, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar('T')


class Layer(TypedDict):
    w: npt.NDArray[np.float32]
    b: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Config:
    n_head: int = 4
    sizes: list[int] = field(default_factory=list)


class Pair(NamedTuple):
    k: npt.NDArray[np.float32]
    v: npt.NDArray[np.float32]


class Box(Generic[T]):
    pass


Config(), Pair(np.zeros(1), np.zeros(1)), Box[int]()
