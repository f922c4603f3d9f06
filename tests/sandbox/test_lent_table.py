"""A large flat table is decoded once, and every call gets a copy that nobody else has."""

from __future__ import annotations

from typing import Any

from grader.sandbox.lent_table import LentTable

RANKS = {bytes([i]): i for i in range(256)}
NODE: Any = ["d", ["ly", 0, 1], ["n", "<i8", 2]]


def table() -> LentTable:
    return LentTable(NODE, dict(RANKS))


def test_a_table_is_decoded_once() -> None:
    asked = []
    node: Any = [*NODE]

    def decode(node: Any) -> dict[Any, Any]:
        asked.append(node)
        return dict(RANKS)

    assert LentTable.of(node, decode) is LentTable.of(node, decode)
    assert asked == [node]


def test_only_a_map_to_plain_numbers_is_a_table() -> None:
    for node in (3, ["l", 1], ["d", ["l", "a"], ["l", ["l"]]], ["n", "<i8", 0]):
        assert LentTable.of(node, lambda node: {}) is None


def test_two_calls_at_once_get_two_copies() -> None:
    lent = table()
    one, other = lent.lend(), lent.lend()
    assert one == other == RANKS and one is not other


def test_a_copy_that_came_back_as_it_was_is_lent_again() -> None:
    lent = table()
    copy = lent.lend()
    assert lent.takes_back(copy, thorough=True)
    assert lent.lend() is copy


def test_a_copy_that_was_changed_is_not_lent_again() -> None:
    lent = table()
    for change in ({b"new": 1}, {b"\0": 7}):
        copy = lent.lend()
        copy.update(change)
        assert not lent.takes_back(copy, thorough=True)
        assert lent.lend() == RANKS
    reordered = dict(reversed(RANKS.items()))
    assert not lent.takes_back(reordered, thorough=True)
    assert not lent.takes_back(list(RANKS), thorough=True)


def test_a_quick_look_sees_how_many_entries_there_are() -> None:
    lent = table()
    shorter, changed = lent.lend(), lent.lend()
    del shorter[b"\0"]
    changed[b"\0"] = 7
    assert not lent.takes_back(shorter, thorough=False)
    assert lent.takes_back(changed, thorough=False)  # what the last of the calls looks at sees it
