"""Creating, updating and failing stacks."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.cloudformation import StackClient, StackFailed


def refusal(message: str) -> ClientError:
    return ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "Any")


class CloudFormation:
    """Stands in for the service: a stack goes through the given states, one a look."""

    def __init__(self, *states: str, there: bool = False, unchanged: bool = False) -> None:
        self.states = list(states)
        self.there = there
        self.unchanged = unchanged
        self.calls: list[str] = []

    def create_stack(self, **_: Any) -> None:
        self.calls.append("create")
        self.there = True

    def update_stack(self, **_: Any) -> None:
        self.calls.append("update")
        if self.unchanged:
            raise refusal("No updates are to be performed.")

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        if not self.there:
            raise refusal(f"Stack with id {StackName} does not exist")
        state = self.states.pop(0) if self.calls and len(self.states) > 1 else self.states[0]
        return {"Stacks": [{"StackStatus": state, "Outputs": [{"OutputKey": "Table", "OutputValue": "t"}]}]}

    def describe_stack_events(self, **_: Any) -> dict[str, Any]:
        failed = {"LogicalResourceId": "Events", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "no room"}
        return {"StackEvents": [{"LogicalResourceId": "x", "ResourceStatus": "CREATE_COMPLETE"}, failed]}


def deployed(service: CloudFormation) -> dict[str, str]:
    return StackClient(service, pause=0).deploy("huiliu-dev-data", {"TemplateBody": "{}"}, {"Prefix": "huiliu-dev"})


def test_a_stack_that_is_not_there_is_created() -> None:
    service = CloudFormation("CREATE_IN_PROGRESS", "CREATE_COMPLETE")
    assert deployed(service) == {"Table": "t"}
    assert service.calls == ["create"]


def test_a_stack_that_is_there_is_updated() -> None:
    service = CloudFormation("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", there=True)
    assert deployed(service) == {"Table": "t"}
    assert service.calls == ["update"]


def test_nothing_to_update_is_no_fault() -> None:
    assert deployed(CloudFormation("UPDATE_COMPLETE", there=True, unchanged=True)) == {"Table": "t"}


def test_a_stack_that_fails_says_which_resource_and_why() -> None:
    with pytest.raises(StackFailed, match="Events: no room"):
        deployed(CloudFormation("ROLLBACK_COMPLETE"))
