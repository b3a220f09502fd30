"""What people say of being told things: by the API, by an event of their own, by answering an SMS. Each word is an event on the timeline.

    said(identifier.key, Consent(granted=False, at=now, source="hotline", channel=ChannelName.SMS))
    heard(events, now)        # the merge lambda, with every batch

The word lies with the identifier that it was said by, and counts for the person who has that. Of each channel, category and account the
newest is kept, so any of this may be done twice and in any order.

The keys that events come with stand in every page, so anybody can send one. A no counts from anybody: it costs a message. A yes counts
under an identifier that nobody can guess; a number or a mail address says it by the API, whose keys are not public.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from chalicelib.contacts import store
from chalicelib.contacts.model import Contact
from chalicelib.events.model import Event, Json
from chalicelib.identifiers import GUESSABLE
from chalicelib.messages.policy import consents
from chalicelib.messages.policy.model import Consent
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.telemetry import count_refusals

EVENT: Final = "$consent"
BY_KEY: Final = "key:"  # how the sources of events that the API writes begin; no source of a write key can have such a name
UNREADABLE: Final = "consent_unreadable"  # counted for an event that does not say what it is about
UNPROVEN: Final = "consent_unproven"  # counted for a yes that anybody may have said
MAX_WORDS: Final = 300  # of one identifier: accounts are names that clients choose
MAX_TEXT: Final = 200  # characters of an account's name or a source


def said(key: str, *words: Consent) -> None:
    """Keeps words that were said by an identifier key. Raises Busy."""
    store.change(key, lambda contact: _with(contact, words))


def heard(events: Iterable[Event]) -> None:
    """Keeps the words among events. Raises Busy."""
    words: dict[str, list[Consent]] = {}
    for event in events:
        if event.name == EVENT:
            word = word_of(event)
            if word is None or not is_proven(event, word):
                count_refusals([UNREADABLE if word is None else UNPROVEN])
            else:
                words.setdefault(event.primary.key, []).append(word)
    for key, some in words.items():
        said(key, *some)


def is_proven(event: Event, word: Consent) -> bool:
    """Whether the word is to be kept: a no always, a yes only from whoever cannot be anybody. Pure."""
    return not word.granted or event.primary.base not in GUESSABLE or event.source.startswith(BY_KEY)


def word_of(event: Event) -> Consent | None:
    """What an event says; None where it cannot be understood: half a word must not become a yes or a no to everything. Pure."""
    told = event.properties
    granted, account, source = told.get("granted"), told.get("account", ""), told.get("source", event.source)
    if not isinstance(granted, bool) or not _is_text(account) or not _is_text(source):
        return None
    try:
        return Consent(granted, event.time, source, _named(ChannelName, told, "channel"), _named(Category, told, "category"), account)
    except ValueError:
        return None


def properties_of(word: Consent) -> Json:
    """The properties of the event that tells a word. Pure."""
    told = {"channel": word.channel, "category": word.category, "account": word.account, "source": word.source}
    return {"granted": word.granted, **{name: str(value) for name, value in told.items() if value}}


def bounded(words: tuple[Consent, ...]) -> tuple[Consent, ...]:
    """As many as an item has room for: those about all accounts (there are few), then the newest. Pure."""
    if len(words) <= MAX_WORDS:
        return words
    kept = set(sorted(words, key=lambda one: (bool(one.account), -one.at))[:MAX_WORDS])
    return tuple(one for one in words if one in kept)


def _with(contact: Contact, words: Iterable[Consent]) -> Contact:
    kept = bounded(consents.kept((*contact.consents, *words)))
    return contact if kept == contact.consents else replace(contact, consents=kept)


def _named(names: Any, told: Json, name: str) -> Any:
    value = told.get(name)
    return None if value is None or value == "" else names(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT
