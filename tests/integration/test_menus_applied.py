"""What is published as menus is what fans see: by segment, in order of importance, after any fault, and gone when it is archived."""

from collections.abc import Iterator

import pytest

from chalicelib.definitions import store as definitions
from chalicelib.errors import Conflict, DocumentInvalid
from chalicelib.menus import records
from chalicelib.menus.records import State
from chalicelib.tagging import errands
from chalicelib.wechat.account_tags import MAX_ACCOUNT_TAGS
from tests.support.aws import Stack, memory_stack
from tests.support.deliveries import Killed
from tests.support.menus import document
from tests.support.platform import error
from tests.support.tagging import APPID, FlowingWorld, tagged_world


@pytest.fixture(scope="module")
def shared() -> Iterator[Stack]:
    """The stores, made once."""
    with memory_stack() as made:
        yield made


@pytest.fixture
def world(shared: Stack, monkeypatch: pytest.MonkeyPatch) -> FlowingWorld:
    """An account in force, the segments `unpaid` and `asleep`, and Ming, who follows."""
    shared.clear()
    made = tagged_world(shared, monkeypatch)
    made.segments("unpaid", "asleep")
    made.account()
    made.person("ming", "oMing")
    made.flow()
    return made


def status() -> tuple[State | None, str, int]:
    known = records.applied(APPID)
    return known.state, known.name, known.version


def refused(world: FlowingWorld, name: str = "shop") -> list[tuple[str, str]]:
    with pytest.raises((Conflict, DocumentInvalid)) as wrong:
        definitions.publish("menus", name, by="test", at=world.clock.now)
    return [(one.path, one.code) for one in wrong.value.faults]


def draft(world: FlowingWorld, *personal: str, name: str = "shop", account: str = APPID) -> None:
    definitions.draft("menus", name, document(*personal, account=account), by="test", at=world.clock.now)


def test_everybody_sees_the_menu_that_was_published(world: FlowingWorld) -> None:
    world.menu()
    world.flow()
    assert world.platform.menu("oMing") == ["新品"]
    assert status() == (State.APPLIED, "shop", 1)


def test_the_entry_for_an_unpaid_order_appears_and_goes(world: FlowingWorld) -> None:
    world.menu("unpaid")
    world.flow()
    assert world.platform.menu("oMing") == ["新品"]
    world.stands("ming", segments=["unpaid"])
    world.flow()
    assert world.platform.menu("oMing") == ["unpaid"]
    world.stands("ming")
    world.flow()
    assert world.platform.menu("oMing") == ["新品"]


def test_who_is_in_the_segment_already_sees_its_menu(world: FlowingWorld) -> None:
    world.stands("ming", segments=["unpaid"])
    world.menu("unpaid")
    world.flow()
    assert world.platform.menu("oMing") == ["unpaid"]


def test_of_several_menus_the_first_is_shown(world: FlowingWorld) -> None:
    world.stands("ming", segments=["unpaid", "asleep"])
    world.menu("asleep", "unpaid")
    world.flow()
    assert world.platform.menu("oMing") == ["asleep"]
    world.menu("unpaid", "asleep")
    world.flow()
    assert world.platform.menu("oMing") == ["unpaid"]


def test_a_fan_carries_the_tag_of_one_menu(world: FlowingWorld) -> None:
    """So it does not matter whether the platform looks at the newest menu first or at the tag that was set last."""
    world.stands("ming", segments=["asleep"])
    world.menu("unpaid", "asleep")
    world.flow()
    world.stands("ming", segments=["unpaid", "asleep"])
    world.flow()
    assert world.platform.tags_of("oMing") == {"hm:unpaid"}
    world.stands("ming", segments=["asleep"])
    world.flow()
    assert world.platform.tags_of("oMing") == {"hm:asleep"}


def test_a_menu_that_is_taken_out_gives_way_to_the_next_one(world: FlowingWorld) -> None:
    world.stands("ming", segments=["unpaid", "asleep"])
    world.menu("unpaid", "asleep")
    world.flow()
    world.menu("asleep")
    world.flow()
    assert world.platform.menu("oMing") == ["asleep"]
    assert world.platform.tags_of("oMing") == {"hm:asleep"}


