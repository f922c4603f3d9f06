"""`make weights`, against a server on this machine that can be slow of understanding, broken or wrong."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from reference_activations import download
from reference_activations.download import MODELS, Weights, main
from reference_activations.models import load_model
from reference_activations.random_weights import REAL_SHAPES, Shape, write_random_model

ROOT = Path(__file__).resolve().parents[2]
SMALL = Shape(n_layer=2, n_head=2, n_embd=128, n_ctx=32, n_vocab=300)


@dataclass
class Server:
    """What the server has, how it behaves, and what it was asked."""

    content: bytes
    ranges: bool = True  # understands Range
    break_after: list[int] = field(
        default_factory=list
    )  # bytes to send before the connection breaks, by request
    statuses: list[int] = field(default_factory=list)  # to answer instead, by request
    with_length: bool = True
    requests: list[tuple[str, str | None]] = field(default_factory=list)  # path, Range
    address: str = ""


def handler_of(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            server.requests.append((self.path, asked))
            if server.statuses:
                self.send_error(server.statuses.pop(0))
                return
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and server.ranges else 0
            if start >= len(server.content) and start:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(server.content)}")
                self.end_headers()
                return
            body = server.content[start:]
            self.send_response(206 if start else 200)
            if start:
                end = len(server.content)
                self.send_header("Content-Range", f"bytes {start}-{end - 1}/{end}")
            if server.with_length:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: server.break_after.pop(0)] if server.break_after else body)
            self.close_connection = True

        def log_message(self, *words: object) -> None:
            pass

    return Handler


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up, as it does on a file of the wrong size, is nothing to print."""


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    write_random_model(path, SMALL, seed=3)
    return path.read_bytes()


