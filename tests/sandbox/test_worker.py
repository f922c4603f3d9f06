"""Calls of student functions through real worker processes."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from real_grader import ROOT, SOLUTIONS, replace_function
from worker_calls import GELU, SOURCE, Open, X, gelu

from grader.judging.reference import Reference
from grader.kata.curriculum import function_names
from grader.sandbox import wire
from grader.sandbox.base import FORKING
from grader.sandbox.channel import Output, ThreadChannel
from grader.sandbox.host import Host, Limits, Opaque, TempFile
from grader.sandbox.reference_source import read_reference

REFERENCE = Reference()


@pytest.fixture(params=["forked", "fresh", "threads"] if FORKING else ["fresh"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How workers are started, and how their pipes are read: Linux's way, macOS's, Windows'."""
    if request.param == "threads":
        monkeypatch.setattr("grader.sandbox.fresh_processes.POLLING", False)
    return str(request.param)


# ------------------------------------------------------------------------------------- a call's answer


def test_every_solution_function_answers_as_the_reference_does(open_host: Open, kind: str) -> None:
    host = open_host(SOURCE, kind=kind)
    for name, args in {
        "gelu": (X,),
        "softmax": (X,),
        "linear": (X, X.T, X[0, :2]),
        "merge_heads": (X[None],),
    }.items():
        answer = host.call(name, *args, own=frozenset({name}))
        assert answer.status == "returned", answer.error
        np.testing.assert_array_equal(answer.value, REFERENCE[name](*args))
        assert (answer.value_type, answer.mutated, answer.error) == ("ndarray", (), "")


@pytest.mark.parametrize(
    ("body", "status", "error", "line"),
    [
        ("return 1 / 0", "raised", "ZeroDivisionError: division by zero", 2),
        ("raise NotImplementedError('step 1: gelu')", "not_implemented", "step 1: gelu", 2),
        ("raise NotImplementedError", "not_implemented", "gelu", 2),
        ("raise ValueError", "raised", "ValueError: no message", 2),
        ("assert False, 'a\\nb'", "raised", "AssertionError: a b", 2),
        ("import sys; sys.exit(3)", "raised", "SystemExit: 3 (the code ends the program)", 2),
        ("raise KeyboardInterrupt", "raised", "KeyboardInterrupt: no message", 2),
        ("return gelu(x)", "raised", "RecursionError", 2),
        ("return bytearray(1 << 45)", "raised", "MemoryError", 2),
        ("return np.zeros(9).reshape(2, 2)", "raised", "ValueError: cannot reshape", 2),
        ("import os; os._exit(3)", "crashed", "exit status 3", None),
        ("import torch", "refused", "solved with NumPy alone: torch is not available here", 2),
        ("return input()", "raised", "there is no keyboard here", 2),
        ("breakpoint()", "raised", "--in-process", None),
        (
            "return np.broadcast_to(x[0, 0], (10**6, 10**6))",
            "too_large",
            "3.64 TiB; 64 MiB is the limit",
            None,
        ),
        ("open('/etc/hostname', 'w')", "raised", "a folder of its own", 2),
    ],
)
def test_what_goes_wrong_is_said_in_one_line_with_its_place(
    open_host: Open, body: str, status: str, error: str, line: int | None
) -> None:
    if "folder" in error and sys.platform != "linux":
        pytest.skip("only the sandbox of Linux keeps files out of reach")
    answer = gelu(open_host(f"def gelu(x):\n    {body}\n\n\nimport numpy as np\n"))
    assert answer.status == status
    assert error in answer.error and "\n" not in answer.error and len(answer.error) <= 300
    if line:
        assert (Path(answer.file).name, answer.line) == ("pico_gpt.py", line)
        assert answer.source_line.strip() == body


