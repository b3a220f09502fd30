"""What providers call: receipts of messages, and what persons answered by SMS. And the asking where they do not call.

Most providers sign nothing, so that a part of the address is a secret of the account: `callback`, put with `infra.provider_secrets`.
Nothing is carried out here. It goes into a queue, and then the provider is answered as it wants to be, or it would come again.
"""

from collections.abc import Callable, Iterable
from hmac import compare_digest
from time import monotonic
from typing import Any, Final

from chalicelib.channels import pulling
from chalicelib.dispatch import queue
from chalicelib.dispatch.news import Followup, of_receipt, of_reply
from chalicelib.errors import BadRequest, NotFound
from chalicelib.http import JSON_TYPE, Answer, Request
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers import adapters, connected
from chalicelib.providers.adapter import CALLBACK, Adapter
from chalicelib.providers.model import Account, CallbackInvalid
from chalicelib.telemetry import count_refusals

REFUSED: Final = "provider_callback_refused"
PULL_SECONDS: Final = 20.0  # for one account, of the two minutes that there are for all
INVALID: Final = "provider_callback_invalid"
_HEADERS: Final = {"content-type": JSON_TYPE, "cache-control": "no-store"}

Read = Callable[[Adapter[Any], Account, int], Iterable[Followup]]


def post_receipts(request: Request) -> Answer:
    """`POST /v1/receipts/{account}/{secret}`: what became of messages."""

    def read(adapter: Adapter[Any], account: Account, now: int) -> Iterable[Followup]:
        channel = ChannelName(adapters.channel_of(account.adapter))
        return [of_receipt(channel, account.name, one, now) for one in adapter.receipts(request.body)]

    return _taken(request, read)


def post_replies(request: Request) -> Answer:
    """`POST /v1/sms-replies/{account}/{secret}`: what persons answered."""

    def read(adapter: Adapter[Any], account: Account, now: int) -> Iterable[Followup]:
        return [of_reply(account.name, one, now) for one in adapter.replies(request.body)]

    return _taken(request, read)


def pull(name: str, now: int) -> None:
    """Asks an account's provider for receipts, and puts what it tells into the queue before asking on. A slow one is left in time for the
    others; what it has told last is asked for again in the next hour, which changes nothing.
    """
    account = connected.account_of(name)
    if account is None:
        return
    channel, ends = ChannelName(adapters.channel_of(account.adapter)), monotonic() + PULL_SECONDS
    for receipts in pulling.pulled(name, now):
        queue.follow_up([of_receipt(channel, name, one, now) for one in receipts])
        if monotonic() > ends:
            return


def _taken(request: Request, read: Read) -> Answer:
    account = _caller(request.params["account"], request.params["secret"])
    adapter = adapters.adapter(account.adapter)
    try:
        queue.follow_up(list(read(adapter, account, request.received_at)))
    except CallbackInvalid as invalid:
        count_refusals([INVALID])
        raise BadRequest(str(invalid)) from invalid
    return Answer(body=adapter.acknowledgement.decode() or "{}", headers=_HEADERS)


def _caller(name: str, secret: str) -> Account:
    """The account whose secret this is. Whoever guesses learns nothing: no account, no secret and a wrong one are answered alike."""
    account = connected.account_of(name)
    known = account.secrets.get(CALLBACK, ()) if account is not None else ()
    if account is None or not _is_one_of(secret, known):
        count_refusals([REFUSED])
        raise NotFound("there is nothing under this path")
    return account


def _is_one_of(given: str, known: Iterable[str]) -> bool:
    """Compares with each in a time that does not tell how much of it was right."""
    matches = [compare_digest(given.encode(), one.encode()) for one in known]
    return any(matches)
