"""What has to hold of an account's tags for its definition to go in force, and what follows. Importing this completes that kind."""

from collections.abc import Iterable, Iterator
from typing import Any

from chalicelib.audiences import planbook
from chalicelib.audiences.kinds import RuleKind
from chalicelib.definitions.kinds import Change, Write, register
from chalicelib.errors import DocumentInvalid, Fault
from chalicelib.tagging import errands, gaps, wanted
from chalicelib.tagging.sources import Source
from chalicelib.wechat.account_tags import MAX_ACCOUNT_TAGS, AccountTags
from chalicelib.wechat.accounts import KIND, AccountDocument, AccountType


def refuse(faults: Iterable[Fault]) -> None:
    """Raises DocumentInvalid with the faults, if there are any."""
    if found := tuple(faults):
        raise DocumentInvalid("; ".join(one.detail for one in found), found)


def too_many(path: str, count: int) -> Iterator[Fault]:
    """The fault of an account that would need more tags than the platform has room for. Pure."""
    if count > MAX_ACCOUNT_TAGS:
        detail = f"menus, give and take of the account ask for {count} tags together; it can have {MAX_ACCOUNT_TAGS}"
        yield Fault(path, "tags_too_many", detail)


def unknown_segments(named: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    """The faults of segments, given with their paths, that are not in force."""
    in_force = {one.name for one in planbook.newest().definitions if one.kind == RuleKind.SEGMENTS}
    for path, name in named:
        if name not in in_force:
            yield Fault(path, "segment_unknown", f"there is no segment {name} in force")


def taking_out(appid: str, before: Iterable[Source], after: Iterable[Source], change: Change) -> Write:
    """What a change of definitions has to write with it: that sources are wanted no more, where some are not."""
    return gaps.noting(appid, change) if set(before) - set(after) else lambda _: None


def _checked(change: Change) -> Write:
    """Raises DocumentInvalid when the account would need more tags than there can be, or names segments that are not in force."""
    before, after = wanted.synced(change.name) or wanted.NOTHING, wanted.NOTHING
    if change.document is not None:
        tags = AccountTags.model_validate(change.document.get("tags", {}))
        refuse(_faults(change.name, change.document, tags))
        after = wanted.combined(change.document, wanted.menu_of(change.name))
    return taking_out(change.name, before.sources, after.sources, change)


def _faults(appid: str, document: dict[str, Any], tags: AccountTags) -> Iterator[Fault]:
    if not (tags.give or tags.take):
        return
    if document["type"] == AccountType.MINI_PROGRAM:
        yield Fault("tags", "tags_unsupported", "fans of a mini program have no tags")
    segments = [(f"tags/give/{place}/segment", one.segment) for place, one in enumerate(tags.give) if one.segment is not None]
    if segments:
        yield from unknown_segments(segments)
    yield from too_many("tags", wanted.combined(document, wanted.menu_of(appid)).tags)


def _after(at: int) -> None:  # noqa: ARG001 - a hook of definitions
    """What changed is not told, so all accounts are looked at."""
    errands.ask_for(delay=errands.LISTED_SECONDS)


register(KIND, AccountDocument, also=_checked, after=_after)
