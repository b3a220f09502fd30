"""The kind `menus`: what has to hold of a definition for it to go in force, and what follows. Importing this makes the kind known."""

from collections.abc import Iterable, Iterator

from chalicelib.definitions import store
from chalicelib.definitions.kinds import Change, Write, register
from chalicelib.errors import Fault
from chalicelib.menus.documents import KIND, MenuDocument
from chalicelib.tagging import errands, wanted
from chalicelib.tagging.publishing import refuse, taking_out, too_many, unknown_segments
from chalicelib.wechat.account_tags import AccountTags
from chalicelib.wechat.accounts import KIND as ACCOUNTS
from chalicelib.wechat.accounts import AccountType


def _accounts(document: MenuDocument) -> Iterable[str]:
    """An account shows the menus of one definition."""
    return (document.account,)


def _checked(change: Change) -> Write:
    """Raises DocumentInvalid for an account or segments that are not in force, and when the account would need too many tags."""
    if change.document is not None:
        refuse(_faults(MenuDocument.model_validate(change.document)))
    before = store.published(KIND, change.name)
    if before is None:
        return lambda _: None
    appid = before.document["account"]
    stays = change.document if change.document is not None and change.document["account"] == appid else {}
    return taking_out(appid, wanted.segments_of(before.document), wanted.segments_of(stays), change)


def _faults(document: MenuDocument) -> Iterator[Fault]:
    account = store.published(ACCOUNTS, document.account)
    if account is None:
        yield Fault("account", "account_unknown", f"there is no account {document.account} in force")
        return
    if account.document["type"] == AccountType.MINI_PROGRAM:
        yield Fault("account", "menus_unsupported", "a mini program has no menu")
    if not document.personal:
        return
    yield from unknown_segments((f"personal/{place}/segment", one.segment) for place, one in enumerate(document.personal))
    tags = AccountTags.model_validate(account.document.get("tags", {}))
    yield from too_many("personal", len(document.personal) + len(tags.give) + len(tags.take))


def _after(at: int) -> None:  # noqa: ARG001 - a hook of definitions
    """What changed is not told, so all accounts are looked at."""
    errands.ask_for(delay=errands.LISTED_SECONDS)


register(KIND, MenuDocument, _accounts, _checked, _after)
