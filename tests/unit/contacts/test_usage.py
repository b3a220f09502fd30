"""What a person was sent, as bytes: the same back, and 35 messages to a write unit."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contacts import usage
from chalicelib.messages.model import message_id
from chalicelib.messages.policy.sends import HORIZON_MS, NOTHING_SENT, Sends, Use, released, reserved
from chalicelib.messages.templates.model import Category, ChannelName

NOW = 1_795_305_600_000
UNIT = 1024  # bytes of a write unit
KEYS = 120  # bytes of an item besides the uses: keys, names, numbers, one kind

messages = st.one_of(st.integers(0, 50).map(message_id), st.sampled_from(["", "m1", "ABCD", "事", "ab", "0"]))
uses = st.builds(
    Use,
    st.integers(NOW - HORIZON_MS, NOW),
    messages,
    st.integers(0, 200),
    st.sampled_from(Category),
    st.sampled_from(ChannelName),
    st.sampled_from(["", "wx77aa00bb11cc22dd", "腾讯"]),
    st.sampled_from(["", "content"]),
)


def sent(some: list[Use]) -> Sends:
    found = NOTHING_SENT
    for one in some:
        found = reserved(found, one)
    return found


@given(st.lists(uses, max_size=30), st.data())
def test_bytes_tell_the_same_as_what_was_kept(some: list[Use], data: st.DataObject) -> None:
    sends = sent(some)
    for one in data.draw(st.lists(st.sampled_from(sends.uses), max_size=5)) if sends.uses else []:
        sends = released(sends, one.message, one.attempt)
    read = usage.unpacked(*usage.packed(sends), rev=7)
    assert (read, read.rev) == (sends, 7)


def test_who_was_sent_nothing_takes_nothing() -> None:
    assert usage.packed(NOTHING_SENT) == ("[]", b"")
    assert usage.unpacked("[]", b"", 3) == NOTHING_SENT
    assert usage.expires_at(NOTHING_SENT) is None


def test_thirty_messages_are_one_write_unit() -> None:
    sends = sent([Use(NOW + one, message_id(one), 0, Category.MARKETING, ChannelName.TEMPLATE, "wx77aa00bb11cc22dd") for one in range(30)])
    kinds, packed = usage.packed(sends)
    assert len(kinds) + len(packed) + KEYS <= UNIT


def test_the_item_goes_when_no_cap_looks_back_to_the_newest_any_more() -> None:
    assert usage.expires_at(sent([use(NOW - 5), use(NOW, "m2")])) == (NOW + HORIZON_MS) // 1000


def use(at: int = NOW, message: str = "m1", **more: object) -> Use:
    return replace(Use(at, message, 0, Category.MARKETING, ChannelName.SMS), **more)  # type: ignore[arg-type]


def test_an_attempt_that_is_decided_again_the_same_way_keeps_its_place() -> None:
    once = usage.placed(NOTHING_SENT, use())
    assert usage.placed(once, use(NOW + 5)) == once


def test_one_that_is_decided_for_another_channel_gives_the_first_place_back() -> None:
    twice = usage.placed(usage.placed(NOTHING_SENT, use()), use(NOW + 5, channel=ChannelName.PUSH))
    assert [one.channel for one in twice.uses] == [ChannelName.PUSH]
    assert not twice.released
