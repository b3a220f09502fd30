"""The page of the local WeChat, in a real browser: a developer acts as a fan by clicking, and sees what the account answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from infra.local_wechat.driver import Driver
from infra.local_wechat.envelopes import Request
from infra.local_wechat.server import LocalWechat
from tests.e2e.browser import Tab
from tests.unit.local_wechat.callback import Callback
from tests.unit.local_wechat.stage import SERVICE, reply_to
from tests.unit.wechat.samples import TOKEN

pytestmark = pytest.mark.browser

WAIT = """(async () => { for (let turn = 0; turn < 200; turn += 1) { if (%s) return true; await new Promise(next => setTimeout(next, 50)); }
  return document.body.innerText; })()"""
CLICK = """[...document.querySelectorAll("button")].find(one => one.textContent === %r && !one.disabled).click()"""
SEND = """document.querySelector("#write input").value = %r; document.querySelector("#write button").click()"""


@dataclass(frozen=True, slots=True)
class Page:
    """The page, and the platform behind it."""

    tab: Tab
    wechat: Driver

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        return self.tab.evaluate(script)

    def click(self, text: str) -> None:
        """Waits for the button, then clicks it."""
        self.until(f"[...document.querySelectorAll('button')].some(one => one.textContent === {text!r} && !one.disabled)")
        self.run(CLICK % text)

    def until(self, condition: str) -> None:
        """Waits for it; fails with what the page says."""
        assert self.run(WAIT % condition) is True

    def shows(self, text: str) -> None:
        """Waits for the text in the chat."""
        self.until(f"document.querySelector('#chat').innerText.includes({text!r})")


def hello(query: dict[str, str], body: bytes) -> tuple[int, bytes]:
    """Answers each message and follow."""
    answered = b"unsubscribe" not in body and b"VIEW" not in body
    request = Request("POST", "", query, body)
    return 200, reply_to(request, "<Content>welcome</Content>").encode() if answered else b"success"


@pytest.fixture
def page(tab: Tab) -> Iterator[Page]:
    with LocalWechat() as running, Callback(hello) as callback:
        wechat = Driver(running.url)
        wechat.account(SERVICE, token=TOKEN, mode="plain", callback_url=callback.url)
        wechat.person("mulan")
        running.world.accounts[SERVICE].menu = [
            {"name": "Shop", "sub_button": [{"type": "view", "name": "Home", "url": "https://shop.example/"}]}
        ]
        tab.chromium.tell(do="open", id=tab.id, url=running.url)
        yield Page(tab, wechat)


def test_a_developer_follows_writes_taps_and_leaves(page: Page) -> None:
    page.click("Follow")
    page.shows("welcome")
    page.until("!document.querySelector('#write input').disabled")
    page.run(SEND % "裙装 <b>")
    page.shows("裙装 <b>")
    page.click("≡ Shop")
    page.click("Home")
    page.shows("menu · Home · view")
    page.click("Unfollow")
    page.shows("unfollow")
    assert [one["name"] for one in page.wechat.pushes()] == ["subscribe", "text", "VIEW", "unsubscribe"]
    assert {one["outcome"] for one in page.wechat.pushes()} == {"delivered"}
