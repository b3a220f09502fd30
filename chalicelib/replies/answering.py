"""Answers a push: with one content at once, as the answer to it, and with the others by the queue.

    reply = answer(push, drafts, account, now, deadline)     # what to answer at once, or None for `success`

Everything that has to last is written before this returns. It may be called again with the same push, by several at once, at any time.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from chalicelib.events.model import Draft
from chalicelib.fans.contacts import is_openid
from chalicelib.messages.contents import passive
from chalicelib.messages.model import Channel, State, message_id
from chalicelib.messages.telling import tell
from chalicelib.people.clock import Clock
from chalicelib.replies import decisions, queue
from chalicelib.replies.book import book_of
from chalicelib.replies.deciding import Fan, decided
from chalicelib.replies.decisions import Decision
from chalicelib.replies.heard import heard_of
from chalicelib.replies.matching import possible
from chalicelib.replies.queue import AFTER_THE_ANSWER_S, ReplyDue
from chalicelib.telemetry import count_refusals
from chalicelib.wechat.envelope import Account
from chalicelib.wechat.push import Push
from chalicelib.wechat.replies import Reply, Transfer, article_limit, takes_reply

COPIED: Final = "reply_to_copy"  # counted when a push comes twice at once: the other one is answered


def answer(push: Push, drafts: Sequence[Draft], account: Account, now: int, deadline: int, clock: Clock | None = None) -> Reply | None:
    """The answer to a push that arrived at `now` (ms), None when there is none, when it has been answered, or when `deadline` (ms) passed.

    `drafts` are its records as they were kept. `clock` tells the time from `now` on, as it passes while the push is being worked on.
    """
    clock = clock or Clock(now)
    heard = heard_of(push, drafts[0]) if drafts and is_openid(push.openid) else ()
    book = book_of(account.appid) if heard else None
    if book is None or not possible(book.rules, heard):
        return None
    reply_id = message_id("push", account.appid, drafts[0].id)
    decision = decisions.find(reply_id)
    if decision is None:
        made = decided(Fan(account.appid, push.openid, now), book, heard, reply_id)
        if made is None:
            return None
        immediate = _immediate(made, push) is not None
        decision = decisions.keep(replace(made, passive=immediate and made.agent is None, handed=not immediate))
    return _answered(decision, push, now, deadline, clock)


def _answered(decision: Decision, push: Push, now: int, deadline: int, clock: Clock) -> Reply | None:
    """The attempt is the last thing that is written: a push that comes again after a fault before it is no copy."""
    reply = _immediate(decision, push)
    if reply is None or decision.handed or clock.now() > deadline:
        _hand_over(decision, now)
        return None
    if decision.has_queued:
        queue.put(ReplyDue(decision.id), AFTER_THE_ANSWER_S)
    if decision.passive:
        tell(decision.message(0), State.SENT, channel=Channel.PASSIVE)
    if clock.now() > deadline:
        _hand_over(decision, now)
        return None
    if decisions.attempt(decision, now):
        return reply
    count_refusals([COPIED])
    newest = decisions.find(decision.id)
    if newest is not None and newest.handed:
        _hand_over(newest, now)  # whoever did so may have died before the queue knew
    return None


def _immediate(decision: Decision, push: Push) -> Reply | None:
    """What of a decision can be the answer to the push: handing the fan over, else its first step."""
    if not takes_reply(push):
        return None
    if decision.agent is not None:
        return Transfer(decision.agent)
    if decision.mini_program or not decision.steps:
        return None
    return passive(decision.steps[0].content, article_limit(push))


def _hand_over(decision: Decision, arrived: int) -> None:
    handed = decision if decision.handed else decisions.hand_over(decision, arrived)
    if handed is not None:
        queue.put(ReplyDue(handed.id))
