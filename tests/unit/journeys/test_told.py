"""What journeys write on a person's timeline."""

from dataclasses import replace

from chalicelib.events.model import AttributeChange, Kind, Operation
from chalicelib.events.packing import pack, sort_key, unpack
from chalicelib.events.reserved import is_reserved_event
from chalicelib.identifiers import identifier
from chalicelib.journeys.engine.model import Enrolment, Run, Tell
from chalicelib.journeys.steps import told
from chalicelib.journeys.steps.told import Deed

NOW = 1_781_000_000_000
FAN = identifier("openid:wx1", "oMulan")
RUN = Run("r1", 3, "o-7", FAN.key, "p_1", NOW, "hold", NOW)
ENROLMENT = Enrolment("p_1", "coupon", 2, (RUN,))
DEED = Deed(("r1", "tags", 0, 0), NOW, FAN)


def test_an_event_of_a_run_says_which_journey_version_and_key_it_is_of() -> None:
    event = told.told(ENROLMENT, RUN, Tell("r1", "$journey_exited", NOW, {"reason": "paid"}), FAN)
    assert event.properties == {"journey": "coupon", "run": "r1", "version": 3, "key": "o-7", "reason": "paid"}
    assert (event.kind, event.name, event.time, event.primary) == (Kind.DERIVED, "$journey_exited", NOW, FAN)


def test_it_is_told_also_when_the_run_is_known_no_more() -> None:
    event = told.told(ENROLMENT, None, Tell("r9", "$journey_exited", NOW), FAN)
    assert event.properties == {"journey": "coupon", "run": "r9"}


def test_telling_twice_tells_once_and_each_thing_is_told() -> None:
    tells = [Tell("r1", "$journey_entered", NOW), Tell("r1", "$journey_exited", NOW), Tell("r2", "$journey_entered", NOW)]
    ids = [told.told(ENROLMENT, RUN, one, FAN).id for one in (*tells, *tells)]
    assert ids[:3] == ids[3:]
    assert len(set(ids)) == 3


def test_points_are_an_event_that_only_huiliu_writes() -> None:
    event = told.points_given(DEED, "loyalty", -5, "coupon")
    assert is_reserved_event(event.name)
    assert event.properties == {"score": "loyalty", "points": -5, "journey": "coupon"}


def test_points_of_a_journey_that_another_led_to_say_how_far_it_goes() -> None:
    assert told.points_given(DEED, "loyalty", 5, "coupon", depth=2).properties["depth"] == 2


def test_a_tag_is_given_and_taken_as_by_hand() -> None:
    given, taken = told.tag_changed(DEED, "vip", given=True), told.tag_changed(DEED, "vip", given=False)
    assert given.attributes == (AttributeChange(Operation.SET, "$tag:vip", True),)
    assert taken.attributes == (AttributeChange(Operation.UNSET, "$tag:vip"),)
    assert {given.kind, taken.kind} == {Kind.PROFILE}


def test_attributes_are_set_and_unset() -> None:
    assert told.attributes_set(DEED, {"level": 2}).attributes == (AttributeChange(Operation.SET, "level", 2),)
    assert told.attributes_unset(DEED, ("level",)).attributes == (AttributeChange(Operation.UNSET, "level"),)


def test_acts_of_one_moment_keep_their_order_when_they_are_stored() -> None:
    event = told.attributes_set(replace(DEED, place=101), {"level": 2})
    stored = unpack(event.primary.key, sort_key(event.time, event.id), event.kind.value, event.name, pack(event))
    assert stored.place == 101


def test_each_act_has_an_event_of_its_own() -> None:
    other = replace(DEED, seed=("r1", "tags", 0, 1))
    assert told.tag_changed(DEED, "vip", given=True).id != told.tag_changed(other, "vip", given=True).id
