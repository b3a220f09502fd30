"""Who is in a segment carries its tag in the account: entering and leaving, new tags, merges, and what the platform refuses."""

import json
from collections.abc import Iterator

import pytest

from chalicelib.tagging import choosing, errands, hearing, tag_records
from chalicelib.tagging.errands import Look
from tests.support.aws import Stack, memory_stack
from tests.support.platform import error
from tests.support.tagging import APPID, FlowingWorld, tagged_world


@pytest.fixture(scope="module")
def shared() -> Iterator[Stack]:
    """The stores, made once."""
    with memory_stack() as made:
        yield made


@pytest.fixture
def empty(shared: Stack, monkeypatch: pytest.MonkeyPatch) -> FlowingWorld:
    """Nothing yet."""
    shared.clear()
    return tagged_world(shared, monkeypatch)


@pytest.fixture
def world(empty: FlowingWorld) -> FlowingWorld:
    """An account that gives the segments `vip` and `new` and the tag `level` with a value, and Ming, who follows it."""
    made = empty
    made.segments("vip", "new")
    made.account(give=[{"segment": "vip"}, {"segment": "new"}, {"tag": "level", "value": "黄金"}])
    made.person("ming", "oMing")
    made.flow()
    return made


def remembered(world: FlowingWorld, openid: str = "oMing") -> dict[str, set[str]]:
    """What is noted of a fan's tags, by attribute, with the names of tags."""
    names = {str(number): name for number, name in world.platform.names.items()}
    item = next(one for one in world.pump.stack.items("fans") if one["sk"]["S"] == openid)
    return {key: {names[tag] for tag in value["SS"]} for key, value in item.items() if "SS" in value}


def crowd(world: FlowingWorld, count: int) -> list[str]:
    openids = [f"o{number:03d}" for number in range(count)]
    for openid in openids:
        world.person(f"p{openid}", openid)
    return openids


def test_who_enters_gets_the_tag_and_who_leaves_loses_it(world: FlowingWorld) -> None:
    world.stands("ming", segments=["vip"])
    world.flow()
    assert world.platform.tags_of("oMing") == {"hl:vip"}
    assert remembered(world) == {"tags": {"hl:vip"}}
    world.stands("ming")
    world.flow()
    assert world.platform.tags_of("oMing") == set()
    assert remembered(world) == {}


def test_a_tag_with_a_value_is_for_those_with_that_value(world: FlowingWorld) -> None:
    world.stands("ming", tags={"level": "白银"})
    world.flow()
    assert world.platform.tags_of("oMing") == set()
    world.stands("ming", tags={"level": "黄金"})
    world.flow()
    assert world.platform.tags_of("oMing") == {"ht:level:黄金"}


def test_a_tag_given_by_hand_is_a_tag(world: FlowingWorld) -> None:
    world.account(give=[{"tag": "大客户"}])
    world.stands("ming", manual=["大客户"])
    world.flow()
    assert world.platform.tags_of("oMing") == {"ht:大客户"}


def test_whatever_nobody_gives_is_not_told_to_anybody(world: FlowingWorld) -> None:
    world.stands("ming", segments=["other"], tags={"else": "x"})
    assert world.pump.stack.messages("tagging") == []


def test_fans_are_tagged_fifty_at_a_time(world: FlowingWorld) -> None:
    for openid in crowd(world, 9):
        world.stands(f"p{openid}", segments=["vip"])
    world.flow()
    assert len(world.platform.holders_of("hl:vip")) == 9
    assert world.platform.count("tag") == 1


def test_all_openids_of_a_person_are_tagged(world: FlowingWorld) -> None:
    world.person("two", "o1", "o2")
    world.stands("two", segments=["vip"])
    world.flow()
    assert world.platform.holders_of("hl:vip") == {"o1", "o2"}


def test_what_was_over_before_it_was_carried_out_leaves_nothing(world: FlowingWorld) -> None:
    world.silently("ming", ["vip"])
    world.silently("ming")
    world.hear()
    world.flow()
    assert world.platform.tags_of("oMing") == set()


