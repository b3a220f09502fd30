"""The `tags` part of an account: what may stand there, and where a fault is."""

from typing import Any

import pytest

from chalicelib.audiences.membership import Audience, Place
from chalicelib.definitions.kinds import kind_of
from chalicelib.errors import DocumentInvalid
from chalicelib.tagging.accounts import combined as seen
from chalicelib.tagging.reconcile import GIVEN, TAKEN, Subject, subjects_of
from chalicelib.tagging.sources import Source
from chalicelib.tagging.tag_records import AccountTag
from chalicelib.tagging.wanted import Wanted, combined
from chalicelib.wechat.accounts import KIND
from tests.support.menus import definition


def faults(tags: Any) -> list[tuple[str, str]]:
    with pytest.raises(DocumentInvalid) as refused:
        kind_of(KIND).checked({"type": "service", "tags": tags})
    return [(one.path, one.code) for one in refused.value.faults]


@pytest.mark.parametrize(
    ("tags", "path", "code"),
    [
        ({"give": [{}]}, "tags/give/0", "segment_or_tag"),
        ({"give": [{"segment": "a", "tag": "b"}]}, "tags/give/0", "segment_or_tag"),
        ({"give": [{"segment": "a", "value": "b"}]}, "tags/give/0", "segment_without_value"),
        ({"give": [{"segment": "no spaces"}]}, "tags/give/0/segment", "string_pattern_mismatch"),
        ({"give": [{"segment": "a"}, {"segment": "a"}]}, "tags", "name_repeated"),
        ({"take": ["门店", "门店"]}, "tags", "name_repeated"),
        ({"take": ["hl:vip"]}, "tags", "tag_own"),
        ({"take": ["会" * 11]}, "tags", "tag_name_long"),
        ({"take": ["  "]}, "tags/take/0", "string_too_short"),
        ({"gives": []}, "tags/gives", "extra_forbidden"),
    ],
)
def test_a_fault_is_refused_with_its_place(tags: Any, path: str, code: str) -> None:
    assert faults(tags) == [(path, code)]


def test_menus_come_before_what_the_account_gives() -> None:
    account = {"tags": {"give": [{"segment": "vip"}, {"tag": "level"}, {"segment": "unpaid"}], "take": ["门店会员"]}}
    found = combined(account, definition("unpaid", "asleep"))
    given = (Source.segment("vip"), Source.tag("level"), Source.segment("unpaid"))
    assert found.sources == (Source.menu("unpaid"), Source.menu("asleep"), *given)
    assert (found.taken, found.tags) == (("门店会员",), 6)


def test_of_several_menus_a_fan_has_the_tag_of_the_first_that_is_for_it() -> None:
    sources = (Source.menu("unpaid"), Source.menu("asleep"), Source.segment("asleep"))
    tags = [AccountTag(source, number, source.platform_name, 1) for number, source in enumerate(sources, 100)]
    about = seen("wx1", Wanted(sources), tags)
    places = {(Audience.SEGMENT, name): Place(1) for name in ("unpaid", "asleep")}
    assert about.wanted_by(places) == [100, 102]
    assert about.wanted_by({(Audience.SEGMENT, "asleep"): Place(1)}) == [101, 102]


def test_an_account_without_tags_asks_for_nothing() -> None:
    assert combined({"type": "service"}, None) == Wanted()


def test_an_account_has_the_tags_that_were_made_in_order_of_importance() -> None:
    vip, old = AccountTag(Source.segment("vip"), 101, "hl:vip", 1), AccountTag(Source.segment("old"), 100, "hl:old", 1)
    about = seen("wx1", Wanted((Source.tag("level"), Source.segment("vip"))), [old, vip])
    assert (about.tags, sorted(about.ours), about.rank) == ((vip,), [100, 101], {101: 0})
    assert (about.numbers_of(["segment:vip", "segment:old"]), about.tag_of("segment:old")) == ({101}, None)


def test_a_round_goes_through_our_tags_and_then_through_those_taken_over() -> None:
    vip = AccountTag(Source.segment("vip"), 101, "hl:vip", 1)
    about = seen("wx1", Wanted((vip.source,)), [vip])
    assert subjects_of(about, ["门店", "会员"]) == [Subject(GIVEN, "segment:vip"), Subject(TAKEN, "会员"), Subject(TAKEN, "门店")]
