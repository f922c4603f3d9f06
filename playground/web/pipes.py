"""Messages between the web page and the process of the student's functions, as the sandbox's frames."""

from __future__ import annotations

from typing import Any, BinaryIO

from grader.sandbox.decoder import Decoder
from grader.sandbox.encoder import Encoder
from grader.sandbox.wire import PREFIX, WireError, frame_lengths, pack, unpack

MOST_TEXT = 64 << 20
MOST_NUMBERS = 1 << 30


class Broken(Exception):
    """The other side has ended, or sent something else than a message."""


def send(pipe: BinaryIO, message: Any) -> None:
    """Send numbers, texts, arrays, and lists and dicts of them.

    Raises:
        WireError: there is something else in the message, or too much.
    """
    encoder = Encoder(MOST_NUMBERS, strict=True)
    header = {"message": encoder.encode(message)}
    for piece in pack(header, encoder.buffers, MOST_TEXT):
        pipe.write(piece)
    pipe.flush()


def receive(pipe: BinaryIO) -> Any:
    """The next message.

    Raises:
        Broken: there is none.
    """
    try:
        text, numbers = frame_lengths(_read(pipe, PREFIX.size), MOST_NUMBERS, MOST_TEXT)
        header, buffers = unpack(_read(pipe, text), _read(pipe, numbers))
        return Decoder(buffers, MOST_NUMBERS).decode(header["message"])
    except (WireError, KeyError) as error:
        raise Broken(f"no message: {error}") from None


def _read(pipe: BinaryIO, n: int) -> bytes:
    data = pipe.read(n)
    if len(data) < n:
        raise Broken("the other side has ended")
    return data
