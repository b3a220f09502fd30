"""The kind `templates`: what has to hold of one for it to go in force. Importing this module makes the kind known."""

from collections.abc import Iterator
from typing import Any, Final

from chalicelib.audiences import planbook
from chalicelib.audiences.kinds import RuleKind
from chalicelib.definitions import store
from chalicelib.definitions.kinds import Change, Write, register
from chalicelib.errors import DocumentInvalid, Fault
from chalicelib.messages.contents import OF_MINI_PROGRAMS, ContentKind
from chalicelib.messages.templates.chats import CustomerServiceBody
from chalicelib.messages.templates.documents import KIND, TemplateDocument
from chalicelib.messages.templates.filling import WEB
from chalicelib.messages.templates.model import ChannelName
from chalicelib.messages.templates.notices import SubscribeNotice
from chalicelib.messages.templates.parts import ChannelBody
from chalicelib.wechat.accounts import KIND as ACCOUNTS
from chalicelib.wechat.accounts import AccountDocument, AccountType

_SENDERS: Final = {
    ChannelName.TEMPLATE: frozenset({AccountType.SERVICE}),
    ChannelName.SUBSCRIBE: frozenset({AccountType.SERVICE, AccountType.MINI_PROGRAM}),
    ChannelName.CUSTOMER_SERVICE: frozenset(AccountType),
    ChannelName.MASS: frozenset({AccountType.SERVICE, AccountType.SUBSCRIPTION}),
}
"""Which accounts can send by the channels of WeChat. All but customer service of mini programs want certified ones."""

_OF_RULES: Final = {"scores": RuleKind.SCORES, "bands": RuleKind.SCORES, "segments": RuleKind.SEGMENTS}


def faults_of_account(channel: ChannelName, body: ChannelBody, account_type: AccountType) -> Iterator[Fault]:
    """What an account of that type cannot do. Pure."""
    at = f"channels/{channel}"
    if account_type not in _SENDERS[channel]:
        able = " and ".join(sorted(one.value for one in _SENDERS[channel]))
        yield Fault(f"{at}/account", "account_cannot", f"this channel is of accounts of the type {able}; this one is {account_type}")
    elif isinstance(body, SubscribeNotice):
        yield from _faults_of_subscription(at, body, account_type)
    elif isinstance(body, CustomerServiceBody):
        yield from _faults_of_chat(at, body, account_type)


def _faults_of_subscription(at: str, body: SubscribeNotice, account_type: AccountType) -> Iterator[Fault]:
    mini = account_type is AccountType.MINI_PROGRAM
    web = body.page is not None and body.page.startswith(WEB)
    if mini and body.miniprogram is not None:
        yield Fault(f"{at}/miniprogram", "account_cannot", "a mini program opens its own pages: give `page`")
    if mini and web:
        yield Fault(f"{at}/page", "account_cannot", "a mini program opens its own pages, no web pages")
    if not mini and body.page is not None and not web and not body.page.startswith("{{"):
        yield Fault(f"{at}/page", "account_cannot", "a service account opens web pages here; for a mini program's give `miniprogram`")
    for name in ("miniprogram_state", "lang"):
        if not mini and getattr(body, name) is not None:
            yield Fault(f"{at}/{name}", "account_cannot", "only messages of mini programs have this")


def _faults_of_chat(at: str, body: CustomerServiceBody, account_type: AccountType) -> Iterator[Fault]:
    content, mini = body.message(), account_type is AccountType.MINI_PROGRAM
    if mini and content.kind not in OF_MINI_PROGRAMS:
        yield Fault(f"{at}/content", "account_cannot", f"customer service of a mini program has {', '.join(sorted(OF_MINI_PROGRAMS))} only")
    if not mini and content.kind is ContentKind.MINI_PROGRAM and "appid" not in content.body:
        detail = "the card of an official account needs the appid of the mini program"
        yield Fault(f"{at}/content/mini_program", "account_cannot", detail)


def _checked(change: Change) -> Write:
    """Raises DocumentInvalid for accounts, scores and segments that are not in force, or cannot do what is asked."""
    if change.document is not None and (faults := list(_faults(TemplateDocument.model_validate(change.document)))):
        raise DocumentInvalid("the template cannot go in force as it is; the places are named in `errors`", faults)
    return lambda _: None


def _faults(document: TemplateDocument) -> Iterator[Fault]:
    for channel, body in document.bodies().items():
        if channel in _SENDERS:
            yield from _faults_of_sender(channel, body)
    known = {one.key for one in planbook.newest().definitions}
    for channel, path, asked, excused in document.asked():
        kind = _OF_RULES.get(asked[1]) if asked[0] == "person" and not excused else None
        if kind is not None and (kind, asked[2]) not in known:
            detail = f"no definition {asked[2]} of the kind {kind} is in force; publish it first"
            yield Fault(f"channels/{channel}/{path}", "reference_unknown", detail)


def _faults_of_sender(channel: ChannelName, body: ChannelBody) -> Iterator[Fault]:
    found: Any = store.published(ACCOUNTS, body.account)
    if found is None:
        detail = f"no account {body.account} is in force; publish it first"
        yield Fault(f"channels/{channel}/account", "account_unknown", detail)
        return
    yield from faults_of_account(channel, body, AccountDocument.model_validate(found.document).type)


register(KIND, TemplateDocument, also=_checked)
