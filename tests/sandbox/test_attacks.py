"""No student file fools the grader: not the hostile ones, and not by being odd but right either.

The files are in `tests/attacks/`. Every one goes through the whole grader, as `python -m grader run` does it,
one after another by one warm host in each of two processes beside this one; the tests below then look at what
came out. By day a hostile file is judged by the first test of each group (core, fresh, edges) of each
function, and by one test of each function where it takes a machine's time in every test (it has a `# dear:`
line, or never ends); by night by all. What is odd but right is always judged by all. A dear file whose like
is judged by day says so in its `# night:` line: it is judged by night (`pytest -m nightly`), or by its name
(`pytest -m "" -k eats_memory_and_answers`).
"""

from __future__ import annotations

import json
import os
import queue
import re
import select
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from real_grader import ROOT, SOLUTIONS, run_grader

from grader.judging.reference import Reference
from grader.sandbox.host import Host, Limits

ATTACKS = ROOT / "tests" / "attacks"
HOSTILE = sorted((ATTACKS / "hostile").glob("*.py"))
ODD = sorted((ATTACKS / "odd_but_right").glob("*.py"))
PROCESSES = 2  # two, because the endless ones only wait
ENDS = [f"the end of process {number}" for number in range(PROCESSES)]
# Who only never ends needs no more than SHORT_S, six times; who also eats is to come as far as that.
SHORT_S, EATING_S, LONG_S = 0.2, 0.4, 10.0
JUDGE_MIB = 1024
PLANTED = "planted-by-attack*"

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's: elsewhere it says 'none'"),
    pytest.mark.timeout(2400),  # the first test waits for all files
]


@dataclass(frozen=True)
class Job:
    """A folder that is judged: its files, and how."""

    name: str
    make: Callable[[Path], object]  # fills the folder
    steps: str = "1"
    limit: float = LONG_S
    says: str = ""
    needs: str = ""
    night: str = ""  # why it is enough to judge it by night
    tests: str = "all"  # which judge it; see drive.py

    @property
    def plain(self) -> str:
        """The solution, judged by the same tests."""
        return f"solution {self.steps} by {self.tests}"


def job_of(path: Path) -> Job:
    """The job that a hostile file's first lines describe."""
    lines = path.read_text("utf-8").splitlines()[1:5]
    words = dict(re.match(r"# (\w+): (.*)", line).groups() for line in lines if re.match(r"# \w+: ", line))  # type: ignore[union-attr]
    says = words.get("says", "")
    limit = LONG_S
    if "had not answered" in says:
        limit = EATING_S if path.stem.startswith("eats") else SHORT_S
    tests = "one" if limit < LONG_S or "dear" in words else "of each group"
    steps = words.get("step", "1")

    def make(folder: Path) -> None:
        (folder / words.get("file", "pico_gpt.py")).write_bytes(path.read_bytes())

    return Job(path.stem, make, steps, limit, says, words.get("needs", ""), words.get("night", ""), tests)


def odd_job_of(path: Path) -> Job:
    """The solution with an odd file before or after it."""
    text = path.read_text("utf-8")
    step = re.search(r"^# step: (.*)$", text, re.MULTILINE)
    named = re.search(r"^# file: (.*)$", text, re.MULTILINE)
    file = named[1] if named else "pico_gpt.py"
    solution = (SOLUTIONS / file).read_text("utf-8")
    whole = solution + "\n\n" + text if "# after\n" in text else text + "\n\n" + solution

    def make(folder: Path) -> None:
        _solutions(folder)
        (folder / file).write_text(whole, "utf-8")

    return Job(path.stem, make, step[1] if step else "1")


def _bytes(data: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "pico_gpt.py").write_bytes(data)


def _link(folder: Path) -> None:
    (folder / "pico_gpt.py").symlink_to(SOLUTIONS / "pico_gpt.py")


def _socket(folder: Path) -> None:
    before = Path.cwd()
    os.chdir(folder)  # a socket's path has room for 107 bytes
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("pico_gpt.py")
    os.chdir(before)


def _beside(folder: Path) -> None:
    (folder / "conftest.py").write_text("raise SystemExit(0)")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    (folder / "numpy.py").write_text("raise SystemExit(0)")
    (folder / "helper.py").write_text("from solutions.pico_gpt import gelu")
    (folder / "pico_gpt.py").write_text("from helper import gelu\n")


