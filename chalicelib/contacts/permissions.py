"""Permissions for subscription messages, kept with the fan: one more for each yes in a dialog, one less for each message.

    noted(push, appid, now)                               # the callback, with every push
    if spent(appid, openid, template, message_id): ...    # right before the call; not for templates that are allowed for long
    unspent(appid, openid, template, message_id)          # it certainly did not go out
    gone(appid, openid, template, now)                    # the platform knows of no permission (43101)

A permission that was taken for a message whose worker died is lost: one less than the platform allows, never more. What other tools send
to the fan is not seen here; the platform's answer has the last word.
"""

from functools import reduce
from typing import Final

from chalicelib.contacts import permitting, store
from chalicelib.contacts.addresses import OPENID
from chalicelib.contacts.model import Contact
from chalicelib.events.model import Draft
from chalicelib.fans.contacts import is_openid
from chalicelib.identifiers import Identifier
from chalicelib.wechat.drafts import drafts_of
from chalicelib.wechat.push import Push

_DIALOG: Final = "subscribe_msg_popup_event"
_SETTINGS: Final = "subscribe_msg_change_event"
_YES: Final = "accept"
_NO: Final = "reject"
_MARK: Final = 12  # letters of an event's id: enough to tell one fan's pushes apart


def noted(push: Push, appid: str, now: int) -> None:
    """Keeps what a fan allowed or took back. Other pushes cost nothing; one that comes again changes nothing. Raises Busy.

    A no in a dialog takes nothing back that was allowed before; one in the settings does.
    """
    if not push.is_event or push.kind not in (_DIALOG, _SETTINGS) or not is_openid(push.openid):
        return
    at = push.created_at or now
    store.change(
        _key(appid, push.openid), lambda contact: reduce(lambda one, draft: _told(one, push, draft, at), drafts_of(push, appid), contact)
    )


def spent(appid: str, openid: str, template: str, message: str) -> bool:
    """Takes a permission for a message; whether it has one. The same message again takes no other."""
    has = False

    def take(contact: Contact) -> Contact:
        nonlocal has
        after, has = permitting.spent(contact, template, message)
        return after

    store.change(_key(appid, openid), take)
    return has


def unspent(appid: str, openid: str, template: str, message: str) -> None:
    """Gives back what a message took."""
    store.change(_key(appid, openid), lambda contact: permitting.unspent(contact, template, message))


def gone(appid: str, openid: str, template: str, now: int) -> None:
    """Forgets what is left of a template: the platform says that nothing is."""
    store.change(_key(appid, openid), lambda contact: permitting.withdrawn(contact, template, now))


def _told(contact: Contact, push: Push, draft: Draft, at: int) -> Contact:
    template, status = str(draft.properties.get("template_id", "")), draft.properties.get("status")
    if template and push.kind == _DIALOG and status == _YES:
        return permitting.allowed(contact, template, at, draft.id[:_MARK])
    if template and push.kind == _SETTINGS and status == _NO:
        return permitting.withdrawn(contact, template, at)
    return contact


def _key(appid: str, openid: str) -> str:
    return Identifier(f"{OPENID}:{appid}", openid).key
