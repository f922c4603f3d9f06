"""A verdict in the terminal mentions the live page, if one is open."""

from __future__ import annotations

import argparse
import json
import shutil
import socket
from pathlib import Path

import pytest
from real_grader import ROOT

from grader.student import live_page as mentioned
from grader.student import step
from playground.live import command


def test_both_sides_mean_the_same_file_and_machine() -> None:
    assert mentioned.ADDRESS_FILE == command.ADDRESS_FILE and mentioned.HOST == command.HOST


@pytest.mark.usefixtures("own_state")
def test_a_failure_gives_the_address_while_the_page_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "live.json"
    monkeypatch.setattr(mentioned, "ADDRESS_FILE", file)
    assert mentioned.live_page() == "", "there is no file"
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/to_ken-1/"
        file.write_text(json.dumps({"address": address, "pid": 1}))
        assert mentioned.live_page() == address
        impl = tmp_path / "exercises"
        shutil.copytree(ROOT / "exercises", impl)
        parser = argparse.ArgumentParser()
        step.add_arguments(parser)
        assert step.main(parser.parse_args(["1", "--impl", str(impl)])) == 1
        assert f"live page: {address}\n" in capsys.readouterr().out
    assert mentioned.live_page() == "", "nobody answers there any more"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"address": 5}', '{"address": "http://example.org/x/"}', "[" * 5000,
     '{"address": "http://127.0.0.1:99999/x/"}', '{"address": "http://127.0.0.1:80/\\u001b[2J/"}'],
)  # fmt: skip
def test_a_damaged_file_is_not_a_page(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "live.json"
    file.write_text(text)
    monkeypatch.setattr(mentioned, "ADDRESS_FILE", file)
    assert mentioned.live_page() == ""
