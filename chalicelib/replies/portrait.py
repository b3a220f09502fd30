"""What rules and their texts want to know of the person behind a fan, read only when one asks for it.

So are the modules that read it imported: most answers need none of them, and they take 70 ms of CPU.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chalicelib.errors import NotFound
from chalicelib.events.model import Json
from chalicelib.identifiers import IdentifierInvalid, identifier

if TYPE_CHECKING:
    from chalicelib.audiences.facts import Facts
    from chalicelib.audiences.judgement import Judgement
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
        """What texts may show: attributes, tags, scores, bands, segments and the stage of the life cycle."""
        from chalicelib.audiences import planbook
        from chalicelib.audiences.reading import facts_of

        if self.person is None:
            return {}
        rules = planbook.current_rules()
        facts = facts_of(self.person, rules.plan)
        return shown(facts, rules.judge(facts, self.now, self.person.plan))


def shown(facts: "Facts", judgement: "Judgement") -> Json:
    """A person as texts see one. A tag is its value, or true where it has none. Pure."""
    tags: dict[str, Any] = dict.fromkeys(facts.manual, True)
    tags |= {name: value or True for name, value in judgement.tags.items()}
    return {
        "attributes": {**facts.attributes, **{name: fact.value for name, fact in judgement.derived.items()}},
        "tags": tags,
        "scores": dict(judgement.scores),
        "bands": dict(judgement.bands),
        "segments": dict.fromkeys(judgement.segments, True),
        "stage": judgement.stage,
    }


def _person(appid: str, openid: str) -> "Person | None":
    from chalicelib.people.reading import person_of

    try:
        return person_of(identifier(f"openid:{appid}", openid))
    except (NotFound, IdentifierInvalid):
        return None  # of a fan who has just come
