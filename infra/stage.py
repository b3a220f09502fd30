"""One stage and where it runs: AWS as the credentials at hand say, or an emulator."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import boto3
from botocore.config import Config

from chalicelib.settings import SENDING
from infra.cloudformation import StackClient
from infra.paths import ROOT
from infra.template import DATA_TEMPLATE, Place

APP: Final = "huiliu"
STAGES: Final = ("local", "dev", "prod")
_AWS_PAUSE: Final = 5.0  # seconds between looks at a stack in AWS
_EMULATOR_PAUSE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage in its place. `client` makes boto3 clients for it; `variables` are what a child process needs to reach the same place."""

    name: str
    place: Place
    client: Callable[[str], Any]
    pause: float
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def function_prefix(self) -> str:
        """Chalice's start of every function's name."""
        return f"{APP}-{self.name}"

    def stacks(self) -> StackClient:
        """CloudFormation of this place."""
        return StackClient(self.client("cloudformation"), self.pause)

    def deploy_data(self) -> dict[str, str]:
        """Creates or updates the data plane and returns its outputs."""
        body = {"TemplateBody": DATA_TEMPLATE.read_text("utf-8")}
        return self.stacks().deploy(f"{self.function_prefix}-data", body, {"Prefix": self.place.prefix})

    def data(self) -> dict[str, str]:
        """The outputs of the data plane that is there."""
        return self.stacks().outputs(f"{self.function_prefix}-data")


def stage_in_aws(name: str) -> Stage:
    """The stage in the account and region of the credentials at hand."""
    session = boto3.Session()
    if session.region_name is None:
        raise SystemExit("no region: set AWS_DEFAULT_REGION or a profile that has one")
    partition, account = _who(session)
    place = Place(f"{APP}-{name}", account, session.region_name, partition)
    return Stage(name, place, cache(session.client), _AWS_PAUSE, {"AWS_DEFAULT_REGION": session.region_name})


def stage_at(endpoint: str, name: str, variables: dict[str, str], account: str) -> Stage:
    """The stage on an emulator; `variables` hold its credentials and region."""
    session = boto3.Session(variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"], region_name=variables["AWS_DEFAULT_REGION"])
    # One region, one host: without these botocore would put the account or the bucket into the host's name.
    config = Config(s3={"addressing_style": "path"}, account_id_endpoint_mode="disabled")

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=endpoint, config=config)

    place = Place(f"{APP}-{name}", account, variables["AWS_DEFAULT_REGION"])
    return Stage(name, place, cache(client), _EMULATOR_PAUSE, variables)


def lambda_environment(data: dict[str, str]) -> dict[str, str]:
    """What the lambdas and the operator's commands read from their environment, from the data plane's outputs."""
    return {
        "HUILIU_LAKE_BUCKET": data["LakeBucket"],
        "HUILIU_UPLOADS_BUCKET": data["UploadsBucket"],
        "HUILIU_DEAD_LETTERS_URL": data["DeadLettersUrl"],
        "HUILIU_IMPORTS_QUEUE_URL": data["ImportsQueueUrl"],
        "HUILIU_RECHECKS_QUEUE_URL": data["RechecksQueueUrl"],
        "HUILIU_PASSES_QUEUE_URL": data["PassesQueueUrl"],
        "HUILIU_FANS_QUEUE_URL": data["FansQueueUrl"],
        "HUILIU_TAGGING_QUEUE_URL": data["TaggingQueueUrl"],
        "HUILIU_MENUS_QUEUE_URL": data["MenusQueueUrl"],
        "HUILIU_REPLIES_QUEUE_URL": data["RepliesQueueUrl"],
        "HUILIU_FOLLOWUPS_QUEUE_URL": data["FollowupsQueueUrl"],
        "HUILIU_DUES_QUEUE_URL": data["DuesQueueUrl"],
        "HUILIU_BROADCASTS_QUEUE_URL": data["BroadcastsQueueUrl"],
        "HUILIU_JOURNEY_DUES_QUEUE_URL": data["JourneyDuesQueueUrl"],
        "HUILIU_JOURNEY_WORK_QUEUE_URL": data["JourneyWorkQueueUrl"],
        **{f"HUILIU_SEND_{one.upper()}_QUEUE_URL": data[f"Send{one.title().replace('_', '')}QueueUrl"] for one in SENDING},
        "HUILIU_RECHECK_TIMER_ARN": data["RecheckTimerArn"],
        "HUILIU_MESSAGE_TIMER_ARN": data["MessageTimerArn"],
        "HUILIU_JOURNEY_TIMER_ARN": data["JourneyTimerArn"],
        "HUILIU_EVENTS_STREAM_ARN": data["EventsStreamArn"],
        "HUILIU_PEOPLE_STREAM_ARN": data["PeopleStreamArn"],
        "HUILIU_MESSAGES_STREAM_ARN": data["MessagesStreamArn"],
        "HUILIU_RUNS_STREAM_ARN": data["RunsStreamArn"],
    }


def policy_names(place: Place, data: dict[str, str]) -> dict[str, str]:
    """What fills the placeholders of `.chalice/policies/`."""
    return {
        "partition": place.partition,
        "region": place.region,
        "account": place.account,
        "prefix": place.prefix,
        "lake_bucket": data["LakeBucket"],
        "uploads_bucket": data["UploadsBucket"],
    }


def child_environment(stage: Stage, data: dict[str, str]) -> dict[str, str]:
    """The environment of a child process that runs the project's own code against the stage."""
    own = {"HUILIU_STAGE": stage.name, "HUILIU_PREFIX": stage.place.prefix, "PYTHONPATH": str(ROOT), "POWERTOOLS_TRACE_DISABLED": "true"}
    return {**os.environ, **stage.variables, **lambda_environment(data), **own}


def _who(session: boto3.Session) -> tuple[str, str]:
    """Partition and account of the credentials."""
    identity = session.client("sts").get_caller_identity()
    return identity["Arn"].split(":")[1], identity["Account"]
