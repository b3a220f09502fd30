"""What pushes tell of fans: who follows, what WeChat knows of them, and what has to be forgotten."""

import pytest

from chalicelib.entrypoints import read_fans as entrypoint
from chalicelib.entrypoints.merge import merge
from chalicelib.events.model import Operation
from chalicelib.fans import following
from chalicelib.fans.profile import attribute_of
from chalicelib.identifiers import identifier
from chalicelib.people import reading
from chalicelib.tagging import hearing
from chalicelib.wechat.error_numbers import NO_ANSWER
from infra.mappings import MERGE
from tests.support.aws import Stack
from tests.support.clock import Clock
from tests.support.crashes import killed_at
from tests.support.fans import APPID, DAY, MINUTE, NOW, FanWorld, fan_world, openids, publish, refusal
from tests.unit.wechat import samples

FAN, OTHER = "oFan1", "oFan2"
INFO, BATCH = "/cgi-bin/user/info", "/cgi-bin/user/info/batchget"
SET, UNSET = Operation.SET.value, Operation.UNSET.value
KNOWN = {"subscribe_scene": "ADD_SCENE_QR_CODE", "remark": "老顾客", "qr_scene_str": "spring", "unionid": "uMulan"}


@pytest.fixture
def world(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> FanWorld:
    clock = Clock(NOW)
    clock.install(monkeypatch, entrypoint)
    made = fan_world(stack, clock)
    monkeypatch.setattr(entrypoint, "Client", made.platform.connect)
    return made


def arrived(world: FanWorld, **known: str) -> None:
    """A fan follows, the push comes, and what WeChat knows is read."""
    world.platform.told[FAN] = known
    world.follow(FAN)
    world.push("subscribe", FAN)
    world.settle()


# ---- who follows ----


def test_a_follow_and_an_unfollow_are_noted(world: FanWorld) -> None:
    world.push("subscribe", FAN)
    assert (world.fan(FAN).following, world.fan(FAN).changed_at) == (True, NOW)
    world.push("unsubscribe", FAN, at=NOW + MINUTE)
    assert (world.fan(FAN).following, world.fan(FAN).changed_at) == (False, NOW + MINUTE)


def test_an_older_push_that_comes_later_changes_nothing(world: FanWorld) -> None:
    world.push("unsubscribe", FAN, at=NOW + MINUTE)
    world.push("subscribe", FAN, at=NOW)
    assert (world.fan(FAN).following, world.fan(FAN).changed_at) == (False, NOW + MINUTE)


@pytest.mark.parametrize("order", [("subscribe", "unsubscribe"), ("unsubscribe", "subscribe")])
def test_who_comes_and_goes_within_one_second_is_taken_to_follow_in_either_order(world: FanWorld, order: tuple[str, str]) -> None:
    for event in order:
        world.push(event, FAN)
    assert world.fan(FAN).following


def test_fans_of_two_accounts_are_kept_apart(world: FanWorld) -> None:
    world.push("subscribe", FAN)
    following.noted(samples.event("unsubscribe", sender=FAN, at=NOW // 1000 + 60), "wx_other", NOW)
    assert world.fan(FAN).following


def test_other_pushes_note_nothing(world: FanWorld) -> None:
    for push in (samples.text(), samples.event("CLICK", "<EventKey>k</EventKey>"), samples.event("subscribe", sender="")):
        following.noted(push, APPID, NOW)
    assert world.stack.items("fans") == []
    assert world.stack.messages("fans") == []


# ---- what WeChat knows ----


def test_what_wechat_knows_of_a_new_fan_becomes_an_attribute_of_the_account(world: FanWorld) -> None:
    arrived(world, **KNOWN)
    (change,) = world.profiles(FAN)
    expected = {
        "subscribe_scene": "ADD_SCENE_QR_CODE",
        "subscribed_at": "2026-11-22T00:00:00.000Z",
        "language": "zh_CN",
        "remark": "老顾客",
        "qr_scene": "spring",
    }
    assert change == [SET, attribute_of(APPID), expected]


def test_openid_and_unionid_become_one_person(world: FanWorld) -> None:
    world.pump.stream(MERGE, merge)
    arrived(world, **KNOWN)
    by_openid, by_unionid = (reading.person_of(identifier(*one)) for one in ((f"openid:{APPID}", FAN), ("unionid", "uMulan")))
    assert by_openid.id == by_unionid.id
    assert reading.profile_of(by_openid).values()[attribute_of(APPID)]["remark"] == "老顾客"
    assert world.fan(FAN).unionid == "uMulan"


def test_a_push_that_comes_again_and_a_read_that_comes_again_tell_nothing_new(world: FanWorld) -> None:
    arrived(world, **KNOWN)
    before = world.stack.items("events")
    world.push("subscribe", FAN, at=NOW)
    world.settle()
    assert world.platform.calls[INFO] == 2
    assert world.stack.items("events") == before


def test_what_has_changed_is_told_and_stands(world: FanWorld) -> None:
    world.pump.stream(MERGE, merge)
    arrived(world, **KNOWN)
    world.platform.told[FAN] = {**KNOWN, "remark": "大客户"}
    world.push("subscribe", FAN, at=NOW)  # the same push once more, and the answer is another by now
    world.settle()
    person = reading.person_of(identifier("unionid", "uMulan"))
    assert reading.profile_of(person).values()[attribute_of(APPID)]["remark"] == "大客户"


def test_new_fans_who_come_together_are_read_with_one_call(world: FanWorld) -> None:
    for openid in openids(7):
        world.follow(openid)
        world.push("subscribe", openid)
    world.settle()
    assert world.platform.calls == {BATCH: 1}
    assert all(len(world.profiles(openid)) == 1 for openid in openids(7))


def test_a_new_fan_is_told_to_those_who_give_tags(world: FanWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(hearing, "followed", lambda appid, of, _: heard.append((appid, list(of))))
    world.follow(FAN)
    world.push("subscribe", FAN)
    world.settle()
    world.sync()
    assert heard == [(APPID, [FAN])]


def test_who_left_before_being_read_keeps_what_was_known(world: FanWorld) -> None:
    arrived(world, **KNOWN)
    world.leave(FAN)
    world.push("unsubscribe", FAN, at=NOW + MINUTE)
    world.push("subscribe", FAN, at=NOW)
    world.settle()
    assert [change[0] for change in world.profiles(FAN)] == [SET]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(4))
def test_a_reader_that_dies_anywhere_leaves_one_event(world: FanWorld, number: int, after: bool) -> None:
    world.platform.told[FAN] = KNOWN
    world.follow(FAN)
    world.push("subscribe", FAN)
    killed_at(number, world.pump.drain, after=after)
    world.clock.pass_by(DAY)
    world.settle()
    assert len(world.profiles(FAN)) == 1
    assert world.fan(FAN).told


def test_nobody_is_told_to_have_left_by_a_read_after_a_follow(world: FanWorld) -> None:
    world.push("subscribe", FAN)  # and gone again before the read; the push of that is on its way
    world.settle()
    assert world.fan(FAN).following
    assert len(world.history(FAN)) == 1


def test_while_wechat_does_not_answer_the_read_waits_and_in_the_end_is_left_to_the_sync(world: FanWorld) -> None:
    world.platform.fails[INFO] = [refusal(NO_ANSWER)] * 100
    world.follow(FAN)
    world.push("subscribe", FAN)
    for _ in range(12):
        world.settle(900)
    assert world.platform.calls[INFO] == entrypoint.MAX_TRIES + 1
    assert world.stack.messages("dead-letters") == []


def test_a_limit_of_the_minute_is_waited_for(world: FanWorld) -> None:
    world.platform.fails[INFO] = [refusal(45011)]
    arrived(world, **KNOWN)
    assert len(world.profiles(FAN)) == 1


def test_an_account_whose_secret_is_wrong_loses_no_fan(world: FanWorld) -> None:
    world.platform.fails[INFO] = [refusal(40125)]
    arrived(world, **KNOWN)
    assert world.profiles(FAN) == []
    world.sync()
    assert len(world.profiles(FAN)) == 1


# ---- what has to be forgotten ----


@pytest.mark.parametrize("event", ["user_authorization_revoke", "user_authorization_cancellation"])
def test_who_withdraws_consent_loses_what_was_read_and_is_not_read_again(world: FanWorld, event: str) -> None:
    arrived(world, **KNOWN)
    inside = f"<OpenID>{FAN}</OpenID><RevokeInfo>205</RevokeInfo>"
    for _ in range(2):
        world.push(event, "gh_platform", at=NOW + MINUTE, inside=inside)
    assert [change[0] for change in world.profiles(FAN)] == [SET, UNSET]
    world.platform.told[FAN]["remark"] = "另一个"
    world.clock.pass_by(31 * DAY)
    world.sync()
    assert [change[0] for change in world.profiles(FAN)] == [SET, UNSET]


def test_a_word_that_comes_late_still_takes_away_what_was_read_after_it(world: FanWorld) -> None:
    world.pump.stream(MERGE, merge)
    arrived(world, **KNOWN)
    world.push("user_authorization_revoke", FAN, at=NOW - MINUTE)
    world.settle()
    person = reading.person_of(identifier(f"openid:{APPID}", FAN))
    assert attribute_of(APPID) not in reading.profile_of(person).values()


def test_who_follows_anew_afterwards_is_read_anew(world: FanWorld) -> None:
    arrived(world, **KNOWN)
    world.push("user_authorization_revoke", FAN, at=NOW + MINUTE)
    world.follow(FAN, at=NOW + DAY)
    world.push("subscribe", FAN, at=NOW + DAY)
    world.settle()
    assert [change[0] for change in world.profiles(FAN)] == [SET, UNSET, SET]


def test_data_that_the_platform_has_cleaned_is_read_anew(world: FanWorld) -> None:
    arrived(world, **KNOWN)
    world.platform.told[FAN] = {"unionid": "uMulan"}
    world.push("user_info_modified", "gh_platform", at=NOW + MINUTE, inside=f"<OpenID>{FAN}</OpenID>")
    world.settle()
    assert [set(value) for _, _, value in world.profiles(FAN)][-1] == {"subscribed_at", "language"}


def test_of_a_mini_program_nobody_is_read(world: FanWorld) -> None:
    publish(["wx_mini"], "mini_program")
    following.noted(samples.event("user_info_modified", f"<OpenID>{FAN}</OpenID>"), "wx_mini", NOW)
    assert world.stack.messages("fans") == []
