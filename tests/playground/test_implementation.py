"""A student's folder as the playground loads it: whose code runs, what takes its place, what went wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playground_helpers import SOLUTIONS, solution_of
from real_grader import ROOT

from grader.kata.curriculum import as_ranges
from playground.run.implementation import Implementation, ImplementationError

STEPS_1_TO_4 = ("gelu", "softmax", "layer_norm", "linear")
Student = Callable[..., Path]


def test_untouched_exercises_run_on_the_reference_and_say_so(student: Student) -> None:
    impl = Implementation(student("exercises"))
    assert impl.banner == "nothing is yours yet; the reference stands in for steps 1-14"
    assert set(impl.owners.values()) == {"reference"}
    assert impl.function("gelu")(np.float32(1)) == pytest.approx(0.841192)


def test_the_banner_says_whose_steps_run(student: Student) -> None:
    impl = Implementation(student("exercises", **solution_of(*STEPS_1_TO_4)))
    assert impl.banner == "yours: steps 1-4 (gelu … linear); the reference stands in for steps 5-14"


def test_the_banner_names_the_parts_of_a_half_done_step(student: Student) -> None:
    impl = Implementation(student("exercises", **solution_of("gelu", "causal_mask", "mha")))
    assert impl.banner == (
        "yours: step 1 (gelu), causal_mask of step 5, mha of step 6; the reference stands in for "
        "steps 2-4, 7-14, attention of step 5, split_heads and merge_heads of step 6"
    )


def test_the_solutions_are_all_their_own() -> None:
    impl = Implementation(SOLUTIONS)
    assert impl.banner == "the reference solutions of all steps"
    assert impl.done(*impl.owners) and not impl.problems


def test_without_solutions_open_functions_are_not_there(student: Student) -> None:
    impl = Implementation(student("exercises", **solution_of("gelu")), reference=None)
    assert impl.banner.startswith("yours: step 1 (gelu); not done, and no reference is there: steps 2-14")
    assert impl.done("gelu") and impl.owner("softmax") == "not there"
    with pytest.raises(ImplementationError, match=r"^softmax \(step 2\) is not written yet in .*"):
        impl.function("softmax")


def test_steps_are_those_of_the_curriculum() -> None:
    from grader.kata.curriculum import STEPS

    expected = {name: step.number for step in STEPS for name in step.function_names}
    assert Implementation(ROOT / "exercises").steps == expected
    assert Implementation(ROOT / "exercises", reference=None).steps == expected


def test_a_students_function_calls_the_reference_where_it_calls_an_open_one(student: Student) -> None:
    impl = Implementation(student("exercises", **solution_of("feed_forward")))
    x = np.ones((2, 4), np.float32)
    layer = {"w": np.ones((4, 4), np.float32), "b": np.zeros(4, np.float32)}
    reference = Implementation(SOLUTIONS).function("feed_forward")
    assert np.array_equal(impl.function("feed_forward")(x, layer, layer), reference(x, layer, layer))


def test_the_reference_calls_the_students_function_where_it_is_done(student: Student) -> None:
    impl = Implementation(student("exercises", gelu="def gelu(x):\n    return 0 * x\n"))
    x = np.ones((2, 4), np.float32)
    layer = {"w": np.ones((4, 4), np.float32), "b": np.ones(4, np.float32)}
    assert impl.owner("feed_forward") == "reference"
    assert np.array_equal(impl.function("feed_forward")(x, layer, layer), np.ones((2, 4)))


def test_the_cache_uses_the_students_functions_of_the_other_file(student: Student) -> None:
    linear = "def linear(x, w, b):\n    return np.zeros((len(x), w.shape[1]), x.dtype)\n"
    impl = Implementation(student("exercises", linear=linear))
    x, layer = np.ones((1, 4), np.float32), {"w": np.ones((4, 12)), "b": np.ones(12)}
    out, _ = impl.function("mha_cached")(x, layer, {"w": np.ones((4, 4)), "b": np.ones(4)}, 2, None)
    assert not out.any()


def test_an_import_inside_a_function_finds_the_students_own_file(
    student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pico_gpt", "kv_cache"):  # another test may have imported the solutions
        monkeypatch.delitem(sys.modules, name, raising=False)
    late = "def gelu(x):\n    from kv_cache import generate_cached\n    return generate_cached.__module__\n"
    assert Implementation(student("exercises", gelu=late)).function("gelu")(0) == "kv_cache"
    assert not {"pico_gpt", "kv_cache"} & set(sys.modules)


def test_a_students_own_helper_file_is_found(student: Student) -> None:
    folder = student("exercises", gelu="def gelu(x):\n    import my_tools\n    return my_tools.twice(x)\n")
    (folder / "my_tools.py").write_text("def twice(x):\n    return 2 * x\n", encoding="utf-8")
    assert Implementation(folder).function("gelu")(21) == 42
    assert "my_tools" not in sys.modules


def test_two_implementations_live_side_by_side(student: Student) -> None:
    one, two = (Implementation(student("exercises", gelu=f"def gelu(x):\n    return {n}\n")) for n in (1, 2))
    assert (one.function("gelu")(0), two.function("gelu")(0)) == (1, 2)


def test_an_edited_file_is_seen_at_the_next_load(student: Student) -> None:
    folder = student("exercises", gelu="def gelu(x):\n    return 1\n")
    assert Implementation(folder).function("gelu")(0) == 1
    path = folder / "pico_gpt.py"
    path.write_text(path.read_text(encoding="utf-8").replace("return 1", "return 2"), encoding="utf-8")
    assert Implementation(folder).function("gelu")(0) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def gelu(x:\n    return x\n", r"pico_gpt.py:1 does not load: "),
        ("import numpy\nimport no_such_thing\n", r"pico_gpt.py:2 does not load: ModuleNotFoundError: No mod"),
        ("x = 1\n\nraise SystemExit('bye')\n", r"pico_gpt.py:3 does not load: SystemExit: bye"),
        (
            "def gelu(x):\n    return 1\n\n1 / 0\n",
            r"pico_gpt.py:4 does not load: ZeroDivisionError: division",
        ),
        ("x = '\0'\n", r"pico_gpt.py.* does not load: "),
    ],
)
def test_a_file_that_does_not_load_gets_one_line_and_the_reference(
    student: Student, text: str, says: str
) -> None:
    folder = student("exercises")
    (folder / "pico_gpt.py").write_text(text, encoding="utf-8")
    impl = Implementation(folder)
    (problem,) = impl.problems
    assert "\n" not in problem
    import re

    assert re.search(says, problem), problem
    assert impl.owner("gelu") == "reference"
    assert impl.function("gelu")(np.float32(1)) == pytest.approx(0.841192)


def test_a_missing_folder_or_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ImplementationError, match=r"^there is no folder .*nowhere$"):
        Implementation(tmp_path / "nowhere")
    with pytest.raises(ImplementationError, match=r"^there is no pico_gpt\.py in "):
        Implementation(tmp_path)


def test_a_function_that_is_no_def_counts_as_done(student: Student) -> None:
    folder = student("exercises", gelu="gelu = lambda x: 7\n")
    impl = Implementation(folder)
    assert impl.owner("gelu") == "yours" and impl.function("gelu")(0) == 7


def test_ranges_are_short() -> None:
    assert as_ranges([3, 1, 2, 7, 9, 10]) == "1-3, 7, 9-10"


def test_a_failure_is_explained_with_file_line_and_function(student: Student) -> None:
    folder = student("exercises", gelu="def gelu(x):\n    y = x\n    return y @ np.ones((3, 3))\n")
    impl = Implementation(folder)
    line = (folder / "pico_gpt.py").read_text(encoding="utf-8").splitlines().index("    y = x") + 2
    with pytest.raises(ValueError, match="matmul") as caught:
        impl.function("gelu")(np.ones((2, 2)))
    told = impl.explain(caught.value)
    assert f"pico_gpt.py:{line}, in gelu: ValueError: matmul" in told and "\n" not in told


def test_a_listener_hears_every_call_and_leaves_nothing_behind(student: Student) -> None:
    impl = Implementation(student("exercises", **solution_of("gelu", "feed_forward")))
    heard: list[str] = []

    class Ear:
        def enter(self, name: str, args: object, kwargs: object) -> None:
            heard.append(name)

        def leave(self, name: str, args: object, kwargs: object, result: object) -> None:
            heard.append(f"/{name}")

    before = impl.function("feed_forward")
    x = np.ones((2, 4), np.float32)
    layer = {"w": np.ones((4, 4), np.float32), "b": np.zeros(4, np.float32)}
    with impl.tap(Ear()):
        impl.function("feed_forward")(x, layer, layer)
    assert heard == [
        *("feed_forward", "linear", "/linear", "gelu", "/gelu", "linear", "/linear", "/feed_forward")
    ]
    impl.function("feed_forward")(x, layer, layer)
    assert len(heard) == 8 and impl.function("feed_forward") is before


def test_the_reference_has_nothing_of_the_students_in_it(student: Student) -> None:
    impl = Implementation(student("exercises", gelu="def gelu(x):\n    return 0 * x\n"))
    assert impl.reference is not None
    assert impl.reference.function("gelu")(np.float32(1)) == pytest.approx(0.841192)
    assert Implementation(SOLUTIONS).reference is not None
