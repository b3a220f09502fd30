"""Faults on demand: which calls they hit, and what comes back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local_wechat.faults import Effect, Fault
from infra.local_wechat.presets import PRESETS
from tests.unit.local_wechat.calling import SERVICE, Platform, code

SEND = "/cgi-bin/message/custom/send"


def fault(platform: Platform, effect: Any, match: Any = None, **when: Any) -> Any:
    return platform.admin("faults", match={"path": "custom/send"} if match is None else match, when=when, effect=effect)


def send(platform: Platform, token: str = "") -> Any:
    body = {"touser": platform.mulan.openid, "msgtype": "text", "text": {"content": "a"}}
    return platform.asked("POST", SEND, body, access_token=token or platform.token())


def answers(platform: Platform, count: int = 5) -> list[int]:
    return [send(platform).errcode for _ in range(count)]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, [-1, -1, -1, -1, -1]),
        ({"nth": 2}, [0, -1, 0, 0, 0]),
        ({"every": 2}, [0, -1, 0, -1, 0]),
        ({"count": 2}, [-1, -1, 0, 0, 0]),
        ({"every": 2, "count": 1}, [0, -1, 0, 0, 0]),
        ({"probability": 0.0}, [0, 0, 0, 0, 0]),
        ({"probability": 1.0}, [-1, -1, -1, -1, -1]),
        ({"above_per_second": 3}, [0, 0, 0, -1, -1]),
    ],
)
def test_a_fault_hits_the_calls_that_it_is_meant_for(platform: Platform, when: Any, expected: list[int]) -> None:
    fault(platform, {"errcode": -1}, **when)
    assert answers(platform) == expected


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({}, True),
        ({"path": "/send"}, True),
        ({"path": "/template/send"}, False),
        ({"appid": SERVICE}, True),
        ({"appid": "wx0"}, False),
        ({"openid": "oNobody"}, False),
        ({"template_id": "T1"}, False),
        ({"auth": "secret"}, False),
        ({"auth": "token", "path": "send"}, True),
    ],
)
def test_a_fault_is_of_an_account_a_path_a_person_or_a_template(platform: Platform, match: Any, hit: bool) -> None:
    token = platform.token()
    fault(platform, {"errcode": 45009}, match)
    assert (send(platform, token).errcode == 45009) is hit


def test_a_fault_has_its_turn_after_the_token_and_before_the_body(platform: Platform) -> None:
    fault(platform, {"errcode": 45009})
    assert platform.asked("POST", SEND, b"{", access_token="x").errcode == 40014
    assert platform.asked("POST", SEND, b"{", access_token=platform.token()).errcode == 45009


@given(st.integers(-1, 9_999_999).filter(bool))
def test_every_number_can_be_had(number: int) -> None:
    platform = Platform()
    fault(platform, {"errcode": number})
    answer = send(platform)
    assert json.loads(answer.body)["errcode"] == number
    assert answer.rid
    assert platform.world.outbox == []


@pytest.mark.parametrize("effect", [{"timeout": 1}, "reset", {"http": 503}, "html"])
def test_what_comes_in_place_of_an_answer_keeps_the_call_from_its_effect(platform: Platform, effect: Any) -> None:
    fault(platform, effect)
    answer = send(platform)
    assert platform.world.outbox == []
    assert answer.mishap is not None or answer.body.startswith(b"<html>")
    assert answer.status == (503 if effect == {"http": 503} else 200)


@pytest.mark.parametrize("effect", ["timeout_after", "reset_after", "slow", "truncate"])
def test_what_befalls_the_answer_leaves_the_message_sent(platform: Platform, effect: str) -> None:
    fault(platform, effect)
    answer = send(platform)
    assert len(platform.world.outbox) == 1
    assert answer.mishap is not None
    assert answer.mishap.effect == effect


def test_answers_can_be_spoilt(platform: Platform) -> None:
    for effect in ("text_plain", "bad_utf8", "extra_fields", "missing_errcode"):
        fault(platform, effect, count=1)
        answer = send(platform)
        platform.admin("faults", clear=True)
        match effect:
            case "text_plain":
                assert answer.content_type.startswith("text/plain")
            case "bad_utf8":
                with pytest.raises(UnicodeDecodeError):
                    answer.body.decode()
            case "extra_fields":
                assert json.loads(answer.body).keys() > {"errcode", "errmsg"}
            case _:
                assert json.loads(answer.body) == {}


@pytest.mark.parametrize(
    "given_fault",
    [
        {},
        {"effect": "explode"},
        {"effect": {"errcode": "many"}},
        {"effect": {"errcode": 1, "slow": 1}},
        {"effect": "slow", "match": {"colour": "red"}},
        {"effect": "slow", "when": {"nth": "first"}},
        {"effect": "slow", "when": "now"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(platform: Platform, given_fault: Any) -> None:
    assert platform.asked("POST", "/_sim/faults", given_fault).status == 400
    assert platform.world.faults == []


def test_faults_tell_how_often_they_struck_and_can_be_cleared(platform: Platform) -> None:
    fault(platform, {"errcode": -1}, every=2)
    answers(platform, 4)
    told = platform.said("GET", "/_sim/faults")["faults"]
    assert [(one["seen"], one["hit"], one["effect"]) for one in told] == [(4, 2, {"errcode": -1})]
    assert platform.admin("faults", clear=True) == {"faults": []}


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 5), st.integers(1, 5))
def test_a_fault_never_strikes_more_often_than_its_count(passing: list[bool], every: int, count: int) -> None:
    one = Fault(Effect.RESET, when={"every": every, "count": count})
    struck = sum(one.strikes(now, 0.0) for now, _ in enumerate(passing))
    assert struck == min(count, len(passing) // every)


CALLS = sorted(name for name, preset in PRESETS.items() if all(path == "faults" for path, _ in preset.requests))


@pytest.mark.parametrize("name", CALLS)
def test_every_preset_of_calls_can_be_set_and_is_told_with_what_to_expect(platform: Platform, name: str) -> None:
    assert platform.said("POST", f"/_sim/presets/{name}", {})["expect"] == platform.said("GET", "/_sim/presets")[name]
    assert len(platform.world.faults) == 1


def test_a_days_quota_that_is_used_up_comes_back_at_midnight(platform: Platform) -> None:
    platform.admin("presets/day_quota")
    assert answers(platform, 1) == [45009]
    platform.admin("clock", advance_to="day")
    assert answers(platform, 1) == [0]


def test_a_minutes_quota_comes_back_with_the_next_minute(platform: Platform) -> None:
    platform.admin("presets/minute_quota")
    assert answers(platform, 1) == [45011]
    platform.admin("clock", advance_seconds=60)
    assert answers(platform, 1) == [0]


def test_a_token_that_is_always_bad_can_still_be_asked_for(platform: Platform) -> None:
    platform.admin("presets/token_always_bad")
    assert code(platform.stable()) == 0
    assert answers(platform, 2) == [40001, 40001]


def test_an_answer_that_is_lost_belongs_to_a_message_that_was_sent(platform: Platform) -> None:
    platform.admin("presets/lost_answer")
    assert send(platform).mishap is not None
    assert send(platform).mishap is None
    assert len(platform.world.outbox) == 2


def test_a_preset_that_there_is_not_is_refused_with_a_list(platform: Platform) -> None:
    answer = platform.asked("POST", "/_sim/presets/nothing", {})
    assert answer.status == 400
    assert "burst" in answer.body.decode()


def test_one_person_in_two_accounts_of_one_owner_is_set_up_by_name(platform: Platform) -> None:
    platform.admin("presets/person_merge")
    assert {"wxmergeservice", "wxmergemini"} <= platform.world.accounts.keys()
    assert [person.snapshot for person in platform.world.persons.values() if person.name in {"花木兰", "快照"}] == [False, True]
