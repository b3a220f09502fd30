"""What events add up to."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events.model import Event, Json, Kind
from chalicelib.people.fold import MAX_TOUCH_TEXT, REMEMBERED, activity_of, chunks, event_mark, set_mark
from chalicelib.people.model import Activity
from tests.unit.people.events import DEVICE, FAN, event

CAMPAIGN_618: Json = {"channel": "h5", "campaign": {"source": "618", "medium": "subway", "name": "", "content": "", "term": ""}}
CAMPAIGN_1111: Json = {"channel": "mini_program", "campaign": {"source": "1111"}}


def test_first_and_last_seen_span_all_channels() -> None:
    activity = activity_of([event(20, context={"channel": "h5"}), event(10, context={"channel": "app"}), event(30)])
    assert (activity.events, activity.first_seen, activity.last_seen) == (3, 10, 30)


def test_the_channel_of_arrival_is_that_of_the_earliest_event_that_names_one() -> None:
    activity = activity_of([event(20, context=CAMPAIGN_618), event(10, context={"channel": "app"}), event(5)])
    assert activity.arrival is not None
    assert (activity.arrival.time, activity.arrival.what) == (10, {"channel": "app"})


def test_first_and_latest_touch_are_campaigns_not_mere_visits() -> None:
    activity = activity_of(
        [event(10, context={"channel": "app"}), event(20, context=CAMPAIGN_618), event(30, context=CAMPAIGN_1111), event(40)]
    )
    assert activity.first is not None
    assert activity.latest is not None
    assert activity.first.what == {"channel": "h5", "campaign": {"source": "618", "medium": "subway"}}
    assert activity.latest.what == {"channel": "mini_program", "campaign": {"source": "1111"}}


def test_a_campaign_that_the_client_only_remembers_does_not_bring_the_person_again() -> None:
    activity = activity_of([event(10, context=CAMPAIGN_618), event(50, context={**CAMPAIGN_618, REMEMBERED: True})])
    assert activity.latest is not None
    assert activity.latest.time == 10


def test_a_code_and_an_inviter_are_a_campaign_too() -> None:
    activity = activity_of([event(10, context={"code": "qr-7", "inviter": "u9"})])
    assert activity.first is not None
    assert activity.first.what == {"code": "qr-7", "inviter": "u9"}


def test_an_endless_campaign_text_does_not_swell_the_person() -> None:
    activity = activity_of([event(10, context={"code": "x" * 30_000, "campaign": {"source": "y" * 30_000}})])
    assert activity.first is not None
    assert activity.first.what == {"code": "x" * MAX_TOUCH_TEXT, "campaign": {"source": "y" * MAX_TOUCH_TEXT}}


def test_profile_records_are_no_activity() -> None:
    assert activity_of([event(10, kind=Kind.PROFILE, context=CAMPAIGN_618)]) == Activity()


def _events() -> st.SearchStrategy[list[Event]]:
    contexts = st.sampled_from([{}, {"channel": "app"}, CAMPAIGN_618, CAMPAIGN_1111])
    one = st.builds(lambda at, context, number: event(at, context=context, number=number), st.integers(1, 50), contexts, st.integers(0, 9))
    return st.lists(one, max_size=10, unique_by=lambda drawn: (drawn.time, drawn.id))


@given(_events(), _events())
def test_the_fold_is_the_same_in_any_order_and_any_batches(one: list[Event], two: list[Event]) -> None:
    whole = activity_of(one + two)
    if not {(drawn.time, drawn.id) for drawn in one} & {(drawn.time, drawn.id) for drawn in two}:
        assert whole == activity_of(two + one) == activity_of(one).union(activity_of(two)) == activity_of(two).union(activity_of(one))


def test_an_event_is_marked_by_key_time_and_id() -> None:
    assert event_mark(event(1)) == event_mark(event(1))
    assert len({event_mark(event(1)), event_mark(event(2)), event_mark(event(1, number=1))}) == 3


def test_a_set_of_identifiers_is_marked_with_what_is_vouched_for() -> None:
    both, swapped = event(1, identifiers=(FAN, DEVICE)), event(9, identifiers=(DEVICE, FAN))
    assert set_mark(both) == set_mark(swapped)
    assert set_mark(both) != set_mark(event(1))


def test_chunks_cover_everything_in_order() -> None:
    assert [list(chunk) for chunk in chunks(range(5), 2)] == [[0, 1], [2, 3], [4]]
