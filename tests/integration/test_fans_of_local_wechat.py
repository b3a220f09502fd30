"""Everything that a fan of the local WeChat can do is taken by the product, in every mode, once, whatever goes wrong on the way."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

import app as application
from chalicelib.definitions import store as definitions
from chalicelib.wechat import connected, secrets
from chalicelib.wechat.accounts import KIND
from chalicelib.wechat.secrets import Secret
from infra.local_wechat.answers import Response
from infra.local_wechat.delivery_faults import Effect
from infra.local_wechat.envelopes import Request
from tests.support.aws import Stack, memory_stack
from tests.support.gateway import Gateway
from tests.unit.local_wechat.stage import MINI, SERVICE, Stage
from tests.unit.wechat.samples import ENCODING_KEY, TOKEN

OF_A_FAN: dict[str, dict[str, Any]] = {
    "text": {"content": "裙装 🙂 ]]> <b>"},
    "image": {},
    "voice": {"recognition": "有没有碎花裙"},
    "video": {"short": True},
    "location": {"label": "武汉"},
    "link": {"title": "t", "url": "https://shop.example/"},
    "choose": {"id": "101", "content": "满意"},
    "report_location": {},
    "subscribe_popup": {"choices": {"tpl-A": "accept", "tpl-B": "reject"}},
    "withdraw": {"template_ids": ["tpl-A"]},
    "agent": {"event": "switch"},
    "card": {"card_id": "pCard", "fields": {"OuterStr": "store_17"}},
    "privacy": {"change": "revoke"},
    "publish": {"urls": ["https://mp.example/s/1"]},
    "debug_demo": {},
    "unfollow": {},
}
OF_A_VISITOR: dict[str, dict[str, Any]] = {
    "text": {"content": "请问发货了吗"},
    "mini_page": {"title": "托特包", "path": "pages/item?id=1"},
    "enter_service": {"session_from": "sku=1001|新品"},
    "subscribe_popup": {"choices": {"tpl-A": "accept"}},
    "withdraw": {"template_ids": ["tpl-A", "tpl-B"]},
    "privacy": {"change": "modified"},
    "media_check": {"trace_id": "trace-1"},
    "debug_demo": {},
}


class Town(Stage):
    """The local WeChat with the product at the callback addresses."""

    def __init__(self, stack: Stack, mode: str, form: str = "json") -> None:
        self.stack, self.gateway = stack, Gateway(application.app)
        super().__init__(mode, form, verify=False)
        self.clock.now = self.gateway.now
        for appid, kind in ((SERVICE, "service"), (MINI, "mini_program")):
            secrets.put(appid, Secret.TOKEN, [TOKEN])
            secrets.put(appid, Secret.AES_KEY, [ENCODING_KEY])
            definitions.draft(KIND, appid, {"type": kind, "mode": mode}, by="test", at=self.clock.now)
            definitions.publish(KIND, appid, by="test", at=self.clock.now)
            self.world.accounts[appid].callback_url = f"http://api.example/wechat/{appid}"
        connected.forget()
        self.receiver.answers(self.product)

    def product(self, request: Request) -> Response:
        """Calls the lambda as API Gateway would, at the time that the platform has."""
        self.gateway.now = self.clock.wire()
        reply = self.gateway.call(request.method, f"{urlsplit(request.url).path}?{urlencode(request.query)}", request.body)
        return Response(reply.status, reply.body)

    @property
    def events(self) -> int:
        """How many are kept."""
        return len(self.stack.items("events"))


@pytest.fixture
def stack() -> Iterator[Stack]:
    with memory_stack() as made:
        yield made


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_all_that_a_fan_does_is_taken(stack: Stack, mode: str) -> None:
    town = Town(stack, mode)
    assert town.pusher.deliverer.verify(SERVICE)
    assert town.act("follow").outcomes == ["delivered"]
    for action, fields in OF_A_FAN.items():
        town.driver.advance(2)
        done = town.act(action, **fields)
        assert (done.outcomes, done.faults) == (["delivered"], []), action
    assert town.events >= len(OF_A_FAN) - len(["publish", "debug_demo"])  # news about the account are nobody's events


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("mode", ["plain", "safe"])
def test_all_that_a_visitor_of_a_mini_program_does_is_taken(stack: Stack, mode: str, form: str) -> None:
    town = Town(stack, mode, form)
    for action, fields in OF_A_VISITOR.items():
        town.driver.advance(2)
        done = town.act(action, MINI, **fields)
        assert (done.outcomes, done.faults) == (["delivered"], []), action


TAKEN: dict[Effect, dict[str, Any]] = {
    Effect.DUPLICATE: {},
    Effect.ANSWER_LOST: {"attempts": [1]},
    Effect.DELAYED: {"seconds": 1},
    Effect.SLOW: {"seconds": 0.01},
    Effect.JSON_IN_XML: {},
    Effect.UNKNOWN_TYPE: {},
    **{effect: {"attempts": [1]} for effect in (Effect.WRONG_SIGNATURE, Effect.STALE_TIMESTAMP, Effect.EMPTY, Effect.DOCTYPE)},
    **{effect: {"attempts": [1]} for effect in (Effect.FOREIGN_APPID, Effect.TRUNCATED, Effect.PLAIN_SIGNATURE_ONLY)},
}


@pytest.mark.parametrize("effect", TAKEN)
def test_one_message_is_one_event_whatever_goes_wrong(stack: Stack, effect: Effect) -> None:
    town = Town(stack, "safe")
    town.act("follow")
    before = town.events
    town.driver.push_fault(effect, event="text", **TAKEN[effect])
    town.act("text", content="hi")
    town.driver.advance(2)
    assert [one["outcome"] for one in town.driver.pushes()] == ["delivered"] * 2
    assert town.events == before + 1


@pytest.mark.parametrize("effect", [Effect.WRONG_SIGNATURE, Effect.PLAIN_SIGNATURE_ONLY, Effect.FOREIGN_APPID, Effect.STALE_TIMESTAMP])
def test_what_is_forged_three_times_leaves_nothing(stack: Stack, effect: Effect) -> None:
    town = Town(stack, "safe")
    town.act("follow")
    before = town.events
    town.driver.push_fault(effect, event="text")
    done = town.act("text", content="hi")
    assert (done.outcomes, done.faults) == (["failed"], ["status"] * 3)
    assert town.events == before
