"""The pages hold together: links, pictures, tables, the form of the step pages, and the field's words."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pictures_steps  # noqa: F401  (registers the step pages' drawings)
import pytest
import refresh
from effort import head
from pages import ROOT, Page, Table, page_paths, parse_page, read_page, shipped_files
from pictures import PICTURES
from sources import CONSTANTS, SOURCES
from worked import EXAMPLES, pico
from worked_model import GPT2

from grader.classroom.edition import shipped_files as students_files
from grader.classroom.student_texts import for_students
from grader.kata.curriculum import STEPS, find_step
from grader.mistakes import register
from grader.student.hint import parse_hints

MISTAKES = ROOT / "playground" / "whatif" / "mistakes.json"

try:
    import tomllib
except ModuleNotFoundError:
    import tomli as tomllib

PAGES = page_paths()
FIRST_HOUR = ROOT / "instructions" / "steps" / "00_first_hour.md"
SECTIONS = [
    "What it is for", "The formula", "Shapes", "A worked example", "Common mistakes", "Hints",
    "Check yourself", "Going deeper",
]  # fmt: skip
LANGUAGES = {"sh", "powershell", "python", "text", "math", "mermaid", "json", "toml", "yaml"}

# What prose must not say -> what it says instead. Code, code spans and titles of papers are left alone.
TERMS = {
    r"\bsoft-max\b|\bSoft-?[Mm]ax\b|\bsoft max\b": "softmax",
    r"\b[Ll]ayer-?norm\b|\bLayer-?Norm\b|\blayer-norm\b": "layer norm",
    r"\bGPT2\b|\bGPT 2\b|\bgpt-?2\b|\bGpt-?2\b": "GPT-2",
    r"\b[Ff]eedforward\b|\b[Ff]eed forward\b": "feed-forward",
    r"\b[Ss]elf attention\b": "self-attention",
    r"\b[Mm]ultihead\b|\b[Mm]ulti head\b": "multi-head",
    r"\bnumpy\b|\bNumpy\b": "NumPy",
    r"\bpytorch\b|\bPytorch\b": "PyTorch",
    r"\bhuggingface\b|\bHuggingFace\b|\bHuggingface\b|\bhugging face\b": "Hugging Face",
    r"\bgithub\b|\bGithub\b": "GitHub",
    r"\btokeni[s]er\b": "tokenizer",
    r"\b[Bb]yte pair\b": "byte-pair",
    r"\bGELU\b|\bGelu\b|\bGeLU\b": "gelu",
    r"\bRelu\b|\brelu\b|\bReLu\b": "ReLU",
    r"\b[Kk]ey value cache\b|\bKV[- ][Cc]ache\b": "key-value cache",
    r"\btopk\b|\btop k\b|\btopp\b|\btop p\b": "top-k, top-p",
    r"\b[Aa]uto-regressive\b": "autoregressive",
    r"\bPico\b|\bPICO\b": "pico",
    r"\bnormali[z]e": "normalise",
    r"\bcolor(s|ed)?\b": "colour",
    r"\bpre norm\b|\bpost norm\b": "pre-norm, post-norm",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def by_night(path: Path) -> list[pytest.MarkDecorator]:
    """training.md's table is of three whole runs; by day test_numbers.py makes one, in the page's snippet."""
    return [pytest.mark.nightly] if path.name == "training.md" else []


@pytest.fixture(params=PAGES, ids=name_of)
def page(request: pytest.FixtureRequest) -> Page:
    return read_page(request.param)


# ------------------------------------------------------------------------------ links, pictures


def test_every_link_and_picture_resolves_inside_the_repository(page: Page) -> None:
    shipped = shipped_files()
    for line, target, _ in page.links + page.images:
        if re.match(r"https://[\w.-]+/", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        where = f"{page.name}:{line}: {target}"
        assert ":" not in path and not path.startswith("/"), f"{where} is neither https nor in the repository"
        found = (page.path.parent / path).resolve() if path else page.path
        assert found.is_relative_to(ROOT), f"{where} leads out of the repository"
        assert found.relative_to(ROOT).as_posix() in shipped, f"{where}: no such file"
        if anchor and found.suffix == ".md":
            assert anchor in read_page(found).anchors, f"{where}: {found.name} has no such heading"
        elif found.name == "what_if.html" and anchor:
            ids = {m["id"] for part in json.loads(MISTAKES.read_text("utf-8")) for m in part["mistakes"]}
            assert set(anchor.removeprefix("mistake=").split(",")) <= ids, f"{where}: no switch has this name"
        elif anchor:
            assert f'id="{anchor}"' in found.read_text(encoding="utf-8"), f"{where}: nothing has this id"


@pytest.fixture(scope="module")
def theirs() -> set[str]:
    """What a student's edition holds."""
    return {path.as_posix() for path in students_files()} | {f"exercises/{step.file}" for step in STEPS}


