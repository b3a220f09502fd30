"""Codes in DynamoDB. Every write may be made again, by anybody, and leads to the same items."""

from typing import Final

from pynamodb.exceptions import PutError, TransactWriteError, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.campaigns.model import MAX_PERMANENT, Code, CodeState
from chalicelib.campaigns.records import (
    CODE,
    KEY,
    PERMANENT,
    CodeRecord,
    KeyUsed,
    ListedRecord,
    QuotaRecord,
    campaign_key,
    code_key,
    from_code_record,
    place_of,
    quota_key,
    to_code_record,
    used_key,
)
from chalicelib.campaigns.refusals import KeyReused, QuotaExhausted
from chalicelib.errors import Busy
from chalicelib.paging import Page, decode_cursor, encode_cursor

KEY_KEPT_SECONDS: Final = 30 * 86_400  # how long an idempotency key stands for its code
_ATTEMPTS: Final = 4  # at a transaction that meets another one at the account's quota
_REFUSED: Final = "ConditionalCheckFailed"  # of a part of a transaction
_CONDITION_FAILED: Final = "ConditionalCheckFailedException"


def find(code_id: str) -> Code | None:
    """The code as it stands, or None."""
    try:
        return from_code_record(CodeRecord.get(code_key(code_id), CODE, consistent_read=True))
    except CodeRecord.DoesNotExist:
        return None


def create(code: Code) -> Code:
    """Keeps a new code, in its campaign's list and in the account's quota; or gives the one of that id that was kept before.

    Raises QuotaExhausted; Busy when others make codes of the account at the same moment.
    """
    for _ in range(_ATTEMPTS):
        reasons = _written(code)
        if not reasons:
            return code
        if reasons[0] == _REFUSED and (found := find(code.id)):
            return found
        if reasons[2:] == [_REFUSED]:
            raise QuotaExhausted(f"the account has {MAX_PERMANENT} codes without an end, which is all that WeChat allows")
    raise Busy("others make codes of this account at the same moment; ask again")


def complete(code: Code) -> Code:
    """Notes what WeChat said, unless somebody else has noted something that lasts longer; gives what stands now."""
    record = CodeRecord(code_key(code.id), CODE)
    actions: list[Action] = [CodeRecord.state.set(CodeState.MADE.value), CodeRecord.ticket.set(code.ticket), CodeRecord.url.set(code.url)]
    newer = CodeRecord.state == CodeState.PENDING.value
    if code.expires_at is not None:
        actions.append(CodeRecord.ends.set(code.expires_at))
        newer |= CodeRecord.ends < code.expires_at
    try:
        record.update(actions=actions, condition=CodeRecord.pk.exists() & newer)
    except UpdateError as error:
        if error.cause_response_code != _CONDITION_FAILED:
            raise
        return find(code.id) or code
    return code


def page(campaign: str, limit: int, cursor: str | None) -> Page[Code]:
    """The codes of a campaign ("" for those without one), the newest first. Raises BadRequest for a strange cursor."""
    after = ListedRecord.sk < decode_cursor(cursor, 1)[0] if cursor else None
    found = list(ListedRecord.query(campaign_key(campaign), after, scan_index_forward=False, limit=limit + 1))
    wanted = [(code_key(one.code), CODE) for one in found[:limit]]
    codes = sorted(map(from_code_record, CodeRecord.batch_get(wanted)), key=place_of, reverse=True)
    return Page(tuple(codes), encode_cursor(found[limit - 1].sk) if len(found) > limit else None)


def permanent_used(account: str) -> int:
    """How many codes without an end were made for the account here, those included that are being made."""
    try:
        return int(QuotaRecord.get(quota_key(account), PERMANENT, consistent_read=True).used)
    except QuotaRecord.DoesNotExist:
        return 0


def claim_key(text: str, code_id: str, now: int) -> None:
    """Ties an idempotency key to a code. Raises KeyReused when it stands for another one. `now` is epoch ms."""
    seconds = now // 1000
    free = KeyUsed.pk.does_not_exist() | (KeyUsed.code == code_id) | (KeyUsed.expires < seconds)
    try:
        KeyUsed(used_key(text), KEY, code=code_id, expires=seconds + KEY_KEPT_SECONDS).save(condition=free)
    except PutError as error:
        if error.cause_response_code != _CONDITION_FAILED:
            raise
        raise KeyReused("the idempotency key was used for another code; take a new one") from error


def _written(code: Code) -> list[str]:
    """Why a part was not written, part by part: what is put, then what is updated; [] when all were."""
    try:
        with TransactWrite(connection=CodeRecord.shared_connection()) as writing:
            writing.save(to_code_record(code), condition=CodeRecord.pk.does_not_exist())
            writing.save(ListedRecord(campaign_key(code.asked.campaign), place_of(code), code=code.id))
            if code.asked.permanent:
                room = QuotaRecord.used.does_not_exist() | (QuotaRecord.used < MAX_PERMANENT)
                writing.update(QuotaRecord(quota_key(code.asked.account)), [QuotaRecord.used.add(1)], condition=room)
    except TransactWriteError as error:
        reasons = [reason.code if reason is not None else "" for reason in error.cancellation_reasons]
        if not reasons:
            raise
        return reasons
    return []
