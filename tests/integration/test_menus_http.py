"""Menus and tags of accounts over HTTP: what is refused and why, and how far the platform is."""

from typing import Any

import pytest

import app as application
from chalicelib.access import keys
from chalicelib.access.model import Scope
from chalicelib.tagging import reconcile
from tests.support.aws import Stack
from tests.support.gateway import NOW, Gateway, Reply
from tests.support.menus import button, document
from tests.support.platform import error
from tests.support.tagging import APPID, FlowingWorld, tagged_world

MENU = "/v1/menus/shop"
TAGS = f"/v1/accounts/{APPID}/tags"


@pytest.fixture
def world(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> FlowingWorld:
    """An account that gives `vip` and takes one of the operators' tags; Ming is a fan."""
    made = tagged_world(stack, monkeypatch)
    made.segments("vip", "unpaid")
    made.account(give=[{"segment": "vip"}, {"tag": "level", "value": "黄金"}], take=["门店会员"])
    made.person("ming", "oMing")
    made.flow()
    return made


@pytest.fixture
def operator(world: FlowingWorld) -> Gateway:
    """Whoever may do everything."""
    return Gateway(application.app, key=keys.create_api_key([Scope.ADMIN], by="test", at=NOW).text)


def put_in_force(operator: Gateway, body: dict[str, Any]) -> Any:
    assert operator.call("PUT", MENU, body).status == 200
    return operator.call("POST", f"{MENU}/publish")


def refusal(reply: Reply) -> tuple[int, str, str]:
    fault = reply.json["errors"][0]
    return reply.status, fault["path"], fault["code"]


def shown(operator: Gateway, path: str) -> Any:
    reply = operator.get(path)
    assert reply.status == 200, reply.json
    return reply.json


def test_a_menu_is_pending_and_then_applied(world: FlowingWorld, operator: Gateway) -> None:
    assert put_in_force(operator, document("unpaid")).status == 200
    before = shown(operator, f"{MENU}/status")
    assert (before["state"], before["version"], before["applied_version"]) == ("pending", 1, None)
    world.stands("ming", segments=["unpaid"])
    world.flow()
    after = shown(operator, f"{MENU}/status")
    assert (after["account"], after["state"], after["applied_version"], after["fault"]) == (APPID, "applied", 1, None)
    (personal,) = after["personal"]
    assert (personal["segment"], personal["tag_name"], personal["people"], personal["refused"]) == ("unpaid", "hm:unpaid", 1, 0)
    assert personal["tag"] == world.platform.number("hm:unpaid")


def test_a_newer_version_is_pending_until_it_is_applied(world: FlowingWorld, operator: Gateway) -> None:
    put_in_force(operator, document())
    world.flow()
    put_in_force(operator, document(title="new"))
    assert shown(operator, f"{MENU}/status")["state"] == "pending"
    world.flow()
    assert shown(operator, f"{MENU}/status")["applied_version"] == 2


def test_what_the_platform_refuses_is_told_with_its_number(world: FlowingWorld, operator: Gateway) -> None:
    world.platform.fails("create_menu", error(45064))
    put_in_force(operator, document())
    world.flow()
    status = shown(operator, f"{MENU}/status")
    assert status["state"] == "failed"
    assert status["fault"] == {
        "number": 45064,
        "meaning": status["fault"]["meaning"],
        "api": "/cgi-bin/test",
        "rid": "12345678-12345678-12345678",
    }


def test_menus_that_are_not_in_force_have_no_status(world: FlowingWorld, operator: Gateway) -> None:
    assert operator.get(f"{MENU}/status").status == 404
    operator.call("PUT", MENU, document())
    assert operator.get(f"{MENU}/status").status == 404


def test_a_wrong_menu_is_refused_with_its_place_and_code(operator: Gateway, world: FlowingWorld) -> None:
    reply = operator.call("PUT", MENU, document(buttons=[button("新品上市了啊")]))
    assert refusal(reply) == (422, "buttons/0/name", "name_too_long")
    reply = put_in_force(operator, document("nobody"))
    assert (reply.status, reply.json["errors"][0]["path"], reply.json["errors"][0]["code"]) == (
        422,
        "personal/0/segment",
        "segment_unknown",
    )


def test_an_account_tells_which_segments_are_tags_there(world: FlowingWorld, operator: Gateway) -> None:
    put_in_force(operator, document("unpaid"))
    world.stands("ming", segments=["vip"])
    world.flow()
    found = shown(operator, TAGS)
    assert [(one["name"], one["menu"], one["filling"], one["people"]) for one in found["give"]] == [
        ("hm:unpaid", True, "done", 0),
        ("hl:vip", False, "done", 1),
        ("ht:level:黄金", False, "done", 0),
    ]
    assert (found["take"], found["room"], found["round"]) == (["门店会员"], 93, None)


def test_an_account_tells_what_the_last_round_mended(world: FlowingWorld, operator: Gateway) -> None:
    world.platform.hand("oMing", "hl:vip")
    reconcile.start(APPID, world.clock.now)
    world.flow()
    round_ = shown(operator, TAGS)["round"]
    assert (round_["holders"], round_["extra"], round_["missing"], round_["finished_at"] is not None) == (1, 1, 0, True)


def test_an_account_that_is_not_in_force_tells_nothing(world: FlowingWorld, operator: Gateway) -> None:
    assert operator.get("/v1/accounts/wx0000000000000000/tags").status == 404
