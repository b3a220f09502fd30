"""What is kept as tags in each account, by the definitions in force: what its menus ask for, then what it gives; and what it takes.

    synced("wx77aa00bb11cc22dd").sources      # the most important first
    everything()                              # of all accounts, at most 20 s old: for whoever has to know what matters at all

The platform matches personal menus by tags only, so each segment of a menu needs one, also if the account gives the segment as well.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from chalicelib.definitions import store
from chalicelib.definitions.model import Definition
from chalicelib.tagging.sources import Source
from chalicelib.wechat.account_tags import AccountTags
from chalicelib.wechat.accounts import KIND as ACCOUNTS

MENUS: Final = "menus"  # the kind; claims of its definitions are appids
KEPT_SECONDS: Final = 20.0
_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of one account: what stands for a tag there, the most important first, and the names of tags that are taken over from there."""

    sources: tuple[Source, ...] = ()
    taken: tuple[str, ...] = ()

    @property
    def tags(self) -> int:
        """How many tags of the account that takes."""
        return len(self.sources) + len(self.taken)


NOTHING: Final = Wanted()
_kept: list[tuple[float, Mapping[str, Wanted]]] = []


def synced(appid: str) -> Wanted | None:
    """What is in force for an account at this moment; None when the account itself is not in force. Strongly consistent."""
    account = store.published(ACCOUNTS, appid)
    return combined(account.document, menu_of(appid)) if account is not None else None


def menu_of(appid: str) -> Definition | None:
    """The definition of menus that is in force for an account, if there is one. Strongly consistent."""
    name = store.owner_of(MENUS, appid, consistent=True)
    found = store.published(MENUS, name) if name else None
    return found if found is not None and found.document.get("account") == appid else None


def everything() -> Mapping[str, Wanted]:
    """What is in force for each account, by appid; at most KEPT_SECONDS old."""
    if not _kept or monotonic() >= _kept[0][0]:
        _kept[:] = [(monotonic() + KEPT_SECONDS, {appid: wanted for appid in accounts() if (wanted := synced(appid)) is not None})]
    return _kept[0][1]


def forget() -> None:
    """Read everything anew at the next use."""
    _kept.clear()


def accounts() -> Iterator[str]:
    """The appids of all accounts in force."""
    cursor: str | None = None
    while True:
        page = store.list_definitions(ACCOUNTS, _PAGE, cursor)
        yield from (one.name for one in page.items if one.published_version is not None)
        if (cursor := page.next) is None:
            return


def combined(account: Mapping[str, Any], menu: Definition | None) -> Wanted:
    """What an account's document and that of its menus ask for together, each thing once. Pure."""
    tags = AccountTags.model_validate(account.get("tags", {}))
    asked = segments_of(menu.document if menu else {})
    sources = dict.fromkeys([*asked, *map(Source.of, tags.give)])
    return Wanted(tuple(sources), tuple(tags.take))


def segments_of(menu: Mapping[str, Any]) -> list[Source]:
    """The segments that a document of menus asks for, the most important first: all that this room knows of menus. Pure."""
    return [Source.menu(one["segment"]) for one in menu.get("personal", ())]
