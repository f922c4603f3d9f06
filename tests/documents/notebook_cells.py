# ruff: noqa: F821
# The helper cell of instructions/colab.ipynb. Everything below the line goes into it; notebook.py reads it.
# ---
import ast
import html
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from IPython.core.magic import register_cell_magic
from IPython.display import HTML, SVG, Markdown, display


def find_kata(repository):
    """Find the kata: beside the notebook, cloned, or in a zip file that you upload."""
    for folder in (Path.cwd(), Path.cwd().parent, *Path.cwd().glob("*/")):
        if (folder / "grader" / "kata" / "curriculum.py").exists():
            return folder
    if repository:
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", repository, "pico-gpt-kata"], check=True)
        return Path("pico-gpt-kata")
    if not importlib.util.find_spec("google.colab"):
        raise SystemExit(
            "There is no kata here. Set REPOSITORY, or open this notebook in a copy of the kata."
        )
    from google.colab import files

    print("Choose the zip file of the kata.")
    for name, data in files.upload().items():
        Path(name).write_bytes(data)
        shutil.unpack_archive(name, "uploaded")
    return next(Path("uploaded").rglob("grader/kata/curriculum.py")).parent.parent


def grader(*words):
    """Run `python -m grader WORDS…`, and show its output below the cell, in the words of a notebook."""
    done = subprocess.run([sys.executable, "-m", "grader", *map(str, words)], capture_output=True, text=True)
    text = re.sub(r" in exercises/\w+\.py, line \d+", " in this step's cell", done.stdout + done.stderr)
    text = re.sub(r"\S*python\S* -m grader step (\d+)", r"the cell of step \1", text)
    text = re.sub(r"\S*python\S* -m grader (\w+) (\d+)", r'grader("\1", \2)', text)
    text = re.sub(r"\S*python\S* -m grader (\w+)", r'grader("\1")', text)
    print(re.sub(r'\S*python\S* -m playground "ROMEO:"', "run the cell below", text))


def hand_in():
    """Pack your files into submission.zip, and offer it as a download in Colab."""
    grader("submit", "--out", "submission.zip")
    if importlib.util.find_spec("google.colab"):
        from google.colab import files

        files.download("submission.zip")


def page(number):
    """Show the page of a step here, with its pictures and without its hints."""
    path = next(Path("instructions/steps").glob(f"{int(number):02d}_*.md"))
    text = re.sub(r"<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"\n## Hints\n.*?(?=\n## )" if number else "$^", "", text, flags=re.DOTALL)
    text = re.sub(r"```math\n(.*?)```", r"$$\1$$", text, flags=re.DOTALL)
    small = re.findall(r"\]\(\.\./(play/\w+\.html)\)", text)
    text = re.sub(r"(?<!!)\[([^]]*)\]\((?!https)[^)]*\)", r"\1", text)  # such links lead nowhere here
    for part in re.split(r"(!\[[^\]]*\]\([^)]*\))", text):
        picture = re.search(r"\]\((.*?\.svg)\)$", part)
        display(SVG(filename=str(path.parent / picture[1])) if picture else Markdown(part))
    for name in small:
        source = html.escape((Path("instructions") / name).read_text(encoding="utf-8"))
        display(HTML(f'<iframe srcdoc="{source}" width="100%" height="640" style="border: 0"></iframe>'))


@register_cell_magic
def step(line, cell):
    """`%%step N`: save this cell's functions in your file, and check step N.

    A function that is still a stub doesn't change the file. Everything else in the cell (a helper
    of your own, an import) goes before the step's first function, once.
    """
    from grader.kata.curriculum import find_step

    chosen = find_step(int(line))
    try:
        nodes = ast.parse(cell).body
    except SyntaxError as error:
        return print(f"Line {error.lineno} of this cell is not Python yet: {error.msg}")
    path = Path("exercises") / chosen.file
    for node in nodes:
        text = path.read_text(encoding="utf-8")
        source = ast.get_source_segment(cell, node)
        places = {n.name: n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}
        lines = text.splitlines()
        if isinstance(node, ast.FunctionDef) and node.name in places:
            if "raise NotImplementedError" not in source:
                old = places[node.name]
                lines[old.lineno - 1 : old.end_lineno] = source.splitlines()
        elif source not in text:
            first = places[chosen.function_names[0]].lineno - 1
            lines[first:first] = [*source.splitlines(), "", ""]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    grader("step", chosen.number)


os.chdir(find_kata(REPOSITORY))
sys.path.insert(0, str(Path.cwd()))
needed = (
    "numpy",
    "tiktoken",
    "safetensors",
    "rich",
    "regex",
    "watchfiles",
    "tqdm",
    "pytest",
    "pytest_timeout",
)
if not all(map(importlib.util.find_spec, needed)):
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "."], check=True)
grader("doctor")
