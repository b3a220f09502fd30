"""What the driver makes of answers, and of refusals."""

import json
from typing import Any

import pytest

from infra.local_wechat.driver import Done, Driver, SimulatorRefused, texts
from tests.unit.local_wechat.stage import MINI, SERVICE, URL, Stage, says


def entry(who: str, via: str, kind: str, **content: Any) -> dict[str, Any]:
    return {"who": who, "via": via, "kind": kind, "content": content}


CHAT = [
    entry("fan", "action", "text", Content="hi"),
    entry("account", "reply", "text", Content="welcome"),
    entry("account", "custom", "text", msgtype="text", text={"content": "later"}),
    entry("account", "custom", "image", image={"media_id": "m"}),
    entry("platform", "failure", "text", Content="nobody serves"),
]


def test_texts_are_what_the_fan_reads_and_not_what_they_wrote() -> None:
    assert texts(CHAT) == ["welcome", "later", "nobody serves"]


def test_an_actions_answer_tells_outcomes_replies_and_faults() -> None:
    push = {"outcome": "delivered", "attempts": [{"fault": "status"}, {"fault": None}]}
    done = Done("oFan", [push, {"outcome": "lost", "attempts": []}], CHAT, {})
    assert (done.outcomes, done.faults) == (["delivered", "lost"], ["status"])
    assert done.replies == [{"Content": "welcome"}]


def test_a_refusal_says_what_was_asked_and_why() -> None:
    driver = Driver("http://nowhere.example/", lambda *_: (400, json.dumps({"error": "no"}).encode()))
    assert driver.url == "http://nowhere.example"
    with pytest.raises(SimulatorRefused, match="POST /_sim/reset: 400"):
        driver.reset()


def test_a_part_of_an_account_can_be_changed() -> None:
    stage = Stage()
    stage.driver.change(MINI, token="other")
    assert stage.driver.change(SERVICE, certified=False)["certified"] is False
    assert stage.world.accounts[MINI].token == "other"
    assert stage.world.accounts[MINI].callback_url == URL


def test_everything_that_can_be_asked_answers() -> None:
    stage = Stage()
    stage.receiver.answers(says("welcome"))
    stage.act("follow")
    driver = stage.driver
    assert driver.outbox(openid="oNobody") == []
    assert [one["path"] for one in driver.log()] == []
    assert driver.report()["messages"] == 0
    assert driver.menu(stage.mulan, SERVICE) == []
    assert driver.codes(SERVICE) == []
    assert [one["name"] for one in driver.pushes(appid=SERVICE, outcome="delivered")] == ["subscribe"]
    assert driver.pushes(after=driver.pushes()[-1]["order"]) == []
    assert driver.ways(breaker_failures=3)["breaker_failures"] == 3
    assert driver.choices(refollow_forgets=False)["refollow_forgets"] is False
    assert driver.template(SERVICE, ["thing1"], template_id="tpl-A") == "tpl-A"


def test_calls_go_wrong_and_well_again_as_asked() -> None:
    stage = Stage()
    stage.driver.fault({"path": "/menu/get"}, {}, {"errcode": -1})
    assert stage.call("/cgi-bin/menu/get", {})["errcode"] == -1
    stage.driver.no_faults()
    assert stage.call("/cgi-bin/menu/get", {})["errcode"] == 46003


@pytest.mark.parametrize("ways", [{"breaker_failures": "many"}, {"speed": 1}])
def test_ways_are_of_their_kind(ways: dict[str, Any]) -> None:
    with pytest.raises(SimulatorRefused, match="400"):
        Stage().driver.ways(**ways)


def test_the_same_person_is_there_once() -> None:
    stage = Stage()
    assert stage.driver.person("mulan") == stage.mulan
    assert stage.driver.person("somebody") != stage.mulan
