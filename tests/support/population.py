"""People with random histories, and the plain evaluator run over everybody: what a preview has to equal."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any, Final

from pydantic import TypeAdapter

from chalicelib.audiences import planbook, preview
from chalicelib.audiences.conditions import Condition
from chalicelib.audiences.preview import Clock, Progress, Question
from chalicelib.events.history import all_events
from chalicelib.events.model import Event
from chalicelib.identifiers import Identifier
from chalicelib.people import store
from chalicelib.people.everybody import everybody
from tests.support import naive
from tests.support.gateway import NOW
from tests.support.ring import MINUTE, Ring, event

PEOPLE: Final = 15


def happened(random: Random) -> Iterator[dict[str, Any]]:
    """What a population did within an hour, shuffled: some people have two devices that only a login makes one."""
    for person in range(PEOPLE):
        names: Any = {"user_id": f"u{person}"} if person % 3 else {"device_id": f"d{person}"}
        for place in range(random.randint(1, 7)):
            name = random.choice(["MenuClicked", "OrderPaid", "Opened"])
            one = event(
                name, random.randrange(60 * MINUTE), {"key": random.choice(["dress", "shoes"]), "amount": random.randint(1, 99)}, **names
            )
            one["id"] = f"{person}-{place}"
            if random.random() < 0.3:
                one |= {
                    "attributes": {"set": {"city": random.choice(["北京", "上海", "深圳"])}},
                    "context": {"channel": random.choice(["h5", "app"])},
                }
            yield one
        if random.random() < 0.5:
            also: Any = {"device_id": f"d{person}", "mobile": f"1390000{person:04d}"} if person % 3 else {"user_id": f"u{person}"}
            yield event("LoggedIn", random.randrange(60 * MINUTE), **names, **also)
        if random.random() < 0.2:  # an account that turns out to be a neighbour's
            yield event("Bound", random.randrange(60 * MINUTE), unionid=f"U{person % 4}", **names)


def populate(ring: Ring, seed: int = 7) -> None:
    """Sends everything in small batches, so that persons are made, merged and folded in between."""
    random = Random(seed)
    sent = list(happened(random))
    random.shuffle(sent)
    while sent:
        assert ring.send(*sent[:15]).json["rejected"] == []
        del sent[:15]
        ring.flow()
    for person in range(0, PEOPLE, 5):
        ring.operator.call("POST", f"/v1/people/device_id/d{person}/tags", {"add": ["vip"]})
    ring.flow()


def expected(document: dict[str, Any], now: int = NOW) -> set[str]:
    """The plain evaluator, run over everybody with all of their stored events."""
    return {one.person.id for step in everybody() if (one := step.found) and naive.holds(document, subject(one.person.id), now)}


def subject(person: str) -> naive.Subject:
    """A person with all stored events."""
    mine = {key for key, _ in store.members(person)}
    events = [replace(one, identifiers=_those_in(one, mine)) for key in mine for page in all_events(key) for one in page]
    values = store.profile(person).profile.values()
    arrival = min((one for one in events if one.context.get("channel")), key=lambda one: one.time, default=None)
    return naive.Subject(
        events=events,
        attributes={name: value for name, value in values.items() if not name.startswith("$tag:")},
        manual={name.removeprefix("$tag:"): 0 for name in values if name.startswith("$tag:")},
        touches={"arrival": {"channel": arrival.context["channel"]}} if arrival else {},
    )


def _those_in(one: Event, keys: set[str]) -> tuple[Identifier, ...]:
    """An event may name identifiers that the rules kept for somebody else."""
    return tuple(named for named in one.identifiers if named.key in keys)


def question(document: dict[str, Any]) -> Question:
    """The condition, ready to be asked of everybody."""
    return preview.question(TypeAdapter(Condition).validate_python(document), planbook.current_rules(), 1)


def previewed(document: dict[str, Any], page_items: int | None = None, clock: Clock = lambda: 0) -> tuple[set[str], Progress, int]:
    """Everybody found, the last progress, and how many calls it took; each call goes on from the cursor of the one before."""
    asked = question(document)
    progress, found, calls = Progress(), set[str](), 0
    while True:
        answer = preview.ask(asked, progress, 100, NOW, clock, page_items)
        found |= {one.id for one in answer.sample}
        calls += 1
        cursor = answer.progress.cursor("condition")
        if cursor is None:
            return found, answer.progress, calls
        progress = preview.progress_of(cursor, "condition")
