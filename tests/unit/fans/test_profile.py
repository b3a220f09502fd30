"""What WeChat knows of a fan, as one attribute for each account."""

from dataclasses import replace

import pytest

from chalicelib.events.model import Kind, Operation
from chalicelib.fans.model import Fan, Told
from chalicelib.fans.profile import attribute_of, content_of, draft_of, time_of, values_of, withdrawn_draft

APPID = "wx_shop"
FAN = Fan(APPID, "oFan1")
TOLD = Told("oFan1", True, "u1", 1_795_305_600_000, "ADD_SCENE_SEARCH", "zh_CN", "老顾客", "7")


def test_only_what_is_known_is_told() -> None:
    assert values_of(TOLD) == {
        "subscribe_scene": "ADD_SCENE_SEARCH",
        "subscribed_at": "2026-11-22T00:00:00.000Z",
        "language": "zh_CN",
        "remark": "老顾客",
        "qr_scene": "7",
    }
    assert values_of(Told("oFan1", True, language="en")) == {"language": "en"}


def test_of_somebody_who_does_not_follow_nothing_is_told_but_who_it_is() -> None:
    gone = replace(TOLD, following=False)
    assert values_of(gone) == {}
    draft = draft_of(FAN, gone, content_of(FAN, gone), 5)
    assert (draft.attributes, draft.identifiers) == ((), ((f"openid:{APPID}", "oFan1"), ("unionid", "u1")))


@pytest.mark.parametrize(
    ("fan", "told", "is_something"),
    [
        (FAN, TOLD, True),
        (FAN, Told("oFan1", False), False),
        (FAN, Told("oFan1", False, "u1"), True),  # the unionid is news
        (replace(FAN, unionid="u1"), Told("oFan1", False, "u1"), False),
        (replace(FAN, unionid="u1", withdrawn_at=TOLD.subscribed_at + 1), TOLD, False),
        (replace(FAN, unionid="u1", withdrawn_at=TOLD.subscribed_at - 1), TOLD, True),
    ],
)
def test_there_is_something_to_tell(fan: Fan, told: Told, is_something: bool) -> None:
    assert bool(content_of(fan, told)) is is_something


@pytest.mark.parametrize("changed", [{"remark": "x"}, {"language": "en"}, {"unionid": "u2"}, {"subscribed_at": 1}, {"qr_scene": ""}])
def test_whatever_differs_is_something_new(changed: dict[str, object]) -> None:
    assert content_of(FAN, replace(TOLD, **changed)) != content_of(FAN, TOLD)  # type: ignore[arg-type]


def test_after_consent_was_withdrawn_only_the_identity_is_told() -> None:
    fan = replace(FAN, withdrawn_at=TOLD.subscribed_at + 1)
    draft = draft_of(fan, TOLD, content_of(fan, TOLD), 5)
    assert (draft.attributes, ("unionid", "u1") in draft.identifiers) == ((), True)


def test_the_same_again_is_the_same_event() -> None:
    one, again = (draft_of(FAN, TOLD, content_of(FAN, TOLD), 5) for _ in range(2))
    assert one == again
    assert (one.kind, one.name, one.time) == (Kind.PROFILE, "WechatProfileRead", 5)
    assert one.attributes[0].name == attribute_of(APPID)


def test_what_is_new_never_stands_before_what_it_replaces() -> None:
    assert time_of(replace(FAN, told_at=9), 5) == 10
    assert time_of(replace(FAN, told_at=9), 50) == 50


def test_withdrawing_takes_the_whole_attribute_away() -> None:
    draft = withdrawn_draft(APPID, "oFan1", 5)
    (change,) = draft.attributes
    assert (change.operation, change.name, draft.time) == (Operation.UNSET, attribute_of(APPID), 5)