@pytest.mark.parametrize(
    ("text", "status", "error"),
    [
        ("", "missing", "there is no function gelu in pico_gpt.py"),
        ("gelu = 3", "missing", "gelu in pico_gpt.py is an int, not a function"),
        ("def gelu(:\n", "load_error", "pico_gpt.py cannot be loaded: SyntaxError"),
        ("x = 1\nimport nowhere", "refused", "nowhere is not available here"),
        ("import solutions", "refused", "solutions is not yours to import"),
        ("1 / 0", "load_error", "pico_gpt.py cannot be loaded: ZeroDivisionError: division by zero"),
        ("raise NotImplementedError", "load_error", "cannot be loaded: NotImplementedError"),
        ("def gelu(): pass", "raised", "TypeError: gelu() takes 0 positional arguments but 1 was given"),
    ],
)
def test_a_file_that_cannot_serve_says_why(open_host: Open, text: str, status: str, error: str) -> None:
    answer = gelu(open_host(text))
    assert (answer.status, error in answer.error) == (status, True), answer.error


def test_the_deepest_line_of_the_student_is_named_not_numpys(open_host: Open) -> None:
    text = """
        import numpy as np

        def helper(x):
            return np.linalg.inv(x)

        def gelu(x):
            return helper(x)
        """
    answer = gelu(open_host(dedent(text)))
    assert (answer.line, answer.source_line) == (5, "    return np.linalg.inv(x)")


def test_a_missing_file_is_missing(open_host: Open) -> None:
    answer = gelu(open_host(bpe=""))
    assert answer.status == "missing" and "there is no pico_gpt.py in" in answer.error


def test_the_type_that_was_returned_is_named(open_host: Open) -> None:
    text = """
        import collections

        P = collections.namedtuple("P", "a b")

        def gelu(x):
            return P(x, [1, 2.5])

        def softmax(x):
            yield x
        """
    host = open_host(dedent(text))
    answer = gelu(host)
    assert answer.value_type == "P" and type(answer.value) is tuple and answer.value[1] == [1, 2.5]
    answer = host.call("softmax", X, own=frozenset({"softmax"}))
    assert answer.value == Opaque("generator", "did you mean return instead of yield?")


# --------------------------------------------------------------------------------------- time and ends


def test_a_call_that_does_not_end_is_ended_and_the_next_one_works(open_host: Open, kind: str) -> None:
    text = "def gelu(x):\n    while x[0, 0] < 0:\n        pass\n    return x\n"
    host = open_host(text, kind=kind)
    assert gelu(host, -X).status == "returned"
    answer = gelu(host, timeout=0.5)
    assert answer.status == "timeout" and "did not return within 0.5 s" in answer.error
    if hasattr(sys.modules["signal"], "SIGUSR1") and kind != "threads":
        assert (Path(answer.file).name, answer.line in (2, 3)) == ("pico_gpt.py", True)
    assert gelu(host, -X).status == "returned"


def test_a_crash_names_its_signal_and_its_line(open_host: Open) -> None:
    answer = gelu(open_host("import ctypes\n\n\ndef gelu(x):\n    ctypes.string_at(0)\n"))
    assert answer.status == "crashed" and "crashed the process" in answer.error
    assert (Path(answer.file).name, answer.line) == ("pico_gpt.py", 5)


def test_a_file_that_never_finishes_loading_is_not_tried_for_ever(open_host: Open) -> None:
    host = open_host("while True:\n    pass\n")
    answers = [gelu(host, timeout=0.3) for _ in range(4)]
    assert {answer.status for answer in answers} == {"timeout"}
    assert "did not finish loading" in answers[0].error and "not tried again" in answers[-1].error


def test_prints_are_kept_up_to_their_cap_and_stay_with_their_call(open_host: Open, kind: str) -> None:
    text = """
        import os
        import sys

        print("loading")

        def gelu(x):
            n = int(x[0])
            print("a" * n)
            print("to stderr", file=sys.stderr)
            os.write(1, b"raw\\n")
            if n == 7:
                os._exit(1)
            return n
        """
    host = open_host(dedent(text), kind=kind, limits=Limits(seconds=20, output_bytes=1000))
    one, two, three = host.call_many("gelu", [(([n],), {}) for n in (3, 3_000_000, 5)], own=GELU)
    assert sorted(one.printed.split()) == ["aaa", "loading", "raw", "stderr", "to"]
    assert len(two.printed) < 1100 and "bytes more" in two.printed
    assert "loading" not in three.printed and "aaaaa\n" in three.printed
    crashed = gelu(host, [7])
    assert crashed.status == "crashed" and "raw" in crashed.printed


