"""Replies go in force and out of it: the kind, what an account's type allows, and the book that is written with every change.

Importing this module makes the kind known.
"""

from collections.abc import Iterator
from typing import Final

from chalicelib.audiences import planbook
from chalicelib.audiences.kinds import RuleKind
from chalicelib.definitions import store
from chalicelib.definitions.kinds import Change, Write, Writing, register
from chalicelib.errors import DocumentInvalid, Fault
from chalicelib.messages.contents import OF_MINI_PROGRAMS, Content, ContentKind
from chalicelib.replies import book
from chalicelib.replies.documents import ReplyDocument
from chalicelib.replies.triggers import Trigger
from chalicelib.wechat.accounts import KIND as ACCOUNTS
from chalicelib.wechat.accounts import AccountDocument, AccountType

KIND: Final = "replies"
_OF_MINI_PROGRAMS: Final = frozenset({Trigger.TEXT, Trigger.ENTER})
_OF_PERSON: Final = {"scores": RuleKind.SCORES, "bands": RuleKind.SCORES, "segments": RuleKind.SEGMENTS}


def _next_books(change: Change) -> Write:
    """What has to be written so that the books follow a change of one rule. Raises DocumentInvalid, TooLarge."""
    before = store.published(KIND, change.name)
    left = before.document["account"] if before else None
    writes: list[Write] = []
    if change.document is not None:
        document = ReplyDocument.model_validate(change.document)
        account_type = _checked(document)
        writes.append(book.writes(book.newest(document.account).changed(change.name, change.document, account_type)))
        left = None if left == document.account else left
    if left is not None:
        writes.append(book.writes(book.newest(left).changed(change.name, None)))

    def write(writing: Writing) -> None:
        for one in writes:
            one(writing)

    return write


def _checked(document: ReplyDocument) -> AccountType:
    """The type of the account that answers, once it can do all that the document wants of it. Raises DocumentInvalid."""
    found = store.published(ACCOUNTS, document.account)
    if found is None:
        fault = Fault("account", "account_unknown", f"no account {document.account} is in force; publish it first")
        raise DocumentInvalid(fault.detail, [fault])
    account_type = AccountDocument.model_validate(found.document).type
    if faults := [*faults_of_account(document, account_type), *_unknown(document)]:
        raise DocumentInvalid("the reply cannot go in force as it is; the places are named in `errors`", faults)
    return account_type


def faults_of_account(document: ReplyDocument, account_type: AccountType) -> Iterator[Fault]:
    """What an account of that type cannot do. Pure."""
    mini = account_type is AccountType.MINI_PROGRAM
    if mini and document.on not in _OF_MINI_PROGRAMS:
        yield Fault("on", "account_cannot", "a mini program is not followed, scanned or tapped: its rules are on text or enter")
    for place, content in enumerate(document.contents()):
        if why := _cannot(content, account_type):
            yield Fault(f"send/{place}", "account_cannot", why)
        elif why := _too_many(document, place, content):
            yield Fault(f"send/{place}/news", "articles_too_many", why)


def _cannot(content: Content, account_type: AccountType) -> str:
    """Why accounts of that type cannot send it, or ""."""
    kind = content.kind
    if account_type is AccountType.MINI_PROGRAM and kind not in OF_MINI_PROGRAMS:
        return f"customer service of a mini program has no {kind}: only {', '.join(sorted(OF_MINI_PROGRAMS))}"
    if kind is ContentKind.TEMPLATE and account_type is not AccountType.SERVICE:
        return "only service accounts send template messages"
    if kind is ContentKind.MINI_PROGRAM and account_type is not AccountType.MINI_PROGRAM and "appid" not in content.body:
        return "the card of an official account needs the appid of the mini program"
    return ""


def _too_many(document: ReplyDocument, place: int, content: Content) -> str:
    """Only the answer to an event may hold several articles; all else shows one."""
    if content.kind is not ContentKind.NEWS or len(content.body) == 1:
        return ""
    answers_an_event = document.on in (Trigger.FOLLOW, Trigger.SCAN, Trigger.CLICK)
    if answers_an_event and place == 0 and document.transfer is None:
        return ""
    return "several articles are shown only as the first answer to a follow, a scan or a tap on the menu; give one"


def _unknown(document: ReplyDocument) -> Iterator[Fault]:
    """Segments and scores that are asked for and not in force."""
    known = {one.key for one in planbook.newest().definitions}
    asked = [(f"in/{place}", RuleKind.SEGMENTS, name) for place, name in enumerate(document.in_ or ())]
    asked += [(f"not_in/{place}", RuleKind.SEGMENTS, name) for place, name in enumerate(document.not_in or ())]
    if document.segment is not None:
        asked.append(("segment", RuleKind.SEGMENTS, document.segment))
    for path, variable in document.variables():
        if variable[0] == "person" and variable[1] in _OF_PERSON:
            asked.append((path, _OF_PERSON[variable[1]], variable[2]))
    for path, kind, name in asked:
        if (kind, name) not in known:
            yield Fault(path, "reference_unknown", f"no definition {name} of the kind {kind} is in force; publish it first")


def _forget_books(_: int) -> None:
    book.forget()


register(KIND, ReplyDocument, also=_next_books, after=_forget_books)
