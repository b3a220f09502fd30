"""A person's day over all channels, told in three formats under six identifiers by clients that know at most two of them each.

However the day is delivered, it reads back as one person with one timeline in order; taking an identifier away splits it again.
"""

from collections.abc import Callable
from datetime import UTC
from random import Random

import pytest

from tests.e2e.api import Api, Shop, held, settled_names
from tests.e2e.day import BRAND, DAY, MINI, Day, at
from tests.e2e.waiting import eventually


@pytest.fixture
def day(api: Api, shop: Shop, mark: str, phone: Callable[[int], str]) -> Day:
    return Day(api, shop, mark, phone(1))


@pytest.mark.parametrize("seed", range(4))
def test_a_day_delivered_shuffled_and_doubled_is_one_person_with_one_timeline_in_order(seed: int, day: Day, api: Api) -> None:
    deliveries = [*day.deliveries(), *day.deliveries()]
    Random(seed).shuffle(deliveries)
    for deliver in deliveries:
        deliver()
    for namespace, value in [one.split(" ") for one in sorted(day.identifiers())]:
        settled_names(api, namespace, value, list(DAY))
    person = api.person("mobile", day.mobile)
    assert held(person) == day.identifiers()
    assert person["events"] == len(DAY)
    shown = [(event["name"], event["time"]) for event in api.timeline("unionid", day.unionid)]
    assert shown == [(name, f"{at(name).astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}") for name in DAY]
    assert (person["first_seen"], person["last_seen"]) == (shown[0][1], shown[-1][1])
    assert {edge["state"] for edge in api.evidence("mobile", day.mobile)} == {"accepted"}


def test_an_unbound_phone_takes_its_events_along_and_a_new_sighting_brings_it_back(day: Day, api: Api, shop: Shop) -> None:
    for deliver in day.deliveries():
        deliver()
    settled_names(api, "user_id", day.user_id, list(DAY))
    unbound = api.call("POST", f"/v1/people/user_id/{day.user_id}/unbind", {"namespace": "mobile", "value": day.mobile})
    assert unbound.status_code == 202
    stays = [name for name in DAY if name != "ReferralSucceeded"]
    eventually(lambda: api.names("user_id", day.user_id), lambda names: [name for name in names if name != "$UnbindID"] == stays)
    eventually(lambda: api.names("mobile", day.mobile), lambda names: names == ["ReferralSucceeded"])
    assert held(api.person("user_id", day.user_id)) == day.identifiers() - {f"mobile {day.mobile}"}
    withdrawn = [edge for edge in api.evidence("mobile", day.mobile) if edge["state"] == "withdrawn"]
    assert [{end["namespace"] for end in edge["between"]} for edge in withdrawn] == [{"mobile", "user_id"}]
    # What was seen before the withdrawal does not count when it is delivered again; a new sighting does.
    for deliver in day.deliveries():
        deliver()
    api.send(shop, {"name": "Called", "identifiers": {"mobile": day.mobile, "user_id": day.user_id}})
    eventually(lambda: held(api.person("mobile", day.mobile)), lambda found: found == day.identifiers())


def test_unbinding_the_identifier_in_the_middle_splits_the_person_in_two(day: Day, api: Api) -> None:
    for deliver in day.deliveries():
        deliver()
    settled_names(api, "user_id", day.user_id, list(DAY))
    api.write("POST", f"/v1/people/mobile/{day.mobile}/unbind", {"namespace": MINI, "value": day.mini})
    eventually(lambda: held(api.person("unionid", day.unionid)), lambda found: found == {f"unionid {day.unionid}", f"{BRAND} {day.brand}"})
    parts = {api.person_id(namespace, value) for namespace, value in (one.split(" ") for one in day.identifiers())}
    assert len(parts) == 3
    assert api.person_id("user_id", day.user_id) == api.person_id("anonymous_id", day.cookie)
    assert api.names("unionid", day.unionid) == ["Followed", "$MPLaunch"]


def test_an_identifier_of_somebody_else_cannot_be_unbound(day: Day, api: Api, shop: Shop, mark: str) -> None:
    api.send(shop, *({"name": "Seen", "identifiers": {"user_id": f"{who}-{mark}"}} for who in ("one", "two")))
    eventually(lambda: api.person_id("user_id", f"one-{mark}") and api.person_id("user_id", f"two-{mark}"))
    answer = api.call("POST", f"/v1/people/user_id/one-{mark}/unbind", {"namespace": "user_id", "value": f"two-{mark}"})
    assert answer.status_code == 409
    unknown = api.call("POST", f"/v1/people/user_id/one-{mark}/unbind", {"namespace": "user_id", "value": "nobody"})
    assert unknown.status_code == 404
