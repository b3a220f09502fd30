"""The data template as code reads it."""

import pytest

from infra.tables import BUCKET, QUEUE, TABLE
from infra.template import Place, Resource, of_type, resources, template

AWS = Place("huiliu-dev", "111122223333", "eu-west-1")
CHINA = Place("huiliu-dev", "111122223333", "cn-north-1", "aws-cn")

TABLES = (
    *("audiences", "broadcasts", "codes", "contacts", "definitions", "events", "fans", "imports", "items", "keys"),
    *("messages", "people", "rates", "receipts", "rejections", "runs", "tallies", "timers", "wechat"),
)


def test_there_is_a_table_for_every_store_of_the_ring() -> None:
    assert sorted(one.name for one in of_type(AWS, TABLE)) == [f"huiliu-dev-{name}" for name in TABLES]


@pytest.mark.parametrize("place", [AWS, CHINA])
def test_no_function_is_left_unresolved(place: Place) -> None:
    assert not [one.logical for one in resources(place) if "Fn::" in str(one.properties) or "${Prefix" in str(one.properties)]


def test_arns_follow_the_partition() -> None:
    assert all(one.arn.startswith("arn:aws-cn:") for one in resources(CHINA))


@pytest.mark.parametrize("table", of_type(AWS, TABLE), ids=lambda one: one.name)
def test_every_table_is_on_demand_encrypted_restorable_and_kept(table: Resource) -> None:
    assert table.properties["BillingMode"] == "PAY_PER_REQUEST"
    assert table.properties["SSESpecification"] == {"SSEEnabled": True}
    assert table.properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert template()["Resources"][table.logical]["DeletionPolicy"] == "Retain"


@pytest.mark.parametrize("bucket", of_type(AWS, BUCKET), ids=lambda one: one.name)
def test_every_bucket_is_private_and_encrypted(bucket: Resource) -> None:
    assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert "BucketEncryption" in bucket.properties
    assert bucket.properties["LifecycleConfiguration"]["Rules"]


def test_bucket_names_carry_the_account_because_all_accounts_share_them() -> None:
    assert all(one.name.endswith("-111122223333") for one in of_type(AWS, BUCKET))


@pytest.mark.parametrize("name", ["imports", "rechecks", "passes", "fans", "tagging", "menus", "replies", "journey-dues", "journey-work"])
def test_messages_that_fail_five_times_are_put_aside(name: str) -> None:
    queues = {one.name: one for one in of_type(AWS, QUEUE)}
    redrive = queues[f"huiliu-dev-{name}"].properties["RedrivePolicy"]
    assert redrive == {"deadLetterTargetArn": queues[f"huiliu-dev-{name}-dlq"].arn, "maxReceiveCount": 5}


def test_new_uploads_go_to_the_imports_queue() -> None:
    queues = {one.name: one for one in of_type(AWS, QUEUE)}
    (uploads,) = [one for one in of_type(AWS, BUCKET) if "uploads" in one.name]
    (notice,) = uploads.properties["NotificationConfiguration"]["QueueConfigurations"]
    assert notice["Queue"] == queues["huiliu-dev-imports"].arn


def test_only_this_accounts_bucket_may_fill_the_imports_queue() -> None:
    (policy,) = of_type(AWS, "AWS::SQS::QueuePolicy")
    (uploads,) = [one for one in of_type(AWS, BUCKET) if "uploads" in one.name]
    (statement,) = policy.properties["PolicyDocument"]["Statement"]
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnEquals": {"aws:SourceArn": uploads.arn},
    }
