"""Feeds large and odd bytes to what reads a stranger's: the decoder of replies, and the reader of hand-ins.

    python -m tests.measures.fuzz [--seconds 60] [--seed N]

Small odd values are what tests/sandbox/test_wire.py draws. Here are the large kinds: long names, huge
counts, deep nests, axes without end, odd codecs. Each must end as a value or as the reader's own refusal, in
a bounded time and a bounded memory; the first that does not is printed with its seed, and the status is 1.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import json
import resource
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import monotonic, process_time

from grader.sandbox import wire
from grader.sandbox.decoder import Decoder
from grader.sandbox.messages import answer_of
from grader.sandbox.wire import WireError

BUDGET = 64 << 20  # what one reply may take
SECONDS_EACH = 20.0  # on a machine that has other work as well
MEMORY = 1 << 30  # of this process, above what it has at the start


# ------------------------------------------------------------------------------------------ replies


def long_text(random: Random) -> str:
    return random.choice(("a", "\0", "\ud800", "é", "\x1b[", '"\\')) * random.choice((0, 1, 300, 1_000_000))


def number(random: Random) -> object:
    return random.choice((0, 1, -1, 2**20, 2**31, 2**62, 2**63, 2**200, 1e308, -0.0, True, None, "7", []))


def shape(random: Random) -> object:
    n = random.choice((0, 1, 2, 5, 33, 1000))
    axes = (0, 0, 1, 2, 3, 2**10, 2**20, 2**21, 2**40, 2**61, number(random))
    return [random.choice(axes) for _ in range(n)]


def node(random: Random, depth: int = 0) -> object:
    kind = random.randrange(12)
    if kind == 0:
        return number(random)
    if kind == 1:
        return long_text(random)[: 1000 if depth else None]
    if kind == 2:
        code = random.choice((*wire.DTYPES, "|O8", "<V9", "<c16", 7))
        return ["a", code, shape(random), random.choice("CFX"), random.choice((0, 1, 2, 10**9, -1))]
    if kind == 3:
        return ["n", random.choice(("<i8", "<f8", "<i4", "|O8")), random.randrange(3)]
    if kind == 4:
        return ["ly", random.randrange(3), random.randrange(3)]
    if kind == 5:
        return ["i", random.choice(("f", "-1", "zz", "0x1", "f" * 900, "f" * 1100, "f" * 100_000))]
    if kind == 6:
        return ["o", long_text(random)[: 1000 if depth else None], "note"]
    if kind == 7:
        return [random.choice(("g", "h", "w", "f", "y", "s", "?", 3)), 0, number(random), []]
    if depth > 4 or kind == 8:
        nest: object = number(random)
        for _ in range(random.choice((1, 60, 70, 900))):
            nest = [random.choice(("l", "t")), nest]
        return nest
    if kind == 9 and depth == 0:
        part = node(random, depth + 1)
        most = (5 << 20) // len(json.dumps(part))  # a little more than a header may have
        return ["l", *[part] * min(most, random.choice((1, 100, 50_000, 10**6)))]
    if kind in (9, 10):
        count = random.randrange(3 if depth else 300)
        keys = ["l", *(random.choice((str(i), i, long_text(random)[:9])) for i in range(count))]
        return ["d", keys, ["l", *[node(random, depth + 1)] * (len(keys) - random.choice((0, 1, 1, 1)))]]
    return [random.choice(("l", "t")), *(node(random, depth + 1) for _ in range(random.randrange(5)))]


def reply(random: Random) -> float:
    """One reply, from its bytes to an answer."""
    sizes = [random.choice((0, 1, 8, 1000, 1 << 20, 16 << 20)) for _ in range(random.randrange(4))]
    if random.random() < 0.1:
        sizes = [0] * random.choice((1000, 50_001, 400_000))
    body = bytes(sum(sizes)) if random.random() < 0.7 else random.randbytes(min(sum(sizes), 1 << 20))
    fields = {
        "kind": random.choice(("reply", "reply", "reply", "loaded", 3)),
        "status": random.choice(("returned", "raised", "raised", "passed", None)),
        "value": node(random),
        "line": number(random),
        "mutated": random.choice(([], ["x"], ["x" * 10**5] * 30, [1], "x", None)),
        "looked_up": number(random),
        "buffers": sizes,
        **{name: long_text(random) for name in ("value_type", "error_type", "error", "file", "source_line")},
    }
    header, lonely = json.dumps(fields).encode(), node(random)
    started = process_time()
    with contextlib.suppress(WireError):
        lengths = wire.PREFIX.pack(b"PGK1", len(header) & 0xFFFFFFFF, len(body))
        wire.frame_lengths(lengths, BUDGET)
        read, buffers = wire.unpack(header, body)
        answer_of(read, buffers, BUDGET)
    with contextlib.suppress(WireError):
        Decoder([body], BUDGET).decode(lonely)
    return process_time() - started


# ----------------------------------------------------------------------------------------- hand-ins


def name(random: Random) -> str:
    parts = [
        random.choice(
            ("pico_gpt.py", "kv_cache.py", "..", ".", "a", "ü" * 60, "x" * 200, "sub", "pico_gpt.PY")
        )
        for _ in range(random.choice((1, 1, 1, 2, 14, 300)))
    ]
    return "/".join(parts) + random.choice(("", "", ".txt", ".zip", ".tar.gz"))


def content(random: Random) -> bytes:
    codec = random.choice((b"", b"", b"# coding: utf-7\n", b"# coding: rot13\n", b"# coding: idna\n"))
    text = random.choice(
        (b"def gelu(x):\n    return x\n", b"((((" * 30_000, b"\0" * 1000, b"-2n7c" + b"a" * 30_000)
    )
    return codec + text * random.choice((1, 1, 10)) + random.randbytes(random.choice((0, 0, 100)))


def pax_tar(random: Random) -> bytes:
    """A tar whose extended header is one long number, or one long name."""
    kind = random.choice((tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK))
    long = random.choice((b"1", b"9 a=", b"ab/", b"\0")) * random.choice((10, 20_000, 1_000_000))
    out = io.BytesIO()
    for path, body, type in (
        ("././@LongLink", long, kind),
        ("pico_gpt.py", content(random), tarfile.REGTYPE),
    ):
        entry = tarfile.TarInfo(path)
        entry.type, entry.size = type, len(body)
        out.write(entry.tobuf(tarfile.USTAR_FORMAT) + body + bytes(-len(body) % 512))
    return out.getvalue() + bytes(1024)


METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
TYPES = (tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE)


def archive(random: Random, depth: int = 0) -> bytes:
    out = io.BytesIO()
    if random.random() < 0.3:
        data = pax_tar(random)
    elif random.random() < 0.6:
        method = random.choice(
            (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
        )
        with zipfile.ZipFile(out, "w", method) as zipped:
            for _ in range(random.choice((0, 1, 5, 3000 if method < zipfile.ZIP_BZIP2 else 50))):
                with contextlib.suppress(UserWarning):
                    zipped.writestr(name(random), content(random)[:5000])
            if depth < 3 and random.random() < 0.5:
                zipped.writestr("inner.zip", archive(random, depth + 1))
        data = out.getvalue()
    else:
        with tarfile.open(fileobj=out, mode=random.choice(("w", "w:gz", "w:bz2", "w:xz"))) as tar:  # type: ignore[call-overload]
            for _ in range(random.choice((0, 1, 5, 300))):
                entry = tarfile.TarInfo(name(random)[:3000])
                body = content(random)[:5000]
                entry.size = len(body)
                entry.type = random.choice(
                    (tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE)
                )
                tar.addfile(entry, io.BytesIO(body))
        data = out.getvalue()
    if random.random() < 0.2:
        data = gzip.compress(data)
    if random.random() < 0.5:  # broken somewhere
        spoilt = bytearray(data)
        for _ in range(random.choice((1, 10))):
            if spoilt:
                spoilt[random.randrange(len(spoilt))] = random.randrange(256)
        data = bytes(spoilt[: random.choice((len(spoilt), len(spoilt) // 2, 10**9))])
    return data


def hand_in(random: Random) -> float:
    """One hand-in, read as `class` and `run --submission` read it."""
    from grader.classroom.taking import take

    ending = random.choice((".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".py"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"pico_gpt{ending}")
        path.write_bytes(archive(random) if random.random() < 0.9 else content(random))
        started = process_time()
        taken = take(path)
        if not taken.problem:
            taken.write(Path(folder, "out"))
        return process_time() - started


# ------------------------------------------------------------------------------------------- the run

TARGETS: dict[str, Callable[[Random], float]] = {  # seconds of CPU that the reading took
    "replies": reply,
    "hand-ins": hand_in,
}


def one(target: str, seed: int) -> str:
    """What is wrong with one input; "" where all is well."""
    try:
        seconds = TARGETS[target](Random(seed))
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    return f"it took {seconds:.0f} s" if seconds > SECONDS_EACH else ""


def fuzz(seconds: float, seed: int) -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    tried = dict.fromkeys(TARGETS, 0)
    for target in TARGETS:
        until = monotonic() + seconds / len(TARGETS)
        while monotonic() < until:
            case = seed * 1_000_003 + tried[target]
            if problem := one(target, case):
                print(f"{target}, case {case}: {problem}")
                return 1
            tried[target] += 1
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(f"{target}: {tried[target]:,} tried, none harmed the reader; at most {peak} MiB so far ")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--case", nargs=2, metavar=("TARGET", "N"), help="one case again, with its traceback")
    args = parser.parse_args()
    if args.case:
        TARGETS[args.case[0]](Random(int(args.case[1])))
        return 0
    return fuzz(args.seconds, args.seed)


if __name__ == "__main__":
    sys.exit(main())
