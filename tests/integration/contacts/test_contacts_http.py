"""Contacts over HTTP: words and entries hold from the answer on, are told on the timeline, and show with what they do."""

from typing import Any

import pytest

from chalicelib.contacts import permissions, reachable, uses
from chalicelib.contacts.consents import EVENT
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Reason
from tests.integration.contacts import world
from tests.integration.contacts.world import APPID, FAN, MARKETING, MASS, NOTICE, PHONE, SMS, TEMPLATE, Reached
from tests.support.gateway import NOW, Reply
from tests.support.ring import address, event

USER, MOBILE = address("user_id", "u1"), address("mobile", PHONE)


def consent(her: Reached, where: str = MOBILE, **body: Any) -> Reply:
    return her.ring.operator.call("POST", f"{where}/consents", {"source": "form", **body})


def suppress(her: Reached, where: str = USER, **body: Any) -> Reply:
    return her.ring.operator.call("POST", f"{where}/suppressions", {"reason": "投诉", **body})


def shown(her: Reached, query: str = "") -> Any:
    reply = her.ring.operator.get(f"{USER}/contact{query}")
    assert reply.status == 200, reply.json
    return reply.json


def reach(her: Reached, channel: str, query: str = "") -> tuple[str, str | None]:
    found = [one for one in shown(her, query)["reach"] if one["channel"] == channel and one["account"] in ("", APPID, "jpush")]
    return found[0]["reach"], found[0]["reason"]


# ---- consents ----


def test_a_yes_holds_from_the_answer_on(her: Reached) -> None:
    reply = consent(her, granted=True, channel="sms", category="marketing", proof="勾选 v3")
    assert (reply.status, reply.json["stands"], reply.json["person_id"]) == (201, True, her.person.id)
    assert her.reason(SMS, category=MARKETING, now=NOW + 6 * world.HOUR) == ""


def test_a_word_is_an_event_with_its_proof(her: Reached) -> None:
    consent(her, granted=False, source="hotline", proof="call 4711", at="2026-11-20T09:30:00+08:00")
    her.ring.flow()
    (told,) = her.ring.ask("user_id", "u1", f"/timeline?name={EVENT.replace('$', '%24')}").json["items"]
    assert (told["time"], told["properties"]) == (
        "2026-11-20T01:30:00.000Z",
        {"granted": False, "source": "hotline", "proof": "call 4711"},
    )


def test_the_same_word_again_is_the_same_event(her: Reached) -> None:
    first, second = (consent(her, granted=True, at=NOW - 1) for _ in range(2))
    assert first.json == second.json
    her.ring.flow()
    assert len(shown(her)["consents"]) == 1


def test_an_older_word_is_kept_on_the_timeline_but_does_not_stand(her: Reached) -> None:
    consent(her, granted=False)
    assert consent(her, granted=True, at=NOW - 1).json["stands"] is False
    assert her.reason(SMS) == "consent_refused"


def test_a_word_may_come_before_the_person(her: Reached) -> None:
    stranger = address("mobile", "13700000001")
    assert consent(her, stranger, granted=False).json["person_id"] is None
    her.ring.flow()
    her.ring.send(event("Known", 60, user_id="u2", mobile="13700000001"))
    her.ring.flow()
    (word,) = her.ring.operator.get(f"{address('user_id', 'u2')}/contact").json["consents"]
    assert word["granted"] is False


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"granted": "yes"}, 422),
        ({}, 422),
        ({"granted": True, "channel": "fax"}, 422),
        ({"granted": True, "source": ""}, 422),
        ({"granted": True, "at": "yesterday"}, 400),
        ({"granted": True, "at": NOW + world.HOUR}, 400),
        ({"granted": True, "why": "because"}, 422),
    ],
)
def test_half_a_word_is_refused(her: Reached, body: dict[str, Any], status: int) -> None:
    assert consent(her, **body).status == status


@pytest.mark.parametrize("path", [address("mobile", "13800000000"), address("fax", "1")])
def test_nobody_consents_for_an_identifier_that_is_nobodys(her: Reached, path: str) -> None:
    assert consent(her, path, granted=True).status == 400


def test_an_event_of_a_client_is_a_word_too(her: Reached) -> None:
    her.ring.send(event(EVENT, 70, {"granted": False, "channel": "push"}, user_id="u1"))
    her.ring.flow()
    (word,) = shown(her)["consents"]
    assert (word["granted"], word["channel"], word["source"]) == (False, "push", "shop")
    assert reach(her, "push") == ("no", "consent_refused")


def test_an_event_that_says_nothing_clear_changes_nothing(her: Reached) -> None:
    her.ring.send(event(EVENT, 70, {"granted": "no"}, user_id="u1"))
    her.ring.flow()
    assert shown(her)["consents"] == []


# ---- suppressions ----


def test_who_is_suppressed_gets_nothing_from_the_answer_on(her: Reached) -> None:
    reply = suppress(her)
    assert (reply.status, reply.json["suppression"]["reason"]) == (201, "投诉")
    assert {one["reason"] for one in shown(her)["reach"] if one["reason"] != "no_address"} == {"suppressed"}


def test_the_last_look_before_a_call_sees_it_at_every_address(her: Reached) -> None:
    suppress(her)
    assert reachable.still(ChannelName.TEMPLATE, APPID, FAN, NOW) == "suppressed"
    assert reachable.still(ChannelName.SMS, "tencent", PHONE, NOW) == "suppressed"


