"""Record a student's session with the real program, as the README shows it.

    python tests/student/terminal/record_session.py            print it
    python tests/student/terminal/record_session.py --readme   put it into the README

A student is at step 5, writes attention, forgets the scale, asks for a hint, and fixes it. Every line
below a `$` is what the program said in a terminal of 80 columns; only seeds and times are made the same.
What the student writes is not shown: students read the README too.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    sys.path[:0] = [str(Path(__file__).resolve().parents[n] / w) for n, w in ((1, "."), (2, "helpers"))]

from terminal.program import ROOT, Program

from grader.kata.student_source import read_source

COLUMNS = 80
README = ROOT / "README.md"
BLOCK = re.compile(r"(<!-- session -->\n).*?(<!-- /session -->)", re.DOTALL)
DONE = ("gelu", "softmax", "layer_norm", "linear")
MASK = """\
def causal_mask(n_seq):
    return (1 - np.tri(n_seq, dtype=np.float32)) * -1e10
"""
FORGETFUL = """\
def attention(q, k, v, mask):
    scores = q @ k.swapaxes(-1, -2)
    return softmax(scores + mask) @ v
"""
MENDED = FORGETFUL.replace("swapaxes(-1, -2)", "swapaxes(-1, -2) / math.sqrt(q.shape[-1])")


def record() -> str:
    """The session, seeds and times made the same."""
    with tempfile.TemporaryDirectory() as scratch:
        kata = _copy_of_the_kata(Path(scratch) / "kata")
        file = kata / "exercises" / "pico_gpt.py"
        for function in DONE:
            _write(file, function, _solution(function))
        parts = [_said(kata, "step", "5")]
        _write(file, "causal_mask", MASK)
        _write(file, "attention", FORGETFUL)
        parts += ["# writes causal_mask and attention, and saves", _said(kata, "step", "5")]
        parts += [_said(kata, "hint", "5")]
        _write(file, "attention", MENDED)
        parts += ["# fixes attention, and saves", _said(kata, "step", "5")]
    return normalised("\n\n".join(parts) + "\n")


def normalised(text: str) -> str:
    """The text with one seed and one time everywhere."""
    return re.sub(r"\(seed \d+, \d+\.\d s\)", "(seed 42, 0.3 s)", text)


def in_readme() -> str:
    """What the README shows, "" where it shows nothing."""
    found = re.search(
        r"<!-- session -->\n```text\n(.*?)```\n<!-- /session -->", README.read_text("utf-8"), re.DOTALL
    )
    return found[1] if found else ""


def _copy_of_the_kata(to: Path) -> Path:
    left_out = shutil.ignore_patterns("__pycache__", "weights", ".*")
    for room in ("exercises", "solutions", "reference_activations", "grader", "instructions"):
        shutil.copytree(ROOT / room, to / room, ignore=left_out)
    return to


def _said(kata: Path, *words: str) -> str:
    """A command, and what the program says to it in a terminal without colours."""
    with Program(
        *words,
        folder=kata,
        cwd=kata,
        columns=COLUMNS,
        rows=200,
        env={"NO_COLOR": "1", "VIRTUAL_ENV": sys.prefix},
    ) as program:
        program.ends()
        lines = [line.rstrip() for line in program.said.strip("\n").splitlines()]
    return "\n".join([f"$ python -m grader {' '.join(words)}", *lines])


def _solution(function: str) -> str:
    return _text(ROOT / "solutions" / "pico_gpt.py", function)


def _text(path: Path, function: str) -> str:
    source = read_source(path)
    place = source.definitions(function)[-1]
    return "".join(source.lines[place.first - 1 : place.last])


def _write(path: Path, function: str, code: str) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(_text(path, function), code), encoding="utf-8")


if __name__ == "__main__":
    session = record()
    if "--readme" in sys.argv:
        text = README.read_text(encoding="utf-8")
        README.write_text(
            BLOCK.sub(lambda found: f"{found[1]}```text\n{session}```\n{found[2]}", text), encoding="utf-8"
        )
    else:
        print(session, end="")
