"""What confines a worker, and that it leaves nothing lying around."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from real_grader import ROOT, SOLUTIONS

from grader.sandbox import allowed, base, processes
from grader.sandbox.clearing import remove_stale_folders, remove_tree, too_much
from grader.sandbox.host import Host, Limits
from grader.sandbox.inside import landlock, seccomp
from grader.sandbox.inside.system_calls import LAST_KNOWN, NUMBERS
from grader.sandbox.own_side import WorkerError
from tests.measures import system_calls

linux = pytest.mark.skipif(sys.platform != "linux", reason="this is about the kernel of Linux")
GELU = frozenset({"gelu"})
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


@pytest.fixture
def host_of(tmp_path: Path) -> Iterator[Callable[..., Host]]:
    hosts: list[Host] = []

    def make(text: str, **options: Any) -> Host:
        impl = tmp_path / f"impl{len(hosts)}"
        impl.mkdir()
        (impl / "pico_gpt.py").write_text(dedent(text), "utf-8")
        hosts.append(Host(impl, SOLUTIONS, **{"limits": Limits(seconds=20), **options}))
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()


def run_python(script: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", dedent(script)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )


# ------------------------------------------------------------------------------------- what is active


@linux
def test_the_host_says_what_confines_its_workers(host_of: Callable[..., Host]) -> None:
    version = landlock.version()
    expected = [f"landlock{version}"] if version else []
    expected += ["seccomp"] if seccomp.architecture() else []
    assert host_of("").sandbox == ("+".join(expected) or "none")
    assert host_of("", sandbox=False).sandbox == "none"


@linux
@pytest.mark.parametrize(
    ("change", "works"),
    [
        ("landlock.version = lambda: 0", "seccomp"),
        ("seccomp.architecture = lambda: None", "landlock"),
        ("landlock.version = lambda: 0; seccomp.architecture = lambda: None", "none"),
        ("sandbox.prctl = lambda *args: False", "none"),
        # A wall that is only claimed is none: what it should keep out is tried.
        ("seccomp.restrict = lambda: True", "landlock"),
        ("landlock.restrict = lambda *rules: 7", "seccomp"),
        ("sandbox._talks = lambda: True", "landlock"),
        # As on a kernel that claims scopes and then refuses them.
        (
            "call = landlock._syscall; "
            "landlock._syscall = lambda n, *a: -1 if n == 444 and a[1] == 24 else call(n, *a)",
            "landlock",
        ),
    ],
)
@pytest.mark.parametrize("shared", ["None", "landlock.share(rules, config['folder'])"])
def test_what_a_kernel_lacks_is_left_out(change: str, works: str, shared: str, tmp_path: Path) -> None:
    if "landlock" in works and not landlock.version():
        pytest.skip("this kernel has no Landlock")
    done = run_python(f"""
        from grader.sandbox.inside import landlock
        from grader.sandbox.inside import confine as sandbox
        from grader.sandbox.inside import seccomp
        {change}
        rules = landlock.readable([], [])
        config = {{"address_space": 1 << 40, "file_bytes": 1 << 20, "sandbox": True, "rules": rules}}
        config |= {{"closed": {str(ROOT / "README.md")!r}, "folder": {str(tmp_path)!r}}}
        config["shared"] = {shared}
        print(sandbox.confine(config, {str(tmp_path)!r}))
        """)
    assert done.stdout.startswith(works), done.stderr
    assert ("seccomp" in done.stdout) == (
        "seccomp" not in change and "_talks" not in change and works != "none"
    )


@linux
def test_the_judges_own_memory_is_closed() -> None:
    done = run_python(f"""
        import ctypes
        from pathlib import Path
        from grader.sandbox.host import Host
        with Host(Path({str(SOLUTIONS)!r}), None):
            print(ctypes.CDLL(None).prctl(3))
        """)
    assert done.stdout == "0\n", done.stderr


def test_a_workers_environment_is_an_allow_list(
    host_of: Callable[..., Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "xyzzy")
    monkeypatch.setenv("PYTHONPATH", "/xyzzy")
    host = host_of("import os\n\n\ndef gelu(x):\n    return dict(os.environ), os.getcwd()\n")
    variables, folder = host.call("gelu", 1, own=GELU).value
    assert set(variables) <= {
        "HOME", "TMPDIR", "TEMP", "TMP", "LC_ALL", "LC_CTYPE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS", "VECLIB_MAXIMUM_NUM_THREADS", *allowed.KEPT_VARIABLES,
    }  # fmt: skip
    assert variables["HOME"] == variables["TMPDIR"] == folder


@linux
def test_limits_hold_and_cannot_be_lifted(host_of: Callable[..., Host]) -> None:
    host = host_of(
        """
        import resource

        def gelu(name):
            before = resource.getrlimit(getattr(resource, name))
            try:
                resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY,) * 2)
            except (ValueError, OSError):
                pass
            return before, resource.getrlimit(getattr(resource, name))
        """,
        limits=Limits(seconds=20, address_space=1 << 30, file_bytes=1 << 20),
    )
    for name, limit in {"RLIMIT_AS": 1 << 30, "RLIMIT_FSIZE": 1 << 20, "RLIMIT_CORE": 0}.items():
        before, after = host.call("gelu", name, own=GELU).value
        assert before == after == (limit, limit)


@linux
def test_root_gives_its_capabilities_up(host_of: Callable[..., Host]) -> None:
    host = host_of("""
        import ctypes
        import struct

        def gelu(x):
            data = ctypes.create_string_buffer(24)
            ctypes.CDLL(None).syscall(ctypes.c_long(x), struct.pack("<Ii", 0x20080522, 0), data)
            return struct.unpack("<6I", data.raw)
        """)
    number = {"x86_64": 125, "aarch64": 90}[os.uname().machine]
    effective = host.call("gelu", number, own=GELU).value
    assert effective[0] & ~allowed.KEPT_CAPABILITIES == 0 and effective[3] == 0


@linux
def test_a_worker_that_waits_is_frozen(host_of: Callable[..., Host]) -> None:
    host = host_of("""
        import threading

        count = 0

        def work():
            global count
            while True:
                count += 1

        threading.Thread(target=work, daemon=True).start()

        def gelu(x):
            return count

        def softmax(x):
            return sum(range(2_000_000))
        """)
    first = host.call("gelu", 1, own=GELU).value
    host.call("softmax", 1, own=frozenset({"softmax"}))  # from here on the other one is frozen
    assert host._workers is not None
    stopped = next(worker for key, worker in host._workers._known.items() if key[0] == "gelu")  # type: ignore[index]
    pidfd = stopped.process._pidfd  # type: ignore[attr-defined]
    info = Path(f"/proc/self/fdinfo/{pidfd}").read_text()
    pid = re.search(r"Pid:\s*(\d+)", info)
    assert pid and "State:\tT" in Path(f"/proc/{pid[1]}/status").read_text()
    assert host.call("gelu", 1, own=GELU).value >= first


# ------------------------------------------------------------------------------------------- seccomp


def decision(machine: str, number: int, *arguments: int, pid: int = 77, audit: int | None = None) -> int:
    """What the filter answers: the kernel's classic BPF, as far as the filter uses it."""
    code = seccomp.program(machine, pid)
    arch = seccomp.ARCHITECTURES[machine] if audit is None else audit
    data = struct.pack("<iIQ6Q", number, arch, 0, *arguments, *[0] * (6 - len(arguments)))
    program = list(struct.iter_unpack("<HBBI", code))
    value, at = 0, 0
    while True:
        op, if_true, if_false, k = program[at]
        at += 1
        if op == seccomp.LOAD:
            value = struct.unpack_from("<I", data, k)[0]
        elif op == seccomp.RETURN:
            return int(k)
        else:
            met = {
                seccomp.IF_EQUAL: value == k,
                seccomp.IF_GREATER: value > k,
                seccomp.IF_SET: bool(value & k),
            }[op]
            at += if_true if met else if_false


