"""The whole path of an event, in a stack where every lambda may do only what its policy says."""

import json
import time
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
MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE


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


def test_segments_are_entered_by_an_event_and_left_by_the_clock(guarded_stack: LocalStack, api: Api, shop: Shop, mark: str) -> None:
    looked = f"Looked-{mark}"
    for name, window in (("now", "20s"), ("lately", "20m")):
        path = f"/v1/segments/{name}-{mark}"
        api.write("PUT", path, {"title": "刚看过", "where": {"event": looked, "count": {"gte": 2}, "within": window}})
        api.write("POST", f"{path}/publish")
    eventually(lambda: api.read(f"/v1/segments/now-{mark}/backfill")["state"], lambda state: state == "done")
    for place in range(2):
        api.send(shop, {"id": f"l-{mark}-{place}", "name": looked, "identifiers": {"user_id": f"lp-{mark}"}})
    entered, left = "$segment_entered", "$segment_left"
    eventually(lambda: sorted(api.names("user_id", f"lp-{mark}")), lambda names: names == sorted([looked, looked, entered, entered, left]))
    states = guarded_stack.stage.client("stepfunctions")  # from now on the next instant is far enough for it
    eventually(lambda: states.list_executions(stateMachineArn=guarded_stack.data["RecheckTimerArn"])["executions"])


def test_whoever_falls_due_is_looked_at_by_way_of_the_state_machine(guarded_stack: LocalStack, api: Api, mark: str) -> None:
    """What a timer of last week would have done: an instant that lies further ahead than 15 minutes cannot be awaited here."""
    due = int(time.time() * 1000) // MINUTE * MINUTE - HOUR
    item = {"pk": f"{due}#0", "sk": f"{due:013d}#p_{mark}", "person": f"p_{mark}"}
    whole = {name: {"S": text} for name, text in item.items()} | {"at": {"N": str(due)}, "expires": {"N": "4102444800"}, "v": {"N": "1"}}
    guarded_stack.stage.client("dynamodb").put_item(TableName="huiliu-local-timers", Item=whole)
    states = guarded_stack.stage.client("stepfunctions")
    body = {"minute": due, "shard": 0, "wake": "2026-01-01T00:00:00.000Z", "cursor": None, "done": False}
    began = states.start_execution(stateMachineArn=guarded_stack.data["RecheckTimerArn"], name=f"due-{mark}", input=json.dumps(body))
    ended = eventually(
        lambda: states.describe_execution(executionArn=began["executionArn"]), lambda execution: execution["status"] != "RUNNING"
    )
    assert (ended["status"], json.loads(ended["output"])["done"]) == ("SUCCEEDED", True)
    eventually(lambda: logged(guarded_stack, '"function":"recheck"', "-recheck"))


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
