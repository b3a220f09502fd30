"""Repairs around permissions: what a call is that carries several messages, and what it is about when it names several parameters.

In AWS `sqs:SendMessage` permits SendMessageBatch as well, and there is no action of that name; the pinned version asks for one.
Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SQS".

`ssm:GetParameters` is about each parameter that it names; the pinned version reads the name of a single one only, and asks for all of them.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

_PERMITTED_BY: Final = {
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}
_ANY: Final = "*"

_Reader = Callable[[Mapping[str, str]], str | None]
_ResourceReader = Callable[..., str]


def repair() -> None:
    """Puts the repairs in place. Raises RuntimeError when this version finds out in another way what a call is."""
    from ministack.core import iam_actions

    if not hasattr(iam_actions, "_action_from_target") or not hasattr(iam_actions, "extract_resource_arn"):
        raise RuntimeError("this version of ministack names the actions and resources of calls in another way")
    iam_actions._action_from_target = permitting(iam_actions._action_from_target)
    iam_actions.extract_resource_arn = naming(iam_actions.extract_resource_arn)


def permitting(action_of: _Reader) -> _Reader:
    """Reads the action that permits a call from the call's headers."""

    def permitted_by(headers: Mapping[str, str]) -> str | None:
        action = action_of(headers)
        return _PERMITTED_BY.get(action, action) if action else None

    return permitted_by


def naming(resource_of: _ResourceReader) -> _ResourceReader:
    """Reads the resource of a call. Of several parameters it is the first: ours are always those of one account."""

    def named(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> str:
        found = resource_of(service, method, path, headers, body, *rest)
        return parameters(body, *rest[-2:]) or found if service == "ssm" and found == _ANY else found

    return named


def parameters(body: bytes, region: str, account: str) -> str:
    """The resource of a call that names parameters, "" for another one."""
    try:
        names = json.loads(body).get("Names")
    except (ValueError, AttributeError):
        return ""
    if not isinstance(names, list) or not names or not isinstance(names[0], str):
        return ""
    return f"arn:aws:ssm:{region}:{account}:parameter/{names[0].lstrip('/')}"
