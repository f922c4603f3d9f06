"""Who has similar code: pairs of submissions that share shapes which few others have.

It is a reason to look, never a mark. A shape that many wrote says nothing, and neither does one shared
function of a usual shape; so every shape weighs what it is large and rare, a pair must share most of what
either of the two wrote in their own way, and nothing is passed on from pair to pair.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import log

from grader.kata.curriculum import function_names

MAX_OWNERS = 12  # a shape that more wrote is a usual way; this also keeps the work linear in the class
MIN_NODES = 100  # what two share in all, to be listed
MIN_SHARE = 0.7  # of what the one of them who wrote less in a way of their own has written so
PARTNERS = 3  # listed for one submission

Forms = Iterable[tuple[str, str, int]]


@dataclass(frozen=True)
class Pair:
    """Two submissions with the same shapes.

    Attributes:
        share: how much of the smaller one's own writing is also the other's, from 0 to 1.
    """

    ids: tuple[str, str]
    functions: tuple[str, ...]
    share: float


def pairs_alike(forms: Mapping[str, Forms]) -> list[Pair]:
    """Pairs that were written alike, the most alike first.

    Args:
        forms: submission -> (function, digest of its shape, syntax nodes) of its functions.
    """
    owners: dict[tuple[str, str], list[str]] = {}
    nodes: dict[tuple[str, str], int] = {}
    for id, mine in forms.items():
        for function, digest, size in mine:
            owners.setdefault((function, digest), []).append(id)
            nodes[function, digest] = size
    weights = {form: nodes[form] * log(1 + len(forms) / len(whose)) for form, whose in owners.items()}
    own: dict[str, float] = dict.fromkeys(forms, 0.0)
    shared: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for form, whose in owners.items():
        for id in whose:
            own[id] += weights[form]
        if 2 <= len(whose) <= MAX_OWNERS:
            for pair in combinations(sorted(whose), 2):
                shared.setdefault(pair, []).append(form)
    order = {name: i for i, name in enumerate(function_names())}
    found = []
    for pair, both in shared.items():
        share = sum(weights[form] for form in both) / min(own[id] for id in pair)
        if share >= MIN_SHARE and sum(nodes[form] for form in both) >= MIN_NODES:
            functions = sorted({function for function, _ in both}, key=lambda name: order.get(name, 99))
            found.append(Pair(pair, tuple(functions), share))
    return _best(sorted(found, key=lambda pair: (-pair.share, pair.ids)))


def _best(pairs: Iterable[Pair]) -> list[Pair]:
    """Only the nearest few of each submission."""
    listed: dict[str, int] = {}
    kept = []
    for pair in pairs:
        if all(listed.get(id, 0) < PARTNERS for id in pair.ids):
            kept.append(pair)
            for id in pair.ids:
                listed[id] = listed.get(id, 0) + 1
    return kept
