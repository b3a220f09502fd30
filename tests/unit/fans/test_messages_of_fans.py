"""The messages of the queue `fans`, and where a fan's item lies."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fans.keys import SHARDS, key_of, partition, shard_of
from chalicelib.fans.queue import Message, MessageUnreadable, Read, Sync, _text, message_of

NAMES = st.text(min_size=1, max_size=20)
NUMBERS = st.integers(0, 2**53)
MESSAGES = st.one_of(
    st.builds(Sync, appid=NAMES, run=NUMBERS, tries=NUMBERS, not_before=NUMBERS),
    st.builds(
        Read,
        appid=NAMES,
        openids=st.lists(NAMES, min_size=1, max_size=100).map(tuple),
        at=NUMBERS,
        run=NUMBERS,
        tries=NUMBERS,
        not_before=NUMBERS,
    ),
)


@given(message=MESSAGES)
def test_a_message_arrives_as_it_was_sent(message: Message) -> None:
    assert message_of(_text(message)) == message


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "7",
        "{}",
        '{"sync": {"appid": "wx"}}',
        '{"sync": {"appid": 7, "run": 1}}',
        '{"read": {"appid": "wx", "openids": [], "at": 1}}',
        '{"read": {"appid": "wx", "openids": [""], "at": 1}}',
        '{"read": {"appid": "wx", "openids": ["o"]}}',
        '{"read": {"appid": "wx", "openids": "o", "at": "soon"}}',
        '{"read": {"appid": "wx", "openids": [' + ",".join(['"o"'] * 101) + '], "at": 1}}',
    ],
)
def test_what_is_no_message_is_refused(body: str) -> None:
    with pytest.raises(MessageUnreadable):
        message_of(body)


def test_a_fan_always_lies_in_the_same_shard() -> None:
    assert key_of("wx_shop", "oFan1") == (partition("wx_shop", shard_of("oFan1")), "oFan1")
    assert partition("wx_shop", 63) == "wx_shop#3f"
    assert shard_of("") == 0xE3 & 0x3F  # sha256 of nothing begins with e3


def test_fans_are_spread_over_all_shards() -> None:
    counts = Counter(shard_of(f"oFan{number}") for number in range(64 * 100))
    assert len(counts) == SHARDS
    assert max(counts.values()) < 160
