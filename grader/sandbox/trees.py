"""Walking a tree of arguments or answers: dicts, lists and tuples, with anything at their ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def map_tree(change: Callable[[Any], Any], value: Any, *, sharing: bool = False) -> Any:
    """The same tree with every leaf changed.

    Args:
        change: leaf -> new leaf.
        sharing: a part in which nothing changes stays the very object that it is.
    """
    if isinstance(value, dict):
        items = {key: map_tree(change, item, sharing=sharing) for key, item in value.items()}
        return value if sharing and all(items[key] is item for key, item in value.items()) else items
    if isinstance(value, (list, tuple)):
        parts = [map_tree(change, item, sharing=sharing) for item in value]
        return value if sharing and all(a is b for a, b in zip(parts, value)) else type(value)(parts)
    return change(value)


def leaves(value: Any) -> Iterator[Any]:
    """Everything in a tree that is not a dict, a list or a tuple, in order."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    else:
        yield value
