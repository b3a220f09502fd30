"""What a tag of an account stands for: its name there, how it is filed, and who is meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.audiences.membership import Audience, Place
from chalicelib.tagging.sources import Source
from chalicelib.wechat.account_tags import MAX_PLATFORM_NAME, Given

NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=64).map(str.strip).filter(bool)
SEGMENTS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}", fullmatch=True)
SOURCES = SEGMENTS.map(Source.segment) | SEGMENTS.map(Source.menu) | st.builds(Source.tag, NAMES, NAMES | st.just(""))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (Source.segment("unpaid"), "hl:unpaid"),
        (Source.menu("unpaid"), "hm:unpaid"),
        (Source.tag("大客户"), "ht:大客户"),
        (Source.tag("level", "黄金"), "ht:level:黄金"),
        (Source.segment("a" * 27), "hl:" + "a" * 27),
    ],
)
def test_a_short_name_is_shown_as_it_is(source: Source, name: str) -> None:
    assert source.platform_name == name


@pytest.mark.parametrize("source", [Source.segment("a" * 28), Source.tag("会" * 10), Source.tag("a:b"), Source.tag("a~12345678")])
def test_a_long_or_doubtful_name_ends_in_a_part_of_its_hash(source: Source) -> None:
    name = source.platform_name
    assert name[-9] == "~"
    assert len(name.encode()) <= MAX_PLATFORM_NAME
    assert name == Source.parse(source.key).platform_name


@given(SOURCES, SOURCES)
def test_two_sources_never_share_a_tag(one: Source, other: Source) -> None:
    assert (one.platform_name == other.platform_name) == (one == other)


@given(SOURCES)
def test_what_is_filed_under_a_key_is_found_by_it_and_its_name_fits(source: Source) -> None:
    assert Source.parse(source.key) == source
    assert len(source.platform_name.encode()) <= MAX_PLATFORM_NAME


@pytest.mark.parametrize("key", ["", "segment", "segment:", "score:x"])
def test_another_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"segment|Audience"):
        Source.parse(key)


def test_an_account_names_segments_tags_and_values() -> None:
    assert Source.of(Given(segment="vip")) == Source.segment("vip")
    assert Source.of(Given(tag="level")) == Source.tag("level")
    assert Source.of(Given(tag="level", value="黄金")) == Source.tag("level", "黄金")


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        (Source.segment("vip"), True),
        (Source.segment("level"), False),
        (Source.tag("level"), True),
        (Source.tag("level", "黄金"), True),
        (Source.tag("level", "白银"), False),
        (Source.tag("vip"), False),
    ],
)
def test_a_value_is_asked_for_only_where_it_is_named(source: Source, meant: bool) -> None:
    places = {(Audience.SEGMENT, "vip"): Place(1), (Audience.TAG, "level"): Place(2, "黄金")}
    assert source.holds(places) is meant
