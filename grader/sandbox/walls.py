"""The two walls around student code, and what is said where one of them is missing.

Each wall is tried in the worker itself, before it reads anything of the student's: a file that must not open,
a socket and a process that must not come into being. What a machine only claims does not count.
"""

from __future__ import annotations

WALLS = {
    "landlock": "Landlock, which keeps files out of sight",
    "seccomp": "seccomp, which keeps out processes and the network",
}


def missing_walls(sandbox: str) -> list[str]:
    """What a sandbox lacks, in words.

    Args:
        sandbox: as `Host.sandbox` says it: "landlock7+seccomp", "seccomp", "none", "in-process".
    """
    return [words for wall, words in WALLS.items() if wall not in sandbox]