def test_a_menu_that_is_taken_out_goes_with_its_tag(world: FlowingWorld) -> None:
    world.stands("ming", segments=["unpaid"])
    world.menu("unpaid")
    world.flow()
    world.menu()
    world.flow()
    assert world.platform.menu("oMing") == ["新品"]
    assert "hm:unpaid" not in world.platform.names.values()


def test_a_tag_that_the_account_gives_as_well_stays(world: FlowingWorld) -> None:
    world.account(give=[{"segment": "unpaid"}])
    world.menu("unpaid")
    world.flow()
    world.archive("menus", "shop")
    world.flow()
    assert set(world.platform.names.values()) >= {"hl:unpaid"}
    assert "hm:unpaid" not in world.platform.names.values()


def test_what_is_archived_is_deleted_and_comes_back_when_it_is_published_again(world: FlowingWorld) -> None:
    world.menu("unpaid")
    world.flow()
    world.archive("menus", "shop")
    world.flow()
    assert (world.platform.everybodys, world.platform.personal) == (None, [])
    assert "hm:unpaid" not in world.platform.names.values()
    world.menu("unpaid")
    world.flow()
    assert world.platform.menu("oMing") == ["新品"]
    assert len(world.platform.personal) == 1


def test_a_menu_that_was_never_ours_is_left_alone(world: FlowingWorld) -> None:
    world.platform.menus.create([{"type": "click", "name": "own", "key": "own"}])
    errands.ask_for()
    world.flow()
    assert world.platform.menu("oMing") == ["own"]


def test_when_all_is_as_it_should_be_nothing_is_changed(world: FlowingWorld) -> None:
    world.menu("unpaid", "asleep")
    world.flow()
    world.platform.calls.clear()
    for _ in range(3):
        errands.ask_for()
        world.flow()
    assert set(world.platform.calls) == {"all", "get"}


def test_what_somebody_changed_in_the_console_is_put_right(world: FlowingWorld) -> None:
    world.menu("unpaid")
    world.flow()
    world.platform.menus.delete()
    errands.ask_for(APPID)
    world.flow()
    assert world.platform.menu("oMing") == ["新品"]
    assert len(world.platform.personal) == 1


def test_a_new_most_important_menu_is_added_without_touching_the_others(world: FlowingWorld) -> None:
    world.menu("unpaid")
    world.flow()
    world.platform.calls.clear()
    world.menu("asleep", "unpaid")
    world.flow()
    assert (world.platform.count("add_conditional"), world.platform.count("delete_conditional")) == (1, 0)


def test_where_there_is_no_room_for_old_and_new_menus_old_ones_go_first(world: FlowingWorld) -> None:
    world.platform.max_personal = 2
    world.stands("ming", segments=["unpaid", "asleep"])
    for order in (("unpaid", "asleep"), ("asleep", "unpaid")):
        world.menu(*order)
        world.flow()
        assert world.platform.menu("oMing") == [order[0]]


CALLS = ("create", "create_menu", "add_conditional", "delete_conditional", "delete", "delete_menus")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(4))
def test_a_worker_that_dies_at_any_change_leaves_nothing_twice_or_undone(world: FlowingWorld, number: int, *, after: bool) -> None:
    """Also right after the platform has made a menu and before its number was noted."""
    world.stands("ming", segments=["unpaid", "asleep"])
    world.menu("unpaid", "asleep")
    world.flow()
    changes = []

    def dies(name: str) -> None:
        changes.extend([name] if name in CALLS else [])
        if len(changes) == number + 1 and name in CALLS:
            raise Killed

    setattr(world.platform, "after" if after else "before", dies)
    world.menu("asleep")
    world.flow()
    world.archive("menus", "shop")
    world.menu("asleep", "unpaid")
    world.flow()
    assert world.platform.menu("oMing") == ["asleep"]
    assert [one.buttons[0]["name"] for one in world.platform.personal] == ["unpaid", "asleep"]
    assert len(changes) > number


