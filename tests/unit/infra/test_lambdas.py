"""What Chalice is told of the lambdas: stages, sizes, and who may do what."""

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.dispatch.states import LEASE_MS
from chalicelib.messages.ledger import KEYED_MS
from infra.mappings import QUEUES, SCORE, SENDERS, STREAMS, QueueMapping, StreamMapping
from infra.paths import ROOT
from infra.stage import STAGES
from infra.template import Place, of_type

CONFIG = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))
FUNCTIONS = sorted(CONFIG["lambda_functions"])
POLICIES = {path.stem: json.loads(path.read_text("utf-8")) for path in Path(ROOT, ".chalice", "policies").glob("*.json")}
STATEMENTS = [(name, one) for name in sorted(POLICIES) for one in POLICIES[name]["Statement"]]

# X-Ray's two actions know no resources.
WITHOUT_RESOURCE = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
TO_NUMBERS = "AmazonSms"  # nor is a phone number one


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_there_are_three_stages() -> None:
    assert sorted(CONFIG["stages"]) == sorted(STAGES)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_lambda_has_its_own_policy_memory_and_timeout(function: str) -> None:
    settings = CONFIG["lambda_functions"][function]
    assert settings["iam_policy_file"] == f"policies/{function}.json"
    assert settings["lambda_memory_size"] >= 256
    assert settings["lambda_timeout"] > 0


def test_there_is_no_policy_without_a_lambda() -> None:
    assert sorted(POLICIES) == FUNCTIONS


@pytest.mark.parametrize(("name", "statement"), STATEMENTS)
def test_policies_name_each_action_and_each_resource(name: str, statement: dict[str, Any]) -> None:
    actions, resources = listed(statement["Action"]), listed(statement["Resource"])
    assert not [action for action in actions if "*" in action]
    nameless = set(actions) <= WITHOUT_RESOURCE or statement["Sid"] == TO_NUMBERS
    assert resources == ["*"] if nameless else all(one.startswith("arn:${partition}:") for one in resources)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_policies_name_only_stores_that_exist(name: str) -> None:
    tables = {one.name.removeprefix("p-x-") for one in of_type(Place("p-x", "1", "r"), "AWS::DynamoDB::Table")}
    for statement in POLICIES[name]["Statement"]:
        for resource in listed(statement["Resource"]):
            if ":table/" in resource:
                assert resource.split("${prefix}-")[1].split("/")[0] in tables


def test_the_lambdas_behind_streams_and_queues_write_people_and_the_api_does_not() -> None:
    writing = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}
    writers = {
        name
        for name, one in STATEMENTS
        if writing & set(listed(one["Action"])) and any(resource.endswith("-people") for resource in listed(one["Resource"]))
    }
    assert writers == {"merge", "score", "recheck", "pass_people"}


SEEN = {
    "merge": {"eventName": ["INSERT"]},
    "archive": {"eventName": ["INSERT"]},
    "dispatch": {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"sk": {"S": ["send"]}}}},
    "score": {"eventName": ["INSERT", "MODIFY", "REMOVE"], "dynamodb": {"Keys": {"sk": {"S": ["person", "standing"]}}}},
    "perform": {"eventName": ["INSERT", "MODIFY"]},
}


@pytest.mark.parametrize(("event", "key", "wanted"), [
    ("INSERT", "person", True), ("MODIFY", "person", True), ("REMOVE", "standing", True),
    ("MODIFY", "signals", False), ("INSERT", "member#user_id#u1", False), ("MODIFY", "node", False), ("INSERT", "person2", False),
])  # fmt: skip
def test_of_the_people_table_only_persons_and_standings_are_delivered(event: str, key: str, wanted: bool) -> None:
    assert SCORE.delivers(event, key) is wanted


@pytest.mark.parametrize("mapping", STREAMS, ids=lambda one: one.function)
def test_stream_lambdas_see_what_they_need_and_report_what_failed(mapping: StreamMapping) -> None:
    options = mapping.options("arn:dead-letters")
    (event_filter,) = options["FilterCriteria"]["Filters"]
    assert json.loads(event_filter["Pattern"]) == SEEN[mapping.function]
    assert options["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert options["BisectBatchOnFunctionError"] is True
    assert options["MaximumRetryAttempts"] >= 0
    assert options["DestinationConfig"] == {"OnFailure": {"Destination": "arn:dead-letters"}}


@pytest.mark.parametrize("mapping", [one for one in QUEUES if one not in SENDERS], ids=lambda one: one.function)
def test_a_queue_hides_a_message_for_six_times_its_lambdas_timeout(mapping: QueueMapping) -> None:
    queues = {one.name: one for one in of_type(Place("p-x", "1", "r"), "AWS::SQS::Queue")}
    visibility = queues[f"p-x-{mapping.queue}"].properties["VisibilityTimeout"]
    assert visibility >= 6 * CONFIG["lambda_functions"][mapping.function]["lambda_timeout"]


@pytest.mark.parametrize("mapping", SENDERS, ids=lambda one: one.function)
def test_who_dies_while_sending_is_taken_over_when_the_claim_is_over_and_while_the_platform_knows_the_key(
    mapping: QueueMapping,
) -> None:
    queues = {one.name: one for one in of_type(Place("p-x", "1", "r"), "AWS::SQS::Queue")}
    visible_again = queues[f"p-x-{mapping.queue}"].properties["VisibilityTimeout"] * 1000
    works = (mapping.window + CONFIG["lambda_functions"][mapping.function]["lambda_timeout"]) * 1000
    assert CONFIG["lambda_functions"][mapping.function]["lambda_timeout"] * 1000 < LEASE_MS < visible_again
    assert works <= visible_again
    assert 4 * visible_again <= KEYED_MS


def test_every_mapped_function_is_configured() -> None:
    assert {one.function for one in (*STREAMS, *QUEUES)} <= set(FUNCTIONS)
