"""Continue a prompt, in the terminal: the text on stdout, everything else on stderr.

python -m playground "To be, or not to be"
echo "To be" | python -m playground --temperature 0.8 --top-k 40 --seed 1
"""

from __future__ import annotations

import argparse
import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from playground.run.said import fitted
from playground.run.session import (
    DEFAULT_PROMPT,
    PICO_PROMPT,
    Session,
    SessionError,
    Settings,
    TokenEvent,
    default_prompt,
    open_implementation,
    open_model,
    typed_text,
)

# Tokens by the probability that the model gave them, from the least likely on: (below, ANSI colour).
# Orange to blue: told apart by colour-blind eyes, readable on a dark and on a light terminal.
SHADES = ((0.01, "38;5;202"), (0.05, "38;5;208"), (0.2, "38;5;172"), (0.5, "38;5;67"), (2.0, "38;5;33"))
# Marks that turn the text around them from right to left.
BIDI = frozenset((0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
DIM, RESET = "\x1b[2m", "\x1b[0m"
INTERRUPTED = 130  # what a shell says of a program that Ctrl-C ended


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "prompt",
        nargs="?",
        help=f'text to go on from, with \\n for a new line; "-" reads stdin '
        f'(default: "{PICO_PROMPT}" for pico, or "{DEFAULT_PROMPT}")',
    )
    add("--model", default="pico", help="pico (shipped), or gpt2, gpt2-medium, … after make weights")
    add("--impl", default="exercises", metavar="DIR", help="whose functions run (default: exercises)")
    add("-n", "--tokens", type=int, default=40, metavar="N", help="how many tokens to generate (default: 40)")
    add("--temperature", type=float, default=0.0, help="0 is greedy (default), 1 the model's own chances")
    add("--top-k", type=top_k, default=None, metavar="K", help="keep the K likeliest tokens; off keeps all")
    add("--top-p", type=float, default=1.0, metavar="P", help="keep the likeliest tokens up to this mass")
    add("--penalty", type=float, default=0.0, help="frequency penalty, 0 is none")
    add("--seed", type=int, default=None, help="repeats a text (default: a new one, which is printed)")
    cache = parser.add_mutually_exclusive_group()
    cache.add_argument("--cache", action="store_true", default=None, help="use a key-value cache in any case")
    cache.add_argument("--no-cache", dest="cache", action="store_false", help="compute every position again")
    add("--color", action=argparse.BooleanOptionalAction, default=None, help="colour tokens by probability")
    add("--show-probs", action="store_true", help="one line a token: id, probabilities, text")


def top_k(text: str) -> int | None:
    """`--top-k`: a number, or off (0 too) for no limit."""
    return None if text.lower() in ("off", "none", "0") else int(text)


def main(args: argparse.Namespace) -> int:
    use_utf8()
    try:
        implementation = open_implementation(args.impl)
        model = open_model(args.model)
        settings = Settings(args.temperature, args.top_k, args.top_p, args.penalty, args.cache)
        session = Session(
            model, implementation, read_prompt(args.prompt, args.model), settings, seed=args.seed
        )
        events = session.run(args.tokens)
    except SessionError as error:
        return complain(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    for line in implementation.problems:
        note(line)
    if settings.greedy and (args.top_k is not None or args.top_p < 1):
        note("temperature 0 always takes the likeliest token: top-k and top-p need one above 0, such as 0.8")
    note(f"{implementation.label} on {model.name}: {implementation.banner}")
    writer = Writer(sys.stdout, wants_colour(args.color, sys.stdout), args.show_probs, session)
    try:
        status = write(session, events, writer)
    except BrokenPipeError:  # the reader has seen enough (`| head`)
        # Python flushes stdout once more at exit; that must not raise a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if session.events:
        note(summary(session))
    return status


def write(session: Session, events: Iterator[TokenEvent], writer: Writer) -> int:
    """Write the text as it comes.

    Returns:
        0; 2 where a function failed; 130 after Ctrl-C, which leaves a whole line behind.
    """
    status = 0
    try:
        writer.begin()
        # A student's debugging `print` shows up, but not in the middle of the text.
        with contextlib.redirect_stdout(sys.stderr):
            for event in events:
                writer.token(event)
    except KeyboardInterrupt:
        status = INTERRUPTED
    except SessionError as error:
        writer.end()
        return complain(error)
    writer.end()
    if session.pending:
        note(f"the last character is not finished: its first bytes are {session.pending.hex(' ')}")
    return status


@dataclass
class Writer:
    """Puts tokens on a stream: as running text, or one line each."""

    stream: TextIO
    colour: bool
    show_probs: bool
    session: Session

    def begin(self) -> None:
        prompt = self.visible(self.session.prompt_text)
        if self.show_probs:
            self.put("    id   model  chosen  token\n")
        else:
            self.put(f"{DIM}{prompt}{RESET}" if self.colour else prompt)

    def token(self, event: TokenEvent) -> None:
        shade = self.shade(event) if self.colour else ""
        if self.show_probs:
            text = repr(event.bytes.decode("utf-8")) if is_utf8(event.bytes) else event.bytes.hex(" ")
            text = f"{event.id:6d}  {event.model_prob:6.1%}  {event.prob:6.1%}  {text}"
            self.put((f"\x1b[{shade}m{text}{RESET}" if shade else text) + "\n")
        elif event.text:
            text = self.visible(event.text)
            self.put(f"\x1b[{shade}m{text}{RESET}" if shade else text)

    def shade(self, event: TokenEvent) -> str:
        try:
            return next(code for below, code in SHADES if event.model_prob < below)
        except SessionError:  # softmax does not take the logits of one position; the text does not need it
            return ""

    def end(self) -> None:
        if not self.show_probs:
            self.put("\n")

    def put(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()

    def visible(self, text: str) -> str:
        """On a terminal, control characters as pictures: a model's text must not steer the terminal."""
        if not self.stream.isatty():
            return text
        return "".join(control_picture(c) for c in text)


def control_picture(character: str) -> str:
    """`\\x1b` -> `␛`; line feeds, tabs and everything else stay."""
    code = ord(character)
    if character in "\n\t":
        return character
    if code < 32:
        return chr(0x2400 + code)
    if code in BIDI:
        return "�"
    return "␡" if code == 127 else "�" if 128 <= code < 160 else character


def is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def summary(session: Session) -> str:
    cache = {"yours": "your cache", "reference": "the reference's cache"}.get(session.cache or "", "no cache")
    seed = "" if session.settings.greedy else f", seed {session.seed}"
    return (
        f"{len(session.events)} tokens in {session.seconds:.2f} s, "
        f"{session.tokens_per_second:.0f} tokens/s, {cache}{seed}"
    )


def read_prompt(given: str | None, model: str) -> str:
    """The prompt from the command line, else from stdin where something is piped in, else the default."""
    if given != "-" and (given is not None or not is_piped(sys.stdin)):
        return default_prompt(model) if given is None else typed_text(given)
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    text = sys.stdin.read()
    return text.removesuffix("\n").removesuffix("\r")


def is_piped(stream: TextIO | None) -> bool:
    """Whether somebody hands in text: a pipe or a file, not a terminal and not /dev/null."""
    try:
        mode = os.fstat(stream.fileno()).st_mode if stream is not None else 0
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def wants_colour(asked: bool | None, stream: TextIO) -> bool:
    """`--color` and `--no-color`, then NO_COLOR (https://no-color.org), then whether it is a terminal."""
    if asked is not None:
        return asked
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return False
    if os.name == "nt":
        os.system("")  # wakes up escape sequences in the Windows console
    return True


def use_utf8() -> None:
    """Text that is piped is UTF-8 on every system; a terminal knows itself what it can show."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="replace", newline="\n")


def note(line: str) -> None:
    print(fitted(line, sys.stderr), file=sys.stderr, flush=True)


def complain(error: SessionError) -> int:
    print(f"python -m playground: {error}", file=sys.stderr, flush=True)
    return 2