def test_a_change_during_the_call_is_followed(world: FlowingWorld) -> None:
    """Somebody leaves while the platform sets the tag, and the message of that comes first."""

    def leaves(call: str) -> None:
        if call == "tag":
            world.platform.before = lambda _: None
            world.silently("ming")

    world.platform.before = leaves
    world.stands("ming", segments=["vip"])
    world.flow()
    assert world.platform.tags_of("oMing") == set()
    assert world.platform.count("untag") >= 1


def test_a_new_tag_is_given_to_everybody_who_stands_for_it_already(world: FlowingWorld) -> None:
    world.segments("old")
    openids = crowd(world, 7)
    for openid in openids:
        world.stands(f"p{openid}", segments=["old"])
    world.account(give=[{"segment": "old"}])
    world.flow()
    assert world.platform.holders_of("hl:old") == set(openids)


def test_a_tag_that_is_wanted_no_more_is_deleted(world: FlowingWorld) -> None:
    world.stands("ming", segments=["vip"])
    world.flow()
    world.account(give=[{"segment": "new"}])
    world.flow()
    assert set(world.platform.names.values()) == {"未分组", "黑名单", "星标组", "hl:new"}
    world.stands("ming", segments=["new"])
    world.flow()
    assert remembered(world) == {"tags": {"hl:new"}}


def test_a_tag_that_is_wanted_again_is_given_again(world: FlowingWorld) -> None:
    world.stands("ming", segments=["vip"])
    world.flow()
    world.account()
    world.flow()
    assert world.platform.tags_of("oMing") == set()
    world.account(give=[{"segment": "vip"}])
    world.flow()
    assert world.platform.tags_of("oMing") == {"hl:vip"}


def test_an_account_out_of_force_is_left_alone(world: FlowingWorld) -> None:
    world.stands("ming", segments=["vip"])
    world.flow()
    world.archive("accounts", APPID)
    world.stands("ming")
    world.flow()
    assert world.platform.tags_of("oMing") == {"hl:vip"}


def test_a_tag_that_somebody_deleted_in_the_console_is_made_again(world: FlowingWorld) -> None:
    world.person("hua", "oHua")
    world.stands("hua", segments=["vip"])
    world.flow()
    world.platform.delete(world.platform.number("hl:vip"))
    world.stands("ming", segments=["vip"])
    world.flow()
    assert world.platform.holders_of("hl:vip") == {"oMing", "oHua"}


def test_a_tag_of_our_name_that_is_there_already_is_used(empty: FlowingWorld) -> None:
    empty.segments("vip")
    empty.platform.create("hl:vip")
    empty.account(give=[{"segment": "vip"}])
    empty.flow()
    assert empty.platform.count("create") == 1


def test_a_merged_persons_fans_follow_where_the_survivor_stands(world: FlowingWorld) -> None:
    world.person("hua", "oHua")
    world.stands("hua", segments=["vip"])
    world.merge("ming", into="hua")
    hearing.joined(["ming"], world.clock.now)
    world.hear()
    world.flow()
    assert world.platform.holders_of("hl:vip") == {"oMing", "oHua"}


def test_who_follows_again_is_tagged_again(world: FlowingWorld) -> None:
    world.stands("ming", segments=["vip"])
    world.flow()
    world.platform.unfollow("oMing")
    world.platform.follow("oMing")
    hearing.followed(APPID, ["oMing"], world.clock.now)
    world.flow()
    assert world.platform.tags_of("oMing") == {"hl:vip"}


def test_who_follows_before_being_anybody_is_no_trouble(world: FlowingWorld) -> None:
    hearing.followed(APPID, ["oNobody"], world.clock.now)
    world.flow()
    assert world.platform.tags_of("oNobody") == set()


def test_one_who_does_not_follow_keeps_nobody_else_from_the_tag(world: FlowingWorld) -> None:
    openids = crowd(world, 6)
    world.platform.unfollow("o003")
    for openid in openids:
        world.stands(f"p{openid}", segments=["vip"])
    world.flow()
    assert world.platform.holders_of("hl:vip") == set(openids) - {"o003"}


