"""Webhook receivers at /hooks/NAME: they check the signature, keep what came, and answer as they were told to."""

import json
from typing import Any, Final

from infra.local_providers import proofs
from infra.local_providers.fronts import Call
from infra.local_providers.state import Account, Provider
from infra.local_wechat.wire import NOT_FOUND, Answer, answer_json

_UNAUTHORIZED: Final = 401
_TAKEN: Final = range(200, 300)


def answer(call: Call) -> Answer:
    """Takes one call. What the receiver had before, by its id, is not taken again."""
    receiver = call.world.receivers.get(call.action)
    if receiver is None:
        return answer_json({"error": "no such receiver"}, NOT_FOUND)
    if receiver.secret and not proofs.webhook_proves(call.request, receiver.secret, call.world.clock.wire_seconds()):
        return answer_json({"error": "the signature is wrong"}, _UNAUTHORIZED)
    receiver.calls += 1
    status = receiver.statuses[min(receiver.calls, len(receiver.statuses)) - 1]
    key = call.request.headers.get("webhook-id", "")
    if status in _TAKEN and not any(one.key == key and one.to == receiver.name for one in call.world.outbox if key):
        account = Account(Provider.WEBHOOK, receiver.name, "")
        call.world.keep(account, receiver.name, key, key, {"content": _content(call.request.body)})
    return Answer(b"{}", status, headers=dict(receiver.headers))


def refused(code: str, _text: str = "") -> Answer:
    """A refusal by its HTTP status."""
    return Answer(b"{}", int(code))


def _content(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
