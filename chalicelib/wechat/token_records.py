"""The items of the table `wechat` that hold an account's short-lived secrets, encrypted: sk `token`, `ticket`.

One worker at a time may make a new one: `turn` rises with every change, and each change is conditional on it, so that whoever was
overtaken can do no harm.
"""

import hmac
import os
from dataclasses import dataclass, field
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.wechat import cipher
from chalicelib.wechat.refused import PushRefused

_KEPT_MS: Final = 2 * 86_400_000  # longer than any of them is good for
_CONDITION_FAILED: Final = "ConditionalCheckFailedException"
_PURPOSE: Final = "huiliu/wechat/token/"  # the key is for this alone


class TokenRecord(StoredItem):
    """A secret of the platform, and who may renew it. Times are epoch ms, `expires` seconds."""

    Meta = meta("wechat")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    turn = NumberAttribute()
    sealed = UnicodeAttribute(null=True)
    until = NumberAttribute(null=True)
    held_until = NumberAttribute(null=True)
    made_at = NumberAttribute(null=True)
    renewed_at = NumberAttribute(null=True)
    failed = NumberAttribute(null=True)
    failed_until = NumberAttribute(null=True)
    expires = NumberAttribute(null=True)


@dataclass(frozen=True, slots=True)
class Shared:
    """What all workers know of a secret. Times are epoch ms, 0 for none.

    `value` is "" without any, made at `made_at` and good before `until`; `renewed_at` is the same, but only for one that was made because
    of a refusal; somebody makes a new one until `held_until`; the last attempt failed with the platform's number `failed`, and nobody is
    to try before `failed_until`.
    """

    turn: int = 0
    value: str = field(default="", repr=False)
    until: int = 0
    held_until: int = 0
    made_at: int = 0
    renewed_at: int = 0
    failed: int = 0
    failed_until: int = 0


def read(appid: str, name: str, app_secrets: tuple[str, ...]) -> Shared:
    """What is known now. A secret that no AppSecret of the account opens counts as none."""
    try:
        record = TokenRecord.get(appid, name, consistent_read=True)
    except TokenRecord.DoesNotExist:
        return Shared()
    return Shared(
        turn=int(record.turn),
        value=_opened(record.sealed, appid, app_secrets) if record.sealed else "",
        until=int(record.until or 0),
        held_until=int(record.held_until or 0),
        made_at=int(record.made_at or 0),
        renewed_at=int(record.renewed_at or 0),
        failed=int(record.failed or 0),
        failed_until=int(record.failed_until or 0),
    )


def write(appid: str, name: str, app_secrets: tuple[str, ...], shared: Shared, now: int) -> bool:
    """Puts a new state in place of the turn before it. False when somebody else did."""
    record = TokenRecord(
        appid,
        name,
        turn=shared.turn,
        sealed=cipher.seal(_key(app_secrets[0], appid), shared.value.encode(), appid, os.urandom(cipher.SALT_BYTES))
        if shared.value
        else None,
        until=shared.until or None,
        held_until=shared.held_until or None,
        made_at=shared.made_at or None,
        renewed_at=shared.renewed_at or None,
        failed=shared.failed or None,
        failed_until=shared.failed_until or None,
        expires=(now + _KEPT_MS) // 1000,
    )
    try:
        record.save(TokenRecord.turn == shared.turn - 1 if shared.turn > 1 else TokenRecord.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != _CONDITION_FAILED:
            raise
        return False
    return True


def _opened(sealed: str, appid: str, app_secrets: tuple[str, ...]) -> str:
    try:
        return cipher.unseal_with_any((_key(secret, appid) for secret in app_secrets), sealed, appid)[0].decode()
    except PushRefused:
        return ""  # the AppSecret was replaced meanwhile: a new one will be made


def _key(app_secret: str, appid: str) -> bytes:
    """32 bytes that only those know who may read the AppSecret."""
    return hmac.digest(app_secret.encode(), (_PURPOSE + appid).encode(), "sha256")
