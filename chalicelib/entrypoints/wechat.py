"""What WeChat calls at an account's address: the check of the address, and everything that it pushes.

A push that is refused is answered with a status and a plain text, is counted by its reason, and leaves nothing behind. One that is taken is
kept first: its events, whether the fan follows, until when and of what the fan may be written to, what it tells of messages. Then it is
answered, with a reply if one is due.
The answer is the commit: until WeChat has it, it sends the push again, encrypted anew, and all of this is done again to the same effect.
"""

import secrets
from collections.abc import Callable, Sequence
from time import time
from typing import Final

from chalicelib.campaigns import arriving
from chalicelib.errors import NotFound
from chalicelib.events.keep import keep
from chalicelib.events.model import Draft, Source
from chalicelib.fans import following, windows
from chalicelib.http import Answer, Request
from chalicelib.identity.published import current_rules
from chalicelib.people.clock import Clock
from chalicelib.replies import answering
from chalicelib.telemetry import count_refusals
from chalicelib.wechat import envelope, replies
from chalicelib.wechat.connected import account_of
from chalicelib.wechat.drafts import ACCOUNT, drafts_of
from chalicelib.wechat.envelope import Account, Opened
from chalicelib.wechat.push import Push
from chalicelib.wechat.refused import PushRefused

NEWS_DROPPED: Final = "account_news_dropped"  # counted for news about the account itself, while no namespace is declared for it
ANSWERED_WITHIN_MS: Final = 4000  # WeChat hangs up after 5 s; what comes later goes as a message of its own
BELIEVED_MS: Final = 60_000  # API Gateway never waits longer; what is further apart are two clocks that disagree
_SALT_BYTES: Final = 16
# Events that tell what became of a message, or what a fan wants to be told.
_OF_MESSAGES: Final = frozenset(
    {
        *("templatesendjobfinish", "masssendjobfinish", "unsubscribe"),
        *("subscribe_msg_sent_event", "subscribe_msg_popup_event", "subscribe_msg_change_event"),
    }
)
_HEADERS: Final = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store", "x-content-type-options": "nosniff"}


def check_address(request: Request) -> Answer:
    """What the console asks when the address is saved: its own text goes back if it is signed with the account's token."""
    return _answered(request, lambda account: envelope.echo(request.query, account, request.received_at))


def receive(request: Request) -> Answer:
    """One push, plain or encrypted, in XML or JSON: it becomes events of the person who it is about, and is answered as the rules say."""
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
    now, clock = request.received_at, _clock(request.received_at)
    opened = envelope.open_push(request.query, request.body, account, now)
    push, appid = opened.push, account.appid
    drafts = arriving.credited(drafts_of(push, appid), push, appid, now)
    _keep(following.news(push, drafts, appid), appid, now)
    following.noted(push, appid, now)
    windows.opened(push, appid, now)
    if push.kind in _OF_MESSAGES:
        _follow_up(push, appid, now)
    if replies.needs_acknowledgement(push):
        return _sealed(replies.acknowledged(push.form), opened, account, request)
    reply = answering.answer(push, drafts, account, now, now + ANSWERED_WITHIN_MS, clock)
    if reply is None:
        return replies.SUCCESS
    return _sealed(replies.rendered(reply, push, now), opened, account, request)


def _follow_up(push: Push, appid: str, now: int) -> None:
    """Notes permissions, and puts what has to be done about messages into their queue."""
    from chalicelib.contacts import permissions  # with the queue 20 ms of a cold start, for what few pushes tell
    from chalicelib.dispatch import queue, receipts

    permissions.noted(push, appid, now)
    queue.follow_up(receipts.of_push(push, appid, now))


def _clock(arrived: int) -> Clock:
    """The present: a cold start may have taken a good part of the time that there is for an answer."""
    waited = int(time() * 1000) - arrived
    return Clock(arrived + waited if 0 <= waited <= BELIEVED_MS else arrived)


def _keep(drafts: Sequence[Draft], appid: str, received_at: int) -> None:
    """Keeps what the push tells of persons. News of the account itself would make a person of it: only who declares the namespace wants
    that.
    """
    rules = current_rules()
    kept = [draft for draft in drafts if rules.allows(ACCOUNT) or (ACCOUNT, appid) not in draft.identifiers]
    count_refusals([NEWS_DROPPED] * (len(drafts) - len(kept)))
    if kept:
        keep(kept, Source(appid), rules, received_at)


def _sealed(text: str, opened: Opened, account: Account, request: Request) -> str:
    """The answer in the account's mode: encrypted where the push was."""
    if opened.key is None:
        return text
    return replies.sealed(
        text,
        appid=account.appid,
        token=opened.token,
        key=opened.key,
        timestamp=int(time()),
        nonce=request.query["nonce"],
        salt=secrets.token_bytes(_SALT_BYTES),
        form=opened.push.form,
    )
