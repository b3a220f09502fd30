"""Which writes of a person are worth a look by the rules."""

from dataclasses import dataclass, replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.audiences.noticing import needs_a_look
from chalicelib.identity.model import Cluster
from chalicelib.people.model import Activity, Person, Touch
from chalicelib.people.recent import KnownSets, Recent
from chalicelib.signals.model import Journal

NOW: Final = 1_795_300_000_000
DAY: Final = 86_400_000


@dataclass(frozen=True)
class Reads:
    """Rules that look at so much."""

    windows: tuple[int, ...] = ()
    touches: frozenset[str] = frozenset()
    first_seen: bool = False


NOTHING: Final = Reads()
PERSON: Final = Person(
    id="p_1",
    version=3,
    cluster=Cluster(size=1, counts={"openid:wx1": 1}),
    activity=Activity(events=2, first_seen=NOW - 9 * DAY, last_seen=NOW - 2 * DAY),
    plan=4,
    journal=Journal(((NOW - 2 * DAY, ((1, None),)),)),
    attributes_version=2,
)
CAMPAIGN: Final = Touch((NOW, "aa"), {"campaign": {"source": "xhs"}})


def seen(at: int) -> Person:
    """The person after one more event that no rule looks at."""
    return replace(PERSON, version=4, activity=PERSON.activity.union(Activity(1, at, at)), recent=Recent((b"123456",)))


def test_an_event_that_no_rule_looks_at_is_not_worth_a_look() -> None:
    assert not needs_a_look(PERSON, seen(NOW), NOTHING, NOW)
    assert not needs_a_look(PERSON, replace(seen(NOW), known=KnownSets(((b"123456", NOW),))), NOTHING, NOW)


CHANGES: Final = {
    "a hit of a signal": replace(PERSON, journal=PERSON.journal.added([(NOW, ((1, None),))])),
    "the journal went into the ledger": replace(PERSON, journal=Journal((), start=1)),
    "an attribute": replace(PERSON, attributes_version=3),
    "brought up to a newer plan": replace(PERSON, plan=5),
    "counted anew": replace(PERSON, generation=1),
    "another namespace": replace(PERSON, cluster=Cluster(size=2, counts={"openid:wx1": 1, "mobile": 1})),
}


@pytest.mark.parametrize("after", CHANGES.values(), ids=CHANGES.keys())
def test_what_rules_look_at_is_worth_a_look(after: Person) -> None:
    assert needs_a_look(PERSON, after, NOTHING, NOW)


def test_another_identifier_of_a_namespace_that_is_there_is_not() -> None:
    two = replace(PERSON, cluster=Cluster(size=2, counts={"openid:wx1": 2}))
    assert not needs_a_look(PERSON, two, NOTHING, NOW)


def test_a_new_person_is() -> None:
    assert needs_a_look(None, PERSON, NOTHING, NOW)


def test_somebody_merged_away_is_not_and_is_when_that_is_undone() -> None:
    away = replace(PERSON, into="p_2")
    assert not needs_a_look(PERSON, away, NOTHING, NOW)
    assert needs_a_look(away, PERSON, NOTHING, NOW)


@pytest.mark.parametrize("unsettled", [{"dirty": True}, {"lock": "token"}])
def test_a_settle_is_looked_at_once_when_it_ends(unsettled: dict[str, bool | str]) -> None:
    """What came in while it went on was passed over, so the end is worth a look even if nothing else has changed."""
    during = replace(PERSON, **unsettled)  # type: ignore[arg-type]
    assert not needs_a_look(PERSON, replace(during, attributes_version=9), NOTHING, NOW)
    assert needs_a_look(replace(during, attributes_version=9), replace(PERSON, attributes_version=9), NOTHING, NOW)


@pytest.mark.parametrize(("touch", "reads", "worth"), [
    ({"latest": CAMPAIGN}, Reads(touches=frozenset({"latest_touch"})), True),
    ({"latest": CAMPAIGN}, Reads(touches=frozenset({"first_touch", "arrival"})), False),
    ({"latest": CAMPAIGN}, NOTHING, False),
    ({"first": CAMPAIGN, "latest": CAMPAIGN}, Reads(touches=frozenset({"first_touch"})), True),
    ({"arrival": CAMPAIGN}, Reads(touches=frozenset({"arrival"})), True),
    ({"arrival": CAMPAIGN}, Reads(touches=frozenset({"first_touch"})), True),  # stands for it while no campaign is known
    ({"first_seen": NOW - 30 * DAY}, Reads(first_seen=True), True),
    ({"first_seen": NOW - 30 * DAY}, NOTHING, False),
])  # fmt: skip
def test_how_and_when_somebody_came_counts_where_a_rule_asks(touch: dict[str, Touch], reads: Reads, worth: bool) -> None:
    after = replace(PERSON, activity=replace(PERSON.activity, **touch))  # type: ignore[arg-type]
    assert needs_a_look(PERSON, after, reads, NOW) is worth


@pytest.mark.parametrize(("window", "worth"), [
    (DAY, True),  # last seen two days ago, now today: back after a day away
    (2 * DAY, True),  # exactly two days ago is outside already
    (2 * DAY + 1, False),  # inside before and after
    (30 * DAY, False),
])  # fmt: skip
def test_coming_back_into_a_window_counts(window: int, worth: bool) -> None:
    assert needs_a_look(PERSON, seen(NOW), Reads(windows=(window,)), NOW) is worth


def test_an_event_of_long_ago_brings_nobody_back() -> None:
    assert not needs_a_look(PERSON, seen(NOW - 5 * DAY), Reads(windows=(DAY, 3 * DAY)), NOW)


@given(
    window=st.integers(1, 10 * DAY),
    before=st.integers(0, 10 * DAY),
    after=st.integers(0, 10 * DAY),
)
def test_a_look_is_left_out_only_where_the_answer_stays(window: int, before: int, after: int) -> None:
    old = replace(PERSON, activity=Activity(1, NOW - 20 * DAY, NOW - before))
    new = replace(old, activity=replace(old.activity, last_seen=max(NOW - before, NOW - after)))
    inside = [one.activity.last_seen > NOW - window for one in (old, new)]
    assert needs_a_look(old, new, Reads(windows=(window,)), NOW) is (inside[0] != inside[1])
