"""The README's moving picture is what the program does."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("termios", reason="pseudo-terminals exist on Linux and macOS only")
import loop


def shown(svg: str) -> str:
    """An SVG's words and colours, without the numbers that differ in every run."""
    return re.sub(r"x = -?[\d.]+|yours -?[\d.]+|expected -?[\d.]+|-?\d+\.\d+|\d+ of \d+ places", "#", svg)


@pytest.mark.timeout(300)
def test_the_picture_of_the_loop_is_made_of_what_watch_says() -> None:
    assert shown(loop.draw()) == shown(loop.PICTURE.read_text(encoding="utf-8")), (
        "python tests/documents/loop.py"
    )


def test_a_reader_who_wants_no_motion_sees_the_mistakes_name() -> None:
    svg = loop.PICTURE.read_text(encoding="utf-8")
    assert "prefers-reduced-motion:reduce" in svg and "#f0,#f2{visibility:hidden}" in svg
    frame = svg.split('<g id="f1">')[1].split("</g>")[0]
    assert "this has 0.44715 where the formula has 0.044715" in frame
