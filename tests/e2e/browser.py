"""A real browser with the Sensors SDK for browsers, on pages of another origin than the API."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from tests.e2e.loopback import QuietHandler, serving
from tests.e2e.node import HERE, program

_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
_SDK: Final = HERE / "node_modules" / "sa-sdk-javascript" / "sensorsdata.min.js"
_TOOL: Final = HERE / "node_modules" / "playwright-core"
_STOP_SECONDS: Final = 20.0


class BrowserFailed(AssertionError):
    """The browser could not do what it was told."""


@dataclass(slots=True)
class Chromium:
    """A running browser; `site` is the origin of its pages."""

    process: subprocess.Popen[str]
    site: str
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    def tell(self, **command: Any) -> Any:
        """Does one command of the driver and returns its value."""
        if self.process.stdin is None or self.process.stdout is None:
            raise BrowserFailed("the driver has no pipes")
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": f"the driver has ended with {self.process.poll()}"}
        if "error" in answer:
            raise BrowserFailed(answer["error"])
        return answer["value"]

    @contextmanager
    def visitor(self) -> Iterator["Tab"]:
        """A fresh profile for the length of the block."""
        tab = Tab(self, next(self.ids))
        self.tell(do="visitor", id=tab.id)
        try:
            yield tab
        finally:
            self.tell(do="leave", id=tab.id)


@dataclass(frozen=True, slots=True)
class Tab:
    """A visitor's page. Methods of the SDK are called by their own names: `tab.call("track", "ViewProduct", {"price": 9})`."""

    chromium: Chromium
    id: int

    def visit(self, server_url: str, *, query: str = "", **options: Any) -> None:
        """Opens the shop's page with the SDK set up to send to `server_url`; `options` are the SDK's own."""
        given = {"server_url": server_url, "show_log": False, **options}
        self.chromium.tell(do="open", id=self.id, url=f"{self.chromium.site}/page?{urlencode({'options': json.dumps(given)})}{query}")

    def call(self, name: str, *values: Any) -> None:
        """Calls the SDK."""
        self.chromium.tell(do="call", id=self.id, name=name, arguments=values)

    def evaluate(self, script: str) -> Any:
        """The value of an expression in the page."""
        return self.chromium.tell(do="evaluate", id=self.id, script=script)

    def unsent(self) -> int:
        """How many records wait in the page's storage to be sent in a batch."""
        found: int = self.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('sawebjssdk-')).length")
        return found

    def dialogs(self) -> list[str]:
        """What the page has alerted."""
        found: list[str] = self.chromium.tell(do="dialogs", id=self.id)
        return found


@contextmanager
def started(folder: Path) -> Iterator[Chromium]:
    """A browser for the length of the block; its log goes to `folder`. Fails the test that needs it when something is missing."""
    chromium = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if chromium is None:
        pytest.fail("Chromium is needed for the browser SDK: install the package `chromium`")
    if not (_SDK.exists() and _TOOL.exists()):
        pytest.fail("the browser SDK is not installed: `make e2e` does that")
    command = [program(), str(HERE / "js" / "browser.js"), chromium]
    with (folder / "driver.log").open("wb") as log, _pages() as site:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            yield Chromium(process, site)
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _pages() -> Iterator[str]:
    """Serves the page and the SDK; yields the origin."""
    files = {"/page": ("text/html; charset=utf-8", HERE / "js" / "page.html"), "/sdk.js": ("application/javascript", _SDK)}

    class Handler(QuietHandler):
        """Two files."""

        def do_GET(self) -> None:  # noqa: N802 - named by the HTTP method
            kind, path = files.get(self.path.partition("?")[0], ("text/plain", None))
            self.answer(200 if path else 404, [("Content-Type", kind)], path.read_bytes() if path else b"")

    with serving(Handler) as site:
        yield site
