"""A large flat table is decoded once, and every call gets a copy that nobody else has."""

from __future__ import annotations

from grader.sandbox.lent_table import LentTable

RANKS = {bytes([i]): i for i in range(256)}


def table() -> LentTable:
    return LentTable(dict(RANKS))


def test_a_table_is_known_again() -> None:
    items = dict(RANKS)
    found = LentTable.of(items)
    assert found is not None and LentTable.of(items) is found
    assert LentTable.of(dict(RANKS)) is not found


def test_only_a_map_to_plain_numbers_is_a_table() -> None:
    for value in (3, [1], {"l": 1}, dict.fromkeys(range(99), "text"), dict.fromkeys(range(99), True)):
        assert LentTable.of(value) is None


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
