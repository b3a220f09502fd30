"""A decision as it is shown: what, why, and every check; addresses are nobody's business."""

import json

from chalicelib.messages.policy.deciding import decide
from chalicelib.messages.policy.model import Suppression
from chalicelib.messages.policy.rules import DEFAULT_RULES
from chalicelib.messages.policy.showing import shown
from tests.unit.messages.policy.world import APPID, NOW, OPENID, PHONE, SMS, TEMPLATE, asked, at, fan, person, phone, quiet, rules

OTHER = "+8613887654321"


def test_a_send_tells_its_channel_and_all_that_was_looked_at() -> None:
    found = shown(decide(asked(), person(fan()), DEFAULT_RULES, NOW))
    assert {key: found[key] for key in found if key != "checks"} == {
        "decision": "send",
        "channel": "template",
        "account": APPID,
        "caps": [],
    }
    assert found["checks"][0] == {"check": "no_route", "verdict": "passes", "found": {"routes": 1}}
    assert found["checks"][-1]["check"] == "cap_reached"


def test_a_refusal_tells_the_reason_of_each_channel_and_numbers_addresses() -> None:
    listed = (Suppression(NOW, "complaint", PHONE),)
    message = asked(TEMPLATE, SMS, category=type(asked().category)("marketing"))
    found = shown(decide(message, person(phone(), phone(OTHER), suppressions=listed), DEFAULT_RULES, NOW))
    assert found["reason"] == found["checks"][-1]["check"] == "suppressed"
    assert found["reasons"] == [
        {"channel": "template", "account": APPID, "reason": "no_address"},
        {"channel": "sms", "account": "tencent", "reason": "no_consent"},
    ]
    sms = [one for one in found["checks"] if one.get("channel") == "sms"]
    assert [(one["check"], one["address"]) for one in sms if one["verdict"] == "refuses"] == [("no_consent", 1), ("suppressed", 2)]


def test_a_deferral_tells_until_when() -> None:
    found = shown(decide(asked(), person(fan()), rules(quiet_hours=(quiet(),)), at("2026-03-04 23:00")))
    assert (found["decision"], found["reason"], found["until"]) == ("defer", "quiet_hours", "2026-03-05T00:00:00.000Z")
    assert found["checks"][-1]["found"] == {"there": "2026-03-04T23:00+08:00", "until": "2026-03-05T00:00:00.000Z"}


def test_no_address_is_shown_or_printed() -> None:
    decision = decide(asked(TEMPLATE, SMS), person(fan(), phone()), DEFAULT_RULES, NOW)
    for text in (json.dumps(shown(decision)), repr(decision), repr(person(fan(), phone()))):
        assert OPENID not in text
        assert PHONE not in text
