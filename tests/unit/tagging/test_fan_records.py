"""What is remembered of a fan's tags: two steps, sets that others may change at the same time, and nobody else's attributes touched."""

from collections.abc import Iterator

import pytest

from chalicelib.fans.keys import key_of
from chalicelib.tagging import fan_records
from chalicelib.tagging.choosing import Carried
from chalicelib.tagging.fan_records import FanTags
from tests.simulation.quick_dynamo import QuickDynamo

APPID, FAN = "wx1", "oMing"


@pytest.fixture(autouse=True)
def dynamo() -> Iterator[QuickDynamo]:
    store = QuickDynamo()
    with store.serving():
        yield store


def carried() -> Carried:
    return fan_records.fans(APPID, [FAN])[FAN].carried


def test_of_somebody_new_nothing_is_remembered() -> None:
    assert fan_records.fans(APPID, [FAN, FAN]) == {FAN: FanTags()}
    assert fan_records.fans(APPID, []) == {}


def test_a_tag_is_begun_then_held_then_gone() -> None:
    fan_records.begin(APPID, FAN, [100, 101])
    assert carried() == Carried(begun=frozenset({100, 101}))
    fan_records.settle(APPID, FAN, [100], [])
    assert carried() == Carried(held=frozenset({100}), begun=frozenset({101}))
    fan_records.settle(APPID, FAN, [101], [100])
    assert carried() == Carried(held=frozenset({101}))
    fan_records.settle(APPID, FAN, [], [101])
    assert carried() == Carried()


def test_what_is_set_again_is_not_sure_until_it_was() -> None:
    fan_records.settle(APPID, FAN, [100], [])
    fan_records.begin(APPID, FAN, [100])
    assert carried() == Carried(begun=frozenset({100}))


def test_a_tag_without_room_is_remembered_until_there_is_some() -> None:
    fan_records.settle(APPID, FAN, [100, 101], [])
    fan_records.refuse(APPID, FAN, [101])
    assert carried() == Carried(held=frozenset({100}), refused=frozenset({101}))
    fan_records.settle(APPID, FAN, [101], [100])
    assert carried() == Carried(held=frozenset({101}))


def test_who_follows_again_begins_without_tags_but_what_was_taken_over_stays_noted() -> None:
    fan_records.settle(APPID, FAN, [100], [])
    fan_records.refuse(APPID, FAN, [101])
    fan_records.took(APPID, FAN, "门店会员")
    fan_records.start_anew(APPID, FAN)
    assert fan_records.fans(APPID, [FAN])[FAN] == FanTags(taken=frozenset({"门店会员"}))
    fan_records.gave_back(APPID, FAN, "门店会员")
    assert fan_records.fans(APPID, [FAN])[FAN] == FanTags()


@pytest.mark.parametrize(("following", "follows"), [(True, True), (False, False), (None, True)])
def test_only_who_is_known_not_to_follow_is_passed_over(dynamo: QuickDynamo, following: bool | None, follows: bool) -> None:
    pk, sk = key_of(APPID, FAN)
    item = {"pk": {"S": pk}, "sk": {"S": sk}, "read_at": {"N": "7"}}
    dynamo._items("huiliu-test-fans")[pk, sk] = item | ({"following": {"BOOL": following}} if following is not None else {})
    assert fan_records.fans(APPID, [FAN])[FAN].follows is follows
    fan_records.settle(APPID, FAN, [100], [])
    assert dynamo._items("huiliu-test-fans")[pk, sk].items() >= item.items()
