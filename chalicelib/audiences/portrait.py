"""A person as texts see one: what `person.` stands for in replies and templates."""

from typing import TYPE_CHECKING, Any

from chalicelib.events.model import Json

if TYPE_CHECKING:
    from chalicelib.audiences.facts import Facts
    from chalicelib.audiences.judgement import Judgement
    from chalicelib.people.model import Person


def portrait_of(person: "Person", now: int) -> Json:
    """What texts may show of a person, judged at `now` (ms) by the rules in force."""
    from chalicelib.audiences import planbook  # 70 ms of CPU with what it reads; most texts show nothing of anybody
    from chalicelib.audiences.reading import facts_of

    rules = planbook.current_rules()
    facts = facts_of(person, rules.plan)
    return shown(facts, rules.judge(facts, now, person.plan))


def shown(facts: "Facts", judgement: "Judgement") -> Json:
    """Attributes, tags, scores, bands, segments and the stage of the life cycle. A tag is its value, or true where it has none. Pure."""
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
