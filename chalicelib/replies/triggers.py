"""What rules of replies answer to. Pure; apart from the documents, since whoever answers needs no pydantic."""

from enum import StrEnum
from typing import Final


class Trigger(StrEnum):
    """What a rule answers to."""

    FOLLOW = "follow"
    TEXT = "text"
    CLICK = "click"  # on the menu of the account, or on an answer of a message menu
    SCAN = "scan"  # of a code by somebody who follows already
    ENTER = "enter"  # a person joins a segment


class Several(StrEnum):
    """What a rule does when others match as well."""

    PRIORITY = "priority"  # it answers alone, if no other comes before it
    ALL = "all"  # it answers together with all others that say so


DETAILS: Final = {
    Trigger.FOLLOW: ("scene", "campaign"),
    Trigger.TEXT: ("words",),
    Trigger.CLICK: ("key",),
    Trigger.SCAN: ("scene", "campaign"),
    Trigger.ENTER: ("segment",),
}
