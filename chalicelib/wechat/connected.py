"""The accounts that are in force, with what opens their pushes and what signs their calls; remembered for a minute."""

from typing import Final

from chalicelib.access.cache import LookupCache
from chalicelib.definitions import store
from chalicelib.definitions.model import MAX_NAME_LENGTH
from chalicelib.wechat import secrets
from chalicelib.wechat.accounts import KIND, AccountDocument
from chalicelib.wechat.cipher import key_of
from chalicelib.wechat.envelope import Account
from chalicelib.wechat.secrets import Secret

KEPT_SECONDS: Final = 60.0
KEPT_ENTRIES: Final = 500  # unknown appids too: whoever asks for many must not fill the memory


def account_of(appid: str) -> Account | None:
    """The published account with its secrets, or None. At most a minute old.

    Raises SecretInvalid or KeyInvalid when what is kept for it is broken.
    """
    return _accounts.get(appid) if len(appid) <= MAX_NAME_LENGTH else None


def app_secrets(appid: str) -> tuple[str, ...]:
    """The AppSecrets of an account, newest first; two while one is replaced, none before one was put. At most a minute old."""
    return _app_secrets.get(appid)


def forget() -> None:
    """Read accounts and secrets anew at the next use."""
    _accounts.clear()
    _app_secrets.clear()


def _load(appid: str) -> Account | None:
    found = store.published(KIND, appid)
    if found is None:
        return None
    mode = AccountDocument.model_validate(found.document).mode
    values = secrets.read(appid, Secret.TOKEN, Secret.AES_KEY)
    return Account(appid, mode, values[Secret.TOKEN], tuple(map(key_of, values[Secret.AES_KEY])))


def _load_app_secrets(appid: str) -> tuple[str, ...]:
    return secrets.read(appid, Secret.APP_SECRET)[Secret.APP_SECRET]


_accounts: Final = LookupCache(_load, KEPT_SECONDS, KEPT_ENTRIES)
_app_secrets: Final = LookupCache(_load_app_secrets, KEPT_SECONDS, KEPT_ENTRIES)
