"""What only operators see: the lake, the dead letters, the logs of the lambdas."""

import json

from infra.local_stack import LocalStack


def dead_letters(stack: LocalStack) -> int:
    """How many messages lie among what could not be done."""
    found = stack.stage.client("sqs").get_queue_attributes(
        QueueUrl=stack.data["DeadLettersUrl"], AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


def in_lake(stack: LocalStack) -> set[str]:
    """The ids of the events in the lake."""
    store, bucket = stack.stage.client("s3"), stack.data["LakeBucket"]
    pages = store.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="events/")
    bodies = [store.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for page in pages for one in page.get("Contents", [])]
    return {json.loads(line)["id"] for body in bodies for line in body.splitlines()}


def logged(stack: LocalStack, words: str, function: str = "") -> list[str]:
    """The lines of the lambdas' logs that hold the words; those of all lambdas, or of those whose name goes on like `function`."""
    logs, prefix = stack.stage.client("logs"), f"/aws/lambda/{stack.stage.function_prefix}{function}"
    groups = [one["logGroupName"] for one in logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]]
    pages = [page for group in groups for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)]
    return [event["message"] for page in pages for event in page["events"] if words in event["message"]]
