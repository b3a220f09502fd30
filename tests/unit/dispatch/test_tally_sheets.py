"""Messages are counted by notes, so that nothing that comes twice or late counts twice."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.dispatch.model import Message, State, Trip
from chalicelib.dispatch.tally_sheets import (
    _CHANNELS,
    _STATES,
    WINDOW_MS,
    Counts,
    Credit,
    Note,
    Place,
    added_up,
    attribute_of,
    channel_word,
    credit_of,
    newest,
    note_of,
    place_of,
    window_key,
    word_of,
)
from chalicelib.messages.model import message_id
from chalicelib.messages.templates.model import ChannelName
from tests.unit.dispatch.samples import NOW, ORDER, SMS

CHANNELS = st.none() | st.sampled_from(ChannelName)
IDS = st.integers(0, 5).map(lambda number: message_id("m", number))


def message(state: State, reason: str = "", channel: ChannelName | None = ChannelName.SMS, name: str = ORDER.id, rev: int = 0) -> Message:
    trip = Trip(channel, "a", "1", {}) if channel else None
    return Message(replace(ORDER, id=name), state, NOW, rev=rev, reason=reason, trip=trip)


MESSAGES = st.builds(message, st.sampled_from(State), st.sampled_from(["", "no_address", "quiet_hours"]), CHANNELS, IDS)


def sheet(*messages: Message) -> dict[str, dict[str, str]]:
    found = {"pk": {"S": "broadcast#b_1"}, "sk": {"S": "00-000000"}, "v": {"N": "1"}, "expires": {"N": "1"}}
    return found | {attribute_of(one): {"S": word_of(one)} for one in messages}


@given(MESSAGES)
def test_a_note_says_where_a_message_is(one: Message) -> None:
    told = one.state in (State.DEFERRED, State.FAILED, State.UNKNOWN, State.REFUSED)
    channel = one.trip.channel.value if one.trip else ""
    assert note_of(word_of(one)) == Note(one.state, channel, one.reason if told else "")


def test_every_state_and_channel_has_a_letter_of_its_own() -> None:
    assert (set(_STATES), set(_CHANNELS)) == (set(State), set(ChannelName))
    assert (len(set(_STATES.values())), len(set(_CHANNELS.values()))) == (len(State), len(ChannelName))


@given(st.lists(MESSAGES, max_size=20), st.integers(0, 20))
def test_told_again_from_anywhere_on_the_notes_end_the_same(told: list[Message], start: int) -> None:
    """A stream tells the images of a message in their order, and from some place on again."""
    assert added_up([sheet(*told, *told[start:])]) == added_up([sheet(*told)])


@given(st.lists(MESSAGES, max_size=20))
def test_every_message_counts_once_by_its_last_note(told: list[Message]) -> None:
    last = {one.id: one for one in told}
    found = added_up([sheet(*told)])
    assert found.total == len(last)
    assert found.states == Counter(one.state for one in last.values())


@given(st.lists(MESSAGES, max_size=20), st.lists(MESSAGES, max_size=20))
def test_sheets_add_up(one: list[Message], two: list[Message]) -> None:
    assert added_up([sheet(*one), sheet(*two)]) == added_up([sheet(*one)]) + added_up([sheet(*two)])


@given(st.lists(MESSAGES, max_size=20))
def test_channels_and_reasons_are_parts_of_the_whole(told: list[Message]) -> None:
    counts = added_up([sheet(*told)])
    nowhere = sum(count for note, count in counts.notes.items() if not note.channel)
    assert sum(one.total for one in counts.by_channel().values()) + nowhere == counts.total
    for state in (State.FAILED, State.REFUSED):
        assert sum(counts.reasons(state).values()) == counts.of(state)


def test_the_commonest_reason_is_told_first() -> None:
    told = [message(State.REFUSED, reason, None, message_id("r", number)) for number, reason in enumerate(["b", "a", "c", "a", "b", "a"])]
    assert list(added_up([sheet(*told)]).reasons(State.REFUSED).items()) == [("a", 3), ("b", 2), ("c", 1)]


def test_a_credit_counts_once_beside_the_note() -> None:
    one = message(State.DELIVERED)
    found = sheet(one) | {credit_of(one, Credit.UNFOLLOWED): {"S": channel_word(one)}} | {credit_of(one, Credit.CONVERTED): {"S": "-"}}
    counts = added_up([found])
    assert (counts.total, counts.credited(Credit.UNFOLLOWED), counts.credited(Credit.CONVERTED)) == (1, 1, 1)
    assert counts.by_channel()["sms"].credits == {(Credit.UNFOLLOWED, "sms"): 1}


def test_what_is_no_note_is_passed_by() -> None:
    assert added_up([{"pk": {"S": "m23456789012x"}, "mm": {"S": "sd"}, "m12345678901": {"N": "1"}}]) == Counts()


def test_a_message_of_a_broadcast_is_noted_on_the_sheet_that_its_order_names() -> None:
    assert place_of(replace(ORDER, report="broadcast#b_1/03-000007")) == Place("broadcast#b_1", "03-000007")


def test_a_message_by_itself_is_noted_under_its_template_and_time() -> None:
    place = place_of(ORDER)
    assert place.report == "template#points-changed"
    assert place.sheet.startswith(window_key(NOW) + "#")
    assert window_key(NOW) <= place.sheet < window_key(NOW + WINDOW_MS)


def test_of_the_images_of_a_batch_the_last_written_counts() -> None:
    images = [message(State.SENT, rev=2), message(State.DELIVERED, rev=3), message(State.QUEUED, rev=1)]
    assert [one.state for one in newest(images).values()] == [State.DELIVERED]


@pytest.mark.parametrize("count", [100, 1000])
def test_a_sheet_stays_small(count: int) -> None:
    """DynamoDB is paid by the kilobyte: twenty bytes a message, more where there is a reason to tell."""
    told = [message(State.SENT, name=message_id("s", number)) for number in range(count)]
    size = sum(len(name) + len(next(iter(value.values()))) for name, value in sheet(*told).items())
    assert size <= 20 * count + 100
    assert SMS.channel is ChannelName.SMS
