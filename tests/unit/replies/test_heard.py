"""What a push says to rules."""

import pytest

from chalicelib.replies.heard import heard_of
from chalicelib.replies.triggers import Trigger
from chalicelib.wechat import push
from chalicelib.wechat.drafts import drafts_of
from chalicelib.wechat.push import Push
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID


def heard(what: Push, **context: object) -> list[tuple[Trigger, str, str, str, str]]:
    draft = drafts_of(what, APPID)[0]
    draft.context.update(context)
    return [(one.trigger, one.text, one.key, one.scene, one.campaign) for one in heard_of(what, draft)]


def test_a_text_is_heard_as_it_was_written() -> None:
    assert heard(samples.text("有裙装吗")) == [(Trigger.TEXT, "有裙装吗", "", "", "")]


def test_a_follow_tells_the_code_without_the_platforms_prefix_and_its_campaign() -> None:
    follow = samples.event("subscribe", "<EventKey><![CDATA[qrscene_utm_source=expo&utm_campaign=618]]></EventKey>")
    assert heard(follow) == [(Trigger.FOLLOW, "", "", "utm_source=expo&utm_campaign=618", "618")]
    assert heard(samples.event("subscribe")) == [(Trigger.FOLLOW, "", "", "", "")]


def test_a_campaign_that_the_code_was_made_for_counts_before_what_the_scene_says() -> None:
    scan = samples.event("SCAN", "<EventKey><![CDATA[utm_campaign=618]]></EventKey>")
    assert heard(scan, campaign={"name": "referral"}, inviter="openid:wx1#o1") == [(Trigger.SCAN, "", "", "utm_campaign=618", "referral")]


@pytest.mark.parametrize("kind", ["CLICK", "scancode_waitmsg"])
def test_taps_tell_their_key(kind: str) -> None:
    assert heard(samples.event(kind, "<EventKey>dress</EventKey>")) == [(Trigger.CLICK, "", "dress", "", "")]


def test_a_tapped_answer_is_a_click_and_a_text() -> None:
    tapped = push.read(samples.body("text", inside="<Content>好的</Content><bizmsgmenuid>101</bizmsgmenuid><MsgId>1</MsgId>"))
    assert [one[:3] for one in heard(tapped)] == [(Trigger.CLICK, "好的", "101"), (Trigger.TEXT, "好的", "")]


@pytest.mark.parametrize(
    "what",
    [
        samples.event("VIEW", "<EventKey>https://a.example</EventKey>"),
        samples.event("unsubscribe"),
        samples.event("LOCATION"),
        samples.event("hologram_waved"),
        push.read(samples.body("image", inside="<MediaId>m</MediaId>")),
        push.read(samples.body("device_text")),
    ],
)
def test_nothing_else_is_answered_to(what: Push) -> None:
    assert heard(what) == []


def test_texts_may_show_the_pushs_own_fields_and_what_the_code_brought() -> None:
    what = samples.text("hi", "77")
    (one,) = heard_of(what, drafts_of(what, APPID)[0])
    assert (one.said["text"], one.said["Content"]) == ("hi", "hi")