NO, ABSENT = seccomp.FAIL | errno.EPERM, seccomp.FAIL | errno.ENOSYS
MACHINES = pytest.mark.parametrize("machine", seccomp.ARCHITECTURES)


@MACHINES
def test_every_forbidden_call_fails_and_every_ignored_one_does_nothing(machine: str) -> None:
    forbidden = [name for group in allowed.FORBIDDEN.values() for name in group]
    for names, answer in ((forbidden, NO), (allowed.IGNORED, seccomp.FAIL)):
        for name in names:
            if name in NUMBERS[machine]:
                assert decision(machine, NUMBERS[machine][name]) == answer, name


@MACHINES
def test_threads_pass_and_processes_do_not(machine: str) -> None:
    clone = NUMBERS[machine]["clone"]
    pthread_create, fork, vfork = 0x3D0F00, 0x1200011, 0x4111
    assert decision(machine, clone, pthread_create) == seccomp.ALLOW
    assert decision(machine, clone, fork) == decision(machine, clone, vfork) == NO
    assert {decision(machine, NUMBERS[machine][name]) for name in allowed.ABSENT} == {ABSENT}


@MACHINES
def test_conditions_on_arguments(machine: str) -> None:
    number = NUMBERS[machine]
    for call in ("kill", "tgkill"):
        assert decision(machine, number[call], 77, 9, pid=77) == seccomp.ALLOW
        for other in (1, 0, 0xFFFFFFFF, 78):
            assert decision(machine, number[call], other, 9, pid=77) == NO
    for new, answer in ((0, seccomp.ALLOW), (0x1000, NO), (0x7000_0000_0000, NO), (1 << 32, NO)):
        assert decision(machine, number["prlimit64"], 0, 9, new, 0x1000) == answer
    assert decision(machine, number["prctl"], 15) == seccomp.ALLOW  # PR_SET_NAME
    assert decision(machine, number["prctl"], 1) == decision(machine, number["prctl"], 4) == NO
    assert decision(machine, number["fcntl"], 3, 4) == seccomp.ALLOW  # F_SETFL
    for command in (6, 8, 1024, 1036, 5000):  # F_SETLK, F_SETOWN, F_SETLEASE, F_SET_RW_HINT
        assert decision(machine, number["fcntl"], 3, command) == NO
    assert decision(machine, number["ioctl"], 3, 0x5413) == seccomp.ALLOW  # TIOCGWINSZ
    assert decision(machine, number["openat"], 3, 0x1000, os.O_RDWR | os.O_CREAT) == seccomp.ALLOW
    without_name = seccomp.FAIL | errno.EOPNOTSUPP
    assert decision(machine, number["openat"], 3, 0x1000, os.O_RDWR | 0o20200000) == without_name  # O_TMPFILE
    for flags, answer in ((0, NO), (1, seccomp.ALLOW), (2, NO), (5, NO)):  # only RENAME_NOREPLACE
        assert decision(machine, number["renameat2"], 3, 0x1000, 3, 0x2000, flags) == answer
    for command in (0x5412, 0x40086602, 0x40087602, 0x401C5820):  # TIOCSTI, FS_IOC_SETFLAGS, …VERSION, …XATTR
        assert decision(machine, number["ioctl"], 3, command) == NO


