"""What rules and their texts want to know of the person behind a fan, read only when one asks for it.

So are the modules that read it imported: most answers need none of them, and they take 70 ms of CPU.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.errors import NotFound
from chalicelib.events.model import Json
from chalicelib.identifiers import IdentifierInvalid, identifier

if TYPE_CHECKING:
    from chalicelib.people.model import Person


@dataclass(slots=True)
class Portrait:
    """The person who is the fan of an account. Nobody knows a fan who has just come: then everything is empty."""

    appid: str
    openid: str
    now: int
    _person: list["Person | None"] = field(default_factory=list)

    @property
    def person(self) -> "Person | None":
        """The person, read once."""
        if not self._person:
            self._person.append(_person(self.appid, self.openid))
        return self._person[0]

    def segments(self) -> frozenset[str]:
        """The segments that the person is in."""
        from chalicelib.people import store

        return frozenset(store.standing(self.person.id).segments) if self.person else frozenset()

    def shown(self) -> Json:
        """What texts may show of the person."""
        from chalicelib.audiences.portrait import portrait_of

        return portrait_of(self.person, self.now) if self.person else {}


def _person(appid: str, openid: str) -> "Person | None":
    from chalicelib.people.reading import person_of

    try:
        return person_of(identifier(f"openid:{appid}", openid))
    except (NotFound, IdentifierInvalid):
        return None  # of a fan who has just come
