"""Notices go in force and out of it: the kind, and the book that is written with every change.

Importing this module makes the kind known.
"""

from collections.abc import Iterator
from typing import Final

import chalicelib.messages.templates.publishing  # noqa: F401 - makes the kind known
from chalicelib.audiences import planbook
from chalicelib.audiences.kinds import RuleKind
from chalicelib.definitions import store
from chalicelib.definitions.kinds import Change, Write, register
from chalicelib.errors import DocumentInvalid, Fault
from chalicelib.events.reserved import Derived
from chalicelib.messages.templates.documents import KIND as TEMPLATES
from chalicelib.messages.templates.documents import TemplateDocument
from chalicelib.messages.templates.model import ChannelName
from chalicelib.notices import book
from chalicelib.notices.documents import KIND, NoticeDocument

_WRITTEN_BY: Final = {
    Derived.SEGMENT_ENTERED: RuleKind.SEGMENTS,
    Derived.SEGMENT_LEFT: RuleKind.SEGMENTS,
    Derived.SCORE_BAND_CHANGED: RuleKind.SCORES,
    Derived.TAG_GAINED: RuleKind.TAGS,
    Derived.TAG_LOST: RuleKind.TAGS,
}


def _next_book(change: Change) -> Write:
    """What has to be written so that the book follows. Raises DocumentInvalid for what is named and not in force, TooLarge."""
    if change.document is not None and (faults := list(_faults(NoticeDocument.model_validate(change.document)))):
        raise DocumentInvalid("the notice cannot go in force as it is; the places are named in `errors`", faults)
    return book.writes(book.newest().changed(change.name, change.document))


def _faults(document: NoticeDocument) -> Iterator[Fault]:
    yield from _faults_of_template(document)
    kind = _WRITTEN_BY.get(Derived(document.event)) if document.event in frozenset(Derived) else None
    known = {one.key for one in planbook.newest().definitions}
    for name in document.named if kind else ():
        if (kind, name) not in known:
            yield Fault("where", "reference_unknown", f"no definition {name} of the kind {kind} is in force; publish it first")


def _faults_of_template(document: NoticeDocument) -> Iterator[Fault]:
    found = store.published(TEMPLATES, document.template)
    if found is None:
        yield Fault("template", "template_unknown", f"no template {document.template} is in force; publish it first")
        return
    there = TemplateDocument.model_validate(found.document).bodies()
    if not document.channels and set(there) == {ChannelName.MASS}:
        yield Fault("template", "channel_missing", "the template has words for mass only, which go to many at once")
    for place, channel in enumerate(document.channels or ()):
        if channel not in there:
            detail = f"version {found.version} of the template has no words for it; it has {', '.join(there)}"
            yield Fault(f"channels/{place}", "channel_missing", detail)


def _forget_book(_: int) -> None:
    book.forget()


register(KIND, NoticeDocument, also=_next_book, after=_forget_book)
