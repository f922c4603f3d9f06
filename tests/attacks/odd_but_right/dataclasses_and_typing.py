# Typed, with data classes, enums and named tuples.
# after
import enum
from dataclasses import dataclass, field
from typing import Any, Callable, NamedTuple


class Kind(enum.Enum):
    TANH = "tanh"


class Constants(NamedTuple):
    inner: float = 0.044715


@dataclass(frozen=True)
class Gelu:
    kind: Kind
    constants: Constants = field(default_factory=Constants)

    def apply(self, x: Any) -> Any:
        function: Callable[[Any], Any] = _plain_gelu
        return function(x)

_plain_gelu = gelu


def gelu(x):
    return Gelu(Kind.TANH, Constants()).apply(x)