def test_a_fault_of_the_moment_is_tried_again(world: FlowingWorld) -> None:
    world.platform.fails("create_menu", error(-1))
    world.menu()
    world.flow()
    assert status()[0] is State.APPLIED


def test_a_limit_is_waited_for_and_told(world: FlowingWorld) -> None:
    world.platform.fails("create_menu", error(45009))
    world.menu()
    world.later(errands.LISTED_SECONDS * 1000)
    for _ in range(3):
        world.pump.step()
    known = records.applied(APPID)
    assert (known.state, known.fault and known.fault.number) == (State.WAITING, 45009)
    world.flow()
    assert status()[0] is State.APPLIED
    assert records.applied(APPID).fault is None


@pytest.mark.parametrize("number", [48001, 45048, 45064, 65316])
def test_what_the_platform_refuses_is_told_and_not_tried_for_ever(world: FlowingWorld, number: int) -> None:
    world.platform.fails("create_menu", error(number))
    world.menu()
    world.flow()
    known = records.applied(APPID)
    assert (known.state, known.fault and known.fault.number, world.platform.count("create_menu")) == (State.FAILED, number, 1)
    assert known.fault is not None
    assert known.fault.rid == "12345678-12345678-12345678"
    definitions.publish("menus", "shop", by="test", at=world.clock.now)
    world.flow()
    assert status()[0] is State.APPLIED


def test_an_account_that_another_worker_has_is_looked_at_again(world: FlowingWorld) -> None:
    world.menu()
    assert records.take(APPID, "another", world.clock.now) is not None
    world.flow()
    assert status()[0] is State.APPLIED


# ---- what may be published ----


def test_an_account_has_one_definition_of_menus(world: FlowingWorld) -> None:
    world.menu()
    draft(world, name="other")
    assert refused(world, "other") == [(APPID, "claim_taken")]
    world.archive("menus", "shop")
    definitions.publish("menus", "other", by="test", at=world.clock.now)


def test_menus_are_for_accounts_and_segments_in_force(world: FlowingWorld) -> None:
    draft(world, account="wx0000000000000000")
    assert refused(world) == [("account", "account_unknown")]
    draft(world, "unpaid", "nobody")
    assert refused(world) == [("personal/1/segment", "segment_unknown")]


def test_a_mini_program_has_no_menu_and_its_visitors_no_tags(world: FlowingWorld) -> None:
    world.publish("accounts", "wxmini", {"type": "mini_program"})
    draft(world, account="wxmini")
    assert refused(world) == [("account", "menus_unsupported")]
    with pytest.raises(DocumentInvalid, match="no tags"):
        world.publish("accounts", "wxmini", {"type": "mini_program", "tags": {"give": [{"segment": "unpaid"}]}})


def test_an_account_is_never_asked_for_more_tags_than_it_can_have(world: FlowingWorld) -> None:
    take = [f"t{number}" for number in range(MAX_ACCOUNT_TAGS - 1)]
    world.account(take=take)
    world.menu("unpaid")
    draft(world, "unpaid", "asleep")
    assert refused(world) == [("personal", "tags_too_many")]
    world.account(take=take[:-1])
    world.menu("unpaid", "asleep")
    with pytest.raises(DocumentInvalid, match="98 tags"):
        world.account(take=take)


def test_an_account_gives_segments_that_are_in_force(world: FlowingWorld) -> None:
    with pytest.raises(DocumentInvalid) as wrong:
        world.account(give=[{"segment": "unpaid"}, {"segment": "nobody"}])
    assert [(one.path, one.code) for one in wrong.value.faults] == [("tags/give/1/segment", "segment_unknown")]


def test_an_account_with_all_its_tags_in_use_is_told_so(world: FlowingWorld) -> None:
    for number in range(97):
        world.platform.create(f"own {number}")
    world.menu("unpaid")
    world.flow()
    known = records.applied(APPID)
    assert (known.state, known.fault and known.fault.number) == (State.FAILED, 45056)