@MACHINES
def test_other_architectures_and_calls_to_come_are_shut_out(machine: str) -> None:
    assert decision(machine, 0, audit=0x40000003) == seccomp.KILL_PROCESS  # i386
    assert decision(machine, 0x40000000 + 1) == ABSENT  # the x32 calls
    assert decision(machine, LAST_KNOWN + 1) == ABSENT
    assert decision(machine, {"x86_64": 0, "aarch64": 63}[machine]) == seccomp.ALLOW  # read


@MACHINES
def test_the_numbers_are_the_kernels(machine: str) -> None:
    header = HEADERS[machine]
    if not header.exists():
        pytest.skip(f"the kernel's headers for {machine} are not installed here")
    theirs, ours = system_calls.read(header), NUMBERS[machine]
    assert {name: theirs[name] for name in ours if name in theirs} == {
        name: number for name, number in ours.items() if name in theirs
    }
    # What this header lacks came later than what the header knows last.
    assert all(number >= max(theirs.values()) for name, number in ours.items() if name not in theirs)


def test_the_module_of_numbers_is_what_its_script_writes() -> None:
    numbers = {machine: {**known, allowed.LAST_CALL: LAST_KNOWN} for machine, known in NUMBERS.items()}
    assert system_calls.text(numbers) == system_calls.TARGET.read_text("utf-8")
    assert set(system_calls.wanted()) == {name for known in NUMBERS.values() for name in known}


