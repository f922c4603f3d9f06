"""The base that workers are forked from: started ahead, and what its workers have from it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from real_grader import ROOT, SOLUTIONS

from grader.sandbox import base
from grader.sandbox.allowed import Limits
from grader.sandbox.host import Host

GELU = frozenset({"gelu"})
pytestmark = pytest.mark.skipif(not base.FORKING, reason="there is a base only where there is fork")


def student(folder: Path, body: str) -> Path:
    folder.mkdir()
    lines = dedent(body).strip("\n").splitlines()
    (folder / "pico_gpt.py").write_text("\n    ".join(["def gelu(x):", *lines]) + "\n", "utf-8")
    return folder


def test_a_base_that_was_started_ahead_is_the_next_hosts(tmp_path: Path) -> None:
    impl = student(tmp_path / "impl", "return x")
    base.start_ahead(Limits())
    [(config, _)] = base._ahead
    with Host(impl, SOLUTIONS) as host, Host(impl, SOLUTIONS) as other:
        assert base._ahead == []
        folders = [one._folder for one in (host, other)]
        assert folders[0] == Path(config["folder"]) != folders[1]
        assert [one.call("gelu", 3, own=GELU).value for one in (host, other)] == [3, 3]


def test_a_host_with_other_limits_starts_its_own(tmp_path: Path) -> None:
    impl = student(tmp_path / "impl", "return x")
    base.start_ahead(Limits())
    with Host(impl, SOLUTIONS, limits=Limits(file_bytes=1 << 20)) as host:
        assert len(base._ahead) == 1 and host.call("gelu", 3, own=GELU).value == 3
    with Host(impl, SOLUTIONS):  # takes it, and ends it
        assert base._ahead == []


def test_a_base_that_nobody_takes_ends_with_the_judge() -> None:
    script = """
        from grader.sandbox import base
        from grader.sandbox.allowed import Limits
        base.start_ahead(Limits())
        [(config, started)] = base._ahead
        print(config["folder"], started.process.pid)
        """
    done = subprocess.run([sys.executable, "-c", dedent(script)], cwd=ROOT, capture_output=True, text=True)
    folder, pid = done.stdout.split()
    subprocess.run(["tail", f"--pid={pid}", "-f", "/dev/null"], timeout=60, check=True)  # until it is gone
    assert not Path(folder).exists()


def test_a_value_that_was_sent_ahead_is_there_at_a_workers_birth(tmp_path: Path) -> None:
    with Host(student(tmp_path / "impl", "return x['w']"), SOLUTIONS) as host:
        assert host.sandbox  # one worker is there already
        handle = host.put("params", {"w": np.zeros(3)})
        for _ in range(2):  # the one that was there is sent it, the next one has it
            np.testing.assert_array_equal(host.call("gelu", handle, own=GELU).value, np.zeros(3))
            host.reload()
        assert host._workers is not None and host._workers._take_armed().has == {"params"}
        handle = host.put("params", {"w": np.ones(3)})
        np.testing.assert_array_equal(host.call("gelu", handle, own=GELU).value, np.ones(3))


def test_what_a_worker_does_to_such_a_value_reaches_no_other(tmp_path: Path) -> None:
    harm = """
        import gc
        gc.unfreeze()
        found = [d for d in gc.get_objects() if type(d) is dict and 'sentinel' in d]
        for d in found:
            array = d['sentinel']
            if array is not x:
                array.flags.writeable = True
                array[:] = 99
        return len(found)
        """
    bad, good = student(tmp_path / "bad", harm), student(tmp_path / "good", "return x")
    with Host(bad, SOLUTIONS) as host:
        assert host.sandbox
        handle = host.put("params", {"sentinel": np.zeros(3), "more": [[1], "x"]})
        host.reload()
        assert host.call("gelu", handle["sentinel"], own=GELU).value >= 1  # it has found the base's own
        host.turn_to(good)
        answer = host.call("gelu", handle["sentinel"], own=GELU)
        np.testing.assert_array_equal(answer.value, np.zeros(3))


DIES = """
import sys
from pathlib import Path
import numpy as np
from grader.sandbox.host import Host
host = Host(Path(sys.argv[1]), None)
print(host.call("gelu", np.zeros(3), own=frozenset({"gelu"})).status)
raise RuntimeError("somebody's script died")
"""


def test_a_script_that_dies_with_a_host_open_ends_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "pico_gpt.py").write_text("open('left', 'w').write('x')\ndef gelu(x):\n    return x\n")
    room = tmp_path / "room"
    room.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", DIES, str(tmp_path)], cwd=ROOT, env={**os.environ, "TMPDIR": str(room)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout == "returned\n" and done.stderr.endswith("somebody's script died\n")
    assert list(room.iterdir()) == []
