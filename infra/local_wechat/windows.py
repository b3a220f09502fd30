"""The customer-service window: what a person does lets the account write to them, so often and so long."""

from typing import Final

from infra.local_wechat.clock import HOUR_MS, MINUTE_MS
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Kind, Relation, Trigger, Window
from infra.local_wechat.world import World

_SHORT_MS: Final = MINUTE_MS
_LONG_MS: Final = 48 * HOUR_MS

OPENED_BY: Final = {
    Trigger.MESSAGE: (5, _LONG_MS),
    Trigger.CLICK: (3, _SHORT_MS),
    Trigger.FOLLOW: (3, _SHORT_MS),
    Trigger.SCAN: (3, _SHORT_MS),
    Trigger.SERVICE: (2, _SHORT_MS),
}
"""How many messages, and for how many ms, by what the person did."""

_OF_MINI: Final = frozenset({Trigger.MESSAGE, Trigger.SERVICE})


def opened(world: World, relation: Relation, trigger: Trigger) -> None:
    """Opens a window, or makes the open one as good as the trigger is: the higher count, the later end, never the sum of two."""
    now = world.clock.world()
    relation.contact_at = now
    if (world.accounts[relation.appid].kind is Kind.MINI) != (trigger in _OF_MINI) and trigger is not Trigger.MESSAGE:
        return
    count, lasts = OPENED_BY[trigger]
    window = current(world, relation)
    deadline = now + world.clock.scaled(lasts)
    if window is None:
        relation.window = Window(deadline, count)
    else:
        left = window.left + count if world.choices.windows_stack else max(window.left, count)
        relation.window = Window(max(window.deadline, deadline), left)


def current(world: World, relation: Relation) -> Window | None:
    """The window that is open, whatever may be left of it."""
    window = relation.window
    return window if window is not None and world.clock.world() < window.deadline else None


def used(world: World, relation: Relation) -> None:
    """Takes one message of the window. Raises Refused (45015 outside of any, 45047 when its messages are used up)."""
    window = current(world, relation)
    if window is None:
        raise Refused(45015)
    if window.left <= 0:
        raise Refused(45047)
    window.left -= 1
