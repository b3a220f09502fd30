"""Windows: what opens them, for how long and how many messages, and what does not add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fans import contacts
from chalicelib.fans.contacts import SHUT, Contact, Window, WindowReason, contact_of, opened
from chalicelib.wechat import push
from tests.unit.wechat import samples
from tests.unit.wechat.samples import NOW

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
MENU_TAP = "<Content><![CDATA[好的]]></Content><bizmsgmenuid>101</bizmsgmenuid><MsgId>1</MsgId>"


@pytest.mark.parametrize(
    ("what", "contact"),
    [
        (samples.text(), Contact.MESSAGE),
        (push.read(samples.body("image", inside="<PicUrl>u</PicUrl><MediaId>m</MediaId>")), Contact.MESSAGE),
        (push.read(samples.body("text", inside=MENU_TAP)), Contact.TAP),
        (samples.event("CLICK", "<EventKey>dress</EventKey>"), Contact.TAP),
        (samples.event("scancode_waitmsg"), Contact.TAP),
        (samples.event("scancode_push"), Contact.TAP),
        (samples.event("subscribe"), Contact.FOLLOW),
        (samples.event("SCAN", "<EventKey>618</EventKey>"), Contact.SCAN),
        (samples.event("user_enter_tempsession"), Contact.ENTRY),
        (samples.event("VIEW", "<EventKey>https://shop.example.com</EventKey>"), None),
        (samples.event("view_miniprogram"), None),
        (samples.event("unsubscribe"), None),
        (samples.event("LOCATION"), None),
        (samples.event("TEMPLATESENDJOBFINISH"), None),
        (push.read(samples.body("device_text")), None),
    ],
)
def test_what_a_fan_does_opens_a_window_or_does_not(what: push.Push, contact: Contact | None) -> None:
    assert contact_of(what) is contact


@pytest.mark.parametrize(
    ("contact", "count", "lasts"),
    [
        (Contact.MESSAGE, 5, 2 * DAY),
        (Contact.TAP, 3, MINUTE),
        (Contact.FOLLOW, 3, MINUTE),
        (Contact.SCAN, 3, MINUTE),
        (Contact.ENTRY, 2, MINUTE),
    ],
)
def test_each_contact_allows_so_many_messages_for_so_long(contact: Contact, count: int, lasts: int) -> None:
    window = opened(SHUT, contact, NOW, "e1")
    assert (window.left, window.until) == (count, NOW + lasts)
    assert window.refusal(NOW + lasts - 1) is None
    assert window.refusal(NOW + lasts) is WindowReason.CLOSED


def test_a_tap_after_a_message_lifts_the_count_and_leaves_the_end_where_it_was() -> None:
    used = Window(NOW, "e1", NOW + 2 * DAY, 1)
    assert opened(used, Contact.TAP, NOW + MINUTE, "e2") == Window(NOW + MINUTE, "e2", NOW + 2 * DAY, 3)


def test_counts_do_not_add_up() -> None:
    window = opened(opened(SHUT, Contact.MESSAGE, NOW, "e1"), Contact.TAP, NOW + 1, "e2")
    assert window.left == 5


def test_what_was_left_of_a_window_that_has_ended_is_gone() -> None:
    old = Window(NOW, "e1", NOW + MINUTE, 3)
    assert opened(old, Contact.ENTRY, NOW + MINUTE, "e2").left == 2


def test_who_has_gone_cannot_be_written_to_and_an_older_message_does_not_open_the_window_again() -> None:
    gone = contacts.ended(opened(SHUT, Contact.MESSAGE, NOW, "e1"), NOW + 1, "e2")
    assert gone.refusal(NOW + 2) is WindowReason.CLOSED
    assert opened(gone, Contact.MESSAGE, NOW, "e1") == gone
    assert opened(gone, Contact.FOLLOW, NOW + 1000, "e3").refusal(NOW + 1001) is None


@pytest.mark.parametrize(("sender", "fan"), [("oFan-0000_mulan", True), ("", False), ("o" * 129, False), ("木兰", False), ("a#b", False)])
def test_a_sender_that_no_openid_looks_like_is_no_fan(sender: str, fan: bool) -> None:
    assert contacts.is_openid(sender) is fan


def test_a_day_is_shorter_on_a_stage_whose_time_is_scaled() -> None:
    assert opened(SHUT, Contact.MESSAGE, NOW, "e1", scale=3600).until == NOW + 48_000


def test_the_platforms_word_closes_a_window_or_empties_it() -> None:
    window = opened(SHUT, Contact.MESSAGE, NOW, "e1")
    assert contacts.closed(window, NOW + 5).refusal(NOW + 5) is WindowReason.CLOSED
    assert contacts.used_up(window).refusal(NOW + 5) is WindowReason.USED_UP


moments = st.tuples(st.sampled_from(Contact), st.integers(0, 5), st.sampled_from("abc"))


@given(st.lists(moments, max_size=8), st.data())
def test_contacts_that_are_delivered_again_change_nothing(happened: list[tuple[Contact, int, str]], data: st.DataObject) -> None:
    happened.sort(key=lambda one: one[1:])
    window, seen = SHUT, []
    for contact, second, by in happened:
        window = opened(window, contact, NOW + second * 1000, by)
        seen.append((contact, second, by))
        again = data.draw(st.sampled_from(seen))
        assert opened(window, again[0], NOW + again[1] * 1000, again[2]) == window
        assert window.left <= 5
