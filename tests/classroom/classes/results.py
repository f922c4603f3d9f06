"""What `class` has found, as tests and measurements compare it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any


def results_in(out: Path) -> dict[str, dict[str, Any]]:
    """Entry -> result, without what no two runs have in common."""
    found = {}
    for path in sorted((out / "results").glob("*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        found[result["submission"]["entry"]] = timeless(result)
    return found


def timeless(value: Any) -> Any:
    """Without times, and without the line that an endless loop was at when it was stopped."""
    if isinstance(value, dict):
        kept = {key: timeless(item) for key, item in value.items() if key != "duration_s"}
        if kept.get("status") == "timeout" and "message" in kept:
            kept["message"] = re.sub(r"\n  \S+, line \d+: .*", "", kept["message"])
        return kept
    return [timeless(item) for item in value] if isinstance(value, list) else value
