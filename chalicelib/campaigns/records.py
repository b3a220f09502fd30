"""The items of the codes table.

| pk | sk | what |
|---|---|---|
| `code#<id>` | `code` | a code |
| `link#<id>` | `link` | a short link |
| `campaign#<name>` | `<created, 13 digits>#<id>` | one of the codes of a campaign, "" for those without one |
| `quota#<appid>` | `permanent` | how many codes without an end the account has |
| `key#<hash>` | `key` | which code was asked for with an idempotency key |

Codes and links stay: a poster may hang for years, and what it brings is to be credited.
"""

import json
from hashlib import sha256
from typing import Final

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.campaigns.model import Asked, Code, CodeState, Link
from chalicelib.definitions.records import whole
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta

CODE: Final = "code"
LINK: Final = "link"
PERMANENT: Final = "permanent"
KEY: Final = "key"


class CodeRecord(StoredItem):
    """A code. Times are epoch ms, `properties` JSON text."""

    Meta = meta("codes")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=CODE)
    v = NumberAttribute(default=SCHEMA_VERSION)
    account = UnicodeAttribute()
    campaign = UnicodeAttribute(default="")
    inviter = UnicodeAttribute(default="")
    permanent = BooleanAttribute(default=False)
    properties = UnicodeAttribute(default="{}")
    state = UnicodeAttribute(default=CodeState.PENDING.value)
    ticket = UnicodeAttribute(default="")
    url = UnicodeAttribute(default="")
    ends = NumberAttribute(null=True)
    created = NumberAttribute()
    created_by = UnicodeAttribute()


class ListedRecord(StoredItem):
    """A code's place in the list of its campaign."""

    Meta = meta("codes")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    code = UnicodeAttribute()


class QuotaRecord(StoredItem):
    """How much of a quota is used."""

    Meta = meta("codes")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=PERMANENT)
    v = NumberAttribute(default=SCHEMA_VERSION)
    used = NumberAttribute(default=0)


class KeyUsed(StoredItem):
    """An idempotency key, and what it was used for. `expires` is epoch seconds."""

    Meta = meta("codes")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=KEY)
    v = NumberAttribute(default=SCHEMA_VERSION)
    code = UnicodeAttribute()
    expires = NumberAttribute()


class LinkRecord(StoredItem):
    """A short link. Times are epoch ms."""

    Meta = meta("codes")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=LINK)
    v = NumberAttribute(default=SCHEMA_VERSION)
    target = UnicodeAttribute()
    campaign = UnicodeAttribute(default="")
    inviter = UnicodeAttribute(default="")
    person = UnicodeAttribute(default="")
    ends = NumberAttribute(null=True)
    created = NumberAttribute()
    created_by = UnicodeAttribute()


def code_key(code_id: str) -> str:
    """The partition of a code."""
    return f"code#{code_id}"


def link_key(link_id: str) -> str:
    """The partition of a link."""
    return f"link#{link_id}"


def campaign_key(campaign: str) -> str:
    """The partition of a campaign's list."""
    return f"campaign#{campaign}"


def quota_key(account: str) -> str:
    """The partition of an account's quotas."""
    return f"quota#{account}"


def used_key(text: str) -> str:
    """The partition of an idempotency key; only its hash is kept."""
    return f"key#{sha256(text.encode()).hexdigest()}"


def place_of(code: Code) -> str:
    """Where a code stands in its campaign's list: by the time at which it was first asked for."""
    return f"{code.created_at:013d}#{code.id}"


def to_code_record(code: Code) -> CodeRecord:
    """The item of a code."""
    asked = code.asked
    return CodeRecord(
        code_key(code.id),
        account=asked.account,
        campaign=asked.campaign,
        inviter=asked.inviter,
        permanent=asked.permanent,
        properties=json.dumps(asked.properties, ensure_ascii=False, sort_keys=True),
        state=code.state.value,
        ticket=code.ticket,
        url=code.url,
        ends=code.expires_at,
        created=code.created_at,
        created_by=code.created_by,
    )


def from_code_record(record: CodeRecord) -> Code:
    """The code of an item."""
    asked = Asked(record.account, record.campaign, record.inviter, bool(record.permanent), json.loads(record.properties))
    return Code(
        id=record.pk.partition("#")[2],
        asked=asked,
        created_at=int(record.created),
        created_by=record.created_by,
        state=CodeState(record.state),
        ticket=record.ticket,
        url=record.url,
        expires_at=whole(record.ends),
    )


def to_link_record(link_id: str, link: Link) -> LinkRecord:
    """The item of a link."""
    return LinkRecord(
        link_key(link_id),
        target=link.target,
        campaign=link.campaign,
        inviter=link.inviter,
        person=link.person,
        ends=link.expires_at,
        created=link.created_at,
        created_by=link.created_by,
    )


def from_link_record(record: LinkRecord) -> Link:
    """The link of an item."""
    return Link(
        target=record.target,
        campaign=record.campaign,
        inviter=record.inviter,
        person=record.person,
        expires_at=whole(record.ends),
        created_at=int(record.created),
        created_by=record.created_by,
    )
