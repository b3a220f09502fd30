"""Tells of the demo's journey, line by line: who gets the coupon for an order that is not paid, and who does not."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from infra.demo_fan_told import CHAT_OPEN_MS, MISSING
from infra.demo_journeys import IN_TIME, JOURNEY, JourneysDemo

Wait = Callable[[Callable[[], Any]], bool]

UNPAID: Final = "An"
PAID: Final = "Bo"
WATCHED_SECONDS: Final = 30.0  # the longest that two hours may take for somebody to wait for their end
CHAT_NEEDED_MS: Final = 40_000  # for so long they have to stay open for a coupon in the chat, while lambdas start
ENTERED: Final = "$journey_entered"
EXITED: Final = "$journey_exited"


def story(demo: JourneysDemo, wait: Wait) -> Iterator[str]:
    """The lines, each when it has happened. `wait` asks until something is so, and says whether it became so."""
    yield f"8. Who does not pay? The journey {JOURNEY} of docs/examples is in force: two hours after an order, one coupon for it."
    for name in (UNPAID, PAID):
        demo.comes(name)
    ordered = demo.now()
    for name in (UNPAID, PAID):
        demo.does(name, "OrderSubmitted", ordered, order_id=f"J-{name}{demo.mark}", amount=199.0)
    yield f"   {UNPAID} and {PAID} order at the same time."
    yield from _missing(wait(lambda: all(ENTERED in names(demo, one) for one in (UNPAID, PAID))))
    if demo.hold > WATCHED_SECONDS or demo.stack.pace.span(CHAT_OPEN_MS) < CHAT_NEEDED_MS:
        yield from _later(demo)
        return
    demo.does(PAID, "OrderPaid", ordered + demo.stack.pace.span(IN_TIME), order_id=f"J-{PAID}{demo.mark}", amount=199.0)
    yield f"   {PAID} pays at 1:59. Two hours are {demo.hold:g} s here; then 5 s more are waited for what comes late."
    came = wait(lambda: demo.coupons(UNPAID) and EXITED in names(demo, PAID))
    yield f"   -> {UNPAID}: {'; '.join(demo.coupons(UNPAID)) or 'nothing'}"
    yield f"   -> {PAID}: {'; '.join(demo.coupons(PAID)) or 'nothing'}; out of the journey: {reason(demo, PAID)}"
    yield from _missing(came and len(demo.coupons(UNPAID)) == 1 and not demo.coupons(PAID))
    yield from _looked_at(demo)


def names(demo: JourneysDemo, name: str) -> list[str]:
    """What the journey has told of somebody."""
    return [str(one["name"]) for one in demo.told(name)]


def reason(demo: JourneysDemo, name: str) -> str:
    """Why somebody left it, "" for who is in it."""
    return next((str(one["properties"]["reason"]) for one in demo.told(name) if one["name"] == EXITED), "")


def _later(demo: JourneysDemo) -> Iterator[str]:
    yield "   Both are in it. After two hours they get a coupon, unless they pay before. To watch that:  make run TIME_SCALE=3600"
    yield from _looked_at(demo)


def _looked_at(demo: JourneysDemo) -> Iterator[str]:
    curl = f"curl -s -H 'Authorization: Bearer {demo.stack.api_key}'"
    yield f"   How it went, step by step:  {curl} {demo.stack.api_url}{demo.path(UNPAID)}/journeys"
    yield f"   How it goes for everybody:  {curl} {demo.stack.api_url}/v1/journeys/{JOURNEY}/report"
    yield ""


def _missing(came: bool) -> Iterator[str]:
    if not came:
        yield MISSING