def test_one_channel_may_be_suppressed_and_lifted_alone(her: Reached) -> None:
    suppress(her, channel="sms")
    suppress(her, channel="push")
    assert (her.reason(SMS), her.reason(TEMPLATE)) == ("suppressed", "")
    reply = her.ring.operator.call("DELETE", f"{USER}/suppressions?channel=sms")
    assert (reply.status, reply.json["lifted"], her.reason(SMS)) == (200, True, "")
    assert {one["channel"] for one in shown(her)["suppressions"]} == {"push"}


def test_lifting_what_is_not_there_changes_nothing(her: Reached) -> None:
    assert her.ring.operator.call("DELETE", f"{USER}/suppressions").json == {
        "event_id": None,
        "person_id": her.person.id,
        "lifted": False,
    }


def test_an_address_may_be_suppressed_and_the_person_not(her: Reached) -> None:
    assert suppress(her, MOBILE, only_address=True).json["suppression"]["address"] == "139****5678"
    assert (her.reason(SMS), her.reason(TEMPLATE)) == ("suppressed", "")
    assert suppress(her, USER, only_address=True).status == 400


def test_the_timeline_tells_who_was_suppressed_and_that_is_no_activity(her: Reached) -> None:
    before = her.ring.person("user_id", "u1")["events"]
    suppress(her)
    her.ring.operator.call("DELETE", f"{USER}/suppressions")
    her.ring.flow()
    assert her.ring.names("user_id", "u1")[-2:] == ["$suppressed", "$suppression_lifted"]
    assert her.ring.person("user_id", "u1")["events"] == before


def test_no_client_can_say_that_somebody_is_suppressed(her: Reached) -> None:
    her.ring.send(event("$suppressed", 70, user_id="u1"))
    assert [one["code"] for one in her.ring.operator.get("/v1/rejections").json["items"]] == ["name_reserved"]


@pytest.mark.parametrize("query", ["channel=fax"])
def test_a_channel_that_is_none_is_refused(her: Reached, query: str) -> None:
    assert her.ring.operator.call("DELETE", f"{USER}/suppressions?{query}").status == 400


# ---- the page ----


def test_it_shows_every_way_and_why_not(her: Reached) -> None:
    her.ring.publish("contact-policies", "brand", {"quiet_hours": [{"from": "06:00", "to": "08:00"}]})
    found = {(one["channel"], one["account"]): (one["reach"], one["reason"]) for one in shown(her)["reach"]}
    assert found["template", APPID] == ("later", "quiet_hours")  # it is 06:26 in China
    assert found["customer_service", APPID] == ("no", "window_closed")
    assert found["subscribe", APPID] == ("no", "no_permission")
    assert found["sms", ""] == ("no", "no_consent")
    assert found["popup", ""] == ("now", None)
    until = [one["until"] for one in shown(her)["reach"] if one["channel"] == "template"]
    assert until == ["2026-11-22T00:00:00.000Z"]


def test_another_category_has_other_reasons(her: Reached) -> None:
    assert reach(her, "sms") == ("no", "no_consent")
    assert reach(her, "sms", "?category=service") == ("now", None)
    assert her.ring.operator.get(f"{USER}/contact?category=ads").status == 400


def test_it_shows_addresses_without_their_letters(her: Reached) -> None:
    world.wrote()
    permissions.noted(world.answered("popup", NOTICE, "accept"), APPID, NOW)
    reachable.learn(ChannelName.TEMPLATE, APPID, FAN, Reason.ADDRESS_BLOCKED, NOW, template=NOTICE)
    reachable.learn(ChannelName.SMS, "tencent", PHONE, Reason.ADDRESS_ABSENT, NOW)
    found = {(one["channel"], one["account"]): one for one in shown(her)["addresses"]}
    assert PHONE not in her.ring.operator.get(f"{USER}/contact").body.decode()
    assert found["sms", ""]["unreachable"]["reason"] == "address_absent"
    fan = found["template", APPID]
    assert (fan["address"], fan["following"], fan["window"]["left"]) == ("oF****", True, 5)
    assert (fan["permissions"], fan["blocked_templates"]) == ({NOTICE: 1}, [NOTICE])


def test_caps_and_the_mass_quota_show_before_anything_is_sent(her: Reached) -> None:
    her.ring.publish("contact-policies", "brand", {
        "caps": [{"limit": 3, "within": "7d"}, {"channel": "sms", "limit": 1, "within": "day"}],
        "mass_quota": {"split": {"content": 2}},
    })  # fmt: skip
    assert uses.reserve(her.person.id, her.use(MASS, category=MARKETING, split="content").use, her.facts().sends)
    found = shown(her)
    assert [(one["used"], one["left"]) for one in found["caps"]] == [(1, 2), (0, 1)]
    assert [(one["kind"], one["limit"], one["left"]) for one in found["mass_quota"]] == [(None, 4, 3), ("content", 2, 1)]


def test_what_the_person_says_of_themselves_shows(her: Reached) -> None:
    attributes = {"timezone": "Europe/London", "preferred_channel": "push"}
    her.ring.send({**event("Told", 80, user_id="u1"), "attributes": {"set": attributes}})
    her.ring.flow()
    found = shown(her)
    assert (found["timezone"], found["preferred_channel"]) in (("Europe/London", "push"), (None, None))


def test_nobody_is_shown_for_an_identifier_that_nobody_has(her: Reached) -> None:
    assert her.ring.operator.get(f"{address('user_id', 'nobody')}/contact").status == 404
