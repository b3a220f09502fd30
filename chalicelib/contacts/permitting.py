"""Permissions for subscription messages: each yes allows one message, a no in the settings takes all of them back. Pure.

Pushes may come twice and in any order: what is left is the same. A message takes the oldest yes, once however often it is asked for.
"""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.contacts.model import CREDITS, HEARD, SPENT, Contact, Granted

_NONE = Granted()


def allowed(contact: Contact, template: str, at: int, mark: str) -> Contact:
    """With one more yes at `at` (ms). One that was counted already (`mark`), or taken back since, changes nothing."""
    if mark in contact.heard:
        return contact
    return _heard(_changed(contact, template, lambda granted: _with(granted, at)), mark)


def withdrawn(contact: Contact, template: str, at: int) -> Contact:
    """Without any yes of until `at` (ms): the fan said so, or the platform knows of none."""
    return _changed(contact, template, lambda granted: _ended(granted, at))


def spent(contact: Contact, template: str, message: str) -> tuple[Contact, bool]:
    """Takes the oldest yes for a message; whether the message has one now."""
    granted = contact.granted.get(template, _NONE)
    if any(one == message for one, _ in granted.spent):
        return contact, True
    if not granted.credits:
        return contact, False
    first, *left = granted.credits
    after = replace(granted, credits=tuple(left), spent=(*granted.spent, (message, first))[-SPENT:])
    return _changed(contact, template, lambda _: after), True


def unspent(contact: Contact, template: str, message: str) -> Contact:
    """Gives back what a message took that certainly did not go out."""
    return _changed(contact, template, lambda granted: _given_back(granted, message))


def _with(granted: Granted, at: int) -> Granted:
    if at <= granted.ended:
        return granted
    return replace(granted, credits=tuple(sorted((*granted.credits, at)))[-CREDITS:], at=max(granted.at, at))


def _ended(granted: Granted, at: int) -> Granted:
    ended = max(granted.ended, at)
    return replace(granted, credits=tuple(one for one in granted.credits if one > ended), ended=ended)


def _given_back(granted: Granted, message: str) -> Granted:
    taken = [at for one, at in granted.spent if one == message]
    left = tuple(pair for pair in granted.spent if pair[0] != message)
    valid = [at for at in taken if at > granted.ended]
    return replace(granted, credits=tuple(sorted((*granted.credits, *valid))), spent=left)


def _changed(contact: Contact, template: str, change: Callable[[Granted], Granted]) -> Contact:
    before = contact.granted.get(template, _NONE)
    after = change(before)
    return contact if after == before else replace(contact, granted={**contact.granted, template: after})


def _heard(contact: Contact, mark: str) -> Contact:
    return replace(contact, heard=(*contact.heard, mark)[-HEARD:])
