"""The menus queue: menus and tags of accounts are made, on the platform, what the definitions in force say."""

from time import time
from typing import Any, Final

from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.entrypoints.batches import one_by_one
from chalicelib.menus import platform, records
from chalicelib.menus.applying import Account, apply
from chalicelib.menus.records import Applied, Fault, LeaseLost, State
from chalicelib.tagging import errands, wanted
from chalicelib.tagging import platform as tag_platform
from chalicelib.tagging.errands import ErrandUnreadable
from chalicelib.telemetry import count_refusals, logger, observed
from chalicelib.wechat.errors import LimitReached, TokenRefused, TryAgain, WechatError

FUNCTION: Final = "apply_menus"
POISON_CODE: Final = "menus_message_invalid"
REFUSED_CODE: Final = "menus_refused"
BUSY_SECONDS: Final = 20  # until a worker that has the account is over, as a rule


@observed(FUNCTION)
def apply_menus(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes messages of the queue `menus`, which name an account or none for all of them.

    What the platform refuses for good stands in the account's status, and is tried again when somebody publishes, and once a day. What it
    could not do at the moment comes again; what a limit keeps from being done is sent once more, for later.
    """
    return one_by_one(event, context, _take)


def _take(record: dict[str, Any]) -> bool:
    """Whether the message is done with."""
    try:
        appid = errands.account_of(record["body"])
    except ErrandUnreadable as wrong:
        bury([DeadLetter(FUNCTION, record["messageId"], "", str(wrong))])
        count_refusals([POISON_CODE])
        return True
    if appid:
        return _apply(appid, record["messageId"])
    for one in wanted.accounts():
        errands.ask_for(one)
    return True


def _apply(appid: str, message: str) -> bool:
    known = records.take(appid, message, _now())
    if known is None:  # its worker may have read definitions that are older than this message
        errands.ask_for(appid, BUSY_SECONDS)
        return True
    try:
        return _applied(appid, message, known)
    except LeaseLost:
        return True


def _applied(appid: str, message: str, known: Applied) -> bool:
    try:
        apply(Account(appid, platform.real(appid), tag_platform.real(appid), message, _now), known)
    except LimitReached as reached:
        errands.ask_for(appid, errands.seconds_until(reached.until, _now()))
        records.release(appid, message, State.WAITING, _fault(reached))
    except (TryAgain, TokenRefused) as moment:
        records.release(appid, message, State.WAITING, _fault(moment))
        return False
    except WechatError as refused:
        logger.error("the menus of an account were refused", appid=appid, reason=str(refused))
        count_refusals([REFUSED_CODE])
        records.release(appid, message, State.FAILED, _fault(refused))
    else:
        records.release(appid, message, State.APPLIED, None)
    return True


def _fault(error: WechatError) -> Fault:
    return Fault(error.number, error.verdict.meaning, error.api, error.rid)


def _now() -> int:
    return int(time() * 1000)
