"""A synthetic class, made from the solutions: every mark in it is known by construction.

    python tests/classroom/classes/make_class.py OUT --number 300
    python tests/classroom/classes/make_class.py OUT --number 60 --platform Moodle

writes OUT/submissions (one entry a student, in every wrapping that `class` takes) and OUT/expected.json
(entry -> what it must score). A function that is the solution's earns all its points; one that is a stub,
or wrong on every input, or never returns, earns none; and no function's fault costs another function.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import os
import random
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from grader.kata.curriculum import FILES, STEPS, function_names, step_of  # noqa: E402
from grader.kata.stubs import stub_files  # noqa: E402

Files = dict[str, bytes]

# What a wrong function does with its arguments, and with the right answer: nothing that could pass.
FAULTS = {
    "offset": "return _shifted(_right(*args, **kwargs))",
    "none": "_right(*args, **kwargs)",
    "raises": "raise RuntimeError('this cannot work')",
    "shape": "return [_right(*args, **kwargs)]",
    "exits": "import os\n    os._exit(0)",
    "quits": "raise SystemExit(0)",
    "skips": "import pytest\n    pytest.skip()",
    "crashes": "import ctypes\n    return ctypes.string_at(0)",
}
SHIFTED = """

def _shifted(value):
    if isinstance(value, dict):
        return {key: _shifted(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_shifted(item) for item in value)
    if isinstance(value, bytes):
        return value + b"?"
    if isinstance(value, str):
        return value + "?"
    return value + (1 if isinstance(value, int) else 0.25)
"""
# Bodies of a function that never returns: one leaves the processor to others.
SLEEPS, COMPUTES = "import time\n    time.sleep(10**6)", "while True:\n        pass"
# What a hostile file does when it is loaded, before anything in it is called.
AT_LOAD = {
    "loops at load": "while True:\n    pass\n",
    "sleeps at load": "import time\ntime.sleep(10**6)\n",
    "exits at load": "import os\nos._exit(0)\n",
    "quits at load": "raise SystemExit(0)\n",
    "imports torch": "import torch\n",
    "imports the solutions": "from solutions.pico_gpt import *\n",
    "raises at load": "raise RuntimeError('not today')\n",
    "kills its parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nraise SystemExit(0)\n",
    "forks without end": "import os\nwhile True:\n    os.fork()\n",
    "fills the memory": "import numpy as np\nx = np.ones(10**11)\n",
}
# Those after which nothing that imports the main file can be judged either.
ENDS_THE_PROCESS = {"loops at load", "sleeps at load", "exits at load"}
# Right, but not as one expects it: these earn everything.
UNUSUAL: dict[str, Callable[[bytes], bytes]] = {
    "BOM": lambda data: b"\xef\xbb\xbf" + data,
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "loud": lambda data: data + b"\nprint('hello ' * 10_000)\n",
    "guarded": lambda data: data + b"\nif __name__ == '__main__':\n    raise SystemExit('not this')\n",
    "latin-1": lambda data: b"# -*- coding: latin-1 -*-\n# \xe9\n" + data,
}


@dataclass
class Made:
    """One student: what is handed in, and what it must score."""

    kind: str
    files: Files
    points: float


def solution_files() -> Files:
    return {file: (ROOT / "solutions" / file).read_bytes() for file in FILES}


def worth(right: set[str]) -> float:
    """The points of these functions, in every step that judges them."""
    return sum(sum(f.points.values()) for step in STEPS for f in step.functions if f.name in right)


def in_files(files: set[str]) -> set[str]:
    return {name for name in function_names() if step_of(name).file in files}


# ---------------------------------------------------------------------------------------- students


def right(rng: random.Random) -> Made:
    return Made("right", solution_files(), worth(set(function_names())))


def unusual(rng: random.Random) -> Made:
    kind = rng.choice(sorted(UNUSUAL))
    files = {file: UNUSUAL[kind](data) for file, data in solution_files().items()}
    return Made(f"right, {kind}", files, worth(set(function_names())))


def only_the_main_file(rng: random.Random) -> Made:
    return Made("one file", {FILES[0]: solution_files()[FILES[0]]}, worth(in_files({FILES[0]})))


def partial(rng: random.Random) -> Made:
    """Some functions written, the others still stubs."""
    done = set(rng.sample(function_names(), rng.randrange(1, len(function_names()))))
    stubs = {file: text.encode() for file, text in stub_files().items()}
    return Made("partial", {file: _mixed(file, stubs[file], done) for file in FILES}, worth(done))


def stubs(rng: random.Random) -> Made:
    return Made("stubs", {file: text.encode() for file, text in stub_files().items()}, 0)


def faulty(rng: random.Random) -> Made:
    """One or two functions wrong in one of many ways."""
    wrong = set(rng.sample(function_names(), rng.choice([1, 1, 2])))
    kinds = {name: rng.choice(sorted(FAULTS)) for name in sorted(wrong)}
    files = solution_files()
    for name, kind in kinds.items():
        file = step_of(name).file
        files[file] = spoiled(files[file], name, FAULTS[kind])
    return Made(f"faulty: {kinds}", files, worth(set(function_names()) - wrong))


def endless(rng: random.Random) -> Made:
    """One function that never returns."""
    name = rng.choice(function_names())
    files = solution_files()
    file = step_of(name).file
    files[file] = spoiled(files[file], name, rng.choice([COMPUTES, SLEEPS]))
    return Made(f"endless {name}", files, worth(set(function_names()) - {name}))


def broken(rng: random.Random) -> Made:
    """A file that does not compile; the other files are judged."""
    files = solution_files()
    file = rng.choice(FILES)
    files[file] += rng.choice(
        [b"\ndef oops(:\n", b"\nreturn 1\n", b"\n\x00\n", b"\nx = '\xff\xfe'\n", b"\nif x:\nx = 1\n"]
    )
    return Made(f"{file} does not compile", files, worth(in_files(set(FILES) - {file})))


def hostile(rng: random.Random, kind: str = "") -> Made:
    """A main file that attacks when it is loaded. kv_cache.py imports it, and goes down with it or not."""
    kind = kind or rng.choice(
        [name for name in sorted(AT_LOAD) if "loops" not in name and "sleeps" not in name]
    )
    files = solution_files()
    files[FILES[0]] = AT_LOAD[kind].encode() + files[FILES[0]]
    lost = set(FILES[:2]) if kind in ENDS_THE_PROCESS else {FILES[0]}
    return Made(kind, files, worth(in_files(set(FILES) - lost)))


def waiting(rng: random.Random) -> Made:
    return hostile(rng, rng.choice(["loops at load", "sleeps at load"]))


def empty(rng: random.Random) -> Made:
    return Made("no file of the kata's", {"notes.txt": b"I was ill.\n"}, 0)


# (who, how many of a hundred); who is right in the usual way comes last: a small class can do without.
MIX: tuple[tuple[Callable[[random.Random], Made], int], ...] = (
    (unusual, 8), (only_the_main_file, 4), (partial, 18), (stubs, 6), (faulty, 28), (broken, 5),
    (hostile, 4), (endless, 2), (empty, 2), (waiting, 1), (right, 22),
)  # fmt: skip


def spoiled(source: bytes, name: str, body: str) -> bytes:
    """The file with one function spoiled: what it should do is still there, under another name."""
    text = source.decode()
    wrapper = f"\n\ndef {name}(*args, **kwargs):\n    {body}\n".replace("_right(", f"_right_{name}(")
    text = text.replace(f"\ndef {name}(", f"\ndef _right_{name}(") + wrapper
    return (text if "def _shifted(" in text else text + SHIFTED).encode()


def _sleeping(files: Files) -> Files:
    """The same files, where what never ends only waits."""
    loop, wait = AT_LOAD["loops at load"].encode(), AT_LOAD["sleeps at load"].encode()
    return {
        name: data.replace(COMPUTES.encode(), SLEEPS.encode()).replace(loop, wait)
        for name, data in files.items()
    }


def _mixed(file: str, stub: bytes, done: set[str]) -> bytes:
    """The stub file with these functions' solutions in place."""
    lines = stub.decode().splitlines()
    solution = solution_files()[file].decode()
    written = {
        node.name: solution.splitlines()[node.lineno - 1 : node.end_lineno]
        for node in ast.parse(solution).body
        if isinstance(node, ast.FunctionDef) and node.name in done
    }
    for node in reversed(ast.parse(stub).body):
        if isinstance(node, ast.FunctionDef) and node.name in written:
            lines[node.lineno - 1 : node.end_lineno] = written[node.name]
    return ("\n".join(lines) + "\n").encode()


# ---------------------------------------------------------------------------------------- wrappings


def as_folder(place: Path, name: str, files: Files) -> str:
    for file, data in files.items():
        _put(place / name / file, data)
    return name


def as_clone(place: Path, name: str, files: Files) -> str:
    for file, data in files.items():
        _put(place / name / "pico-gpt-kata" / "exercises" / file, data)
    _put(place / name / "pico-gpt-kata" / ".git" / "HEAD", b"ref: refs/heads/main\n")
    _put(place / name / "pico-gpt-kata" / "README.md", b"# my kata\n")
    return name


def as_zip(place: Path, name: str, files: Files) -> str:
    with zipfile.ZipFile(place / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as opened:
        for file, data in files.items():
            opened.writestr(f"kata/exercises/{file}", data)
    return f"{name}.zip"


def as_tar(place: Path, name: str, files: Files) -> str:
    with tarfile.open(place / f"{name}.tar.gz", "w:gz") as opened:
        for file, data in files.items():
            info = tarfile.TarInfo(f"./exercises/{file}")
            info.size = len(data)
            opened.addfile(info, io.BytesIO(data))
    return f"{name}.tar.gz"


def as_nested(place: Path, name: str, files: Files) -> str:
    (place / name).mkdir()
    as_zip(place / name, "hand-in", files)
    return name


WRAPPINGS = (as_folder, as_clone, as_zip, as_tar, as_nested)


def _zipped(place: Path, entry: str, files: Files) -> str:
    """An entry of this name: a zip, or a folder that holds one."""
    path = place / entry if entry.endswith(".zip") else place / entry / "kata.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for file, data in files.items():
            opened.writestr(f"exercises/{file}", data)
    return entry


def as_gradescope(place: Path, n: int, files: Files) -> str:
    as_folder(place, f"submission_{9000 + n}", files)
    with (place / "submission_metadata.yml").open("a", encoding="utf-8") as about:
        about.write(f"submission_{9000 + n}:\n  :submitters:\n  - :name: Dent {n}\n    :sid: '{n:03d}'\n")
    return f"submission_{9000 + n}"


# platform -> what makes the n-th student's entry of its export
PLATFORMS: dict[str, Callable[[Path, int, Files], str]] = {
    "Canvas": lambda place, n, files: _zipped(
        place, f"dentno{n:03d}_{'LATE_' * (n % 3 == 0)}{500 + n}_{7000 + n}_kata{'-1' * (n % 2)}.zip", files
    ),
    "Moodle": lambda place, n, files: _zipped(place, f"Dent {n:03d}_{500 + n}_assignsubmission_file_", files),
    "Brightspace": lambda place, n, files: _zipped(
        place, f"{n + 1}-7 - Dent {n:03d} - Nov {n % 28 + 1}, 2026 1109 PM", files
    ),
    "Blackboard": lambda place, n, files: _zipped(
        place, f"Pico GPT_dent{n:03d}_attempt_2026-11-{n % 28 + 1:02d}-10-00-00_kata.zip", files
    ),
    "Gradescope": as_gradescope,
}


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


# ------------------------------------------------------------------------------ what is not a hand-in


def bomb(place: Path) -> str:
    """A zip whose file unpacks to 300 MB."""
    with zipfile.ZipFile(place / "zed_bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as opened:
        opened.writestr("exercises/pico_gpt.py", b"#" * (300 << 20))
    return "zed_bomb.zip"


def escaping(place: Path) -> str:
    """A zip whose file would land somewhere else."""
    with zipfile.ZipFile(place / "zed_escaping.zip", "w") as opened:
        opened.writestr("../../exercises/pico_gpt.py", solution_files()[FILES[0]])
    return "zed_escaping.zip"


def linked(place: Path) -> str:
    """A tar whose file is a link to the teacher's own."""
    with tarfile.open(place / "zed_linked.tar", "w") as opened:
        info = tarfile.TarInfo("pico_gpt.py")
        info.type, info.linkname = tarfile.SYMTYPE, str(ROOT / "solutions" / "pico_gpt.py")
        opened.addfile(info)
    return "zed_linked.tar"


def damaged(place: Path) -> str:
    (place / "zed_damaged.zip").write_bytes(b"PK\x03\x04 and then nothing")
    return "zed_damaged.zip"


def double(place: Path) -> str:
    """Two versions, and no way to know which counts."""
    for version in ("old", "new"):
        data = solution_files()[FILES[0]] + f"# {version}\n".encode()
        _put(place / "zed_double" / version / FILES[0], data)
    return "zed_double"


def formula(place: Path) -> str:
    """A name that a spreadsheet would run."""
    _put(place / "=1+1" / "pico_gpt.py", b"import math\n")
    return "=1+1"


ODD = (bomb, escaping, linked, damaged, double, formula)


# ------------------------------------------------------------------------------------- the class


def make_class(
    out: Path, number: int, seed: int = 1, platform: str = "", computes: bool = True
) -> dict[str, float]:
    """Write a class of this many students into a folder.

    Args:
        computes: whether some of what never ends computes meanwhile; otherwise it all sleeps.
        platform: whose export the folder is; "": in every wrapping, with other files among them.
    Returns:
        Entry of the folder -> the points it must get.
    """
    out.mkdir(parents=True)
    rng = random.Random(seed)
    odd = () if platform else ODD[: max(1, min(len(ODD), number // 2))]
    expected = {make(out): 0.0 for make in odd}
    left = number - len(odd)
    makers = [maker for maker, share in MIX for _ in range(share)]
    chosen = [maker for maker, _ in MIX][:left] + [rng.choice(makers) for _ in range(left - len(MIX))]
    for n, maker in enumerate(chosen):
        made = maker(rng)
        if not computes:
            made.files = _sleeping(made.files)
        if platform:
            entry = PLATFORMS[platform](out, n, made.files)
        else:
            entry = rng.choice(WRAPPINGS)(out, f"student_{n:03d}", made.files)
        expected[entry] = made.points
    return expected


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--number", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--platform", choices=PLATFORMS, default="")
    args = parser.parse_args()
    expected = make_class(args.out / "submissions", args.number, args.seed, args.platform)
    (args.out / "expected.json").write_text(json.dumps(expected, indent=2) + "\n", encoding="utf-8")
    print(f"{len(expected)} submissions in {args.out / 'submissions'}{os.linesep}".rstrip())


if __name__ == "__main__":
    main()
