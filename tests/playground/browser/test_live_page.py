"""The page that follows each save, in a real Chromium, and with the real grader.

One program follows the saves of nearly all tests, in the order in which they stand: a test that wants the
text that is there already saves nothing. By day two mistakes are saved, by night eleven of each step as well.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playground_helpers import solution_of
from real_grader import ROOT, replace_function
from xray_pages import WRONG

from tests.measures import live_page
from tests.playground.browser.axe import day_and_night, findings, looks, needs_axe, sideways
from tests.playground.browser.watched import Watched, descendants

pytestmark = [
    pytest.mark.timeout(600),  # a busy machine judges slowly; nothing here measures time
    pytest.mark.skipif(os.name != "posix", reason="looks at the processes of a POSIX system"),
]

RIGHT = "    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))\n"
PATIENCE_MS = 240_000


class Live:
    """`python -m playground live`, running, and the page that it serves."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.folder = folder
        for path in (ROOT / "exercises").glob("*.py"):
            shutil.copy(path, folder)
        words = ["-m", "playground", "live", "--impl", str(folder), "--port", "0", "--no-browser", *more]
        self.process = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().split()[4]

    def open(self, watched: Watched, place: str = "") -> Any:
        page = watched.page
        page.set_default_timeout(PATIENCE_MS)
        page.goto(self.address + (f"#{place}" if place else ""))
        page.locator("#live-says").wait_for()
        return page

    def save(self, **bodies: str) -> None:
        """Save one file, where it is not there already: the stubs, with some functions written."""
        text = (ROOT / "exercises" / "pico_gpt.py").read_text(encoding="utf-8")
        for name, body in bodies.items():
            text = replace_function(text, name, body)
        if (self.folder / "pico_gpt.py").read_text(encoding="utf-8") != text:
            (self.folder / "pico_gpt.py").write_text(text, encoding="utf-8")

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One program for the tests of this file."""
    started = Live(tmp_path_factory.mktemp("student"))
    yield started
    started.end()


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Live]:
    """A program that waits for a loop no longer than it must."""
    started = Live(tmp_path, "--time-limit", "1")
    yield started
    if started.process.poll() is None:
        started.end()


def says(page: Any, words: str) -> str:
    """Wait until the page's first line holds these words, and no other page is about to replace this one."""
    page.locator("#live-says", has_text=words, has_not_text="Looking for the name").wait_for()
    return str(page.inner_text("#live-says"))


def red(page: Any) -> list[str]:
    names = page.locator(".step-list li.wrong code").all_inner_texts()
    return [name.removesuffix("()") for name in names]


