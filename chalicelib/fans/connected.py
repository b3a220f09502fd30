"""Which accounts are in force, and of what type; remembered for a minute."""

from collections.abc import Iterator
from typing import Final

from chalicelib.access.cache import LookupCache
from chalicelib.definitions import store
from chalicelib.definitions.model import MAX_NAME_LENGTH
from chalicelib.wechat.accounts import KIND, AccountDocument, AccountType

KEPT_SECONDS: Final = 60.0
KEPT_ENTRIES: Final = 500  # unknown appids too: whoever asks for many must not fill the memory
_PAGE: Final = 200


def type_of(appid: str) -> AccountType | None:
    """The type of an account, None when none with this appid is in force."""
    return _types.get(appid) if len(appid) <= MAX_NAME_LENGTH else None


def has_fans(appid: str) -> bool:
    """Whether people can follow the account, so that the platform can be asked about them. A mini program has visitors only."""
    return type_of(appid) in (AccountType.SERVICE, AccountType.SUBSCRIPTION)


def appids() -> Iterator[str]:
    """The accounts in force, mini programs too."""
    cursor = None
    while True:
        page = store.list_definitions(KIND, _PAGE, cursor)
        yield from (one.name for one in page.items if one.published_version is not None)
        cursor = page.next
        if cursor is None:
            return


def forget() -> None:
    """Read the accounts anew at the next use."""
    _types.clear()


def _load(appid: str) -> AccountType | None:
    found = store.published(KIND, appid)
    return AccountDocument.model_validate(found.document).type if found is not None else None


_types: Final = LookupCache(_load, KEPT_SECONDS, KEPT_ENTRIES)
