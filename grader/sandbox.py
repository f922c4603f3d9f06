"""What a worker process may do: limits, Landlock and seccomp where the kernel has them."""

from __future__ import annotations

from typing import Any


def confine(config: dict[str, Any], private: str) -> str:
    """Confine this process for good, and say by what."""
    return "none"
