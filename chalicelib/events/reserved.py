"""Names that only Huiliu itself gives: what rules find out about a person, and the attributes that hold tags given by hand. Pure."""

from enum import StrEnum
from typing import Final

TAG_PREFIX: Final = "$tag:"  # of the attribute that holds a tag given by hand: `$tag:vip`


class Derived(StrEnum):
    """Events that rules write. A client that could send one could make anybody a member of anything."""

    SEGMENT_ENTERED = "$segment_entered"
    SEGMENT_LEFT = "$segment_left"
    SCORE_BAND_CHANGED = "$score_band_changed"
    TAG_GAINED = "$tag_gained"
    TAG_LOST = "$tag_lost"
    LIFECYCLE_CHANGED = "$lifecycle_changed"


class Told(StrEnum):
    """Events that tell what became of a message to a person. They count as nothing that the person did."""

    REPLY_SENT = "$reply_sent"
    REPLY_REFUSED = "$reply_refused"
    REPLY_UNKNOWN = "$reply_unknown"
    MESSAGE_REFUSED = "$message_refused"
    MESSAGE_DEFERRED = "$message_deferred"
    MESSAGE_SENT = "$message_sent"
    MESSAGE_DELIVERED = "$message_delivered"
    MESSAGE_CLICKED = "$message_clicked"
    MESSAGE_FAILED = "$message_failed"
    MESSAGE_UNKNOWN = "$message_unknown"


class Listed(StrEnum):
    """Events that tell of the suppression list. They too count as nothing that the person did."""

    SUPPRESSED = "$suppressed"
    LIFTED = "$suppression_lifted"


class Journeyed(StrEnum):
    """Events that journeys write. Rules and other journeys may look out for them."""

    ENTERED = "$journey_entered"
    EXITED = "$journey_exited"
    GOAL_REACHED = "$journey_goal_reached"
    POINTS_GIVEN = "$points_given"  # a score counts them by a rule of its own


_RESERVED: Final = frozenset(one.value for one in (*Derived, *Told, *Listed, *Journeyed))


def is_reserved_event(name: str) -> bool:
    """Whether only Huiliu itself may write an event of that name."""
    return name in _RESERVED


def is_reserved_attribute(name: str) -> bool:
    """Whether only the API for tags may change the attribute."""
    return name.startswith(TAG_PREFIX)
