"""Writes grader/sandbox/inside/system_calls.py: the numbers of all system calls that allowed.py names.

    python -m tests.measures.system_calls X86_64_HEADER AARCH64_HEADER

The headers are the kernel's own, `asm/unistd_64.h` of each architecture; Debian's package linux-libc-dev has
both from version 6.12 on (`apt-get download linux-libc-dev` and `dpkg-deb -x` are enough). They must know the
youngest call that allowed.py knows.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from grader.sandbox import allowed

TARGET = Path(__file__).resolve().parents[2] / "grader" / "sandbox" / "inside" / "system_calls.py"
# The call that switches the filter on, and what the walls themselves need.
OF_THE_WALLS = (
    "seccomp", "capset", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self",
)  # fmt: skip
HEAD = '''"""Numbers of system calls. Written by `python -m tests.measures.system_calls`, not by hand."""

from __future__ import annotations

LAST_KNOWN = {last}

NUMBERS: dict[str, dict[str, int]] = {{
'''


def wanted() -> list[str]:
    """Every name that a table of allowed.py or a wall uses."""
    names = {name for group in allowed.FORBIDDEN.values() for name in group}
    looked_at = {*allowed.CONDITIONAL, *allowed.ABSENT, *allowed.ABOUT_ITSELF, *allowed.WITH_A_CLOCK}
    return sorted(names | looked_at | {*allowed.IGNORED, *OF_THE_WALLS})


def read(header: Path) -> dict[str, int]:
    """Name -> number, from a kernel's header."""
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\b", header.read_text("utf-8"))
    return {name: int(number) for name, number in found}


def text(headers: dict[str, dict[str, int]]) -> str:
    """The module."""
    last = {numbers[allowed.LAST_CALL] for numbers in headers.values()}
    lines = [HEAD.format(last=last.pop())]
    for machine, numbers in headers.items():
        pairs = [f'"{name}": {numbers[name]}' for name in wanted() if name in numbers]
        lines.append(f'    "{machine}": {{\n')
        row = ""
        for pair in pairs:
            if len(row) + len(pair) > 92:
                lines.append(f"        {row.rstrip()}\n")
                row = ""
            row += f"{pair}, "
        lines.append(f"        {row.rstrip()}\n    }},\n")
    return "".join(lines) + "}  # fmt: skip\n"


def main() -> None:
    x86_64, aarch64 = (read(Path(path)) for path in sys.argv[1:3])
    TARGET.write_text(text({"x86_64": x86_64, "aarch64": aarch64}), encoding="utf-8")


if __name__ == "__main__":
    main()
