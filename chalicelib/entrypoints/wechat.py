"""What WeChat calls at an account's address: the check of the address, and everything that it pushes.

A push that is refused is answered with a status and a plain text, is counted by its reason, and leaves nothing behind. One that is kept is
answered `success`; when that answer gets lost WeChat sends it again, encrypted anew, and it is the same event.
"""

from collections.abc import Callable
from typing import Final

from chalicelib.errors import NotFound
from chalicelib.events.keep import keep
from chalicelib.events.model import Source
from chalicelib.http import Answer, Request
from chalicelib.identity.published import current_rules
from chalicelib.telemetry import count_refusals
from chalicelib.wechat import envelope
from chalicelib.wechat.connected import account_of
from chalicelib.wechat.drafts import ACCOUNT, drafts_of
from chalicelib.wechat.envelope import Account
from chalicelib.wechat.push import Push
from chalicelib.wechat.refused import PushRefused

ACKNOWLEDGED: Final = "success"  # WeChat's word for: there is nothing to say, do not send it again
NEWS_DROPPED: Final = "account_news_dropped"  # counted for news about the account itself, while no namespace is declared for it
_HEADERS: Final = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff"}


def check_address(request: Request) -> Answer:
    """What the console asks when the address is saved: its own text goes back if it is signed with the account's token."""
    return _answered(request, lambda account: envelope.echo(request.query, account, request.received_at))


def receive(request: Request) -> Answer:
    """One push, plain or encrypted, in XML or JSON: it becomes events of the person who it is about."""
    return _answered(request, lambda account: _received(request, account))


def _answered(request: Request, answer: Callable[[Account], str]) -> Answer:
    account = account_of(request.params["appid"])
    if account is None:
        raise NotFound("no account with this appid is in force")
    try:
        return Answer(body=answer(account), headers=_HEADERS)
    except PushRefused as refused:
        count_refusals([refused.reason])
        return Answer(refused.status, f"{refused.reason}: {refused.detail}", _HEADERS)


def _received(request: Request, account: Account) -> str:
    opened = envelope.open_push(request.query, request.body, account, request.received_at)
    _keep(opened.push, account.appid, request.received_at)
    return ACKNOWLEDGED


def _keep(push: Push, appid: str, received_at: int) -> None:
    """Keeps what the push tells of persons. News of the account itself would make a person of it: only who declares the namespace wants
    that.
    """
    rules = current_rules()
    drafts = drafts_of(push, appid)
    kept = [draft for draft in drafts if rules.allows(ACCOUNT) or (ACCOUNT, appid) not in draft.identifiers]
    count_refusals([NEWS_DROPPED] * (len(drafts) - len(kept)))
    if kept:
        keep(kept, Source(appid), rules, received_at)
