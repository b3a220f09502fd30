"""People survive their stored form, and the hot item stays under one write unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.identity.model import FIRST_RANK, Cluster
from chalicelib.people.attributes import Profile
from chalicelib.people.model import Activity, Person, Touch
from chalicelib.people.packing import pack_edge, pack_person, pack_profile, unpack_edge, unpack_person, unpack_profile
from chalicelib.people.recent import RING_EVENTS, KnownSets, Recent, fingerprint
from tests.unit.identity.evidence import PHONE, U1, edge
from tests.unit.people.events import change, event

WRITE_UNIT_BYTES = 1024
TOUCH = Touch((1_795_219_200_000, "e-1"), {"channel": "h5", "campaign": {"source": "618", "medium": "subway", "name": "六一八"}})
LATER = Touch((1_795_219_300_000, "e-2"), {"channel": "mini_program", "scene": "wx-1011"})


def person(**parts: object) -> Person:
    return Person(id="p_1", version=4, **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "one",
    [
        person(cluster=Cluster(1, {"user_id": 1})),
        person(cluster=Cluster(3, {"user_id": 1, "openid:wx1": 2}, unverified=True)),
        person(activity=Activity(7, 10, 20, TOUCH, TOUCH, LATER)),
        person(activity=Activity(7, 10, 20, None, None, LATER)),
        person(activity=Activity(7, 10, 20, TOUCH, LATER, LATER)),
        person(known=KnownSets(((fingerprint("a"), 5), (fingerprint("b"), 0)))),
        person(recent=Recent((fingerprint("a"), fingerprint("b")), {"p_1": 9})),
        person(into="p_2", generation=3),
        person(dirty=True, lock="t"),
    ],
)
def test_a_person_survives_its_stored_form(one: Person) -> None:
    assert unpack_person(pack_person(one, one.version)) == one


def test_the_rank_that_is_stored_bounds_the_real_one_from_above() -> None:
    real = (-90, 5, "user_id#u1", "x")
    stored = unpack_person(pack_person(person(cluster=Cluster(2, {}, weakest=real)), 1)).cluster.weakest
    assert stored > real
    assert stored[:2] == real[:2]
    assert unpack_person(pack_person(person(), 1)).cluster.weakest == FIRST_RANK


def test_a_busy_person_still_costs_one_write_unit() -> None:
    busy = person(
        cluster=Cluster(
            6, {"user_id": 1, "unionid": 1, "openid:wx0123456789abcdef": 1, "mobile": 1, "anonymous_id": 2}, weakest=(-20, 1, "", "")
        ),
        activity=Activity(12_345, 1_795_219_200_000, 1_795_219_300_000, TOUCH, TOUCH, LATER),
        known=KnownSets(tuple((fingerprint(str(number)), 1_795_219_200_000) for number in range(4))),
        recent=Recent(tuple(fingerprint(str(number)) for number in range(RING_EVENTS))),
    )
    record = pack_person(busy, 12_345).serialize()
    size = sum(len(name) + len(next(iter(value.values()))) for name, value in record.items() if "N" not in value)
    assert size + 40 < WRITE_UNIT_BYTES


def test_evidence_survives_its_stored_form_under_either_end() -> None:
    low, high = pack_edge(edge(U1, PHONE, at=7), 3, "over_limit:mobile")
    assert unpack_edge(low) == unpack_edge(high) == edge(U1, PHONE, at=7)
    assert {low.pk, high.pk} == {f"I#{U1.key}", f"I#{PHONE.key}"}


@given(st.integers() | st.floats(allow_nan=False) | st.text() | st.booleans() | st.none() | st.lists(st.text()))
def test_attributes_survive_their_stored_form(value: object) -> None:
    from chalicelib.events.model import Operation

    profile = Profile().applied([event(1, change(Operation.SET, value))])
    assert unpack_profile(pack_profile("p_1", profile, 1, 0)) == profile
