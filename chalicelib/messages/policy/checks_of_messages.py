"""Checks of a message, whichever way it might go. Pure."""

from hashlib import sha256
from typing import Final

from chalicelib.events.clock import rfc3339
from chalicelib.messages.policy.cases import Case, passes, stops, waits
from chalicelib.messages.policy.decisions import Found
from chalicelib.messages.policy.model import Tried

_HASH_BYTES: Final = 8


def has_route(case: Case) -> Found:
    """There is something to send."""
    return passes(routes=len(case.asked.routes)) if case.asked.routes else stops(routes=0)


def outcome_known(case: Case) -> Found:
    """No attempt may have gone through without our knowing: twice is worse than not at all."""
    return stops() if _any(case, Tried.UNKNOWN) else passes()


def not_sent_yet(case: Case) -> Found:
    """It has not arrived, and where it was taken on there is a time after which that counts as failed."""
    lost = case.asked.fallback.receipt_within is not None
    return stops() if _any(case, Tried.DELIVERED) or (_any(case, Tried.SENT) and not lost) else passes()


def receipts_over(case: Case) -> Found:
    """No receipt is to be expected any more."""
    ends = [one.at + (case.asked.fallback.receipt_within or 0) for one in case.asked.tried if one.result is Tried.SENT]
    return waits(max(ends)) if ends and case.now < max(ends) else passes()


def may_fall_back(case: Case) -> Found:
    """After a failure the message wants another try."""
    failed = _any(case, Tried.FAILED)
    return stops() if failed and not case.asked.fallback.after_failure else passes(failed=failed)


def still_of_use(case: Case) -> Found:
    """It is not too late."""
    expires = case.asked.expires
    if expires is None:
        return passes()
    return passes(expires=rfc3339(expires)) if case.now < expires else stops(expires=rfc3339(expires))


def not_held_out(case: Case) -> Found:
    """The person is not one of those who are told nothing, for comparison."""
    holdout = case.rules.holdout
    if holdout is None or case.asked.category not in holdout.categories:
        return passes()
    digest = sha256(f"{holdout.salt}\n{case.asked.person}".encode("utf-8", "surrogatepass")).digest()
    held = int.from_bytes(digest[:_HASH_BYTES], "big") < holdout.share * 2 ** (8 * _HASH_BYTES)
    return stops(share=holdout.share) if held else passes(share=holdout.share)


def _any(case: Case, result: Tried) -> bool:
    return any(one.result is result for one in case.asked.tried)
