"""Reads `data.yaml` with every name resolved, so that the one file can also make the stores where there is no CloudFormation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

DATA_TEMPLATE: Final = Path(__file__).with_name("data.yaml")

# CloudFormation type -> the property that holds the name, and the shape of the ARN after `arn:PARTITION:`.
_NAMED: Final = {
    "AWS::DynamoDB::Table": ("TableName", "dynamodb:{region}:{account}:table/{name}"),
    "AWS::SQS::Queue": ("QueueName", "sqs:{region}:{account}:{name}"),
    "AWS::S3::Bucket": ("BucketName", "s3:::{name}"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", "states:{region}:{account}:stateMachine:{name}"),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamName", "firehose:{region}:{account}:deliverystream/{name}"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stack lives: the prefix of its names, and the account, region and partition that its ARNs carry."""

    prefix: str
    account: str
    region: str
    partition: str = "aws"

    def variables(self) -> dict[str, str]:
        """What `!Ref` and `!Sub` find under the names of parameters and pseudo parameters."""
        return {"Prefix": self.prefix, "AWS::AccountId": self.account, "AWS::Region": self.region, "AWS::Partition": self.partition}


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of the template; `properties` hold no CloudFormation functions any more. `name` is "" where it has none."""

    logical: str
    type: str
    name: str
    arn: str
    properties: dict[str, Any]


class _Loader(yaml.SafeLoader):
    """A YAML loader that knows CloudFormation's short tags."""


def _function(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        raise TypeError(f"!{suffix} holds neither text nor a list")
    return {suffix if suffix == "Ref" else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _function)


@cache
def template() -> dict[str, Any]:
    """The template as it stands, functions in their long form."""
    document: dict[str, Any] = yaml.load(DATA_TEMPLATE.read_text("utf-8"), _Loader)  # noqa: S506 - a SafeLoader with three more tags
    return document


@cache
def resources(place: Place) -> tuple[Resource, ...]:
    """Every resource of the template, resolved for one place."""
    return tuple(_resolved(place))


def of_type(place: Place, kind: str) -> tuple[Resource, ...]:
    """The resources of one kind, e.g. `AWS::SQS::Queue`."""
    return tuple(one for one in resources(place) if one.type == kind)


def _resolved(place: Place) -> Iterator[Resource]:
    variables, arns = place.variables(), {}
    raw: dict[str, dict[str, Any]] = template()["Resources"]
    for logical, resource in raw.items():
        key, shape = _NAMED.get(resource["Type"], ("", ""))
        name = _value(resource["Properties"][key], variables, {}) if key else ""
        variables[logical] = name
        arns[logical] = f"arn:{place.partition}:" + shape.format(region=place.region, account=place.account, name=name)
    for logical, resource in raw.items():
        properties = _value(resource["Properties"], variables, arns)
        yield Resource(logical, resource["Type"], variables[logical], arns[logical], properties)


def _value(node: Any, variables: dict[str, str], arns: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_value(one, variables, arns) for one in node]
    if not isinstance(node, dict):
        return node
    if "Ref" in node:
        return variables[node["Ref"]]
    if "Fn::GetAtt" in node:
        return arns[node["Fn::GetAtt"].removesuffix(".Arn")]
    if "Fn::Sub" in node:
        known = variables | {f"{logical}.Arn": arn for logical, arn in arns.items()}
        return re.sub(r"\$\{([\w:.]+)\}", lambda match: known[match[1]], node["Fn::Sub"])
    return {key: _value(value, variables, arns) for key, value in node.items()}