@pytest.fixture
def server(content: bytes) -> Iterator[Server]:
    state = Server(content)
    http = QuietServer(("127.0.0.1", 0), handler_of(state))
    state.address = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield state
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def weights(tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which gpt2 is to appear; for these tests, the pinned gpt2 is a small file."""
    monkeypatch.setenv("PICO_GPT_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    monkeypatch.setattr(download, "BACKOFF_S", 0.0)
    pinned = Weights("openai-community/gpt2", "607a30d", hashlib.sha256(content).hexdigest(), len(content))
    monkeypatch.setitem(MODELS, "gpt2", pinned)
    monkeypatch.setitem(REAL_SHAPES, "gpt2", SMALL)
    return tmp_path / "weights" / "gpt2"


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def refusal(captured: pytest.CaptureFixture[str]) -> str:
    """The one line that the command ended with."""
    line = captured.readouterr().err
    assert line.startswith("weights: ") and line.count("\n") == 1, line
    return line


IN_PLACE = ["config.json", "model.safetensors"]


def test_the_pinned_file_comes_from_the_mirror_and_can_be_loaded(
    server: Server, weights: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", server.address + "/")
    assert main(["gpt2"]) == 0
    assert server.requests == [("/openai-community/gpt2/resolve/607a30d/model.safetensors", None)]
    assert (weights / "model.safetensors").read_bytes() == content
    assert files(weights) == IN_PLACE
    model = load_model("gpt2")
    assert (model.n_layer, model.n_head, model.n_vocab) == (2, 2, 300)


def test_a_second_time_nothing_is_downloaded(server: Server, weights: Path) -> None:
    assert main(["gpt2", "--from", server.address]) == 0
    assert main(["gpt2", "--from", server.address]) == 0
    assert len(server.requests) == 1


def test_the_address_of_the_file_itself_will_do(server: Server, weights: Path) -> None:
    assert main(["gpt2", "--from", server.address + "/some/where/model.safetensors"]) == 0
    assert server.requests == [("/some/where/model.safetensors", None)]


def test_a_broken_connection_is_taken_up_where_it_broke(
    server: Server, weights: Path, content: bytes
) -> None:
    server.break_after = [2 * 65536, 65536 + 100, 0]
    assert main(["gpt2", "--from", server.address]) == 0
    asked = [range_ for _, range_ in server.requests]
    assert asked == [None, "bytes=131072-", "bytes=196608-", "bytes=196608-"]
    assert (weights / "model.safetensors").read_bytes() == content


def test_a_later_run_goes_on_where_an_earlier_one_stopped(
    server: Server, weights: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    server.break_after = [65536] + [0] * download.MAX_TRIES
    assert main(["gpt2", "--from", server.address]) == 2
    assert "broke off" in refusal(capsys)
    assert files(weights) == ["model.safetensors.part"]
    server.requests.clear()
    assert main(["gpt2", "--from", server.address]) == 0
    assert [range_ for _, range_ in server.requests] == ["bytes=65536-"]
    assert (weights / "model.safetensors").read_bytes() == content
    assert files(weights) == IN_PLACE


def test_a_server_that_cannot_resume_sends_the_whole_file_again(
    server: Server, weights: Path, content: bytes
) -> None:
    server.ranges = False
    server.break_after = [100_000]
    assert main(["gpt2", "--from", server.address]) == 0
    assert (weights / "model.safetensors").read_bytes() == content


def test_a_server_that_does_not_say_how_long_the_file_is_will_do(
    server: Server, weights: Path, content: bytes
) -> None:
    server.with_length = False
    assert main(["gpt2", "--from", server.address]) == 0
    assert (weights / "model.safetensors").read_bytes() == content


def test_a_busy_server_is_asked_again(server: Server, weights: Path) -> None:
    server.statuses = [503, 429, 500]
    assert main(["gpt2", "--from", server.address]) == 0
    assert len(server.requests) == 4


def test_what_is_left_of_another_file_is_thrown_away(server: Server, weights: Path, content: bytes) -> None:
    weights.mkdir(parents=True)
    (weights / "model.safetensors.part").write_bytes(b"x" * 1000)
    assert main(["gpt2", "--from", server.address]) == 0
    assert [range_ for _, range_ in server.requests] == ["bytes=1000-", None]
    assert (weights / "model.safetensors").read_bytes() == content


def test_what_is_left_and_too_long_is_thrown_away(server: Server, weights: Path, content: bytes) -> None:
    weights.mkdir(parents=True)
    (weights / "model.safetensors.part").write_bytes(content + b"x")
    assert main(["gpt2", "--from", server.address]) == 0
    assert (weights / "model.safetensors").read_bytes() == content


def test_a_download_that_was_whole_but_not_yet_in_place_is_not_fetched_again(
    server: Server, weights: Path, content: bytes
) -> None:
    weights.mkdir(parents=True)
    (weights / "model.safetensors.part").write_bytes(content)
    assert main(["gpt2", "--from", server.address]) == 0
    assert [range_ for _, range_ in server.requests] == [f"bytes={len(content)}-"]


def test_a_wrong_file_leaves_nothing_in_place(
    server: Server, weights: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    server.content = content[:-1] + bytes([content[-1] ^ 1])
    assert main(["gpt2", "--from", server.address]) == 2
    assert "is not the pinned file" in refusal(capsys)
    assert files(weights) == []


def test_a_file_of_another_size_is_not_even_downloaded(
    server: Server, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.content = b"<html>please log in</html>"
    assert main(["gpt2", "--from", server.address]) == 2
    assert "26 bytes" in refusal(capsys)
    assert files(weights) == []


def test_a_missing_file_on_the_server_is_said_in_one_line(
    server: Server, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.statuses = [404]
    assert main(["gpt2", "--from", server.address]) == 2
    assert "404 Not Found" in refusal(capsys)


def test_a_damaged_file_in_place_is_fetched_again(server: Server, weights: Path, content: bytes) -> None:
    weights.mkdir(parents=True)
    (weights / "model.safetensors").write_bytes(content[:1000])
    assert main(["gpt2", "--from", server.address]) == 0
    assert (weights / "model.safetensors").read_bytes() == content


def test_offline_one_line_says_what_to_do(
    weights: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # the discard port: nobody listens
    assert main(["gpt2"]) == 2
    line = refusal(capsys)
    assert "make weights MODEL=gpt2 FROM=" in line and "huggingface.co/openai-community/gpt2/resolve/" in line
    assert files(weights) == []


@pytest.mark.parametrize("as_folder", [False, True])
def test_a_local_file_or_folder_is_copied(
    tmp_path: Path, weights: Path, content: bytes, as_folder: bool
) -> None:
    source = tmp_path / "stick" / "model.safetensors"
    source.parent.mkdir()
    source.write_bytes(content)
    assert main(["gpt2", "--from", str(source.parent if as_folder else source)]) == 0
    assert (weights / "model.safetensors").read_bytes() == content
    assert files(weights) == IN_PLACE


@pytest.mark.parametrize("wrong", ["one bit", "cut off", "absent"])
def test_a_wrong_local_file_leaves_nothing_in_place(
    tmp_path: Path, weights: Path, content: bytes, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "model.safetensors"
    if wrong != "absent":
        source.write_bytes(content[:-1] + (bytes([content[-1] ^ 1]) if wrong == "one bit" else b""))
    assert main(["gpt2", "--from", str(source)]) == 2
    assert "model.safetensors" in refusal(capsys)
    assert files(weights) == []


def test_a_place_that_cannot_be_written_is_said_in_one_line(
    tmp_path: Path, weights: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "model.safetensors"
    source.write_bytes(content)
    weights.parent.write_bytes(b"a file where the folder should be")
    assert main(["gpt2", "--from", str(source)]) == 2
    assert "cannot be stored in" in refusal(capsys)


def test_a_full_disk_is_noticed_before_the_download(
    server: Server, weights: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(download.shutil, "disk_usage", lambda path: usage)
    assert main(["gpt2", "--from", server.address]) == 2
    assert "GB free" in refusal(capsys)
    assert files(weights) == []


def test_every_real_model_is_pinned_to_a_revision_and_a_hash() -> None:
    assert MODELS.keys() == REAL_SHAPES.keys()
    for name, weights in MODELS.items():
        assert weights.repository == f"openai-community/{name}"
        assert len(bytes.fromhex(weights.revision)) == 20 and len(bytes.fromhex(weights.sha256)) == 32


@pytest.mark.parametrize(
    ("words", "exit_status", "said"),
    [
        (["gpt3"], 2, "invalid choice: 'gpt3'"),
        ([], 2, "required: MODEL"),
        (["gpt2", "--from", "nowhere/model.safetensors"], 2, "there is no file nowhere"),
    ],
)
def test_wrong_usage_gets_one_line_from_the_real_command(
    tmp_path: Path, words: list[str], exit_status: int, said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reference_activations.download", *words],
        cwd=ROOT,
        env={**os.environ, "PICO_GPT_WEIGHTS": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == exit_status
    assert said in done.stderr and done.stderr.count("\n") == 1
    assert list(tmp_path.rglob("*.safetensors*")) == []
