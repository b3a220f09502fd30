"""The rules in force, by account: one item each, written together with the definition that changes it, and kept in memory for a while.

pk `replies-book`, sk the appid, in the definitions table. One read brings all rules of an account, and one query all accounts that answer
to segments.
"""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Final

from pynamodb.attributes import BinaryAttribute, ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from chalicelib.access.cache import LookupCache
from chalicelib.definitions.kinds import Writing
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.errors import TooLarge
from chalicelib.events.model import Json
from chalicelib.replies.rules import Rule, rule_of
from chalicelib.replies.triggers import Trigger
from chalicelib.wechat.accounts import AccountType

KEPT_SECONDS: Final = 20.0
KEPT_ENTRIES: Final = 200
MAX_RULES: Final = 500  # of one account
MAX_BOOK_BYTES: Final = 380 * 1024  # deflated; a DynamoDB item holds 400 KB
_PARTITION: Final = "replies-book"


class BookRecord(StoredItem):
    """The rules of an account: `n` counts changes, `z` is the JSON of the documents by name, deflated, `kind` the account's type, `enters`
    the segments that rules answer to.
    """

    Meta = meta("definitions")
    pk = UnicodeAttribute(hash_key=True, default=_PARTITION)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    n = NumberAttribute()
    z = BinaryAttribute(legacy_encoding=False)
    kind = UnicodeAttribute()
    enters: ListAttribute[str] = ListAttribute(default=list)


@dataclass(frozen=True, slots=True)
class Book:
    """The rules of an account. `version` 0 is not stored yet."""

    appid: str
    version: int = 0
    account_type: AccountType = AccountType.SERVICE
    documents: Mapping[str, Json] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    @property
    def mini_program(self) -> bool:
        """Whether the account is a mini program, which answers in other ways."""
        return self.account_type is AccountType.MINI_PROGRAM

    def changed(self, name: str, document: Json | None, account_type: AccountType | None = None) -> "Book":
        """The next version, with one rule put in (or taken out, for None)."""
        documents = {key: one for key, one in self.documents.items() if key != name}
        if document is not None:
            documents[name] = document
        return replace(self, version=self.version + 1, documents=documents, account_type=account_type or self.account_type)


@dataclass(slots=True)
class _Entering:
    until: float
    accounts: Mapping[str, frozenset[str]]


_entering: list[_Entering] = []


def book_of(appid: str) -> Book:
    """The rules of an account, at most 20 s old."""
    return _books.get(appid)


def newest(appid: str) -> Book:
    """The rules of an account as they are stored at this moment."""
    record = _record(appid)
    return _book(record) if record is not None else Book(appid)


def entered_by_account() -> Mapping[str, frozenset[str]]:
    """The segments that rules answer to, by appid of the accounts that have such rules. At most 20 s old."""
    if not _entering or monotonic() >= _entering[0].until:
        found = BookRecord.query(_PARTITION, attributes_to_get=["sk", "enters"])
        accounts = {record.sk: frozenset(map(str, record.enters)) for record in found if record.enters}
        _entering[:] = [_Entering(monotonic() + KEPT_SECONDS, accounts)]
    return _entering[0].accounts


def forget() -> None:
    """Read everything anew at the next use."""
    _books.clear()
    _entering.clear()


def writes(after: Book) -> Callable[[Writing], None]:
    """Adds the next version of a book to a transaction, provided that it follows the one in force. Raises TooLarge."""
    packed = zlib.compress(json.dumps(after.documents, ensure_ascii=False, sort_keys=True).encode())
    if len(after.documents) > MAX_RULES or len(packed) > MAX_BOOK_BYTES:
        raise TooLarge(
            f"an account may have {MAX_RULES} replies in force, and {MAX_BOOK_BYTES // 1024} KB of them; archive what nobody needs"
        )
    enters = {one["segment"] for one in after.documents.values() if one["on"] == Trigger.ENTER}
    before = after.version - 1
    same = BookRecord.n == before if before else BookRecord.pk.does_not_exist()

    def write(writing: Writing) -> None:
        record = BookRecord(sk=after.appid, n=after.version, z=packed, kind=after.account_type.value, enters=sorted(enters))
        writing.save(record, condition=same)
        forget()

    return write


def _book(record: BookRecord) -> Book:
    documents: dict[str, Json] = json.loads(zlib.decompress(record.z))
    rules = tuple(rule_of(name, one) for name, one in sorted(documents.items()))
    return Book(record.sk, int(record.n), AccountType(record.kind), documents, rules)


def _record(appid: str, *, consistent: bool = True) -> BookRecord | None:
    try:
        return BookRecord.get(_PARTITION, appid, consistent_read=consistent)
    except DoesNotExist:
        return None


def _load(appid: str) -> Book:
    record = _record(appid, consistent=False)
    return _book(record) if record is not None else Book(appid)


_books: Final = LookupCache(_load, KEPT_SECONDS, KEPT_ENTRIES)
