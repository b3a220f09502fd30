"""Customer-service messages: who may be written to, when, how often, and what a message must have."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local_wechat.clock import HOUR_MS, MINUTE_MS, SECOND_MS, VirtualClock
from infra.local_wechat.relations import unfollowed
from infra.local_wechat.state import Kind, Trigger, Window
from infra.local_wechat.windows import OPENED_BY, opened
from infra.local_wechat.world import World, new_account
from tests.unit.local_wechat.calling import MINI, SERVICE, SUBSCRIPTION, Platform, code

SEND = "/cgi-bin/message/custom/send"
TYPING = "/cgi-bin/message/custom/typing"


def send(platform: Platform, msgtype: str, content: Any, **more: Any) -> int:
    return code(platform.post(SEND, {"touser": platform.mulan.openid, "msgtype": msgtype, msgtype: content, **more}))


def uploaded(platform: Platform, kind: str) -> str:
    return str(platform.admin("media", appid=SERVICE, type=kind)["media_id"])


def test_a_message_that_was_taken_on_is_in_the_outbox_and_is_told(platform: Platform) -> None:
    assert platform.text("您好") == {"errcode": 0, "errmsg": "ok"}
    told = platform.said("GET", "/outbox", openid=platform.mulan.openid)["messages"]
    assert [(one["msgtype"], one["body"]["text"]["content"], one["decision"]) for one in told] == [("text", "您好", "accepted")]
    assert [(one.took, one.fields["sent"].openid) for one in platform.heard] == [("sent", platform.mulan.openid)]


def test_five_messages_may_answer_one_and_the_sixth_is_refused(platform: Platform) -> None:
    assert [code(platform.text()) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    assert len(platform.world.outbox) == 5


def test_a_window_closes_after_48_hours(platform: Platform) -> None:
    platform.clock.advance(48 * HOUR_MS - 1)
    assert code(platform.text()) == 0
    platform.clock.advance(1)
    assert code(platform.text()) == 45015


@pytest.mark.parametrize("trigger", [Trigger.CLICK, Trigger.FOLLOW, Trigger.SCAN])
def test_other_contacts_open_three_messages_for_a_minute(platform: Platform, trigger: Trigger) -> None:
    platform.mulan.window = None
    opened(platform.world, platform.mulan, trigger)
    assert [code(platform.text()) for _ in range(4)] == [0, 0, 0, 45047]
    platform.clock.advance(MINUTE_MS)
    assert code(platform.text()) == 45015


def test_entering_the_service_of_a_mini_program_opens_two(platform: Platform) -> None:
    visitor = platform.world.relation(MINI, platform.mulan.person)
    opened(platform.world, visitor, Trigger.SERVICE)
    body = {"touser": visitor.openid, "msgtype": "text", "text": {"content": "a"}}
    assert [code(platform.post(SEND, body, MINI)) for _ in range(3)] == [0, 0, 45047]


def test_what_mini_programs_do_not_have_opens_nothing_there(platform: Platform) -> None:
    visitor = platform.world.relation(MINI, platform.mulan.person)
    opened(platform.world, visitor, Trigger.CLICK)
    assert visitor.window is None


def test_a_lesser_contact_does_not_shorten_a_window(platform: Platform) -> None:
    before = platform.mulan.window
    assert before is not None
    opened(platform.world, platform.mulan, Trigger.CLICK)
    assert platform.mulan.window == Window(before.deadline, 5)


def test_a_new_contact_brings_the_count_back_and_adds_nothing(platform: Platform) -> None:
    platform.text()
    platform.text()
    opened(platform.world, platform.mulan, Trigger.MESSAGE)
    assert [code(platform.text()) for _ in range(6)] == [0] * 5 + [45047]


def test_windows_may_add_up_where_a_test_wants_it(platform: Platform) -> None:
    platform.world.choices.windows_stack = True
    opened(platform.world, platform.mulan, Trigger.CLICK)
    assert platform.mulan.window is not None
    assert platform.mulan.window.left == 8


def test_windows_are_as_much_shorter_as_time_is_scaled() -> None:
    world = World(1, VirtualClock(scale=3600))
    world.accounts[SERVICE] = new_account(world, SERVICE, Kind.SERVICE, "s")
    fan = world.relation(SERVICE, world.person_named("mulan").id)
    opened(world, fan, Trigger.MESSAGE)
    assert fan.window == Window(world.clock.world() + 48 * SECOND_MS, 5)


@given(st.lists(st.sampled_from([*Trigger, "send", "minute", "day"]), max_size=60))
def test_no_walk_of_contacts_and_messages_exceeds_what_the_contacts_allow(steps: list[str]) -> None:
    platform = Platform()
    platform.mulan.window, allowed = None, 0
    for step in steps:
        if step in set(Trigger):
            opened(platform.world, platform.mulan, Trigger(step))
            allowed += OPENED_BY[Trigger(step)][0]
        elif step == "send":
            platform.text()
        else:
            platform.clock.advance(MINUTE_MS if step == "minute" else 24 * HOUR_MS)
    assert len(platform.world.outbox) <= allowed


@pytest.mark.parametrize(
    ("state", "number"),
    [
        ({"subscribed": False}, 43004),
        ({"blacklisted": True}, 43019),
        ({"frozen": True}, 50002),
        ({"receives": False}, 48002),
    ],
)
def test_who_cannot_be_written_to_is_refused(platform: Platform, state: dict[str, bool], number: int) -> None:
    platform.admin("relations", appid=SERVICE, person=platform.mulan.person, **state)
    assert code(platform.text()) == number
    assert platform.world.outbox == []


def test_a_fan_who_leaves_closes_the_window(platform: Platform) -> None:
    unfollowed(platform.mulan)
    platform.mulan.subscribed = True
    assert code(platform.text()) == 45015


def test_openids_of_other_accounts_are_nobody(platform: Platform) -> None:
    assert code(platform.text(touser=platform.fan("mulan", SUBSCRIPTION).openid)) == 40003
    assert code(platform.text(touser="")) == 40003


ARTICLE = {"title": "新品", "description": "d", "url": "https://shop.example", "picurl": "https://shop.example/p.jpg"}
MENU = {"head_content": "满意吗？", "list": [{"id": "1", "content": "满意"}], "tail_content": ""}


@pytest.mark.parametrize(
    ("msgtype", "content", "number"),
    [
        ("text", {"content": ""}, 44004),
        ("text", {"content": "裙" * 682}, 0),
        ("text", {"content": "裙" * 683}, 45002),
        ("text", "您好", 40035),
        ("sticker", {"content": "a"}, 40008),
        ("link", {"title": "a", "description": "d", "url": "https://a.example"}, 40008),
        ("image", {}, 41006),
        ("image", {"media_id": "nothing"}, 40007),
        ("news", {"articles": [ARTICLE]}, 0),
        ("news", {"articles": []}, 44003),
        ("news", {"articles": [{**ARTICLE, "title": ""}]}, 44003),
        ("news", {"articles": [ARTICLE, ARTICLE]}, 45008),
        ("news", {"articles": [{**ARTICLE, "title": "t" * 65}]}, 45003),
        ("news", {"articles": [{**ARTICLE, "description": "d" * 513}]}, 45004),
        ("news", {"articles": [{**ARTICLE, "url": "shop"}]}, 40035),
        ("news", {"articles": [{**ARTICLE, "url": "https://shop.example/" + "a" * 2048}]}, 40039),
        ("msgmenu", MENU, 0),
        ("msgmenu", {**MENU, "list": []}, 40035),
        ("msgmenu", {**MENU, "list": [{"id": "1"}]}, 40035),
        ("wxcard", {"card_id": "pA1"}, 0),
        ("wxcard", {}, 40035),
        ("mpnewsarticle", {"article_id": "A1"}, 0),
        ("music", {"musicurl": "https://a.example/a.mp3"}, 41006),
        ("miniprogrampage", {"title": "t", "pagepath": "p"}, 40035),
    ],
)
def test_a_message_must_have_what_its_type_needs(platform: Platform, msgtype: str, content: Any, number: int) -> None:
    assert send(platform, msgtype, content) == number


def test_media_must_be_of_the_right_type_and_not_too_old(platform: Platform) -> None:
    image, voice, thumb, video = (uploaded(platform, kind) for kind in ("image", "voice", "thumb", "video"))
    assert send(platform, "image", {"media_id": image}) == 0
    assert send(platform, "voice", {"media_id": voice}) == 0
    assert send(platform, "video", {"media_id": video, "thumb_media_id": thumb, "title": "t"}) == 0
    assert send(platform, "music", {"thumb_media_id": thumb, "musicurl": "https://a.example/a.mp3"}) == 0
    assert send(platform, "miniprogrampage", {"title": "t", "appid": MINI, "pagepath": "p", "thumb_media_id": image}) == 0
    assert send(platform, "image", {"media_id": voice}) == 40007
    platform.account.media[image].expires = platform.clock.world()
    assert send(platform, "image", {"media_id": image}) == 40007


def test_a_mini_program_sends_links_and_no_news(platform: Platform) -> None:
    visitor = platform.world.relation(MINI, platform.mulan.person)
    opened(platform.world, visitor, Trigger.MESSAGE)
    link = {"title": "a", "description": "d", "url": "https://a.example", "thumb_url": ""}
    body: dict[str, Any] = {"touser": visitor.openid, "msgtype": "link", "link": link}
    assert code(platform.post(SEND, body, MINI)) == 0
    assert code(platform.post(SEND, {**body, "msgtype": "news", "news": {"articles": [ARTICLE]}}, MINI)) == 40008


def test_a_broken_message_takes_nothing_of_the_window(platform: Platform) -> None:
    for _ in range(9):
        platform.text("")
    assert [code(platform.text()) for _ in range(6)] == [0] * 5 + [45047]


def test_typing_is_seen_by_who_wrote_half_a_minute_ago(platform: Platform) -> None:
    def typing(command: str) -> int:
        return code(platform.post(TYPING, {"touser": platform.mulan.openid, "command": command}))

    assert [typing("Typing"), typing("Typing"), typing("CancelTyping"), typing("Typing"), typing("Writing")] == [0, 45081, 0, 0, 45072]
    platform.clock.advance(31 * SECOND_MS)
    assert typing("Typing") == 45080
