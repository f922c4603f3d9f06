"""Tabs of one Chromium, used again by test after test: to open one takes seconds of the processor's time."""

from __future__ import annotations

import contextlib
from typing import Any

from tests.playground.browser.watched import CHROMIUM, FLAGS


class Tabs:
    """One browser, which stays open from file to file: playwright lets no second one start meanwhile."""

    def __init__(self) -> None:
        self._playwright: Any = None
        self._browser: Any = None
        self._contexts: dict[bool, Any] = {}
        self._free: dict[bool, list[Any]] = {False: [], True: []}
        self._kind: dict[Any, bool] = {}

    def browser(self) -> Any:
        if self._browser is None:
            from playwright.sync_api import sync_playwright

            self._playwright = sync_playwright().start()
            self._browser = self._playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        return self._browser

    def take(
        self,
        width: int = 1280,
        height: int = 900,
        color_scheme: str = "light",
        reduced_motion: str = "no-preference",
        bypass_csp: bool = False,
    ) -> Any:
        """An empty tab; one that was given back, where there is one."""
        browser, free = self.browser(), self._free[bypass_csp]
        if bypass_csp not in self._contexts:
            self._contexts[bypass_csp] = browser.new_context(bypass_csp=bypass_csp, accept_downloads=True)
        page = free.pop() if free else self._contexts[bypass_csp].new_page()
        self._kind[page] = bypass_csp
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(media="null", color_scheme=color_scheme, reduced_motion=reduced_motion)
        page.set_default_timeout(30_000)
        page.bring_to_front()  # a tab behind another gets few frames, and each click waits for two
        return page

    def give_back(self, page: Any) -> None:
        """Of what a test did in it nothing is left; who listens to it, the test takes away itself."""
        with contextlib.suppress(Exception):  # a page without an address has no storage
            page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        page.goto("about:blank")
        self._free[self._kind[page]].append(page)

    def close(self) -> None:
        if self._browser is not None:
            self._browser.close()
            self._playwright.stop()
        self._playwright = self._browser = None
        self._contexts, self._free, self._kind = {}, {False: [], True: []}, {}


TABS = Tabs()
