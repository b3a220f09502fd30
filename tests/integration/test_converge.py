"""What runs after every deployment puts everything in place, and the second time has nothing to do."""

from typing import Any

import pytest

from infra.converge import MappingMissing, converge
from infra.mappings import QUEUES, STREAMS
from tests.support.aws import Stack, client

LAMBDAS = "huiliu-test"


class Mappings:
    """Stands in for Lambda's event source mappings, as Chalice leaves them."""

    def __init__(self, stack: Stack) -> None:
        place = stack.place
        tables = f"arn:aws:dynamodb:{place.region}:{place.account}:table/{place.prefix}"
        queues = f"arn:aws:sqs:{place.region}:{place.account}:{place.prefix}"
        streams = {one.function: f"{tables}-{one.table}/stream/2026" for one in STREAMS}
        sources = streams | {one.function: f"{queues}-{one.queue}" for one in QUEUES}
        self.all = {name: {"UUID": name, "EventSourceArn": arn, "BatchSize": 1, "State": "Enabled"} for name, arn in sources.items()}

    def list_event_source_mappings(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        name = FunctionName.removeprefix(f"{LAMBDAS}-")
        return {"EventSourceMappings": [self.all[name]] if name in self.all else []}

    def update_event_source_mapping(self, UUID: str, **options: Any) -> None:  # noqa: N803
        self.all[UUID] |= options

    def get_event_source_mapping(self, UUID: str) -> dict[str, Any]:  # noqa: N803
        return self.all[UUID]


@pytest.fixture
def mappings(stack: Stack) -> Mappings:
    return Mappings(stack)


def run(stack: Stack, mappings: Mappings) -> list[str]:
    return converge(stack.place, lambda service: mappings if service == "lambda" else client(service), LAMBDAS)


def test_every_mapping_gets_its_options(stack: Stack, mappings: Mappings) -> None:
    run(stack, mappings)
    arn = f"arn:aws:sqs:us-east-1:123456789012:{stack.table('dead-letters')}"
    for one in STREAMS:
        assert mappings.all[one.function].items() >= one.options(arn).items()
    for queue in QUEUES:
        assert mappings.all[queue.function].items() >= queue.options().items()


def test_the_second_time_there_is_nothing_to_do(stack: Stack, mappings: Mappings) -> None:
    assert run(stack, mappings) != []
    assert run(stack, mappings) == []


def test_tables_whose_items_expire_do_so(stack: Stack, mappings: Mappings) -> None:
    run(stack, mappings)
    for name in ("events", "people", "receipts", "rejections", "imports", "timers"):
        found = stack.client("dynamodb").describe_time_to_live(TableName=stack.table(name))["TimeToLiveDescription"]
        assert found == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}


def test_what_a_stack_dropped_is_put_back(stack: Stack, mappings: Mappings) -> None:
    run(stack, mappings)
    uploads = f"{stack.place.prefix}-uploads-{stack.place.account}"
    stack.client("s3").put_bucket_notification_configuration(Bucket=uploads, NotificationConfiguration={})
    assert run(stack, mappings) == [f"{uploads}: notifications"]


def test_a_lambda_that_nothing_feeds_is_an_error(stack: Stack, mappings: Mappings) -> None:
    del mappings.all["merge"]
    with pytest.raises(MappingMissing, match="huiliu-test-merge"):
        run(stack, mappings)
