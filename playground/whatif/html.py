"""One HTML file that holds everything and may ask for nothing: its policy allows what is in it, by hash."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any


def page(template: str, filling: Mapping[str, str], worker: bool = False) -> bytes:
    """The template with `{{name}}` replaced, once; `style` and `script` are allowed by their hashes.

    Args:
        worker: whether the page may start a worker that it carries itself.
    """
    rules = [
        "default-src 'none'",
        f"script-src {hash_of(filling['script'])}",
        f"style-src {hash_of(filling['style'])}",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types whatif" if worker else "trusted-types 'none'",
    ]
    if worker:
        rules.insert(3, "worker-src blob:")
    parts = {**filling, "policy": "; ".join(rules)}
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template).encode()


def hash_of(text: str) -> str:
    """A text's hash as a Content-Security-Policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def inert(data: Any) -> str:
    """JSON that cannot end its script element, nor open anything in it."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