def _solutions(folder: Path) -> None:
    for path in SOLUTIONS.glob("*.py"):
        (folder / path.name).write_bytes(path.read_bytes())


SOLUTION = (SOLUTIONS / "pico_gpt.py").read_bytes()
# Files that Git or an editor would not keep as they are, or that are not files.
MADE = [
    Job("file_is_a_link", _link, says="symbolic link"),
    Job("file_is_a_directory", lambda f: (f / "pico_gpt.py").mkdir(), says="is a directory"),
    Job("file_is_a_fifo", lambda f: os.mkfifo(f / "pico_gpt.py"), says="FIFO"),
    Job("file_is_a_socket", _socket, says="is a socket"),
    Job("file_is_missing", lambda f: (f / "bpe.py").touch(), steps="1,13", says="there is no pico_gpt.py"),
    Job("file_is_huge", _bytes(SOLUTION + b"#" * 300_000), says="262,144 is the limit"),
    Job("file_is_utf_16", _bytes(SOLUTION.decode().encode("utf-16")), says="saved as UTF-16"),
    Job("file_is_bad_utf_8", _bytes(b"# caf\xe9\n" + SOLUTION), says="line 1 is not UTF-8"),
    Job("file_has_an_unknown_encoding", _bytes(b"# coding: klingon\n" + SOLUTION), says="unknown encoding"),
    Job("file_has_nul_bytes", _bytes(SOLUTION + b"\0"), says="NUL byte"),
    Job("file_has_company", _beside, says="helper is not one of the files"),
]
ODD_BYTES = [
    Job("bytes_with_a_bom", _bytes(b"\xef\xbb\xbf" + SOLUTION)),
    Job("bytes_with_crlf", _bytes(SOLUTION.replace(b"\n", b"\r\n"))),
    Job("bytes_with_tabs", _bytes(SOLUTION.replace(b"    ", b"\t"))),
    Job("bytes_in_latin_1", _bytes(b"# coding: latin-1\n# caf\xe9\n" + SOLUTION)),
    Job("bytes_without_a_last_newline", _bytes(SOLUTION.rstrip(b"\n"))),
    Job("bytes_with_a_form_feed", _bytes(SOLUTION.replace(b"\n\n\n", b"\n\x0c\n\n"))),
]
ATTACK_JOBS = [*map(job_of, HOSTILE), *(replace(job, tests="of each group") for job in MADE)]
ODD_JOBS = [*map(odd_job_of, ODD), *ODD_BYTES]


def params(jobs: Iterable[Job]) -> pytest.MarkDecorator:
    """A test for each of these jobs; some are for the night, as are all tests of what has fewer by day."""
    all_ = list(jobs)
    by_night = [
        replace(job, name=f"{job.name}_in_full", tests="all", night="x") for job in all_ if job.tests != "all"
    ]
    marked = [
        pytest.param(job, id=job.name, marks=[pytest.mark.nightly] if job.night else [])
        for job in [*all_, *by_night]
    ]
    return pytest.mark.parametrize("job", marked)


