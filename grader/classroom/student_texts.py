"""The texts of the student's edition, made from the teacher's: one source, two editions.

In a page, `<!-- teacher -->…<!-- /teacher -->` is cut, and `<!-- student: … -->` is opened. In the Makefile
and in pyproject.toml the lines from `# <teacher>` to `# </teacher>` are cut, and `#student ` in front of a
line goes.
"""

from __future__ import annotations

import re

PAGES = (".md", ".html", ".ipynb")
_CUT = re.compile(r"<!-- teacher -->\n?.*?<!-- /teacher -->(\n(?=\n)|\n)?", re.DOTALL)
_OPENED = re.compile(r"<!-- student: ?\n?(.*?)\n?-->", re.DOTALL)
_CUT_LINES = re.compile(r"^# <teacher>\n.*?^# </teacher>\n", re.DOTALL | re.MULTILINE)
_OPENED_LINE = re.compile(r"^#student ?", re.MULTILINE)
_BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{0}/blob/main/instructions/colab.ipynb)"
)
_REPOSITORY = "you/pico-gpt-kata"  # the repository's address in the pages


def for_students(name: str, text: str, repository: str = "") -> str:
    """A text as the student's edition has it.

    Args:
        name: the file's name.
        repository: OWNER/NAME of the students' repository on GitHub, where that is known.
    """
    if name.endswith(PAGES):
        text = _OPENED.sub(lambda found: found[1], _CUT.sub("", text))
        if repository:
            text = text.replace("<!-- badge -->", _BADGE.format(repository))
            text = text.replace(f"github.com/{_REPOSITORY}", f"github.com/{repository}")
        return text.replace("<!-- badge -->\n", "")
    if name in ("Makefile", "pyproject.toml"):
        return _OPENED_LINE.sub("", _CUT_LINES.sub("", text))
    return text
