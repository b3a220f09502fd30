"""A repair around permissions: calls that carry several messages need the permission of the call that carries one.

In AWS `sqs:SendMessage` permits SendMessageBatch as well, and there is no action of that name; the pinned version asks for one.
Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SQS".
"""

from collections.abc import Callable, Mapping
from typing import Final

_PERMITTED_BY: Final = {
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}

_Reader = Callable[[Mapping[str, str]], str | None]


def repair() -> None:
    """Puts the repair in place. Raises RuntimeError when this version finds out in another way what a call is."""
    from ministack.core import iam_actions

    if not hasattr(iam_actions, "_action_from_target"):
        raise RuntimeError("this version of ministack names the actions of calls in another way")
    iam_actions._action_from_target = permitting(iam_actions._action_from_target)


def permitting(action_of: _Reader) -> _Reader:
    """Reads the action that permits a call from the call's headers."""

    def permitted_by(headers: Mapping[str, str]) -> str | None:
        action = action_of(headers)
        return _PERMITTED_BY.get(action, action) if action else None

    return permitted_by