# ------------------------------------------------------------------------------------------ Landlock


def test_a_hidden_folder_inside_a_readable_one_stays_hidden(tmp_path: Path) -> None:
    files = "lib/os.py lib/json/__init__.py lib/site-packages/torch.py lib/kata/solutions/a.py lib/kata/b"
    for name in files.split():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "lib" / "link.py").symlink_to(tmp_path / "lib" / "kata" / "solutions" / "a.py")
    rules: dict[str, int] = {}
    secret = tmp_path / "lib" / "kata" / "solutions"
    landlock.allow(str(tmp_path / "lib"), {str(secret)}, set(map(str, secret.parents)), rules)
    names = {str(Path(path).relative_to(tmp_path)): access for path, access in rules.items()}
    assert names == {
        "lib": landlock.READ_DIR, "lib/os.py": landlock.READ_FILE, "lib/json": landlock.READ,
        "lib/kata": landlock.READ_DIR, "lib/kata/b": landlock.READ_FILE,
    }  # fmt: skip


@linux
def test_no_rule_opens_the_repository_or_other_packages() -> None:
    guests = base.guests()
    rules = landlock.readable(guests.values(), [str(ROOT)])
    opened = [Path(path) for path, access in rules if access & landlock.READ_FILE]
    for secret in (
        ROOT / "solutions",
        ROOT / "reference_activations",
        Path(pytest.__file__),
        Path.home() / ".ssh",
    ):
        assert not any(place == secret or place in secret.parents for place in opened), secret
    assert all(any(Path(path) == Path(guest) for path, _ in rules) for guest in guests.values())


# --------------------------------------------------------------------------------- nothing left behind