@pytest.mark.nightly  # by day two mistakes, in the test after it
@pytest.mark.timeout(7200)
def test_of_known_mistakes_the_page_shows_the_function_first_and_a_cell_that_differs(
    followed: Live, watch: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`python -m tests.measures.live_page` prints the numbers, and how long each save takes."""
    monkeypatch.setattr(live_page, "PAUSE_S", 0)  # nothing here measures how long a save takes
    followed.save()
    page = followed.open(watch())
    shown = live_page.follow(page, followed.folder, live_page.chosen(11))
    says(page, "Step ")
    assert sum(row.right for row in shown) >= 0.95 * len(shown), [row for row in shown if not row.right]
    assert [row for row in shown if not row.differs] == []


def test_a_save_makes_the_first_wrong_box_red_with_the_number_that_differs(
    followed: Live, watch: Callable[..., Watched]
) -> None:
    followed.save()
    page = followed.open(watch())
    says(page, "Every function that you have written is right.")
    assert red(page) == []
    for name in ("no scale", "erf"):
        function, text, key = WRONG[name]
        followed.save(**{function: text})
        line = says(page, f", {function}: ")
        assert line.startswith("Step ")
        assert red(page) == [function]
        assert page.evaluate("xray.data.first_difference") == key
        facts = page.evaluate(f"xray.data.stages[{key!r}]")
        assert "differs" in page.inner_text("#cell .comparison")
        assert str(facts["at"][-1]) in page.inner_text("#cell .number code")
        assert page.inner_text("#cell .rule"), "the formula is beside it"
        assert text.splitlines()[-1].strip() in page.inner_text("#cell .code")
    followed.save(**solution_of("gelu"))
    says(page, "Every function that you have written is right.")
    assert red(page) == []


def test_place_focus_and_scroll_survive_a_save(followed: Live, watch: Callable[..., Watched]) -> None:
    followed.save(**solution_of("gelu"))
    page = followed.open(watch(width=1000, height=600), "weights.2;p=5;h=3")
    says(page, "is right")
    page.locator("#stage .square .cell").nth(5 * 12 + 2).focus()
    page.evaluate("window.scrollTo(0, 120)")
    place = "document.activeElement.getBoundingClientRect().top"
    before = page.evaluate(place)
    followed.save(gelu=WRONG["erf"][1])
    says(page, ", gelu: ")
    assert page.url.endswith("#weights.2;p=5;h=3")
    page.wait_for_function("document.activeElement.ariaLabel?.startsWith('weight[5, 2] = ')")
    assert page.evaluate(place) == pytest.approx(before, abs=2)


@needs_axe
@day_and_night
def test_axe_finds_nothing_at_any_width_in_either_scheme(
    followed: Live, watch: Callable[..., Watched], night: bool
) -> None:
    followed.save(gelu=WRONG["erf"][1])
    page = followed.open(watch(bypass_csp=True))
    says(page, ", gelu: ")
    for name, closely in looks(page, night):
        assert sideways(page) <= 0, name
        if closely:
            assert findings(page) == [], name


def test_only_who_knows_the_address_gets_the_page(followed: Live) -> None:
    base, token, _ = followed.address.rsplit("/", 2)
    assert base.startswith("http://127.0.0.1:") and len(token) >= 20

    def status(address: str, host: str | None = None) -> int:
        request = urllib.request.Request(address, headers={} if host is None else {"Host": host})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)

    assert status(followed.address) == 200
    assert status(f"{base}/") == 404
    assert status(f"{base}/{'x' * len(token)}/") == 404
    assert status(followed.address, host="evil.example") == 404
    assert status(f"{followed.address}steps/01_gelu.md") == 200
    assert status(f"{followed.address}steps/../../README.md") == 404


def test_a_loop_a_crash_and_two_gigabytes_end_in_a_sentence_and_leave_nothing_running(
    impatient: Live, watch: Callable[..., Watched]
) -> None:
    bodies = {  # the loop meets one of the grader's tests, and the numbers that the picture is made of
        "had not answered after 1 s": f"    while x.shape[-1] > 100:\n        pass\n{RIGHT}",
        "ended": "    import os\n    os._exit(3)\n",
        "memory": "    return np.ones(1 << 28) * x.sum()\n",
    }
    page = impatient.open(watch())
    before = threads(impatient.process.pid)
    for words, body in bodies.items():
        impatient.save(gelu=f"def gelu(x):\n{body}")
        line = says(page, words)
        assert line.startswith("Step 1, gelu: ") and "Traceback" not in page.inner_text("body")
        assert red(page) == ["gelu"]
        for _ in range(100):
            left, more = at_work(impatient.process.pid), threads(impatient.process.pid) - before
            if not left and more <= 2:  # a page that was left is noticed when there is news for it
                break
            page.wait_for_timeout(50)
        assert left == [] and more <= 2, "nothing runs five seconds later"
    page.goto("about:blank")  # it would complain that its program has gone
    impatient.end()
    assert not (ROOT / ".kata" / "live.json").exists()


def at_work(pid: int) -> list[int]:
    """What a program has started, but for the processes that wait for the next save's work and their bases.

    Who waits has his words still to come on standard input; who got them, and runs a student's code, has not.
    """
    waiting: set[int] = set()
    for child in descendants(pid):
        try:
            words = Path(f"/proc/{child}/cmdline").read_bytes()
            held = Path(f"/proc/{child}/fd/0").readlink().name
            if words.endswith((b"grader.student.ready\0", b"playground.live.ready\0")) and held.startswith(
                "pipe:"
            ):
                waiting |= {child, *descendants(child)[:1]}
        except OSError:  # it has ended meanwhile
            continue
    assert len(waiting) <= 4
    return [child for child in descendants(pid) if child not in waiting]


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))
