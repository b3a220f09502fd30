"""The ledger of messages in DynamoDB's own words: each write depends on nobody else having written."""

from typing import Any

import pytest

from chalicelib.dispatch import sending, states, store
from chalicelib.dispatch.model import Message, State, number_of
from chalicelib.dispatch.records import SEND
from chalicelib.errors import Busy
from chalicelib.messages.templates.model import ChannelName
from tests.support.aws import Stack
from tests.support.ledger import Desk
from tests.unit.dispatch import samples
from tests.unit.dispatch.samples import EVERY_STATE, NOW, SECOND


def test_a_message_is_asked_for_once(stack: Stack) -> None:
    assert store.put_new(samples.accepted())
    assert not store.put_new(samples.accepted())
    assert len(stack.items("messages")) == 1


def test_nobody_knows_a_message_that_was_never_asked_for(stack: Stack) -> None:
    assert store.find("unknown") is None
    assert store.find_many(["unknown"]) == {}
    assert store.change("unknown", lambda found: found) is None
    assert store.by_reference("sms#aliyun-main#1") is None


@pytest.mark.parametrize("state", State)
def test_a_message_is_read_as_it_was_stored(stack: Stack, state: State) -> None:
    message = EVERY_STATE[state]()
    store.put_new(message)
    assert store.find(message.id) == message
    assert store.find_many([message.id, message.id, "unknown"]) == {message.id: message}


def test_of_two_who_change_a_message_one_is_told_that_the_other_was_faster(stack: Stack) -> None:
    before = samples.queued()
    store.put_new(before)
    assert store.replace(before, states.claimed(before, NOW + SECOND))
    assert not store.replace(before, states.stopped(before, "not_following", NOW + SECOND))
    found = store.find(before.id)
    assert found is not None
    assert found.state is State.CLAIMED


def test_a_change_is_made_again_on_what_somebody_else_wrote_meanwhile(stack: Stack) -> None:
    store.put_new(samples.settled())
    turns = iter([1])

    def slowly(found: Message) -> Message:
        for _ in turns:
            store.change(found.id, lambda one: states.clicked(one, NOW + 30 * SECOND))
        return states.received(found, samples.receipt(), NOW + 20 * SECOND)

    after = store.change(samples.ORDER.id, slowly)
    assert after is not None
    assert after.state is State.CLICKED


def test_a_change_that_others_get_in_the_way_of_is_put_off(stack: Stack) -> None:
    store.put_new(samples.queued())

    def always_late(found: Message) -> Message:
        store.replace(found, states.claimed(found, found.at + 1))
        return states.stopped(found, "not_following", NOW)

    with pytest.raises(Busy):
        store.change(samples.ORDER.id, always_late)


def test_what_changes_nothing_is_not_written(stack: Stack) -> None:
    store.put_new(EVERY_STATE[State.DELIVERED]())
    before = stack.items("messages")
    store.change(samples.ORDER.id, lambda found: states.received(found, samples.receipt(), NOW + 60 * SECOND))
    assert stack.items("messages") == before


def test_a_message_is_found_by_the_platforms_number(stack: Stack) -> None:
    message = samples.settled()
    store.put_new(message)
    assert store.by_reference(number_of(ChannelName.TEMPLATE, "wx0000000000000001", "4411")) == message.id
    assert store.by_reference(number_of(ChannelName.TEMPLATE, "wx0000000000000002", "4411")) is None


def test_a_message_that_has_no_number_is_not_in_the_index(stack: Stack) -> None:
    store.put_new(samples.claimed())
    assert "ref" not in stack.items("messages")[0]


def test_a_message_goes_from_the_queue_to_its_receipt_in_four_writes_of_one_unit_each(stack: Stack) -> None:
    message = samples.queued()
    store.put_new(message)
    sending.carry_out(message.id, 0, NOW + 2 * SECOND, Desk())
    store.change(message.id, lambda found: states.received(found, samples.receipt(), NOW + 20 * SECOND))
    found = store.find(message.id)
    assert found is not None
    assert (found.state, found.rev) == (State.DELIVERED, message.rev + 3)


def test_the_stream_tells_every_state_in_turn(stack: Stack) -> None:
    message = samples.queued()
    store.put_new(message)
    sending.carry_out(message.id, 0, NOW + 2 * SECOND, Desk())
    assert [store.of_image(one).state for one in images(stack)] == [State.QUEUED, State.CLAIMED, State.SENT]


def test_other_items_of_the_table_are_left_alone(stack: Stack) -> None:
    store.put_new(samples.queued())
    assert [item["sk"]["S"] for item in stack.items("messages")] == [SEND]


def images(stack: Stack) -> list[dict[str, Any]]:
    """What the table's stream tells."""
    streams = stack.client("dynamodbstreams")
    arn = stack.client("dynamodb").describe_table(TableName=stack.table("messages"))["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    return [one["dynamodb"]["NewImage"] for one in streams.get_records(ShardIterator=start)["Records"]]