def test_after_a_crash_the_calls_behind_it_say_they_were_not_made(open_host: Open) -> None:
    host = open_host("import os\n\n\ndef gelu(x):\n    return x if x < 2 else os._exit(0)\n")
    answers = host.call_many("gelu", [((n,), {}) for n in range(5)], own=GELU)
    assert [answer.status for answer in answers] == ["returned", "returned", *["crashed"] * 3]
    assert [answer.value for answer in answers[:2]] == [0, 1]
    assert "not called" in answers[-1].error


def test_many_calls_in_one_request_keep_their_order(open_host: Open, kind: str) -> None:
    host = open_host("def gelu(x, y=0):\n    return x + y\n", kind=kind)
    answers = host.call_many("gelu", [((n,), {"y": 1}) for n in range(700)], own=GELU)
    assert [answer.value for answer in answers] == list(range(1, 701))


def test_a_large_reply_and_a_large_request_cross(open_host: Open, kind: str) -> None:
    host = open_host("def gelu(x):\n    return x\n", kind=kind)
    x = np.random.default_rng(0).random((1000, 4000))
    np.testing.assert_array_equal(gelu(host, x).value, x)


# ------------------------------------------------------------------------------- arguments and generators


def test_changed_arguments_are_named_by_their_path(open_host: Open) -> None:
    text = """
        def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
            x += 1
            attn["c_attn"]["w"][0] = 7
            ln_1["g"] = None
            return x
        """
    tree = {"c_attn": {"w": X.copy(), "b": X[0].copy()}, "c_proj": {"w": X, "b": X[0]}}
    answer = open_host(dedent(text)).call(
        "transformer_block", X, mlp={}, attn=tree, ln_1={"g": X[0], "b": X[0]}, ln_2={}, n_head=2,
        own=frozenset({"transformer_block"}),
    )  # fmt: skip
    assert answer.status == "returned"
    assert answer.mutated == ("x", "attn.c_attn.w", "ln_1.g")


def test_every_call_gets_fresh_copies_also_of_what_was_put(open_host: Open, kind: str) -> None:
    host = open_host("def gelu(x):\n    x['w'] += 1\n    return x['w'], x['ids']\n", kind=kind)
    params = host.put("params", {"w": np.zeros(3), "ids": [1, 2]})
    for _ in range(3):
        answer = gelu(host, params)
        assert answer.value[0].tolist() == [1, 1, 1] and answer.value[1] == [1, 2]
        assert answer.mutated == ("x.w",)
    host.put("params", {"w": np.ones(3), "ids": []})
    assert gelu(host, params).value[0].tolist() == [2, 2, 2]


def test_a_handle_is_unpacked_like_the_dict_it_stands_for(open_host: Open) -> None:
    host = open_host(SOURCE)
    handle = host.put("layer", {"w": X.T, "b": X[0, :2]})
    answer = host.call("linear", X, **handle, own=frozenset({"linear"}))
    np.testing.assert_array_equal(answer.value, REFERENCE["linear"](X, X.T, X[0, :2]))


def test_one_generator_lives_through_many_calls(open_host: Open) -> None:
    host = open_host("def sample(probs, rng):\n    return float(rng.random())\n")
    rng, own = np.random.default_rng(3), frozenset({"sample"})
    answers = host.call_many("sample", [((X, rng), {})] * 600, own=own)
    assert [a.value for a in answers] == np.random.default_rng(3).random(600).tolist()
    assert answers[0].mutated == ()
    again = host.call("sample", X, rng, own=own)
    assert again.value == answers[0].value  # the judge's own generator has not moved


def test_a_file_is_put_where_the_student_can_read_it(open_host: Open, kind: str) -> None:
    host = open_host(
        weights="def read_safetensors(path):\n    return path.read_bytes(), path.name\n", kind=kind
    )
    answer = host.call(
        "read_safetensors", TempFile("model.safetensors", b"abc"), own=frozenset({"read_safetensors"})
    )
    assert answer.value == (b"abc", "model.safetensors")


# ------------------------------------------------------------------------ whose function is called


