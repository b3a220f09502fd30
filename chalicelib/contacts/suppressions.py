"""The suppression list: who is on it gets nothing of any category, whatever they said before.

    put([one.key for one in identifiers], Suppression(now, "complaint"))
    lift([one.key for one in identifiers], channel=None)

An entry about a person is written to each of their identifiers, so that the last look before a call finds it at the address; one about an
address only there. An identifier that comes to the person later is under it all the same (facts.py looks at all of them).
"""

from collections.abc import Iterable
from dataclasses import replace

from chalicelib.contacts import store
from chalicelib.contacts.model import Contact
from chalicelib.messages.policy.model import Suppression
from chalicelib.messages.templates.model import ChannelName


def put(keys: Iterable[str], entry: Suppression) -> None:
    """Enters it for identifier keys; one about the same address and channel gives way to it. Raises Busy."""
    for key in dict.fromkeys(keys):
        store.change(key, lambda contact: entered(contact, entry))


def lift(keys: Iterable[str], channel: ChannelName | None = None) -> bool:
    """Takes away the entries about a channel (None: all entries) of identifier keys; whether there were any. Raises Busy."""
    found = False
    for key in dict.fromkeys(keys):
        before = store.contact(key)
        if lifted(before, channel) != before:
            store.change(key, lambda contact: lifted(contact, channel))
            found = True
    return found


def entered(contact: Contact, entry: Suppression) -> Contact:
    """With the entry. Pure."""
    others = tuple(one for one in contact.suppressions if (one.address, one.channel) != (entry.address, entry.channel))
    return replace(contact, suppressions=(*others, entry))


def lifted(contact: Contact, channel: ChannelName | None) -> Contact:
    """Without the entries about a channel, or any. Pure."""
    left = () if channel is None else tuple(one for one in contact.suppressions if one.channel is not channel)
    return contact if left == contact.suppressions else replace(contact, suppressions=left)