def family(folder: Path) -> list[int]:
    """Processes that have the host's folder in their command line, or as their working directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        words = where = ""
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().decode()  # empty once the process has ended
        with contextlib.suppress(OSError):  # not ours to read without root
            where = str((process / "cwd").readlink())
        if words and (str(folder) in words or where.startswith(str(folder))):
            found.append(int(process.name))
    return found


@linux
@pytest.mark.parametrize("forking", [True, False])
def test_closing_leaves_no_process_and_no_file(host_of: Callable[..., Host], forking: bool) -> None:
    host = host_of("def gelu(x):\n    open('here', 'w').write('x')\n    while x: pass\n", forking=forking)
    folder = host._folder
    assert folder is not None
    host.call("gelu", 0, own=GELU)
    host.call("gelu", 1, own=GELU, timeout=0.3)
    host.call("softmax", 1, own=frozenset({"softmax"}))
    assert family(folder)
    host.close()
    assert family(folder) == [] and not folder.exists()


@linux
def test_hosts_that_come_and_go_leave_no_descriptor(host_of: Callable[..., Host]) -> None:
    def use() -> int:
        host = host_of("""
            import os

            def gelu(x):
                return os._exit(0) if x else x

            softmax = linear = gelu
            """)
        for name in ("gelu", "softmax", "linear", "gelu"):
            for x in (0, 1):
                host.call(name, x, own=frozenset({name}))
        host.close()
        return len(list(Path("/proc/self/fd").iterdir()))

    assert use() == use() == use()


@linux
@pytest.mark.parametrize("forking", [True, False])
def test_killing_the_judge_ends_everything(forking: bool, tmp_path: Path) -> None:
    (tmp_path / "pico_gpt.py").write_text("def gelu(x):\n    print('on')\n    while True: pass\n")
    script = f"""
        from pathlib import Path
        from grader.sandbox.host import Host, Limits
        host = Host(Path({str(tmp_path)!r}), None, forking={forking}, sandbox={forking})  # else as on macOS
        host.sandbox
        print(host._folder, flush=True)
        host.call("gelu", 1, own=frozenset({{"gelu"}}), timeout=100)
        """
    judge = subprocess.Popen(
        [sys.executable, "-c", dedent(script)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert judge.stdout is not None
    folder = Path(judge.stdout.readline().strip())
    members = [os.pidfd_open(pid) for pid in family(folder)]
    assert len(members) >= 2
    judge.kill()
    judge.communicate()
    deadline = time.monotonic() + 30
    for member in members:
        assert select.select([member], [], [], max(0, deadline - time.monotonic()))[0], "a worker lives on"
        os.close(member)
    while family(folder) or folder.exists():  # the base removes the folder as its last deed
        assert time.monotonic() < deadline, f"{folder} is still there"
        select.select([], [], [], 0.05)


@linux
def test_a_base_that_was_killed_is_started_again(host_of: Callable[..., Host]) -> None:
    host = host_of("def gelu(x):\n    return x\n\n\ndef softmax(x):\n    return x\n")
    assert host.call("gelu", 1, own=GELU).value == 1
    base = host._workers._starter._base  # type: ignore[union-attr]
    base.send_signal(signal.SIGKILL)
    base.wait()
    assert host.call("softmax", 2, own=frozenset({"softmax"})).value == 2


@pytest.mark.parametrize("forking", [base.FORKING, False])
def test_a_worker_that_cannot_start_says_why(
    host_of: Callable[..., Host], monkeypatch: pytest.MonkeyPatch, forking: bool
) -> None:
    monkeypatch.setattr("grader.sandbox.base.guests", lambda: {})
    with pytest.raises(WorkerError, match=r"(does not start|can be started).*No module named 'numpy'"):
        host_of("", forking=forking).call("gelu", 1, own=GELU)


def test_old_folders_of_hosts_that_were_killed_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, young, other = (tmp_path / name for name in ("pico-gpt-kata-old", "pico-gpt-kata-young", "other"))
    link = tmp_path / "pico-gpt-kata-link"
    for folder in (old, young, other):
        folder.mkdir()
        (folder / "file").touch()
    link.symlink_to(other)
    for path in (old, other):
        os.utime(path, (0, 0))
    remove_stale_folders()
    assert [path.exists() for path in (old, young, other, link)] == [False, True, True, True]


# ----------------------------------------------------------------- what the judge watches by itself


@linux
def test_the_judge_ends_a_worker_that_takes_too_much_memory(
    host_of: Callable[..., Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.sandbox.fresh_processes.resident_bytes", lambda pid: 1 << 40)  # as on macOS
    answer = host_of("def gelu(x):\n    while True: pass\n", forking=False).call("gelu", 1, own=GELU)
    assert answer.status == "crashed" and "took more than 2048 MiB of memory" in answer.error


def test_a_process_is_measured() -> None:
    kept = np.ones(4 << 20)
    resident = processes.resident_bytes(os.getpid())
    assert resident > kept.nbytes or (resident == 0 and sys.platform == "win32")


def test_a_folder_is_measured(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a").write_bytes(bytes(2 << 20))
    (tmp_path / "b").write_bytes(bytes(500))
    assert too_much(tmp_path, 3 << 20, 3) == ""
    assert too_much(tmp_path, 2 << 20, 3) == "it wrote more than 2 MiB of files"
    assert too_much(tmp_path, 3 << 20, 2) == "it made more than 2 files and folders"
    assert too_much(tmp_path / "gone", 0, 0) == ""


def test_a_folder_is_removed_whatever_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "c").write_bytes(b"kept")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "d").write_bytes(b"kept")
    if os.name == "posix":
        (folder / "a" / "link").symlink_to(tmp_path / "outside")
        (folder / "circle").symlink_to("circle")
        os.mkfifo(folder / "a" / "pipe")
        for name in ("a", "shut"):
            (folder / name).mkdir(exist_ok=True)
            (folder / name).chmod(0)
        # Deeper than paths can be long, and than files can be open.
        deep = "import os\nfor _ in range(3_000):\n    os.mkdir('deep')\n    os.chdir('deep')"
        subprocess.run([sys.executable, "-I", "-S", "-c", deep], cwd=folder, check=True)
    remove_tree(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["outside"]
    assert (tmp_path / "outside" / "d").read_bytes() == b"kept"


def test_the_command_line_of_a_worker_is_isolated() -> None:
    words = base.command("--base", "7", {"guests": {}})
    assert {"-I", "-S"} <= set(words) and json.loads(words[-1]) == {"guests": {}}
    assert any(word.startswith("pycache_prefix=") and ".kata" in word for word in words)
