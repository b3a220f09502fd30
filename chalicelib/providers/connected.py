"""The providers' accounts that are in force, with their secrets; remembered for a minute."""

from collections.abc import Iterator
from typing import Final

from chalicelib.access.cache import LookupCache
from chalicelib.definitions import store
from chalicelib.definitions.model import MAX_NAME_LENGTH
from chalicelib.providers import credentials
from chalicelib.providers.adapter import CALLBACK
from chalicelib.providers.adapters import adapter
from chalicelib.providers.documents import KIND, ProviderDocument
from chalicelib.providers.model import Account

KEPT_SECONDS: Final = 60.0
KEPT_ENTRIES: Final = 200
_PAGE: Final = 200


def account_of(name: str) -> Account | None:
    """The published account with what secrets it has, or None. At most a minute old. Raises CredentialInvalid when one is broken."""
    return _accounts.get(name) if len(name) <= MAX_NAME_LENGTH else None


def adapter_of(name: str) -> str | None:
    """The name of a published account's adapter; for who has no business with its secrets."""
    document = _documents.get(name) if len(name) <= MAX_NAME_LENGTH else None
    return None if document is None else document.adapter


def names() -> Iterator[str]:
    """The accounts in force."""
    cursor = None
    while True:
        page = store.list_definitions(KIND, _PAGE, cursor)
        yield from (one.name for one in page.items if one.published_version is not None)
        cursor = page.next
        if cursor is None:
            return


def forget() -> None:
    """Reads accounts anew at the next use."""
    _accounts.clear()
    _documents.clear()
    credentials.forget()


def _load(name: str) -> Account | None:
    document = _documents.get(name)
    if document is None:
        return None
    known = adapter(document.adapter)
    secrets = credentials.read(name, (*known.secrets, *known.optional_secrets, CALLBACK))
    return Account(name, document.adapter, document.settings, secrets, document.url)


def _load_document(name: str) -> ProviderDocument | None:
    found = store.published(KIND, name)
    return None if found is None else ProviderDocument.model_validate(found.document)


_documents: Final = LookupCache(_load_document, KEPT_SECONDS / 2, KEPT_ENTRIES)  # one on the other, they are a minute old at most
_accounts: Final = LookupCache(_load, KEPT_SECONDS / 2, KEPT_ENTRIES)