class Driver:
    """One process of tests/attacks/drive.py, started again when an attack ends it.

    Args:
        root: where the grader is that judges.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root
        self._process: subprocess.Popen[bytes] | None = None
        self._scratch = tempfile.TemporaryDirectory()

    def run(self, job: Job) -> dict[str, Any]:
        if self._process is None or self._process.poll() is not None:
            drive = self._root / "tests" / "attacks" / "drive.py"
            self._process = subprocess.Popen(
                [sys.executable, str(drive), self._scratch.name],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self._root,
                env={**os.environ, "NO_COLOR": "1", "KATA_SECRET_TOKEN": "planted"},
            )  # fmt: skip
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin and stdout
        with tempfile.TemporaryDirectory(dir=self._scratch.name) as folder:
            impl = Path(folder, "impl")
            impl.mkdir()
            job.make(impl)
            before = listing(impl)
            order = {"impl": str(impl), "steps": job.steps, "limit": job.limit, "tests": job.tests}
            line = json.dumps(order)
            stdin.write(line.encode() + b"\n")
            stdin.flush()
            if not select.select([stdout], [], [], 120)[0]:
                self.kill()
                return {"lost": "the grader did not come back within two minutes"}
            outcome = json.loads(stdout.readline() or b'{"lost": "the grader was ended"}')
            outcome["impl changed"] = listing(impl) != before
            return outcome

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def close(self) -> list[str]:
        """What is left of the grader, once it has closed its host."""
        left: list[str] = []
        if self._process is not None and self._process.poll() is None:
            said, _ = self._process.communicate(timeout=60)
            left = json.loads(said)["left"]
        self._scratch.cleanup()
        return left


def listing(folder: Path) -> list[tuple[str, int, int]]:
    return sorted((p.name, p.lstat().st_mode, p.lstat().st_mtime_ns) for p in folder.iterdir())


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    """The outcome of every job that a test of this session looks at, by its name."""
    found: dict[str, dict[str, Any]] = {}
    todo: queue.SimpleQueue[Job] = queue.SimpleQueue()
    items = [item for item in request.session.items if item.path == request.path]
    jobs = {
        job.name: job
        for item in items
        if (spec := getattr(item, "callspec", None)) and isinstance(job := spec.params.get("job"), Job)
    }
    plain = {
        job.plain: Job(job.plain, _solutions, job.steps, tests=job.tests) for job in jobs.values() if job.says
    }
    for job in [*plain.values(), *sorted(jobs.values(), key=lambda job: job.limit)]:
        todo.put(job)

    def work(end: str) -> None:
        driver = Driver()
        try:
            while True:
                job = todo.get_nowait()
                found[job.name] = driver.run(job)
        except queue.Empty:
            found[end] = {"left": driver.close()}

    threads = [threading.Thread(target=work, args=(end,)) for end in ENDS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def judged_in(outcome: dict[str, Any]) -> list[dict[str, Any]]:
    return [test for step in outcome["result"]["steps"] for test in step["tests"]]


# ------------------------------------------------------------------------------------- the promise


@params(ATTACK_JOBS)
def test_a_hostile_file_gains_and_loses_nothing(job: Job, outcomes: dict[str, dict[str, Any]]) -> None:
    outcome = outcomes[job.name]
    assert "lost" not in outcome, outcome["lost"]
    assert outcome["exit"] == 1, outcome["said"]
    result, plain = outcome["result"], outcomes[job.plain]
    assert result["score"] == 0
    listed = [(test["function"], test["name"]) for test in judged_in(outcome)]
    assert listed == [(test["function"], test["name"]) for test in judged_in(plain)]
    assert all(test["status"] != "passed" or test["score"] == 0 for test in judged_in(outcome))
    assert outcome["left"] == [], "files or processes of its workers are still there"
    assert not outcome["impl changed"]
    assert outcome["peak_mib"] < JUDGE_MIB, "the judge's own memory"


@params(ATTACK_JOBS)
def test_the_first_line_names_the_cause(job: Job, outcomes: dict[str, dict[str, Any]]) -> None:
    assert job.says, "every hostile file says what the message must say"
    for test in judged_in(outcomes[job.name]):
        if test["status"] in ("passed", "not_run"):
            continue
        first = test["message"].splitlines()[0]
        assert 0 < len(first) <= 300
        assert "Traceback" not in test["message"]
        assert not re.search(r"grader/[\w/]+\.py", test["message"]), "a line of the grader's own"
    failed = [test for test in judged_in(outcomes[job.name]) if test["status"] not in ("passed", "not_run")]
    assert any(re.search(job.says, test["message"]) for test in failed), failed[0]["message"]


@params(job for job in ATTACK_JOBS if job.limit < LONG_S)
def test_an_endless_file_ends_within_the_limit_of_every_test(
    job: Job, outcomes: dict[str, dict[str, Any]]
) -> None:
    outcome = outcomes[job.name]
    limit = len(judged_in(outcome)) * job.limit + 2
    driver = Driver()
    for _ in range(3):
        if outcome["result"]["duration_s"] <= limit:
            break
        # A machine that is busy with other things is slow with a right file, too.
        plain = driver.run(Job(job.plain, _solutions, job.steps, tests=job.tests))
        outcome = driver.run(job)
        limit = len(judged_in(outcome)) * job.limit + 2 + 4 * plain["result"]["duration_s"]
    driver.close()
    assert outcome["result"]["duration_s"] <= limit


def test_nothing_was_planted_anywhere(outcomes: dict[str, dict[str, Any]]) -> None:
    common = [Path.home(), Path(tempfile.gettempdir()), Path("/tmp"), Path("/dev/shm"), Path("/var/tmp")]
    places = [ROOT, *(p for p in ROOT.iterdir() if p.is_dir()), ROOT / ".kata" / "bytecode", *common]
    places.append(Path(np.__file__).parent)
    found = [path for place in places if place.is_dir() for path in place.glob(PLANTED)]
    assert found == []
    assert not (Path(np.__file__).parents[1] / "sitecustomize.py").exists()


def test_nothing_is_left_of_the_hosts(outcomes: dict[str, dict[str, Any]]) -> None:
    assert {end: outcomes[end]["left"] for end in ENDS} == {end: [] for end in ENDS}


def test_there_are_as_many_attacks_as_promised(
    outcomes: dict[str, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(ATTACK_JOBS) >= 230 and len(ODD_JOBS) >= 55
    judged = [job for job in ATTACK_JOBS if job.name in outcomes]
    gained = sum(outcomes[job.name]["result"]["score"] > 0 for job in judged)
    lost = sum("lost" in outcomes[job.name] for job in judged)
    peak, hungry = max((outcomes[job.name].get("peak_mib", 0), job.name) for job in judged)
    with capsys.disabled():
        print(f"\nattacks: {len(judged)} hostile files, {gained} gained points, {lost} lost results; "
              f"the judge took {peak} MiB at most ({hungry}); {len(ODD_JOBS)} odd but right")  # fmt: skip


@params(ODD_JOBS)
def test_an_odd_but_right_file_passes(job: Job, outcomes: dict[str, dict[str, Any]]) -> None:
    outcome = outcomes[job.name]
    assert "lost" not in outcome, outcome["lost"]
    failed = [test for test in judged_in(outcome) if test["status"] != "passed"]
    assert failed == []
    assert outcome["exit"] == 0
    assert outcome["left"] == []


# ------------------------------------------------------------------------------ the program itself


@pytest.mark.parametrize(
    "name",
    [
        "ends_by_os_exit",
        "ends_by_killing_the_parent",
        "never_ends_at_import",
        "lies_by_garbage",
        "looks_in_solutions_by_path",
    ],
)
def test_the_program_ends_with_status_1(name: str, tmp_path: Path) -> None:
    job = next(job for job in ATTACK_JOBS if job.name == name)
    job.make(tmp_path)
    report = tmp_path / "result.json"
    done = run_grader("run", "--impl", tmp_path, "--steps", "1", "--time-limit", job.limit, "--json", report)
    assert done.returncode == 1
    assert done.stderr == ""
    assert json.loads(report.read_text("utf-8"))["score"] == 0


# ------------------------------------------------------------------------------------ the ablation

ABLATED = [job for job in ATTACK_JOBS if "sandbox" in job.needs]


@pytest.fixture(scope="module")
def unconfined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One host without a sandbox for all of them."""
    folder = tmp_path_factory.mktemp("unconfined")
    with Host(folder, SOLUTIONS, sandbox=False, limits=Limits(seconds=20)) as host:
        yield host


