"""`--in-process`: the student's functions in this process, for a debugger."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from real_grader import ROOT, SOLUTIONS
from worker_calls import SOURCE, Open, gelu


def test_it_gives_the_same_answers(open_host: Open) -> None:
    bodies = ["return x * 2", "x += 1; return x", "raise NotImplementedError('step 1')", "return 1 / 0",
              "import torch", "return [1, (2.5, None)]", "return x * 1j", "raise SystemExit"]  # fmt: skip
    hosts = [open_host(in_process=there) for there in (True, False)]
    for body in bodies:
        for host in hosts:
            (host.impl / "pico_gpt.py").write_text(f"def gelu(x):\n    {body}\n", "utf-8")
            host.reload()
        near, far = map(gelu, hosts)
        for name in ("status", "value_type", "error_type", "error", "line", "source_line", "mutated"):
            assert getattr(near, name) == getattr(far, name), (body, name)
        assert str(near.value) == str(far.value)


def test_says_so_and_never_keeps_the_students_modules(open_host: Open) -> None:
    before = {name: sys.modules.get(name) for name in ("pico_gpt", "kv_cache", "torch")}
    host = open_host(SOURCE, in_process=True, kv_cache=(SOLUTIONS / "kv_cache.py").read_text("utf-8"))
    assert host.sandbox == "in-process"
    args = (
        np.ones((3, 8)),
        {"w": np.ones((8, 24)), "b": np.ones(24)},
        {"w": np.ones((8, 8)), "b": np.ones(8)},
        2,
        None,
    )
    assert host.call("mha_cached", *args, own=frozenset({"mha_cached"})).status == "returned"
    assert gelu(host).status == "returned"
    assert {name: sys.modules.get(name) for name in before} == before
    assert not any("grader.sandbox.inside.imports" in type(finder).__module__ for finder in sys.meta_path)


def test_a_debugger_reads_the_keyboard(tmp_path: Path) -> None:
    (tmp_path / "pico_gpt.py").write_text("def gelu(x):\n    breakpoint()\n    return x\n")
    script = f"""
        from pathlib import Path
        from grader.sandbox.host import Host
        host = Host(Path({str(tmp_path)!r}), None, in_process=True)
        print(host.call("gelu", [1, 2], own=frozenset({{"gelu"}})).value)
        """
    done = subprocess.run(
        [sys.executable, "-c", dedent(script)], cwd=ROOT, input="p x * 2\nc\n", capture_output=True, text=True
    )
    assert "[1, 2, 1, 2]" in done.stdout and done.stdout.endswith("[1, 2]\n"), done.stderr


def test_settings_of_numpy_and_warnings_do_not_leak(open_host: Open) -> None:
    before = np.geterr(), list(warnings.filters)
    text = "import warnings\nimport numpy as np\n\nnp.seterr(all='raise')\nwarnings.simplefilter('error')\n"
    host = open_host(text + "\n\ndef gelu(x):\n    np.seterr(all='raise')\n    return x\n", in_process=True)
    assert gelu(host).status == "returned"
    assert (np.geterr(), list(warnings.filters)) == before


def test_ctrl_c_stops_the_run(open_host: Open) -> None:
    host = open_host("def gelu(x):\n    raise KeyboardInterrupt\n", in_process=True)
    with pytest.raises(KeyboardInterrupt):
        gelu(host)