def test_operators_tags_stay_and_the_least_important_of_ours_makes_room(world: FlowingWorld) -> None:
    for number in range(19):
        world.platform.hand("oMing", f"own {number}")
    world.stands("ming", segments=["new"])
    world.flow()
    assert "hl:new" in world.platform.tags_of("oMing")
    world.stands("ming", segments=["new", "vip"])
    world.flow()
    tags = world.platform.tags_of("oMing")
    assert ("hl:vip" in tags, "hl:new" in tags, len(tags)) == (True, False, 20)
    assert remembered(world) == {"tags": {"hl:vip"}, "tags_refused": {"hl:new"}}
    world.stands("ming", segments=["new"])
    world.flow()
    assert "hl:new" in world.platform.tags_of("oMing")
    assert remembered(world) == {"tags": {"hl:new"}}


def test_who_has_no_room_for_a_tag_is_counted_until_there_is_some(world: FlowingWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "MAX_TAGS_OF_A_FAN", 1)
    for segments, tags, refused in ((["vip", "new"], {"hl:vip"}, 1), (["new"], {"hl:new"}, 0), (["new", "vip"], {"hl:vip"}, 1)):
        world.stands("ming", segments=segments)
        world.flow()
        assert world.platform.tags_of("oMing") == tags
        assert {tag.name: tag.refused for tag in tag_records.tags_of(APPID)}["hl:new"] == refused


def test_a_limit_of_the_platform_makes_it_later_and_nothing_is_lost(world: FlowingWorld) -> None:
    world.platform.fails("tag", error(45011))
    world.stands("ming", segments=["vip"])
    world.pump.drain()
    assert world.platform.tags_of("oMing") == set()
    world.flow()
    assert world.platform.tags_of("oMing") == {"hl:vip"}
    assert world.pump.stack.messages("tagging-dlq") == []


def test_a_fault_of_the_moment_brings_the_message_again(world: FlowingWorld) -> None:
    world.platform.fails("tag", error(-1), error(-1))
    world.stands("ming", segments=["vip"])
    world.flow()
    assert world.platform.tags_of("oMing") == {"hl:vip"}


def test_what_is_set_up_wrongly_is_counted_and_not_tried_for_ever(world: FlowingWorld, capsys: pytest.CaptureFixture[str]) -> None:
    world.platform.fails("tag", error(48001))
    world.stands("ming", segments=["vip"])
    world.flow()
    assert world.platform.tags_of("oMing") == set()
    assert "tagging_misconfigured" in capsys.readouterr().out


def test_what_the_platform_will_never_take_lies_in_the_dead_letters(world: FlowingWorld) -> None:
    world.platform.fails("tag", error(40097))
    world.stands("ming", segments=["vip"])
    world.flow()
    (letter,) = map(json.loads, world.pump.stack.messages("dead-letters"))
    assert (letter["function"], letter["pk"]) == ("tag_fans", "ming")
    assert "40097" in letter["reason"]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"person"', '{"appid": "x", "walk": "round", "round": "x", "step": 1}'])
def test_a_message_that_nobody_understands_lies_in_the_dead_letters(world: FlowingWorld, body: str) -> None:
    if not body:
        body = "no JSON"
    world.pump.stack.client("sqs").send_message(QueueUrl=world.pump.stack.queue_url("tagging"), MessageBody=body)
    world.flow()
    assert len(world.pump.stack.messages("dead-letters")) == 1


def test_a_person_that_nobody_knows_is_passed_over(world: FlowingWorld) -> None:
    errands.send([Look("p_nobody", ("segment:vip",))])
    world.flow()
    assert world.platform.count("tag") == 0


def test_what_was_wanted_no_more_for_a_moment_is_given_to_everybody_again(world: FlowingWorld) -> None:
    """Who entered in that moment was not heard of, and the tag is still there."""
    world.account(give=[{"segment": "new"}])
    world.stands("ming", segments=["vip"])
    world.account(give=[{"segment": "vip"}, {"segment": "new"}])
    world.flow()
    assert world.platform.tags_of("oMing") == {"hl:vip"}
