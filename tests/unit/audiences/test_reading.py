"""The facts that rules look at, from what is stored of a person."""

from dataclasses import replace
from typing import Any, Final

import pytest

from chalicelib.audiences import reading
from chalicelib.audiences.plans import Plan
from chalicelib.audiences.reading import assembled, facts_of, touches_of
from chalicelib.events.model import AttributeChange, Event, Kind, Operation
from chalicelib.identifiers import identifier
from chalicelib.identity.model import Cluster
from chalicelib.people.attributes import Profile
from chalicelib.people.model import Activity, Person, Touch
from chalicelib.people.store import StoredLedger, StoredProfile
from chalicelib.signals.model import Demand, Journal, Ledger, Signal, State
from chalicelib.signals.plan import SignalPlan

NOW: Final = 1_795_300_000_000
PERSON: Final = Person(
    id="p_1", cluster=Cluster(size=3, counts={"openid:wx1": 2, "mobile": 1}), activity=Activity(3, NOW - 50, NOW - 10), plan=1
)
PLAN: Final = Plan(1, signals=SignalPlan(1, (Signal(1, 1, Demand("Paid")),)))


def profile(**values: Any) -> Profile:
    """Attributes set at NOW; `tag__vip` is written for `$tag:vip`."""
    changes = tuple(AttributeChange(Operation.SET, name.replace("tag__", "$tag:"), value) for name, value in values.items())
    return Profile().applied([Event("e", Kind.PROFILE, "profile", NOW, (identifier("user_id", "u1"),), "shop", attributes=changes)])


def test_tags_given_by_hand_are_no_attributes() -> None:
    facts = assembled(PERSON, profile(city="上海", tag__vip=True), {})
    assert (facts.attributes, facts.manual) == ({"city": "上海"}, {"vip": NOW})


def test_a_person_brings_its_namespaces_and_times() -> None:
    facts = assembled(PERSON, Profile(), {1: State(total=1)})
    assert facts.namespaces == {"openid:wx1", "mobile"}
    assert (facts.first_seen, facts.last_seen) == (NOW - 50, NOW - 10)
    assert facts.states == {1: State(total=1)}


def test_without_a_campaign_the_first_touch_is_the_arrival() -> None:
    arrival, campaign = Touch((NOW, "a"), {"channel": "qr"}), Touch((NOW + 5, "b"), {"campaign": {"source": "xhs"}})
    assert touches_of(Activity()) == {}
    alone = touches_of(Activity(arrival=arrival))
    assert {name: touch["channel"] for name, touch in alone.items()} == {"arrival": "qr", "first_touch": "qr", "latest_touch": "qr"}
    both = touches_of(Activity(arrival=arrival, first=campaign))
    assert both["arrival"]["channel"] == "qr"
    assert both["first_touch"] == both["latest_touch"] == {"time": "2026-11-21T22:26:40.005Z", "campaign": {"source": "xhs"}}


def test_what_was_never_written_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "store", None)
    assert facts_of(replace(PERSON, journal=Journal(((NOW, ((1, None),)),))), PLAN).states[1].total == 1


def test_somebody_counted_anew_since_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger of now does not reach as far as the journal of then."""
    fresh = replace(PERSON, journal=Journal(start=2), attributes_version=4)

    class Stored:
        @staticmethod
        def ledger(_: str) -> StoredLedger:
            return StoredLedger(Ledger({1: State(total=2)}, through=2), 5)

        @staticmethod
        def profile(_: str) -> StoredProfile:
            return StoredProfile(profile(city="上海"), 4)

        @staticmethod
        def persons(ids: list[str]) -> dict[str, Person]:
            return dict.fromkeys(ids, fresh)

    monkeypatch.setattr(reading, "store", Stored)
    facts = facts_of(replace(PERSON, journal=Journal(start=9)), PLAN)
    assert (facts.states[1].total, facts.attributes) == (2, {"city": "上海"})
