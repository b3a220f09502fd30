"""Tells of the demo's messages, line by line: who was told what by which channel, what waits, what is refused and why."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from infra.demo_fan_told import MISSING
from infra.demo_messages import Member, MessagesDemo
from infra.demo_news import NEWS, OFFER, POINTS

Json = dict[str, Any]
Wait = Callable[[Callable[[], Any]], bool]

QUOTA: Final = 4  # mass messages that a fan may get in a month
NEWS_MS: Final = 240_000  # the longest that the issues of a month take to be sent, and one more to be refused
PATIENCE: Final = 3  # times as long as others: a mass message that finds no company waits for two minutes
QUIET: Final = "quiet_hours"
USED_UP: Final = "mass_quota_used"
LEFT: Final = "not_following"


def story(demo: MessagesDemo, wait: Wait) -> Iterator[str]:
    """The lines, each when it has happened. `wait` asks until something is so, and says whether it became so."""
    yield "7. Whom does a message reach, and how? The till sends its orders as a file; each buyer is told of the points once."
    demo.gather()
    yield from _missing(wait(demo.known))
    yield from _points(demo, wait)
    yield from _click(demo, wait)
    yield from _quiet(demo, wait)
    yield from _news(demo, wait)
    yield from _gone(demo, wait)
    yield ""


def _points(demo: MessagesDemo, wait: Wait) -> Iterator[str]:
    demo.import_orders(demo.till((demo.hao, 12), (demo.mei, 34), (demo.tao, 56)))
    came = wait(lambda: all(sent(demo, one) for one in (demo.hao, demo.mei, demo.tao)))
    for one, who in ((demo.hao, "who follows"), (demo.mei, "who does not"), (demo.tao, "who has the app only")):
        yield f"   -> {one.name}, {who}: {', '.join(sent(demo, one))}"
    yield from _missing(came)


def _click(demo: MessagesDemo, wait: Wait) -> Iterator[str]:
    link = next((str(one["body"]["url"]) for one in demo.notices(demo.hao)), "")
    yield f"   Hao taps the notice and comes to {demo.opens(link) if link else 'nothing'}"
    came = wait(lambda: "$message_clicked" in names(demo, demo.hao))
    yield f"   -> on the timeline: {', '.join(names(demo, demo.hao))}"
    yield from _missing(came)


def _quiet(demo: MessagesDemo, wait: Wait) -> Iterator[str]:
    offer = demo.ask_for(demo.tao, OFFER)
    came = wait(lambda: demo.message(offer)["state"] == "deferred")
    found = demo.message(offer)
    yield f"   An offer to Tao in quiet hours is {found['state']} ({found['reason']}) until {found['until']}"
    yield from _missing(came and found["reason"] == QUIET)


def _news(demo: MessagesDemo, wait: Wait) -> Iterator[str]:
    yield f"   The club gets mass messages. After {QUOTA} in a month, the platform lets a fan have no more:"
    if demo.month() != demo.month(NEWS_MS):
        yield f"   -> not shown: before they are through, {demo.month()} is over here, and everybody may have {QUOTA} again"
        return
    demo.issues(QUOTA)
    came = any(wait(lambda: [len(ended(demo, one, NEWS)) for one in demo.club] == [QUOTA] * len(demo.club)) for _ in range(PATIENCE))
    demo.broadcast(QUOTA + 1)
    came = wait(lambda: all(refused(demo, one, NEWS) for one in demo.club)) and came
    for one in demo.club:
        found, why = ended(demo, one, NEWS), refused(demo, one, NEWS)
        yield f"   -> {one.name}: {len(found) - len(why)} sent, {len(why)} refused before it was sent ({', '.join(why)})"
        came = came and why == [USED_UP]
    yield from _missing(came)


def _gone(demo: MessagesDemo, wait: Wait) -> Iterator[str]:
    before = len(demo.notices(demo.hao))
    demo.leaves(demo.hao)
    only_there = demo.ask_for(demo.hao, POINTS, channels=["template"])
    demo.import_orders(demo.till((demo.hao, 78)))
    came = wait(lambda: demo.message(only_there)["state"] == "refused" and "sms" in sent(demo, demo.hao))
    found = demo.message(only_there)
    by = sent(demo, demo.hao)[-1] if came else "nothing yet"
    yield f"   Hao unfollows. A notice by WeChat is {found['state']} ({found['reason']}); the next points come by {by}"
    yield from _missing(came and found["reason"] == LEFT and len(demo.notices(demo.hao)) == before)
    command = f"curl -s -H 'Authorization: Bearer {demo.stack.api_key}' {demo.stack.api_url}/v1/messages/{only_there}"
    yield f"   Why, check by check:  {command}"


def sent(demo: MessagesDemo, member: Member) -> list[str]:
    """The channels of the notices of points that went out to somebody."""
    return [str(one["properties"]["channel"]) for one in demo.told(member) if one["name"] == "$message_sent" and of(one, POINTS)]


def ended(demo: MessagesDemo, member: Member, template: str) -> list[Json]:
    """What tells that a message of the template went out or never will."""
    return [one for one in demo.told(member) if one["name"] in {"$message_sent", "$message_refused"} and of(one, template)]


def refused(demo: MessagesDemo, member: Member, template: str) -> list[str]:
    """Why messages of the template were not sent to somebody."""
    return [str(one["properties"]["reason"]) for one in ended(demo, member, template) if one["name"] == "$message_refused"]


def names(demo: MessagesDemo, member: Member) -> list[str]:
    """What messages to somebody came to."""
    return [str(one["name"]) for one in demo.told(member)]


def of(event: Json, template: str) -> bool:
    """Whether an event tells of a message of the template."""
    return bool(event["properties"].get("template") == template)


def _missing(came: bool) -> Iterator[str]:
    if not came:
        yield MISSING
