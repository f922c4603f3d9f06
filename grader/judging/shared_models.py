"""The models that many calls take, sent to a worker once and named from then on.

A suite hands out `model.params["blocks"][0]["attn"]` as the plain dict that it is. On its way to the host
it becomes a handle (see grader/sandbox/wire.py), of which every call gets its own copy.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.sandbox.host import Host
    from reference_activations.models import Model


@lru_cache
def model(name: str) -> Model:
    """A model by its name, one and the same in all runs of this process: nobody may change it."""
    from reference_activations.models import load_model

    return load_model(name)


class SharedModels:
    """The short names under which parts of models travel to one host.

    Args:
        host: takes what is sent ahead.
    """

    def __init__(self, host: Host):
        self._host = host
        self._known: set[str] = set()
        self._instead: dict[int, Any] = {}  # id of a part (the models live on) -> its handle

    def model(self, name: str) -> Model:
        """A model whose parts will be sent once."""
        found = model(name)
        if name not in self._known:
            self._known.add(name)
            params = found.params
            blocks = [self._put(f"{name}.blocks[{i}]", block) for i, block in enumerate(params["blocks"])]
            parts = {key: self._put(f"{name}.{key}", params[key]) for key in ("wte", "wpe", "ln_f")}
            self._instead[id(params["blocks"])] = blocks
            self._instead[id(params)] = {key: blocks if key == "blocks" else parts[key] for key in params}
        return found

    def instead(self, value: Any) -> Any:
        """The handle of a known part, or handles in its shape; any other value is itself."""
        return self._instead.get(id(value), value)

    def _put(self, name: str, part: Any) -> Any:
        handle = self._host.put(name, part)
        todo = [handle]
        while todo:
            place = todo.pop()
            self._instead[id(place.value)] = place
            if isinstance(place.value, dict):
                todo += [place[key] for key in place.value]
        return handle