@params(ABLATED)
def test_with_the_sandbox_off_an_attack_that_needs_it_off_succeeds(
    job: Job, outcomes: dict[str, dict[str, Any]], unconfined: Host, tmp_path: Path
) -> None:
    """It reaches the right answer, or 42 in every place where it can only show that it could."""
    if "one disk" in job.needs and ROOT.stat().st_dev != tmp_path.stat().st_dev:
        pytest.skip("a hard link cannot cross disks: here the attack fails without any sandbox")
    if "dumpable" in job.needs and os.geteuid() != 0:
        pytest.skip("without root, PR_SET_DUMPABLE 0 alone keeps the parent's memory closed")
    x = np.linspace(-3, 3, 24, dtype=np.float32).reshape(2, 12)
    job.make(tmp_path)
    unconfined.turn_to(tmp_path)
    answer = unconfined.call("gelu", x, own=frozenset({"gelu"}))
    if "ends well" in job.needs:
        assert (answer.status, "exit status 0" in answer.error) == ("crashed", True)
    else:
        assert answer.status == "returned", answer.error
        wanted = np.full_like(x, 42) if "42" in job.needs else Reference()["gelu"](x)
        np.testing.assert_allclose(answer.value, wanted, rtol=1e-6)
    assert outcomes[job.name]["result"]["score"] == 0


def test_there_are_attacks_that_need_the_sandbox() -> None:
    assert len(ABLATED) >= 15
