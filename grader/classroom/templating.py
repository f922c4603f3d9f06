"""HTML from templates that escape whatever is put into them."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2

from grader.report.text import readable

HERE = Path(__file__).parent


def render(template: str, **values: Any) -> str:
    """A page that stands alone: no scripts, and nothing from elsewhere is loaded."""
    style = (HERE / "page.css").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    page = _environment().get_template(template)
    return "".join(page.generate(style=style, policy=policy, **values))


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined, finalize=_shown,
    )  # fmt: skip
    environment.filters["path"] = lambda text: quote(str(text))
    environment.filters["points"] = lambda number: f"{number:g}"
    return environment


def _shown(value: Any) -> Any:
    """What came from a student, without control characters; markup and numbers as they are."""
    return readable(value, 3_000) if type(value) is str else value
