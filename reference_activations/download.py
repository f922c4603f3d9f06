"""`python -m reference_activations.download MODEL`: fetch the weights of the real GPT-2.

One file is fetched, `model.safetensors` of a pinned revision, and it is put in place only when its
sha256 is the known one. An interrupted download continues. It comes from the Hugging Face Hub, from a
mirror (`HF_ENDPOINT=https://…` or `FROM=https://…`), or from a file (`FROM=path`).

This is plain HTTP through requests, which tiktoken brings along, and not huggingface_hub: its present
releases download into a file that is new for every process and gone with it, so that nothing is resumed,
and they only talk to servers that send the Hub's own headers, where any copy of the file will do here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

try:
    from reference_activations.models import weights_dir
    from reference_activations.random_weights import REAL_SHAPES
except ModuleNotFoundError as error:
    print(f"this Python ({sys.executable}) lacks {error.name}: use .venv/bin/python, or make setup")
    raise SystemExit(2) from None

if TYPE_CHECKING:
    from requests import Response

HUB = "https://huggingface.co"
FILE = "model.safetensors"
CHUNK = 1 << 16  # bytes; at most so many are lost when a connection breaks
TIMEOUT_S = 20  # without a byte
MAX_TRIES = 5  # in a row that bring nothing
BACKOFF_S = 0.5


@dataclass(frozen=True)
class Weights:
    """One pinned file. `size` is in bytes, None where nobody has published it."""

    repository: str
    revision: str
    sha256: str
    size: int | None


# Read in public records of these revisions, each in at least two independent ones: the sha256 that
# the Hub shows for the file, as lock files and reproducibility manifests on GitHub repeat it.
MODELS = {
    "gpt2": Weights(
        "openai-community/gpt2",
        "607a30d783dfa663caf39e06633721c8d4cfcd7e",
        "248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707",
        548_105_171,
    ),
    "gpt2-medium": Weights(
        "openai-community/gpt2-medium",
        "6dcaa7a952f72f9298047fd5137cd6e4f05f41da",
        "fc5a354a19255ad494f3d71549390baca1ccf61d1d822b9408971705c687c9cd",
        1_519_984_962,
    ),
    "gpt2-large": Weights(
        "openai-community/gpt2-large",
        "32b71b12589c2f8d625668d2335a01cac3249519",
        "5f47f3e12f91cd33b662ce7e433b6150ad5512b5884a2cee961b50e9c3bbebce",
        3_247_159_078,
    ),
    "gpt2-xl": Weights(
        "openai-community/gpt2-xl",
        "15ea56dee5df4983c59b2538573817e1667135e2",
        "0f8b28eb05a8075f48b61b6f35332978c74fc7763fa9fb4051a1c30511736a6a",
        None,
    ),
}


class DownloadError(Exception):
    """The weights could not be fetched; the message is one line and says what to do."""


class _Retry(Exception):
    """This try did not bring the whole file, but a further one may."""


def fetch(model: str, source: str | None = None) -> Path:
    """Put a model's weights in place, unless they are there already.

    Args:
        model: a key of MODELS.
        source: a file, a folder that holds `model.safetensors`, or the address of a mirror or of
            the file itself; None is the Hub, or the mirror that `HF_ENDPOINT` names.
    Returns:
        The folder that `load_model` reads.
    Raises:
        DownloadError: nothing was put in place.
    """
    weights, folder = MODELS[model], weights_dir(model)
    target, part = folder / FILE, folder / (FILE + ".part")
    try:
        if target.is_file():
            if _sha256(target) == weights.sha256:
                _write_config(model, folder)
                return folder
            _say(f"{target} is not the pinned file or is damaged; getting it again")
        folder.mkdir(parents=True, exist_ok=True)
        if source is None or source.startswith(("http://", "https://")):
            _download(model, weights, source, part)
        else:
            _copy(Path(source).expanduser(), part, weights)
        _write_config(model, folder)
        part.replace(target)
    except OSError as error:
        raise DownloadError(f"{model} cannot be stored in {folder}: {error.strerror or error}") from None
    return folder


def _copy(source: Path, part: Path, weights: Weights) -> None:
    """Copy a local file to `part`, if it is the pinned one."""
    if source.is_dir():
        source = source / FILE
    if not source.is_file():
        raise DownloadError(f"there is no file {source}")
    size = source.stat().st_size
    if weights.size is not None and size != weights.size:
        raise DownloadError(
            f"{source} has {size:,} bytes; {weights.repository}'s {FILE} has {weights.size:,}"
        )
    _check_space(part, size)
    try:
        with source.open("rb") as whole, part.open("wb") as copy:
            shutil.copyfileobj(whole, copy, CHUNK)
        digest = _sha256(part)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    if digest != weights.sha256:
        part.unlink()
        raise DownloadError(f"{source} is not {weights.repository}'s {FILE}: its sha256 is {digest[:16]}…")


def _download(model: str, weights: Weights, source: str | None, part: Path) -> None:
    """Download to `part`, going on with what is there, until its sha256 is the pinned one."""
    base = source or os.environ.get("HF_ENDPOINT") or HUB
    url = base if base.endswith(".safetensors") else _url(base, weights)
    _say(f"{model}: {url} -> {part.parent}")
    for resumed in (part.exists(), False):
        _transfer(model, url, weights, part)
        if _sha256(part) == weights.sha256:
            return
        part.unlink()
        if not resumed:
            break
        _say("what was left of an earlier download does not fit; starting again")
    raise DownloadError(f"{url} is not the pinned file (its sha256 differs); nothing was put in place")


def _url(endpoint: str, weights: Weights) -> str:
    return f"{endpoint.rstrip('/')}/{weights.repository}/resolve/{weights.revision}/{FILE}"


def _transfer(model: str, url: str, weights: Weights, part: Path) -> None:
    """Append to `part` until the server has no more, trying again where the connection breaks."""
    import requests

    tries, reached = 0, False
    with requests.Session() as session:
        while True:
            have = part.stat().st_size if part.exists() else 0
            headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
            try:
                with session.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
                    reached = True
                    _receive(response, url, weights, part, have)
                return
            except (_Retry, requests.ConnectionError, requests.Timeout) as error:
                progress = part.exists() and part.stat().st_size > have
                tries = 0 if progress else tries + 1
                if not reached or tries == MAX_TRIES:
                    reason = str(error) if isinstance(error, _Retry) else type(error).__name__
                    raise DownloadError(_unreachable(model, url, weights, reason)) from None
                time.sleep(BACKOFF_S * 2**tries if tries else 0)
            except requests.RequestException as error:
                raise DownloadError(f"{url} cannot be had: {error}") from None


def _receive(response: Response, url: str, weights: Weights, part: Path, have: int) -> None:
    """Write one answer of the server to `part`, behind the `have` bytes that it already has."""
    from requests import RequestException
    from tqdm import tqdm

    status, answered_range = response.status_code, response.headers.get("Content-Range", "")
    if status == 416:  # there is nothing behind the bytes that are here
        if answered_range != f"bytes */{have}":
            part.unlink()
            raise _Retry("the file is shorter than what was left of an earlier download")
        return
    if status == 429 or status >= 500:
        raise _Retry(f"it answers {status} {response.reason}")
    if status not in (200, 206) or (status == 206 and not answered_range.startswith(f"bytes {have}-")):
        raise DownloadError(f"{url} cannot be had: the server answers {status} {response.reason}")
    if status == 200:
        have = 0  # a server that cannot resume sends the whole file again
    length = response.headers.get("Content-Length")
    total = have + int(length) if length else weights.size
    if total is not None:
        if weights.size is not None and total != weights.size:
            raise DownloadError(f"{url} is not the pinned file: {total:,} bytes, not {weights.size:,}")
        _check_space(part, total - have)
    bar = tqdm(total=total, initial=have, unit="B", unit_scale=True, desc=part.parent.name, disable=None)
    with bar, part.open("ab" if have else "wb") as file:
        try:
            for chunk in response.iter_content(CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
        except RequestException:
            raise _Retry("the connection broke off") from None
    if total is not None and part.stat().st_size < total:
        raise _Retry("the connection broke off")


def _unreachable(model: str, url: str, weights: Weights, reason: str) -> str:
    return (
        f"no download from {url.split('/')[2]} ({reason}): run this again when the network is back, or get "
        f"{_url(HUB, weights)} on another machine and run: make weights MODEL={model} FROM=path/to/{FILE}"
    )


def _check_space(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if free < needed:
        raise DownloadError(
            f"{part.parent} has {free / 1e9:.1f} GB free, but {needed / 1e9:.1f} GB are needed"
        )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _write_config(model: str, folder: Path) -> None:
    """The model's numbers in Hugging Face's form, so that its libraries load the folder too."""
    temporary = folder / "config.json.part"
    temporary.write_text(json.dumps(REAL_SHAPES[model].config(), indent=2) + "\n", encoding="utf-8")
    temporary.replace(folder / "config.json")


def _say(line: str) -> None:
    print(line, flush=True)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 when the weights are in place, 2 (after one line that says why) when they are not."""
    parser = _Parser(prog="weights", description="Fetch the weights of the real GPT-2.")
    parser.add_argument("model", choices=MODELS, metavar="MODEL", help=", ".join(MODELS))
    parser.add_argument("--from", dest="source", metavar="PATH_OR_URL", help="a file, a folder, or a mirror")
    args = parser.parse_args(arguments)
    try:
        folder = fetch(args.model, args.source or None)
    except DownloadError as error:
        print(f"weights: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "weights: stopped; what has come is kept, and the same command goes on from there",
            file=sys.stderr,
        )
        return 130
    _say(f"{args.model} is in {folder}, and its sha256 is the pinned one. Now: make test-gpt2")
    return 0


if __name__ == "__main__":
    sys.exit(main())
