"""What is sent to fans against the local WeChat, which was written from the platform's pages by itself: forms, windows and counts agree."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fans import contacts
from chalicelib.fans.contacts import SHUT, Contact, Window, WindowReason
from chalicelib.messages.contents import Content, content_of, custom_payload, filled, template_payload
from infra.local_wechat import windows as theirs
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Kind, Media, Trigger
from infra.local_wechat.world import World
from tests.unit.local_wechat.calling import MINI, SERVICE, Platform, code
from tests.unit.replies.test_documents import CONTENTS

UPLOADS = {"M1": "image", "M2": "voice", "M3": "video", "M4": "thumb"}
CUSTOM = "/cgi-bin/message/custom/send"


@pytest.fixture
def platform() -> Platform:
    made = Platform()
    for appid in (SERVICE, MINI):
        made.world.accounts[appid].media |= {name: Media(name, kind, 1, None) for name, kind in UPLOADS.items()}
    return made


def content(kind: str) -> Content:
    made = filled(content_of(CONTENTS[kind]), {"event": {"text": "7"}})
    assert made
    return made


@pytest.mark.parametrize("kind", sorted(CONTENTS.keys() - {"template"}))
def test_the_platform_takes_every_content_of_an_official_account(platform: Platform, kind: str) -> None:
    payload = custom_payload(content(kind), platform.mulan.openid, mini_program=False)
    assert code(platform.post(CUSTOM, payload)) == 0


@pytest.mark.parametrize("kind", ["text", "image", "link", "mini_program"])
def test_and_every_content_of_a_mini_program(platform: Platform, kind: str) -> None:
    visitor = platform.world.relation(MINI, platform.world.person_named("jing").id)
    theirs.opened(platform.world, visitor, Trigger.MESSAGE)
    payload = custom_payload(content(kind), visitor.openid, mini_program=True)
    assert code(platform.post(CUSTOM, payload, MINI)) == 0


def test_and_a_template_message_once_for_its_key(platform: Platform) -> None:
    platform.template("thing1")
    payload = template_payload(content("template"), platform.mulan.openid, "key-1")
    assert [code(platform.post("/cgi-bin/message/template/send", payload)) for _ in range(2)] == [0, 0]
    assert len(platform.world.outbox) == 1


TRIGGERS = {
    Contact.MESSAGE: Trigger.MESSAGE,
    Contact.TAP: Trigger.CLICK,
    Contact.FOLLOW: Trigger.FOLLOW,
    Contact.SCAN: Trigger.SCAN,
}
steps = st.one_of(
    st.sampled_from(sorted(TRIGGERS)),
    st.just("send"),
    st.sampled_from([1_000, 30_000, 59_999, 60_000, 3_600_000, 48 * 3_600_000 - 60_000]),
)


def _their_answer(world: World, relation: Any) -> WindowReason | None:
    try:
        theirs.used(world, relation)
    except Refused as refused:
        return {45015: WindowReason.CLOSED, 45047: WindowReason.USED_UP}[refused.errcode]
    return None


@given(st.lists(steps, max_size=30))
def test_windows_open_count_and_end_as_the_platforms_do(happened: list[Contact | str | int]) -> None:
    platform = Platform()
    relation, ours = platform.fan("hua"), SHUT
    ours = contacts.opened(ours, Contact.FOLLOW, platform.clock.now, "e")
    for number, step in enumerate(happened):
        now = platform.clock.now
        if isinstance(step, Contact):
            theirs.opened(platform.world, relation, TRIGGERS[step])
            ours = contacts.opened(ours, step, now, f"e{number:03d}")
        elif isinstance(step, int):
            platform.clock.advance(step)
        else:
            refusal = ours.refusal(now)
            assert refusal is _their_answer(platform.world, relation)
            ours = ours if refusal else Window(ours.opened_at, ours.opened_by, ours.until, ours.left - 1)


def test_the_kinds_of_accounts_are_the_same_everywhere() -> None:
    assert {Kind.SERVICE.value, Kind.SUBSCRIPTION.value, Kind.MINI.value} == {"service", "subscription", "mini_program"}
