"""Tells what Jing does as a fan, line by line, with what she sees and what Huiliu makes of it."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from infra.demo_fan import FanDemo
from infra.demo_shop import (
    COUPON,
    DRESSES,
    MENU_OF_THE_UNPAID,
    MINI,
    REGULARS,
    REMINDER,
    SHOP,
    STATION,
    THANKS,
    TROUSERS,
    USUAL_MENU,
    WELCOME,
)
from infra.local_wechat.driver import SimulatorRefused

Wait = Callable[[Callable[[], Any]], bool]

ASKED: Final = "裙装 裤装"
REFUSED: Final = "$reply_refused"
ONE_PERSON: Final = frozenset({f"openid:{SHOP}", f"openid:{MINI}", "unionid"})
CHAT_OPEN_MS: Final = 48 * 3_600_000  # for so long after a text an account may write to who wrote it
MISSING: Final = "      (did not happen in time)"  # what the lines say of something that is waited for in vain


def story(fan: FanDemo, wait: Wait) -> Iterator[str]:
    """The lines, each when it has happened. `wait` asks until something is so, and says whether it became so."""
    yield "6. What does a fan see? Jing acts in the local WeChat, which the lambdas take for the platform."
    yield from _step(f"scans the poster of {STATION}", fan.follow, wait, lambda: fan.chat == [WELCOME], fan)
    yield from _menu(fan, wait, USUAL_MENU)
    yield from _step(f"writes {ASKED}", lambda: fan.writes(ASKED), wait, lambda: fan.chat[-2:] == [DRESSES, TROUSERS], fan)
    yield from _step("taps 领券", lambda: fan.taps("领券"), wait, lambda: fan.chat[-1:] == [COUPON], fan)
    yield from _step(
        "opens the mini program and orders", fan.opens_and_orders, wait, lambda: REMINDER in fan.chat or REFUSED in fan.names, fan
    )
    yield from _too_late(fan)
    yield from _menu(fan, wait, MENU_OF_THE_UNPAID)
    yield from _step("pays", lambda: fan.orders("OrderPaid"), wait, lambda: "$segment_left" in fan.names, fan)
    yield from _menu(fan, wait, USUAL_MENU)
    again = fan.names.count(REFUSED) + 1
    yield from _step(
        "is silent for two days, then orders again", fan.is_silent_and_orders, wait, lambda: fan.names.count(REFUSED) >= again, fan
    )
    yield from _silence(fan)
    yield from _step("unfollows", fan.leaves, wait, lambda: "WechatUnsubscribed" in fan.names, fan)
    yield from _known(fan)


def _step(what: str, act: Callable[[], Any], wait: Wait, happened: Callable[[], bool], fan: FanDemo) -> Iterator[str]:
    """What she does, and what she is told then."""
    before = len(fan.chat)
    try:
        act()
    except SimulatorRefused as refused:  # a menu that has not come cannot be tapped
        yield f"   {what}: {refused}"
        yield MISSING
        return
    came = wait(happened)
    yield f"   {what}"
    yield from (f"   -> {text}" for text in fan.chat[before:])
    if not came:
        yield MISSING


def _menu(fan: FanDemo, wait: Wait, names: tuple[str, ...]) -> Iterator[str]:
    came = wait(lambda: tuple(fan.menu) == names)
    yield f"   -> her menu: {' · '.join(fan.menu)}"
    if not came:
        yield MISSING


def _too_late(fan: FanDemo) -> Iterator[str]:
    """Where time runs very fast, she cannot be answered as soon as lambdas have started."""
    if REMINDER not in fan.chat and REFUSED in fan.names:
        seconds = fan.stack.pace.span(CHAT_OPEN_MS) / 1000
        yield f"   -> nothing: the two days after her text, in which she may be written to, are {seconds:.3g} s here"


def _silence(fan: FanDemo) -> Iterator[str]:
    if THANKS in fan.chat:
        return
    refused: dict[str, Any] = next((one["properties"] for one in reversed(fan.events) if one["name"] == REFUSED), {})
    yield f"   -> nothing: she has joined {REGULARS}, but may not be written to any more ({refused.get('reason', '')})"


def _known(fan: FanDemo) -> Iterator[str]:
    known = fan.known
    touch = known.get("first_touch", {}).get("campaign", {})
    listed = ", ".join(one["namespace"] for one in known.get("identifiers", ()))
    yield f"   Huiliu knows one person: {listed}; came by {touch.get('source')} / {touch.get('medium')} / {touch.get('name')}"
    yield f"   {', '.join(fan.names)}"
    yield f"   Be a fan yourself:  {fan.stack.providers_url}/"
    yield ""
