"""Creates and updates CloudFormation stacks and waits for them."""

import time
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

_CAPABILITIES: Final = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
_PATIENCE: Final = 1800.0  # seconds; making eight tables takes AWS about two minutes


class StackFailed(Exception):
    """The stack did not reach a good state; the message holds the first reasons."""


@dataclass(frozen=True, slots=True)
class StackClient:
    """CloudFormation with a pace: `pause` seconds between looks (0.05 on an emulator, some seconds in AWS)."""

    client: Any
    pause: float

    def deploy(self, name: str, template: dict[str, str], parameters: dict[str, str] | None = None) -> dict[str, str]:
        """Creates or updates a stack and returns its outputs. `template` is `{"TemplateBody": text}` or `{"TemplateURL": address}`."""
        values = [{"ParameterKey": key, "ParameterValue": value} for key, value in (parameters or {}).items()]
        arguments = {"StackName": name, "Capabilities": list(_CAPABILITIES), "Parameters": values, **template}
        try:
            if self._exists(name):
                self.client.update_stack(**arguments)
            else:
                self.client.create_stack(**arguments)
        except ClientError as error:
            if "No updates" not in str(error):
                raise
        return self._settled(name)

    def outputs(self, name: str) -> dict[str, str]:
        """The outputs of a stack that is there."""
        return {one["OutputKey"]: one["OutputValue"] for one in self._describe(name).get("Outputs", [])}

    def _describe(self, name: str) -> dict[str, Any]:
        stack: dict[str, Any] = self.client.describe_stacks(StackName=name)["Stacks"][0]
        return stack

    def _exists(self, name: str) -> bool:
        try:
            return bool(self._describe(name))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return False
            raise

    def _settled(self, name: str) -> dict[str, str]:
        end = time.monotonic() + _PATIENCE
        while (status := self._describe(name)["StackStatus"]).endswith("IN_PROGRESS"):
            if time.monotonic() > end:
                raise StackFailed(f"stack {name} is still {status} after {_PATIENCE:.0f} s")
            time.sleep(self.pause)
        if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise StackFailed(f"stack {name} ended as {status}: {'; '.join(self._reasons(name))}")
        return self.outputs(name)

    def _reasons(self, name: str) -> list[str]:
        events = self.client.describe_stack_events(StackName=name)["StackEvents"]
        failed = [one for one in events if one["ResourceStatus"].endswith("FAILED")]
        return [f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason', 'no reason given')}" for one in reversed(failed)][:5]
