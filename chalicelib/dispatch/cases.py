"""What the decision about messages depends on, read for many of them together: their persons, templates, contacts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import chalicelib.messages.templates.publishing  # noqa: F401 - makes the kind known
from chalicelib.contacts import facts
from chalicelib.dispatch import weighing
from chalicelib.dispatch.model import Message
from chalicelib.messages.policy.model import ContactFacts
from chalicelib.messages.templates import published
from chalicelib.messages.templates.model import ChannelName
from chalicelib.messages.templates.published import Template
from chalicelib.people import store
from chalicelib.people.attributes import Profile
from chalicelib.people.model import Person

_NOTHING_KEPT: Final = Profile()


@dataclass(frozen=True, slots=True)
class Case:
    """A message, and all that the answer depends on."""

    message: Message
    template: Template
    person: Person
    profile: Profile
    facts: ContactFacts

    @property
    def liked(self) -> ChannelName | None:
        """The channel that the person likes best."""
        return weighing.liked(self.profile.values().get(weighing.PREFERRED))


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message for a person, or of a template, that nobody knows."""

    message: Message
    person_known: bool


def cases_of(messages: Sequence[Message], now: int) -> list[Case | Unknown]:
    """Each message with what is known of its person, the one that they are now. One alone is looked at more closely: many may miss what was
    written within the last second, which a place under a cap that has to be reserved finds out.
    """
    roots = store.roots({one.order.person for one in messages})
    persons = {one.id: one for one in roots.values()}
    profiles = store.profiles(persons)
    known = _facts(persons, profiles, now)
    return [_case(one, roots.get(one.order.person), profiles, known) for one in messages]


def _facts(persons: Mapping[str, Person], profiles: Mapping[str, Profile], now: int) -> dict[str, ContactFacts]:
    if len(persons) == 1:
        ((key, person),) = persons.items()
        return {key: facts.of(person, now, profiles.get(key, _NOTHING_KEPT))}
    return facts.many(list(persons.values()), now, profiles)


def _case(message: Message, person: Person | None, profiles: Mapping[str, Profile], known: Mapping[str, ContactFacts]) -> Case | Unknown:
    template = published.of_version(message.order.template, message.order.version)
    if person is None or template is None:
        return Unknown(message, person is not None)
    return Case(message, template, person, profiles.get(person.id, _NOTHING_KEPT), known[person.id])
