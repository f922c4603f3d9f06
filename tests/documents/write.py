"""Write everything in the pages that is generated: `python tests/documents/write.py [PAGE…]`.

Numbers, sentences, the outputs of snippets and commands, the pictures, and the notebook.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import pictures_steps  # noqa: E402, F401  (registers the step pages' drawings)
from notebook import NOTEBOOK, notebook_text  # noqa: E402
from pages import ROOT, Page, page_paths, read_page  # noqa: E402
from pictures import PICTURES  # noqa: E402
from refresh import numbers, outputs, same_but_for_durations, snippets  # noqa: E402
from workspace import make_workspace  # noqa: E402


def main() -> int:
    made: dict[Path, str] = {}
    if not sys.argv[1:]:
        made |= {ROOT / "instructions" / "images" / f"{name}.svg": draw() for name, draw in PICTURES.items()}
        made[NOTEBOOK] = notebook_text()
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_workspace(Path(folder))
        for path in page_paths():
            if sys.argv[1:] and not any(word in path.name for word in sys.argv[1:]):
                continue
            text = numbers(path.read_text(encoding="utf-8"))
            path_text = text
            if "```python" in text or "<!-- output:" in text:
                written = Page(path, text, blocks=list(read_page(path).blocks))
                text = outputs(snippets(written, workspace), workspace)
            if same_but_for_durations(text) == same_but_for_durations(path_text):
                text = path_text
            made[path] = text
    for path, text in made.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