def test_pages_that_students_get_link_to_nothing_that_they_do_not_get(page: Page, theirs: set[str]) -> None:
    folders = {parent.as_posix() for name in theirs for parent in Path(name).parents}
    if page.name not in theirs:
        return
    page = parse_page(page.path, for_students(page.name, page.text))
    for line, target, _ in page.links + page.images:
        path = unquote(target).partition("#")[0]
        if path and ":" not in path:
            name = (page.path.parent / path).resolve().relative_to(ROOT).as_posix()
            assert name in theirs | folders, f"{page.name}:{line}: the student's edition has no {name}"


def test_the_readme_is_not_cut_in_a_terminal_of_80_columns() -> None:
    """Tables and lines with a source in a comment may be longer: they cannot be broken."""
    lines = read_page(ROOT / "README.md").text.splitlines()
    long = [line for line in lines if len(line) > 80 and not line.startswith("|") and "<!--" not in line]
    assert not long


def test_every_picture_says_in_words_what_it_shows(page: Page) -> None:
    for line, target, words in page.images:
        assert len(words.split()) >= 4, f"{page.name}:{line}: {target} needs an alt text"


def test_no_heading_occurs_twice_in_a_page(page: Page) -> None:
    words = [words for _, words in page.headings]
    assert len(words) == len(set(words)), page.name
    assert [level for level, _ in page.headings].count(1) == 1, f"{page.name} has not one title"


def test_code_blocks_say_their_language_and_data_blocks_parse(page: Page) -> None:
    for block in page.blocks:
        assert block.language in LANGUAGES, f"{block}: the language {block.language!r} is not known here"
        if block.language == "json":
            json.loads(block.text)
        elif block.language == "toml":
            tomllib.loads(block.text)


def test_comments_that_tell_the_tests_something_are_understood(page: Page) -> None:
    kinds = r"run: .+?|numbers: [\w.\-]+|/numbers|output: .+?|mistake: [\w.\-]+|=[\w.\-]+|/?session.*?"
    kinds += r"|student:\n.+?\n|/?teacher|badge"
    known = re.compile(rf"<!-- ?({kinds}) ?-->", re.DOTALL)
    for comment in re.findall(r"<!--.*?-->", re.sub(r"`[^`\n]*`", "", page.text), re.DOTALL):
        assert known.fullmatch(comment), f"{page.name}: {comment}"
    runs = len(re.findall(r"^<!-- run: ", page.text, re.MULTILINE))
    assert runs == sum(block.run is not None for block in page.blocks), (
        f"{page.name}: a run comment has no block"
    )


# ------------------------------------------------------------------------------ numbers, sentences


@pytest.mark.parametrize("path", [pytest.param(path, marks=by_night(path)) for path in PAGES], ids=name_of)
def test_numbers_and_sentences_are_what_their_sources_say(path: Path) -> None:
    page = read_page(path)
    assert page.text == refresh.numbers(page.text), f"{page.name}: run python tests/documents/write.py"


def test_every_example_and_every_source_is_used_in_some_page() -> None:
    examples: set[str] = set()
    sources: set[str] = set()
    for path in PAGES:
        found = refresh.used_names(path.read_text(encoding="utf-8"))
        examples, sources = examples | found[0], sources | found[1]
    assert examples == set(EXAMPLES)
    assert sources == set(SOURCES)