def test_the_functions_of_other_steps_are_the_references(open_host: Open) -> None:
    text = replace_function(SOURCE, "softmax", "def softmax(x):\n    return x * 0\n")
    host = open_host(text)
    args = [np.random.default_rng(0).random((2, 3, 4)) for _ in range(3)]
    alone = host.call("attention", *args, np.zeros((3, 3)), own=frozenset({"attention"}))
    np.testing.assert_allclose(alone.value, REFERENCE["attention"](*args, np.zeros((3, 3))))
    stacked = host.call("attention", *args, np.zeros((3, 3)), own=frozenset({"attention", "softmax"}))
    assert (stacked.value == 0).all()


def test_an_alias_of_a_helper_is_the_references_too(open_host: Open) -> None:
    text = SOURCE.replace("return softmax(scores", "return soft(scores") + "\n\nsoft = softmax\n"
    text = replace_function(text, "softmax", "def softmax(x):\n    return x * 0\n")
    args = [np.random.default_rng(0).random((2, 3, 4)) for _ in range(3)]
    answer = open_host(text).call("attention", *args, np.zeros((3, 3)), own=frozenset({"attention"}))
    np.testing.assert_allclose(answer.value, REFERENCE["attention"](*args, np.zeros((3, 3))))


def test_the_references_helpers_call_the_students_function(open_host: Open) -> None:
    text = replace_function(SOURCE, "linear", "def linear(x, w, b):\n    return x @ w + b + 100\n")
    layer = {"w": np.eye(12), "b": np.zeros(12)}
    host = open_host(text)
    own = frozenset({"transformer_block", "linear"})  # feed_forward, between them, comes from the reference
    norm = {"g": np.ones(12), "b": np.zeros(12)}
    kwargs: dict[str, Any] = {
        "mlp": {"c_fc": layer, "c_proj": layer}, "ln_1": norm, "ln_2": norm, "n_head": 2,
        "attn": {"c_attn": {"w": np.zeros((12, 36)), "b": np.zeros(36)}, "c_proj": layer},
    }  # fmt: skip
    wrong = host.call("transformer_block", X, own=own, **kwargs)
    right = host.call("transformer_block", X, own=frozenset({"transformer_block"}), **kwargs)
    assert wrong.status == right.status == "returned"
    assert np.abs(wrong.value - right.value).min() > 50


def test_without_a_reference_every_function_is_the_students(open_host: Open) -> None:
    text = replace_function(SOURCE, "softmax", "def softmax(x):\n    raise NotImplementedError('step 2')\n")
    args = [np.random.default_rng(0).random((2, 3, 4)) for _ in range(3)]
    answer = open_host(text, reference=None).call("attention", *args, 0, own=frozenset({"attention"}))
    assert (answer.status, answer.error) == ("not_implemented", "step 2")


def test_kv_cache_takes_its_helpers_from_pico_gpt_either_way(open_host: Open) -> None:
    source = (SOLUTIONS / "kv_cache.py").read_text("utf-8")
    names = "attention, feed_forward, layer_norm, linear, merge_heads, split_heads"
    by_module = source.replace(f"from pico_gpt import {names}", f"import pico_gpt\n\n{names} = " + ", ".join(
        f"pico_gpt.{name}" for name in names.split(", ")))  # fmt: skip
    assert by_module != source
    wrong = replace_function(SOURCE, "linear", "def linear(x, w, b):\n    return 0\n")
    args = (
        np.ones((3, 8)),
        {"w": np.ones((8, 24)), "b": np.ones(24)},
        {"w": np.ones((8, 8)), "b": np.ones(8)},
        2,
        None,
    )
    own, host = frozenset({"mha_cached"}), open_host()
    expected = REFERENCE["mha_cached"](*args)[0]
    for pico_gpt in (SOURCE, wrong, "this is not Python", "raise SystemExit", "import torch"):
        for kv_cache in (source, by_module):
            (host.impl / "pico_gpt.py").write_text(pico_gpt, "utf-8")
            (host.impl / "kv_cache.py").write_text(kv_cache, "utf-8")
            host.reload()
            answer = host.call("mha_cached", *args, own=own)
            assert answer.status == "returned", answer.error
            np.testing.assert_allclose(answer.value[0], expected)


