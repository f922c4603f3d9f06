"""What is committed is what the command writes; what the page says is what the grader and NumPy say."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
import pytest

from grader.mistakes import register
from playground.__main__ import main
from playground.whatif import command
from playground.whatif.command import INSTRUCTIONS, MAX_BYTES, what_if
from playground.whatif.play_pages import numbers, play_pages
from playground.whatif.sources import PAGE
from reference_activations.goldens import load_goldens
from tests.playground.whatif.whatif_losses import ROOM, measured, switches
from tests.playground.whatif.whatif_numpy import own_process

AGAIN = "run: python -m playground whatif"
COMMITTED = INSTRUCTIONS / "what_if.html"


def test_the_committed_page_is_what_the_command_writes() -> None:
    assert COMMITTED.read_bytes() == what_if(), AGAIN


def test_the_committed_small_pages_are_what_the_command_writes() -> None:
    pages = play_pages()
    folder = INSTRUCTIONS / "play"
    assert sorted(path.name for path in folder.iterdir()) == sorted(pages)
    for name, contents in pages.items():
        assert (folder / name).read_bytes() == contents, f"{name}: {AGAIN}"


def test_the_pages_are_small_and_ask_for_nothing() -> None:
    assert len(COMMITTED.read_bytes()) <= MAX_BYTES
    for path in (COMMITTED, *(INSTRUCTIONS / "play").iterdir()):
        text = path.read_text(encoding="utf-8")
        assert path == COMMITTED or len(text) < 100_000
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
        assert policy is not None and policy[1].startswith("default-src 'none'; script-src 'sha256-")
        assert "unsafe" not in policy[1] and "http" not in policy[1]
        addresses = set(re.findall(r"https?://[^\s\"'`)]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}, "a name, not an address"


def test_the_command_writes_one_file_where_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new folder" / "page.html"
    assert main(["whatif", "--out", str(out)]) == 0
    assert out.read_bytes() == COMMITTED.read_bytes()
    assert capsys.readouterr().out.startswith(f"{out}: ")
    assert command.main(argparse.Namespace(out=tmp_path / "page.html" / "below")) == 0
    (tmp_path / "a file").write_text("", encoding="utf-8")
    assert command.main(argparse.Namespace(out=tmp_path / "a file" / "page.html")) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_every_mistake_of_the_page_is_registered_and_says_what_the_grader_says() -> None:
    groups = json.loads((ROOM / "mistakes.json").read_text(encoding="utf-8"))
    for group in groups:
        assert (INSTRUCTIONS / "steps" / group["page"]).is_file()
        for listed in group["mistakes"]:
            mistake = register()[listed["id"]]
            assert mistake.step == group["step"], listed["id"]
            changed = f"{listed['id']}: copy the grader's sentence into playground/whatif/mistakes.json"
            assert listed["says"] == mistake.sentence, f"{changed}, then {AGAIN}"


def test_the_page_and_its_list_have_the_same_mistakes() -> None:
    script = (PAGE / "recipe.js").read_text(encoding="utf-8")
    table = script[script.index("const MISTAKES") : script.index("// GPT-2 with these mistakes")]
    written = re.findall(r'^  "([a-z_0-9]+\.[a-z0-9_-]+)": \{', table, flags=re.M)
    groups = json.loads((ROOM / "mistakes.json").read_text(encoding="utf-8"))
    assert sorted(written) == sorted(m["id"] for group in groups for m in group["mistakes"])


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.nightly)])
def test_the_losses_beside_the_switches_are_numpys(every: int) -> None:
    """By day of every fourth switch; that no other switch is listed is seen each time."""
    listed = json.loads((ROOM / "losses.json").read_text(encoding="utf-8"))
    with own_process() as pool:
        right = pool.submit(measured, every).result()
    assert list(listed) == list(switches())
    for name, loss in right.items():
        assert listed[name] == pytest.approx(loss, abs=6e-5), (
            f"{name}: run python -m tests.playground.whatif.whatif_losses, then {AGAIN}"
        )


def test_the_small_pages_have_picos_numbers() -> None:
    goldens, shown = load_goldens("pico"), numbers()
    last = goldens["turing/logits"][-1]
    np.testing.assert_allclose(shown["softmax"]["scores"], np.sort(last)[::-1][:6], atol=0.006)
    np.testing.assert_allclose(shown["nucleus"]["logits"], goldens["one_token/logits"][-1], atol=6e-5)
    np.testing.assert_allclose(shown["kv_cache"]["keys"], goldens["romeo/h.0.k"][0, :10, :4], atol=6e-4)
