"""The judge's own memory, disk and time have bounds that no submission can move; the guide names them."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from real_grader import ROOT, SOLUTIONS
from test_attacks import LONG_S, Driver, job_of

from grader.judging.bench import KEPT_BYTES, Bench, Call
from grader.judging.failure import MAX_LINE, MAX_TEXT, Failure
from grader.judging.run import Options, judge
from grader.judging.verdict import Verdict
from grader.kata.curriculum import find_step
from grader.sandbox.allowed import MAX_OPEN_FILES
from grader.sandbox.host import Answer, Host, Limits
from grader.sandbox.own_side import JUDGE_BYTES, WorkerError, as_own, bounded_memory
from grader.sandbox.processes import resident_bytes
from grader.sandbox.wire import MAX_BUFFERS, MAX_HEADER_BYTES

HOSTILE = ROOT / "tests" / "attacks" / "hostile"
BOUNDS = Path(__file__).parent / "bounds"
MIB = 1 << 20
JUDGE_MIB = 1000
Judged = Callable[..., tuple[dict[str, Any], int]]
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="these bounds are Linux's"),
    pytest.mark.timeout(300),
]
linux_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount")


@pytest.fixture(scope="module")
def judged() -> Iterator[Judged]:
    """Judge a hostile file: its result, and the judge's peak memory in MiB.

    One judge for all of them: the peak is counted again for each, and no file reaches the judge's memory.
    """
    driver = Driver()

    def judge(path: Path, **more: Any) -> tuple[dict[str, Any], int]:
        outcome = driver.run(replace(job_of(path), limit=LONG_S, **more))
        assert outcome["exit"] == 1, outcome
        return outcome["result"], outcome["peak_mib"]

    yield judge
    assert driver.close() == []


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("eats_parent_by_empty_rows", {}),
        ("eats_parent_by_padding_texts", {}),
        ("eats_parent_by_padding_bytes", {}),
        ("eats_parent_by_many_halves", {}),
        ("eats_parent_by_answers_that_it_keeps", {"steps": "1-3", "tests": "all"}),
        ("eats_parent_by_a_long_message", {}),
        ("lies_by_two_million_buffers", {}),
        ("lies_by_empty_lists", {}),
    ],
)
def test_no_answer_takes_the_judges_memory(name: str, more: dict[str, Any], judged: Judged) -> None:
    result, peak = judged(HOSTILE / f"{name}.py", **more)
    assert result["score"] == 0
    assert peak < JUDGE_MIB, f"the judge took {peak} MiB"
    assert len(json.dumps(result)) < 200_000


@pytest.mark.parametrize("name", ["computes_the_past_again", "computes_the_past_again_at_one_price"])
def test_who_computes_the_past_again_is_seen_from_outside(name: str, judged: Judged) -> None:
    result, _ = judged(BOUNDS / f"{name}.py")
    assert result["score"] == 0, "no point without the work"
    test = next(t for t in result["steps"][0]["tests"] if "goes on from anywhere" in t["name"])
    slow = test["status"] == "timeout" and name.endswith("price")  # a busy machine comes no further
    assert slow or (test["status"] == "failed" and "computes the past again" in test["message"])


def test_the_guide_names_these_bounds() -> None:
    guide = " ".join((ROOT / "instructions" / "instructor_guide.md").read_text("utf-8").split())
    limits = Limits()
    for words in (
        f"runs | {limits.address_space >> 30} GiB",
        f"together | {limits.waiting_bytes >> 20} MiB",  # 512 MiB
        f"itself | {JUDGE_BYTES >> 30} GiB",
        f"return | {limits.reply_bytes >> 20} MiB, of it {MAX_HEADER_BYTES >> 20} MiB of lists and text",
        f"{MAX_BUFFERS:,} arrays",  # 50,000
        f"mistakes | {KEPT_BYTES >> 20} MiB",
        f"{MAX_TEXT:,} characters, {MAX_LINE} a line",  # 20,000
        f"{limits.temp_bytes >> 20} MiB and {limits.temp_files:,} files",
        f"one file {limits.file_bytes >> 20} MiB",
        f"one call | {limits.output_bytes >> 10} KiB",
        f"of a worker | {MAX_OPEN_FILES} |",
    ):
        assert words in guide, words


# ------------------------------------------------------------------------------------ kept and said


def test_of_all_answers_only_so_much_is_kept() -> None:
    bench = Bench(host=None, impl=Path(), seed=0, seconds=1, reference=None)  # type: ignore[arg-type]
    half = np.zeros(KEPT_BYTES // 2, np.uint8)
    for value in (half[: KEPT_BYTES // 3], half, half, [1, 2]):
        bench.keep(Call(1, "t", "gelu", (), {}, Answer("returned", value, "ndarray"), None))
    kept = [type(call.answer.value).__name__ for call in bench.calls]
    assert kept == ["ndarray", "ndarray", "Opaque", "list"]


def test_no_message_is_longer_than_anybody_reads() -> None:
    failure = Failure("x" * 10**6, ["y" * 10**6] * 100, "z" * 10**6)
    assert len(Verdict("failed", failure).failure.first) == MAX_LINE
    assert len(failure.text()) <= MAX_TEXT


# ---------------------------------------------------------------------------------------- workers


@pytest.fixture
def host_of(tmp_path: Path) -> Iterator[Callable[..., Host]]:
    hosts: list[Host] = []

    def make(text: str, **limits: Any) -> Host:
        impl = tmp_path / f"impl{len(hosts)}"
        impl.mkdir()
        (impl / "pico_gpt.py").write_text(dedent(text), "utf-8")
        hosts.append(Host(impl, SOLUTIONS, limits=Limits(seconds=20, **limits)))
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()


def own(name: str) -> frozenset[str]:
    return frozenset({name})


def test_workers_that_wait_take_little_memory_together(host_of: Callable[..., Host]) -> None:
    host = host_of(
        """
        import numpy as np

        def take(x):
            global hog
            hog = np.ones(200 << 20, np.uint8)
            return 1

        def gelu(x):
            return take(x)

        def softmax(x):
            return take(x)

        def layer_norm(x):
            return take(x)

        def linear(x):
            return take(x)
        """,
        waiting_bytes=300 * MIB,
    )
    names = ("gelu", "softmax", "layer_norm", "linear")
    for name in names:
        assert host.call(name, 1, own=own(name)).value == 1
        assert host._workers is not None
        known = host._workers._known
        waiting = [w.process.resident() for key, w in known.items() if key[0] != name]  # type: ignore[index]
        assert sum(waiting) <= 300 * MIB
    assert host.call("gelu", 1, own=own("gelu")).value == 1  # it was ended, and comes back


def test_a_worker_rests_while_nobody_waits(host_of: Callable[..., Host]) -> None:
    host = host_of("""
        import threading
        import time

        def work():
            for i in range(40):
                time.sleep(0.005)
                open(f"f{i}", "w").write("x")

        def gelu(x):
            if x == 0:
                threading.Thread(target=work, daemon=True).start()
            return x
        """)
    host.call("gelu", 0, own=own("gelu"))
    assert host._workers is not None
    pid = next(iter(host._workers._known.values())).process._pid  # type: ignore[attr-defined]
    while "State:\tT" not in Path(f"/proc/{pid}/status").read_text():  # the signal is on its way
        pass
    assert host.call("gelu", 1, own=own("gelu")).value == 1


def test_the_files_of_all_workers_count_together(host_of: Callable[..., Host]) -> None:
    host = host_of(
        """
        import time

        def write(x):
            for i in range(6):
                with open(f"f{i}", "wb") as file:
                    file.write(bytes(1 << 20))
            time.sleep(0.3)
            return 1

        def gelu(x):
            return write(x)

        def softmax(x):
            return write(x)

        def layer_norm(x):
            return write(x)
        """,
        temp_bytes=10 << 20,
    )
    for name in ("gelu", "softmax", "layer_norm"):
        assert host.call(name, 1, own=own(name)).value == 1  # each of them is within what one may write
        assert host._folder is not None
        total = sum(path.stat().st_size for path in host._folder.rglob("f[0-9]"))
        assert total <= 10 << 20


ONE_AND_TWO = (find_step(1), find_step(2))


def handed_in(folder: Path, source: Path) -> Path:
    (folder / "exercises").mkdir(parents=True)
    (folder / "exercises" / "pico_gpt.py").write_bytes(source.read_bytes())
    return folder / "exercises"


def report_of(host: Host) -> Any:
    right = host.impl.parents[1] / "right" / "exercises"
    return without_times(judge(right, ONE_AND_TWO, Options(seed=5), host=host).to_dict())


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Host, dict[str, Any]]]:
    """A place, a host for all that is handed in there, and the report of somebody right who was alone.

    All hostile files meet the same host, as in a class: so none may harm the next one.
    """
    place = tmp_path_factory.mktemp("shared")
    right = handed_in(place / "right", SOLUTIONS / "pico_gpt.py")
    with Host(right, SOLUTIONS) as host:
        alone = report_of(host)
    assert alone["score"] == 20
    with Host(place, SOLUTIONS, limits=Limits(seconds=2)) as host:
        yield place, host, alone


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_times(item) for key, item in value.items() if key != "duration_s"}
    return [without_times(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "name",
    [
        "eats_parent_by_answers_that_it_keeps",
        "eats_disk_while_nobody_looks",
        "eats_memory_while_nobody_looks",
        "world_changes_its_input_unseen",
        "world_overwrites_all_that_was_lent",
        "ends_by_killing_the_parent",
    ],
)
def test_the_next_submission_gets_the_report_that_it_gets_alone(
    name: str, shared: tuple[Path, Host, dict[str, Any]]
) -> None:
    place, host, alone = shared
    host.turn_to(handed_in(place / name, HOSTILE / f"{name}.py"))
    assert judge(host.impl, ONE_AND_TWO, Options(seed=5), host=host).score == 0
    host.turn_to(place / "right" / "exercises")
    assert report_of(host) == alone


# -------------------------------------------------------------------------------- the grader's own side


def grader(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "grader", *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, timeout=200, **options,
    )  # fmt: skip


@linux_root
def test_a_full_folder_for_temporary_files_gives_no_marks(tmp_path: Path) -> None:
    tiny = tmp_path / "tiny"
    tiny.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", tiny], capture_output=True
    ).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        (tiny / "fill").write_bytes(bytes(1460 << 10))
        done = grader("run", "--steps", "14", "--impl", SOLUTIONS, env={**os.environ, "TMPDIR": str(tiny)})
    finally:
        subprocess.run(["umount", "-l", tiny], check=True)
    assert done.returncode == 2, done.stdout
    assert "no room left in" in done.stderr and str(tiny) in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_too_few_descriptors_give_no_marks() -> None:
    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))

    done = grader("run", "--steps", "1-12", "--impl", SOLUTIONS, preexec_fn=few)
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stdout + done.stderr
    assert "descriptors" in done.stderr


def test_what_the_system_refuses_the_judge_is_no_verdict() -> None:
    for error in (
        OSError(28, "No space left on device"),
        OSError(24, "Too many"),
        MemoryError(),
        OSError(5, "x"),
    ):
        with pytest.raises(WorkerError), as_own():
            raise error


def test_the_judges_memory_has_a_limit_of_its_own() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with bounded_memory(), pytest.raises(MemoryError):
        np.ones(3 << 30, np.uint8)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    assert resident_bytes(os.getpid()) < 3 << 30