def numbers_without_a_source(text: str) -> list[str]:
    """Decimals and numbers of three digits or more in a page's prose that have no source."""
    text = refresh.without_generated(text)
    text = re.sub(r"^( *)```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    lines = text.splitlines()
    in_sizes = False  # a table with the models' numbers, which another test computes
    kept = []
    for line in lines:
        in_sizes = "| pico | 124M |" in line or (in_sizes and line.startswith("|"))
        kept.append("" if in_sizes else line)
    text = "\n".join(kept)
    text = re.sub(r"\]\([^)]*\)", "]", text)  # the targets of links
    text = re.sub(r"\((?:19|20)\d\d\)|\b(?:19|20)\d\d\b(?= [a-z])|of (?:19|20)\d\d\b", "", text)  # years
    text = re.sub(
        r"\b(?:[Ss]ections?|equation|eq\.|Python|NumPy|\])\s+\d+(?:\.\d+)*(?: to \d\.\d+)?", "", text
    )
    text = re.sub(r"124M|\b[0-9a-f]{40}\b|[\w/]*[A-Za-z_/]\d[\w.]*", "", text)
    return [
        number
        for number in re.findall(
            r"(?<![\w.])-?\d[\d,]*\.\d+(?![\w.]*\d)|(?<![\w.,])\d(?:,?\d){2,}(?!\w)", text
        )
        if number.strip("-") not in CONSTANTS
    ]


def test_every_number_in_prose_has_a_source(page: Page) -> None:
    if page.name != "CHANGELOG.md":
        assert numbers_without_a_source(page.text) == [], page.name


def test_a_number_without_a_source_is_noticed() -> None:
    assert numbers_without_a_source("pico reaches 2.7 nats with 1,088,384 weights") == ["2.7", "1,088,384"]
    assert (
        numbers_without_a_source("2.69<!-- =pico.training --> nats, section 3.2.1, the 124M model (2017)")
        == []
    )


def test_constants_stand_in_the_files_that_are_their_sources() -> None:
    for number, place in CONSTANTS.items():
        text = (ROOT / place).read_text(encoding="utf-8").replace("_", "")
        assert number.replace(",", "") in text, f"{number} is not in {place}"
    everything = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    assert [number for number in CONSTANTS if number not in everything] == []


def shape_tables() -> list[Table]:
    return [
        table
        for path in PAGES
        for table in read_page(path).tables
        if {"shape", "pico", "124M"} <= set(table.header)
    ]


def filled_in(shape: str, sizes: dict[str, int]) -> str:
    """`[n_seq, 3*n_embd]` with the numbers of a model; what no model fixes stays as it is."""
    parts = []
    for part in shape.strip("`[]").split(", "):
        names = {node.id for node in ast.walk(ast.parse(part)) if isinstance(node, ast.Name)}
        parts.append(str(eval(part, {}, dict(sizes))) if names <= set(sizes) else part)
    return f"`[{', '.join(parts)}]`"


def test_tables_of_shapes_have_the_numbers_of_their_models() -> None:
    assert len(shape_tables()) >= 15
    model = pico()
    sizes = {
        "pico": {
            "n_embd": model.n_embd,
            "n_head": model.n_head,
            "n_ctx": model.n_ctx,
            "n_vocab": model.n_vocab,
        },
        "124M": {"n_embd": GPT2.n_embd, "n_head": GPT2.n_head, "n_ctx": GPT2.n_ctx, "n_vocab": GPT2.n_vocab},
    }
    for table in shape_tables():
        for name, numbers in sizes.items():
            numbers |= {"d_head": numbers["n_embd"] // numbers["n_head"]}
            for shape, found in zip(table.column("shape"), table.column(name)):
                assert found == filled_in(shape, numbers), f"{table}: {shape} of {name}"


def test_the_table_of_weights_is_the_tree_that_the_model_has() -> None:
    [table] = [t for t in shape_tables() if "place in `params`" in t.header]
    model = pico()
    listed = 0
    for place, shape in zip(table.column("place in `params`"), table.column("pico")):
        code, _, rest = place.partition(", ")
        holder = eval(code.strip("`"), {"blocks": model.params["blocks"], "i": 0, **model.params})
        arrays = [holder["g"], holder["b"]] if "`g`" in code + rest else [holder]
        for array in arrays:
            assert str(list(np.shape(array))) == shape.strip("`"), place
            listed += array.size * (model.n_layer if "[i]" in code else 1)
    assert f"{listed:,}" == SOURCES["pico.params"]()


# ----------------------------------------------------------------------------- the curriculum


def test_tables_that_repeat_the_curriculum_equal_it() -> None:
    checked = 0
    for path in PAGES:
        for table in read_page(path).tables:
            if table.header[0] != "step":
                continue
            rows = [(int(re.sub(r"\D*(\d+).*", r"\1", row[0])), row) for row in table.rows]
            for number, row in rows:
                step = find_step(number)
                for name, cell in zip(table.header, row):
                    where = f"{table}, step {number}, {name}"
                    if name == "step" and "](" in cell:
                        assert cell.endswith(f"steps/{step.page.name})"), where
                    elif name == "you write":
                        names = re.findall(r"`(\w+)`", cell)
                        assert names in ([*step.function_names], [*step.function_names, *step.also]), where
                    elif name == "function":
                        assert cell.strip("`") in step.function_names, where
                    elif name == "what it is":
                        assert cell == step.title, where
                    elif name == "in":
                        assert cell == f"`{step.file}`", where
                    elif name == "points":
                        assert cell == str(step.points), where
            if "function" in table.header:
                assert [row[table.header.index("function")].strip("`") for _, row in rows] == [
                    name for step in STEPS for name in step.function_names
                ]
            else:
                assert [number for number, _ in rows] == [step.number for step in STEPS], str(table)
            checked += 1
    assert checked >= 3  # README, the guide, the architecture


# ------------------------------------------------------------------------------ the step pages


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
class TestStepPage:
    def test_has_the_one_form(self, step) -> None:
        page = read_page(step.page)
        assert page.headings[0] == (1, f"Step {step.number}: {step.name}")
        assert [words for level, words in page.headings if level == 2] == SECTIONS
        assert f"make test-step-{step.number}\n" in page.text
        assert f"\n{head(step.number)}\n" in page.text.split("## ")[0], "minutes and difficulty"
        first = page.text.split("## ")[0].replace("\n", " ")
        assert first.split("\n\n")[0] and f" {step.title}. You write " in first
        for function in step.functions:
            if function.name in step.function_names:
                assert f"`{function.signature}`" in first, f"{page.name} does not show {function.signature}"
            else:
                assert f"`{function.name}`" in first

    def test_explains_every_symbol_in_a_table(self, step) -> None:
        tables = [t for t in read_page(step.page).tables if t.header == ("symbol", "meaning")]
        assert len(tables) == 1 and len(tables[0].rows) >= 3

    def test_has_a_worked_example_and_a_snippet_to_try(self, step) -> None:
        section = read_page(step.page).section("A worked example")
        assert re.search(r"<!-- numbers: ", section) and "```python" in section

    def test_lists_mistakes_of_its_own_step_as_the_register_names_them(self, step) -> None:
        section = read_page(step.page).section("Common mistakes")
        bullets = re.findall(r"^- (.*)$", section, re.MULTILINE)
        listed = re.findall(r"^- \*\*(.+)\*\*<!-- mistake: ([\w.\-]+) -->\.$", section, re.MULTILINE)
        assert len(listed) == len(bullets) and 3 <= len(listed) <= 8
        for sentence, identifier in listed:
            assert register()[identifier].sentence == sentence
            assert register()[identifier].function in (*step.function_names, *step.also)

    def test_has_three_hints_and_none_is_the_solution(self, step) -> None:
        hints = parse_hints(step.page.read_text(encoding="utf-8"))
        assert len(hints) == 3 and len(hints[0]) < len(hints[2])
        assert "?" in hints[0], "the first hint asks"
        source = ast.parse((ROOT / "solutions" / step.file).read_text(encoding="utf-8"))
        for node in source.body:
            if isinstance(node, ast.FunctionDef) and node.name in step.function_names:
                for line in {ast.unparse(statement) for statement in node.body[1:]}:
                    bare = re.sub(r"\W", "", line)
                    assert len(bare) < 12 or bare not in re.sub(
                        r"\W", "", step.page.read_text(encoding="utf-8")
                    )

    def test_goes_deeper_by_name(self, step) -> None:
        section = read_page(step.page).section("Going deeper")
        assert "In Hugging Face" in section and "To think about" in section
        for function, name in re.findall(r"`(\w+)`[^.]*?\[src/(\w+\.py)\]", section):
            assert name in {"model.py", "sample.py", "encoder.py"}, function

    def test_links_to_its_neighbours_and_the_guide(self, step) -> None:
        targets = {target for _, target, _ in read_page(step.page).links}
        for other in STEPS:
            if abs(other.number - step.number) == 1:
                assert other.page.name in targets
        assert any("LEARNING_GUIDE.md" in target for target in targets)


@pytest.mark.parametrize("path", [FIRST_HOUR, *(step.page for step in STEPS)], ids=lambda path: path.stem)
def test_every_question_has_an_answer_in_the_folded_block(path: Path) -> None:
    asked, _, folded = (
        read_page(path).section("Check yourself").partition("<details>\n<summary>Answers</summary>\n")
    )
    answers, closing, after = folded.partition("\n</details>\n")
    questions = re.findall(r"^(\d+)\. ", asked, re.MULTILINE)
    assert len(questions) >= 3 and questions == [str(i + 1) for i in range(len(questions))]
    assert re.findall(r"^(\d+)\. ", answers, re.MULTILINE) == questions
    assert closing and not after.strip()
    if path != FIRST_HOUR:
        assert "*To think about:*" in answers


def test_the_page_that_ends_a_phase_has_its_checkpoint() -> None:
    with_checkpoint = [s.number for s in STEPS if "### Checkpoint: " in s.page.read_text(encoding="utf-8")]
    assert with_checkpoint == [4, 6, 9, 11, 14]


def test_at_least_eight_of_the_steps_have_a_drawing_and_every_drawing_is_in_a_page() -> None:
    shown = {s.number: [target for _, target, _ in read_page(s.page).images] for s in STEPS}
    assert sum(bool(targets) for targets in shown.values()) >= 8
    used = {target.removeprefix("../images/") for targets in shown.values() for target in targets}
    front = [target for _, target, _ in read_page(ROOT / "README.md").images]
    used |= {f"{name}.svg" for name in PICTURES if f"instructions/images/{name}.svg" in front}
    assert used == {f"{name}.svg" for name in PICTURES}


def test_nothing_but_step_pages_lies_in_their_folder() -> None:
    found = {path.name for path in (ROOT / "instructions" / "steps").iterdir()}
    assert found == {FIRST_HOUR.name, *(s.page.name for s in STEPS)}


# --------------------------------------------------------------------------------------- words


def test_the_terms_of_the_field_are_spelled_in_one_way(page: Page) -> None:
    for _, prose in parse_page(page.path, refresh.without_generated(page.text)).prose:
        for wrong, right in TERMS.items():
            bare = re.sub(r"\$[^$]*\$|\b[Ss]tep \d+[:,]\s\w+", "", prose)  # formulas; names of steps
            match = re.search(wrong, bare)
            assert not match, f"{page.name}: '{match and match[0]}' in '{bare}' is written {right} here"


def test_no_page_says_where_it_was_written_or_leaves_something_open(page: Page) -> None:
    assert not re.search(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b", refresh.without_generated(page.text)), (
        page.name
    )
    assert not re.search(r"/(work|root|home)/|/tmp/", page.text), page.name
