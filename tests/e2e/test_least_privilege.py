"""The whole path of an event, in a stack where every lambda may do only what its policy says."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import pytest
import requests
import sensorsanalytics as sensors

from infra.local_stack import LocalStack
from tests.e2e.api import ANSWER_SECONDS, Api, Shop, held, settled_names
from tests.e2e.backstage import dead_letters, in_lake, logged
from tests.e2e.day import DAY, Day
from tests.e2e.imports import imported, order, table
from tests.e2e.waiting import eventually

DENIED: Final = "AccessDenied"


@pytest.fixture(scope="module")
def api(guarded_stack: LocalStack) -> Iterator[Api]:
    with Api(guarded_stack.api_url, guarded_stack.api_key) as api:
        yield api


@pytest.fixture
def day(api: Api, shop: Shop, mark: str, phone: Callable[[int], str]) -> Day:
    return Day(api, shop, mark, phone(1))


def test_a_day_from_every_client_to_one_timeline_and_into_the_lake(day: Day, api: Api, guarded_stack: LocalStack) -> None:
    for deliver in day.deliveries():
        deliver()
    settled_names(api, "user_id", day.user_id, list(DAY))
    eventually(lambda: in_lake(guarded_stack), lambda ids: {f"Followed-{day.mark}", f"campaign-{day.mark}"} <= ids)
    api.write("POST", f"/v1/people/user_id/{day.user_id}/unbind", {"namespace": "mobile", "value": day.mobile})
    eventually(lambda: held(api.person("mobile", day.mobile)), lambda found: found == {f"mobile {day.mobile}"})


def test_a_file_of_orders(api: Api, mark: str, phone: Callable[[int], str]) -> None:
    job = imported(api, table([order(mark, 1, phone(1)), order(mark, 2, "123")]))
    assert (job["state"], job["rows"]["kept"], job["rows"]["refused"]) == ("done", 1, 1)
    assert len(api.every(f"/v1/imports/{job['id']}/rejections")) == 1
    settled_names(api, "mobile", phone(1), ["OrderPaid"])


def test_a_rejection_and_its_replay_and_an_item(api: Api, shop: Shop, mark: str) -> None:
    sdk = sensors.SensorsAnalytics(sensors.DefaultConsumer(f"{api.url}/sa?token=forgotten-{mark}"))
    sdk.track(f"lp-{mark}", "EarlyBird")
    (lost,) = api.every("/v1/rejections", code="key_unknown")
    assert api.write("POST", f"/v1/rejections/{lost['id']}/replay", {"source": shop.name})["accepted"] == 1
    settled_names(api, "anonymous_id", f"lp-{mark}", ["EarlyBird"])
    sensors.SensorsAnalytics(sensors.DefaultConsumer(f"{api.url}/sa?token={shop.key}")).item_set("book", mark, {"title": "x"})
    assert api.read(f"/v1/items/book/{mark}")["properties"] == {"title": "x"}


def test_an_event_without_a_clock_is_given_a_time_once(api: Api, shop: Shop, mark: str) -> None:
    for _ in range(2):
        api.send(shop, {"id": f"e-{mark}", "name": "Unclocked", "identifiers": {"user_id": f"lp-{mark}"}})
    settled_names(api, "user_id", f"lp-{mark}", ["Unclocked"])


def test_no_lambda_asked_for_more_than_its_policy_gives(guarded_stack: LocalStack) -> None:
    assert logged(guarded_stack, DENIED) == []
    assert dead_letters(guarded_stack) == 0


def test_a_right_that_is_taken_away_is_missed(guarded_stack: LocalStack, api: Api) -> None:
    def status() -> int:
        headers = {"Authorization": f"Bearer {api.key}"}
        return requests.get(f"{api.url}/v1/people/user_id/nobody", headers=headers, timeout=ANSWER_SECONDS).status_code

    assert status() == 404
    with without(guarded_stack, "-ApiHandlerRole-", "ReadPeople"):
        assert status() == 500
    assert status() == 404


@contextmanager
def without(stack: LocalStack, role: str, statement: str) -> Iterator[None]:
    """Takes one statement out of a role's policy for the length of the block."""
    iam = stack.stage.client("iam")
    (name,) = [one["RoleName"] for one in iam.list_roles()["Roles"] if role in one["RoleName"]]
    (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    whole = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    fewer = {**whole, "Statement": [one for one in whole["Statement"] if one["Sid"] != statement]}
    iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(fewer))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(whole))
