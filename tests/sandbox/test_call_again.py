"""What a call did to its caller's lists shows in the next one, and not only in what its own process says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from worker_calls import Open

from grader.judging.bench import Bench
from grader.judging.judge import Judge
from grader.kata.curriculum import find_step

SILENT = """
import sys

def silent():
    frame = sys._getframe()
    while frame:
        if "purity" in frame.f_locals:
            frame.f_locals["purity"].check = lambda *a: None
        frame = frame.f_back

def gelu(x):
    silent()
    {}
"""
LISTS: Any = {"ids": [1, 2, 3], "deep": [{"w": [1.0, 2.0], "b": (0, [5])}], "x": np.ones(3)}


@pytest.mark.parametrize(
    "body",
    [
        "x['ids'].append(4); return sum(x['ids'])",
        "x['deep'][0]['b'][1][0] += 1; return x['deep'][0]['b'][1][0]",
        "return len(x.pop('deep'))",
        "x['deep'][0]['w'].reverse(); return x['deep'][0]['w'][0]",
        "n = len(x); x['new'] = n; return n",
    ],
)
def test_the_second_answer_tells_what_the_first_call_did_to_lists_and_dicts(
    body: str, open_host: Open
) -> None:
    host, own = open_host(SILENT.format(body)), frozenset({"gelu"})
    first = host.call("gelu", LISTS, own=own)
    second = host.call_again("gelu", own=own, timeout=5.0)
    assert first.status == "returned" and not first.mutated
    assert second is not None and (second.status, second.value) != ("returned", first.value)
    assert host.call("gelu", LISTS, own=own).value == first.value  # every other call has its own


def test_who_leaves_lists_alone_answers_the_same_and_what_it_gets_is_the_very_same(open_host: Open) -> None:
    body = "x = dict(x); ids = list(x.pop('ids')); ids.append(4); return ids"
    host, own = open_host(SILENT.format(body)), frozenset({"gelu"})
    first, second = host.call("gelu", LISTS, own=own), host.call_again("gelu", own=own, timeout=5.0)
    assert second is not None and first.value == second.value == [1, 2, 3, 4]
    host = open_host("def gelu(x):\n    return id(x)\n")
    assert host.call("gelu", LISTS, own=own).value == host.call_again("gelu", own=own, timeout=5.0).value


def test_arrays_are_looked_at_after_the_second_call_too(open_host: Open) -> None:
    body = "n = x['deep'][0]['w']; n.append(1.0); x['x'][0] += len(n) > 3; return 1"
    host, own = open_host(SILENT.format(body)), frozenset({"gelu"})
    assert host.call("gelu", LISTS, own=own).mutated == ()
    second = host.call_again("gelu", own=own, timeout=5.0)
    assert second is not None and second.mutated == ("x.x",)


def test_there_is_no_second_call_of_what_did_not_return_or_is_gone(open_host: Open) -> None:
    own = frozenset({"gelu"})
    host = open_host("def gelu(x):\n    raise ValueError")
    assert host.call_again("gelu", own=own, timeout=5.0) is None
    assert host.call("gelu", [1], own=own).status == "raised"
    assert host.call_again("gelu", own=own, timeout=5.0) is None
    host = open_host("def gelu(x):\n    return 1")
    assert host.call("gelu", [1], own=own).status == "returned"
    host.reload()
    assert host.call_again("gelu", own=own, timeout=5.0) is None


def test_the_second_call_takes_no_time_from_the_test(open_host: Open) -> None:
    """Who is right and needs more than half of a test's time for one call is still right."""
    host = open_host("def gelu(x):\n    import time\n    time.sleep(1.2)\n    return [x['n'] + 1]\n")
    assert host.call("gelu", {"n": 0}, own=frozenset({"gelu"})).value == [1]  # it is up
    step = find_step(1)
    bench = Bench(host=host, impl=Path(), seed=0, seconds=3.2, reference=None)
    judge = Judge(bench, step, "gelu", frozenset({"gelu"}), "", again=True)
    judge.ids("first", ({"n": 1},), [2])
    judge.ids("second", ({"n": 2},), [3])
