"""Makes the stores of `data.yaml` by API calls: for tests on moto, and to put right what an emulator drops from the template."""

import json
from collections.abc import Callable, Collection
from typing import Any, Final

from infra.template import Place, Resource, of_type

TABLE: Final = "AWS::DynamoDB::Table"
QUEUE: Final = "AWS::SQS::Queue"
BUCKET: Final = "AWS::S3::Bucket"
FIREHOSE: Final = "AWS::KinesisFirehose::DeliveryStream"
MACHINE: Final = "AWS::StepFunctions::StateMachine"
_CREATE_TABLE_KEYS: Final = ("TableName", "BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


Clients = Callable[[str], Any]  # service name -> boto3 client


def create(place: Place, client: Clients) -> None:
    """Makes every queue, bucket, delivery stream, state machine and table of an empty account."""
    queues, buckets = client("sqs"), client("s3")
    for queue in sorted(of_type(place, QUEUE), key=lambda one: "RedrivePolicy" in one.properties):
        create_queue(queues, queue)
    for bucket in of_type(place, BUCKET):
        buckets.create_bucket(Bucket=bucket.name)
        notify(buckets, bucket)
    for stream in of_type(place, FIREHOSE):
        create_firehose(place, stream, client("firehose"))
    for machine in of_type(place, MACHINE):
        create_machine(place, machine, client("stepfunctions"))
    create_tables(place, client)


def create_tables(place: Place, client: Clients, only: Collection[str] | None = None) -> None:
    """Makes the tables of an empty account: all, or those with the short names in `only`."""
    for table in of_type(place, TABLE):
        if only is None or table.name.removeprefix(f"{place.prefix}-") in only:
            create_table(client("dynamodb"), table)
            expire(client("dynamodb"), table)


def create_table(client: Any, table: Resource) -> None:
    """Makes one table with its indexes and stream."""
    arguments: dict[str, Any] = {key: table.properties[key] for key in _CREATE_TABLE_KEYS if key in table.properties}
    if stream := table.properties.get("StreamSpecification"):
        arguments["StreamSpecification"] = {"StreamEnabled": True, **stream}
    client.create_table(**arguments)


def expire(client: Any, table: Resource) -> bool:
    """Turns on the table's time to live where it is off; True when it changed something."""
    wanted = table.properties.get("TimeToLiveSpecification")
    if wanted is None:
        return False
    status = client.describe_time_to_live(TableName=table.name)["TimeToLiveDescription"]["TimeToLiveStatus"]
    if status in {"ENABLED", "ENABLING"}:
        return False
    client.update_time_to_live(TableName=table.name, TimeToLiveSpecification=wanted)
    return True


def restorable(client: Any, table: Resource) -> bool:
    """Turns on point-in-time recovery where it is off; True when it changed something."""
    backups = client.describe_continuous_backups(TableName=table.name)["ContinuousBackupsDescription"]
    if backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED":
        return False
    client.update_continuous_backups(
        TableName=table.name, PointInTimeRecoverySpecification=table.properties["PointInTimeRecoverySpecification"]
    )
    return True


def create_queue(client: Any, queue: Resource) -> None:
    """Makes one queue; its dead-letter queue has to be there."""
    attributes = {
        key: json.dumps(value) if isinstance(value, dict) else str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in queue.properties.items()
        if key != "QueueName"
    }
    client.create_queue(QueueName=queue.name, Attributes=attributes)


def notify(client: Any, bucket: Resource) -> bool:
    """Sends the bucket's new objects to their queue; True when it changed something."""
    wanted = bucket.properties.get("NotificationConfiguration", {}).get("QueueConfigurations", [])
    known = client.get_bucket_notification_configuration(Bucket=bucket.name).get("QueueConfigurations", [])
    configurations = [{"QueueArn": one["Queue"], "Events": [one["Event"]]} for one in wanted]
    if {one["QueueArn"] for one in known} == {one["QueueArn"] for one in configurations}:
        return False
    client.put_bucket_notification_configuration(Bucket=bucket.name, NotificationConfiguration={"QueueConfigurations": configurations})
    return True


def create_firehose(place: Place, stream: Resource, client: Any) -> None:
    """Makes the delivery stream that writes to the lake."""
    destination = stream.properties["ExtendedS3DestinationConfiguration"]
    role = f"arn:{place.partition}:iam::{place.account}:role/{place.prefix}-firehose"
    client.create_delivery_stream(
        DeliveryStreamName=stream.name,
        DeliveryStreamType=stream.properties["DeliveryStreamType"],
        ExtendedS3DestinationConfiguration={**destination, "RoleARN": role},
    )


def create_machine(place: Place, machine: Resource, client: Any) -> None:
    """Makes a state machine."""
    role = f"arn:{place.partition}:iam::{place.account}:role/{machine.name}"
    client.create_state_machine(name=machine.name, definition=json.dumps(machine.properties["Definition"]), roleArn=role)