def test_the_reference_of_the_judged_function_is_never_in_its_worker() -> None:
    reference = read_reference(SOLUTIONS)
    for name in function_names():
        cut = reference.cut(name, frozenset({name}))
        text = "\n".join(cut.reference.values())
        assert f"def {name}(" not in text
        for other in cut.provided:  # nor behind a function that calls it
            assert name not in reference._closure(other)
    assert reference.cut("gelu", frozenset(function_names())).reference == {}


@pytest.mark.parametrize("name", function_names())
def test_a_file_that_asks_for_the_reference_gets_it_for_all_but_the_judged_function(
    open_host: Open, name: str
) -> None:
    text = """
        import sys

        def is_reference(value):
            return getattr(getattr(value, "__code__", None), "co_filename", "").startswith("<reference")

        def spy(*args, **kwargs):
            space = vars(sys.modules["pico_gpt"])
            return sorted(name for name, value in space.items() if is_reference(value))

        """
    text = dedent(text)
    files = dict.fromkeys(("kv_cache", "bpe", "weights"), text + f"{name} = spy\n")
    answer = open_host(text + f"{name} = spy\n", **files).call(name, own=frozenset({name}))
    if answer.status == "returned":
        assert name not in answer.value
        assert set(answer.value) <= set(read_reference(SOLUTIONS).allowed(name, frozenset({name})))
    else:
        assert "pico_gpt" in answer.error  # a file beside pico_gpt that did not import it


# ------------------------------------------------------------------------------------------- the files


def test_the_files_are_read_once_when_the_host_opens(open_host: Open) -> None:
    host = open_host("def gelu(x):\n    return 1\n")
    (host.impl / "pico_gpt.py").write_text("def gelu(x):\n    return 2\n")
    assert gelu(host).value == 1
    assert host.files["pico_gpt.py"].data == b"def gelu(x):\n    return 1\n"


def test_an_unreadable_file_is_refused_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pico_gpt.py").write_text("")

    def refuse(*args: Any, **kwargs: Any) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("grader.kata.student_file.os.open", refuse)
    with Host(tmp_path, None, in_process=True) as host:
        answer = gelu(host)
    assert answer.status == "refused" and answer.error.endswith(
        "pico_gpt.py cannot be read: Permission denied"
    )


def test_after_ctrl_c_the_next_call_gets_its_own_answer(
    open_host: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = open_host("def gelu(x):\n    return x\n")
    assert gelu(host, 1).value == 1

    def interrupt(*args: Any, **kwargs: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("grader.sandbox.channel.PollChannel.receive", interrupt)
        gelu(host, 2)
    assert gelu(host, 3).value == 3


def test_a_value_that_cannot_be_sent_is_the_judges_fault_and_harms_nothing(open_host: Open) -> None:
    host = open_host("def gelu(x):\n    return x\n")
    with pytest.raises(ValueError, match="cannot be sent"):
        gelu(host, object())
    assert gelu(host, 3).value == 3


def test_a_closed_host_says_so(open_host: Open) -> None:
    host = open_host(SOURCE)
    host.close()
    host.close()
    with pytest.raises(RuntimeError, match="closed"):
        gelu(host)


def test_the_repository_is_not_on_the_path_of_a_worker(open_host: Open) -> None:
    answer = gelu(open_host("import sys\n\n\ndef gelu(x):\n    return sys.path\n"))
    assert not any(str(ROOT) in path for path in answer.value)


def test_where_threads_read_the_pipes_none_is_left_behind_by_a_worker_that_nobody_asked() -> None:
    ends = [os.pipe() for _ in range(3)]
    (_, request), (reply, theirs), (output, _) = ends
    channel = ThreadChannel(request, reply, output, Output(1 << 20, b"mark"))
    for piece in wire.pack({"kind": "armed", "sandbox": "none"}, []):
        os.write(theirs, piece)  # it is ready, and nobody has read that yet
    before = threading.active_count()
    for end in (ends[0][0], theirs, ends[2][1]):
        os.close(end)  # it has been ended
    channel.close()
    assert threading.active_count() == before - 3
