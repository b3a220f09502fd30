"""Over real connections: a driver, a platform and a callback address, each in threads of its own."""

import socket
import threading
import urllib.request
from collections.abc import Iterator

import pytest

from infra.local_wechat.driver import Driver, SimulatorRefused
from infra.local_wechat.envelopes import Request
from infra.local_wechat.server import LocalWechat
from infra.local_wechat.transport import OverHttp
from infra.local_wechat.unanswered import Fault, Unanswered
from tests.unit.local_wechat.callback import Callback
from tests.unit.local_wechat.stage import SERVICE
from tests.unit.wechat.samples import ENCODING_KEY, TOKEN

SOON = 10.0  # s; far more than is needed


@pytest.fixture
def wechat() -> Iterator[Driver]:
    with LocalWechat(seed=7) as running:
        yield Driver(running.url)


def account(wechat: Driver, url: str) -> str:
    wechat.account(SERVICE, token=TOKEN, aes_key=ENCODING_KEY, callback_url=url)
    return wechat.person("mulan")


def test_a_follow_reaches_the_address_and_what_is_answered_the_fan(wechat: Driver) -> None:
    with Callback() as callback:
        mulan = account(wechat, callback.url)
        assert wechat.act(mulan, SERVICE, "follow").outcomes == ["delivered"]
        assert b"<Encrypt>" in callback.bodies[0]
        assert [one["kind"] for one in wechat.shown(mulan, SERVICE)] == ["follow"]


def test_a_push_may_take_its_time_while_the_fan_goes_on(wechat: Driver) -> None:
    with Callback() as callback:
        mulan = account(wechat, callback.url)
        assert wechat.act(mulan, SERVICE, "follow", wait=False).pushes == []
        assert callback.came.wait(SOON)


def test_whoever_takes_a_push_may_ask_the_platform_meanwhile(wechat: Driver) -> None:
    asked: list[str] = []

    def asks(_query: dict[str, str], _body: bytes) -> tuple[int, bytes]:
        asked.append(wechat.relation("p1", SERVICE)["openid"])
        return 200, b"success"

    with Callback(asks) as callback:
        done = wechat.act(account(wechat, callback.url), SERVICE, "follow")
    assert (done.outcomes, asked) == (["delivered"], [done.openid])


def test_what_becomes_due_by_itself_is_delivered_without_being_asked_for(wechat: Driver) -> None:
    with Callback() as callback:
        mulan = account(wechat, callback.url)
        wechat.push_fault("delayed", seconds=0.05)
        assert wechat.act(mulan, SERVICE, "follow").outcomes == ["held"]
        assert callback.came.wait(SOON)


def test_two_fans_who_act_at_once_are_both_heard(wechat: Driver) -> None:
    with Callback() as callback:
        people = [account(wechat, callback.url), *(wechat.person(f"friend {number}") for number in range(5))]
        threads = [threading.Thread(target=wechat.act, args=(one, SERVICE, "follow")) for one in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SOON)
        assert len(callback.bodies) == len(people)
    assert {one["outcome"] for one in wechat.pushes()} == {"delivered"}


def test_the_page_comes_whole_and_asks_nobody_else(wechat: Driver) -> None:
    with urllib.request.urlopen(wechat.url) as response:
        page = response.read().decode()
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert page.startswith("<!doctype html>")
    assert "src=" not in page
    assert "@import" not in page


def test_nonsense_is_told(wechat: Driver) -> None:
    with pytest.raises(SimulatorRefused, match="there is no account"):
        wechat.shown(wechat.person("mulan"), "wxnone")


def sent(url: str, answer: float = 0.2, seconds: float = 0.0) -> int:
    request = Request("POST", url, {"signature": "s"}, b"<xml></xml>", "text/xml", seconds)
    return OverHttp(connect=0.2, answer=answer)(request).status


def test_silence_is_a_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unanswered) as failed:
        sent(f"http://127.0.0.1:{silent.getsockname()[1]}/")
    assert failed.value.fault is Fault.TIMED_OUT


def test_an_address_where_nobody_is_cannot_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unanswered) as failed:
        sent(f"http://127.0.0.1:{port}/")
    assert failed.value.fault is Fault.UNREACHABLE


def test_a_body_that_trickles_arrives_whole_if_there_is_time() -> None:
    with Callback() as callback:
        assert sent(callback.url, answer=SOON, seconds=0.02) == 200
        assert callback.bodies == [b"<xml></xml>"]


def test_a_body_that_trickles_for_too_long_is_a_time_out() -> None:
    with Callback() as callback, pytest.raises(Unanswered) as failed:
        sent(callback.url, answer=0.01, seconds=0.1)
    assert failed.value.fault is Fault.TIMED_OUT
