"""A preview finds exactly those for whom the condition holds, whoever keeps what, wherever pages end, however often it is taken up."""

from collections.abc import Iterator
from itertools import count
from typing import Any, Final

import pytest

from chalicelib.audiences import preview
from chalicelib.audiences.preview import BUDGET_MS, Progress
from chalicelib.errors import BadRequest, DocumentInvalid
from chalicelib.paging import encode_cursor
from chalicelib.people.everybody import everybody
from tests.support.aws import memory_stack
from tests.support.gateway import NOW
from tests.support.population import expected, populate, previewed, question
from tests.support.ring import Ring, make_ring

CLICKS: Final = {"event": "MenuClicked", "where": {"key": {"eq": "dress"}}}
CONDITIONS: Final[tuple[dict[str, Any], ...]] = (
    CLICKS | {"count": {"gt": 1}, "within": "50m"},
    {"not": CLICKS | {"within": "30m"}},
    {"event": "*", "count": {"gte": 4}},
    {"event": "OrderPaid", "sum": "amount", "gte": 150},
    {"sequence": [{"event": "MenuClicked"}, {"event": "OrderPaid"}], "within": "20m"},
    {"all": [{"attribute": "city", "in": ["北京", "上海"]}, {"any": [{"event": "OrderPaid"}, {"identifier": "mobile", "exists": True}]}]},
    {"last_seen": {"before": "20m"}},
    {"first_seen": {"within": "50m"}},
    {"attribute": "$arrival.channel", "eq": "h5"},
    {"identifier": "device_id", "exists": False},
    {"tag": "vip", "by": "manual"},
)


@pytest.fixture(scope="module")
def populated() -> Iterator[Ring]:
    """A population that nobody changes."""
    with memory_stack() as stack:
        ring = make_ring(stack)
        populate(ring)
        yield ring


@pytest.mark.parametrize("document", CONDITIONS, ids=str)
def test_a_preview_equals_the_plain_evaluator_run_over_everybody(populated: Ring, document: dict[str, Any]) -> None:
    found, progress, _ = previewed(document)
    assert found == expected(document)
    assert 0 < progress.count == len(found) < progress.checked == len({one.found.person.id for one in everybody() if one.found})


@pytest.mark.parametrize("page_items", [1, 2, 3, 7, 20])
def test_it_does_not_matter_where_the_pages_of_the_scan_end(populated: Ring, page_items: int) -> None:
    assert previewed(CONDITIONS[0], page_items)[:2] == previewed(CONDITIONS[0])[:2]


@pytest.mark.parametrize("page_items", [1, 4, None])
def test_a_preview_that_runs_out_of_time_goes_on_where_it_stopped(populated: Ring, page_items: int | None) -> None:
    ticks = count(step=BUDGET_MS)
    found, progress, calls = previewed(CONDITIONS[0], page_items, lambda: next(ticks))
    assert (found, progress) == previewed(CONDITIONS[0])[:2]
    assert calls >= progress.checked


def test_a_preview_stops_within_its_time_and_says_how_far_it_came(populated: Ring) -> None:
    ticks = count(step=BUDGET_MS // 5)
    asked = question({"event": "*"})
    answer = preview.ask(asked, Progress(), 100, NOW, lambda: next(ticks))
    assert answer.progress.checked <= 5
    assert answer.progress.place is not None


@pytest.mark.parametrize(
    "document", [{"segment": "nowhere"}, {"all": [{"event": "A"}, {"score": "nothing", "gt": 1}]}, {"lifecycle": "asleep"}]
)
def test_a_condition_that_refers_to_what_is_not_published_is_refused(populated: Ring, document: dict[str, Any]) -> None:
    with pytest.raises(DocumentInvalid) as refused:
        previewed(document)
    (fault,) = refused.value.faults
    assert fault.code == "reference_unknown"
    assert fault.path.startswith("where")


def test_a_tag_that_only_people_give_may_be_asked_for(populated: Ring) -> None:
    assert previewed({"tag": "vip"})[0] == expected({"tag": "vip", "by": "manual"})


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "AAAA",
        encode_cursor("condition", "1", "0", "P#x"),
        encode_cursor("another", "1", "0", "P#x", "person"),
        encode_cursor("condition", "0", "1", "P#x", "person"),
        encode_cursor("condition", "-1", "0", "P#x", "person"),
        encode_cursor("condition", "1e3", "0", "P#x", "person"),
        encode_cursor("condition", "٣", "0", "P#x", "person"),
        encode_cursor("condition", "9" * 13, "0", "P#x", "person"),
        encode_cursor("condition", "1", "0", "events", "person"),
    ],
)
def test_a_cursor_that_the_preview_did_not_give_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequest):
        preview.progress_of(cursor, "condition")


def test_a_cursor_that_was_made_up_finds_a_place_in_the_scan_or_its_end(populated: Ring) -> None:
    asked = question({"event": "*"})
    for pk in ("P#nobody", "I#", "I#user_id#\x00", "P#" + "长" * 300):
        progress = preview.progress_of(encode_cursor("condition", "1", "1", pk, "~"), "condition")
        assert preview.ask(asked, progress, 1, NOW, lambda: 0).progress.place is None
