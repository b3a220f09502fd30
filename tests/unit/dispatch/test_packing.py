"""The stored form of a message: nothing is lost in it, and a typical one is small."""

from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.dispatch import states
from chalicelib.dispatch.model import Message, Order, Source, SourceKind, State, Step, Trip
from chalicelib.dispatch.packing import packed, unpacked
from chalicelib.dispatch.records import message_of, message_of_image, record_of
from chalicelib.messages.policy.model import Attempt, Tried
from chalicelib.messages.templates.model import Category, ChannelName
from tests.unit.dispatch import samples
from tests.unit.dispatch.samples import EVERY_STATE, NOW

WRITE_UNIT = 1_024  # bytes

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
times = st.integers(0, 2**43)
values = st.one_of(texts, st.integers(-(2**53), 2**53), st.booleans(), st.none(), st.lists(texts, max_size=2))
documents = st.dictionaries(texts, st.one_of(values, st.dictionaries(texts, values, max_size=3)), max_size=4)
channels = st.sampled_from(ChannelName)
orders = st.builds(
    Order,
    id=st.just(samples.ORDER.id),
    person=texts,
    template=texts,
    version=st.integers(0, 99),
    category=st.sampled_from(Category),
    source=st.builds(Source, st.sampled_from(SourceKind), texts),
    asked_at=times,
    channels=st.lists(channels, max_size=3).map(tuple),
    strict=st.booleans(),
    data=documents,
    event=st.none() | documents,
    entry=st.none() | documents,
    expires=st.none() | times,
    split=texts,
    report=texts,
)
trips = st.builds(
    Trip,
    channels,
    texts,
    texts,
    documents,
    attempt=st.integers(0, 9),
    template=texts,
    calls=st.integers(0, 9),
    first_at=times,
    provider_key=texts,
    reference=texts,
    group=texts,
    links=st.lists(texts, max_size=3).map(tuple),
    earlier=texts,
)
messages = st.builds(
    Message,
    orders,
    st.sampled_from(State),
    times,
    rev=st.integers(0, 99),
    reason=texts,
    trail=st.lists(st.builds(Step, st.sampled_from(State), times, texts, texts), max_size=5).map(tuple),
    tried=st.lists(st.builds(Attempt, channels, texts, st.sampled_from(Tried), times, texts), max_size=3).map(tuple),
    trip=st.none() | trips,
    until=times,
    why=st.none() | documents,
)


@given(messages)
def test_a_message_comes_out_of_its_text_as_it_went_in(message: Message) -> None:
    text = packed(message)
    assert unpacked(text, message.id, message.state.value, message.at, message.rev) == message
    assert packed(unpacked(text, message.id, message.state.value, message.at, message.rev)) == text


@given(messages)
def test_a_message_comes_out_of_its_item_as_it_went_in(message: Message) -> None:
    assert message_of(record_of(message)) == message


@pytest.mark.parametrize("state", State)
def test_a_message_comes_out_of_the_stream_as_it_went_in(state: State) -> None:
    message = EVERY_STATE[state]()
    assert message_of_image(image(message)) == message


@pytest.mark.parametrize("state", State)
def test_a_typical_message_takes_one_write_unit_in_every_state(state: State) -> None:
    assert size(EVERY_STATE[state]()) < WRITE_UNIT


def test_a_message_with_long_chinese_words_takes_one_write_unit() -> None:
    fields = {f"thing{number}": {"value": "尊敬的会员您好，您的积分有变动，请到小程序里看", "color": "#173177"} for number in range(1, 6)}
    trip = replace(samples.WECHAT, body={"template_id": "TM-1", "data": fields, "url": "https://m.example.com/points?from=message"})
    event = {
        "name": "PointsChanged",
        "time": NOW,
        "properties": {"points": 120, "shop": "上海静安店", "reason": "线下订单", "order": "A-20261122-7"},
    }
    order = replace(samples.ORDER, event=event)
    message = states.settled(samples.claimed(trip, order), samples.SENT, 0, NOW, 0.5)
    assert size(states.received(message, samples.receipt(), NOW)) < WRITE_UNIT


def test_the_order_of_words_in_a_body_stays() -> None:
    body = {"zebra": {"b": 1, "a": 2}, "ant": 3}
    message = message_of(record_of(samples.queued(replace(samples.SMS, body=body))))
    assert message.trip is not None
    assert list(message.trip.body) == ["zebra", "ant"]
    assert list(message.trip.body["zebra"]) == ["b", "a"]


@pytest.mark.parametrize("channel", [one for one in ChannelName if one is not ChannelName.MASS])
def test_a_platforms_number_is_in_the_index_once_it_is_known(channel: ChannelName) -> None:
    trip = replace(samples.SMS, channel=channel)
    assert record_of(samples.queued(trip)).ref is None
    assert record_of(samples.settled(trip=trip)).ref == f"{channel.value}#aliyun-main#4411"


def test_the_number_of_a_mass_message_belongs_to_thousands_and_is_not_in_the_index() -> None:
    assert record_of(samples.settled(trip=replace(samples.WECHAT, channel=ChannelName.MASS))).ref is None


def test_a_message_on_its_second_way_is_still_found_by_the_number_of_the_first() -> None:
    second = samples.fallen_back(samples.settled())
    assert record_of(second).ref == "template#wx0000000000000001#4411"
    sent = states.settled(states.claimed(second, NOW + 9_000), samples.SENT, 0, NOW + 9_000, 0.5)
    assert record_of(sent).ref == "sms#aliyun-main#4411"


def test_a_message_is_kept_for_long_after_it_was_due() -> None:
    waiting = EVERY_STATE[State.DEFERRED]()
    assert record_of(waiting).expires * 1000 >= waiting.until + 89 * 86_400_000


def image(message: Message) -> dict[str, dict[str, Any]]:
    """As Lambda hands it over: bytes in base64."""
    stored = record_of(message).serialize()
    return {name: {kind: b64encode(one).decode() if kind == "B" else one for kind, one in value.items()} for name, value in stored.items()}


def size(message: Message) -> int:
    """Bytes as DynamoDB counts them: names and values; a number takes half a byte a digit and one more."""
    stored = record_of(message).serialize()
    return sum(len(name) + _bytes(*next(iter(value.items()))) for name, value in stored.items())


def _bytes(kind: str, value: Any) -> int:
    return len(value) // 2 + 2 if kind == "N" else len(value if kind == "B" else value.encode())
